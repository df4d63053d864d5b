import { LogLevel, WebClient } from '@slack/web-api';
import type { SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import slack from './index.ts';

export const redirectUri = 'http://127.0.0.1:3000/v1/oauth/slack/callback';
const allScopes =
  'chat:write,chat:write.public,channels:read,channels:history,channels:join,groups:read,im:read,im:write,im:history,users:read,users:read.email';
const start = Date.parse('2026-11-23T09:00:00Z');
const silent = () => undefined;
/** The refusals that tests provoke need no place in the test's output. */
const logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  setLevel: silent,
  getLevel: () => LogLevel.ERROR,
  setName: silent,
};

type Host = {
  settings(): Record<string, string>;
  records(vendor: string, type: string): unknown[];
  reset(): void;
  close(): Promise<void>;
};
type Start<Running> = (options: { vendors: SandboxVendor[]; now(): number }) => Promise<Running>;

/** One sandbox for a test file, emptied before every test, and Slack's own client for a full install. `clock.now` is epoch ms. */
export const useSandbox = <Running extends Host>(startSandbox: Start<Running>) => {
  const clock = { now: start };
  let running: Running;
  let full: WebClient;
  const open = (token?: string) =>
    new WebClient(token, {
      slackApiUrl: running.settings().SLACK_API_URL,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 5000,
      logger,
    });
  const app = () => {
    const { SLACK_CLIENT_ID = '', SLACK_CLIENT_SECRET = '' } = running.settings();
    return { client_id: SLACK_CLIENT_ID, client_secret: SLACK_CLIENT_SECRET };
  };
  const authorizeUrl = (scope: string, more: Record<string, string> = {}) => {
    const query = { client_id: app().client_id, scope, redirect_uri: redirectUri, state: 'state-1', ...more };
    return `${running.settings().SLACK_AUTHORIZE_URL}?${new URLSearchParams(query)}`;
  };
  const install = async (scope = allScopes) => {
    const callback = await pressConsent(authorizeUrl(scope), 'allow');
    const code = callback.searchParams.get('code') ?? '';
    return open().oauth.v2.access({ ...app(), code, redirect_uri: redirectUri });
  };
  const channelId = (name: string): string => {
    const channels = running.records('slack', 'channels') as { id: string; name: string }[];
    return channels.find(channel => channel.name === name)?.id ?? '';
  };
  beforeAll(async () => {
    running = await startSandbox({ vendors: [slack], now: () => clock.now });
    full = open((await install()).access_token);
  });
  afterAll(() => running.close());
  beforeEach(() => {
    clock.now = start;
    running.reset();
  });
  return { clock, open, app, authorizeUrl, install, channelId, client: () => full, sandbox: () => running };
};

/** What an attempt was refused with: the vendor's own body where there is one. An accepted attempt is an error. */
export const errorOf = async (attempt: Promise<unknown>): Promise<Record<string, unknown>> =>
  attempt.then(
    () => {
      throw new Error('it was accepted');
    },
    error => error.data ?? error,
  );
