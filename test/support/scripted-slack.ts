import type { AlertInput, AlertOutput } from '../../connectors/slack/alert.ts';
import slack from '../../connectors/slack/index.ts';
import { type Grant, Secret, type StepFacts } from '../../src/sdk/index.ts';
import { type Reply, type Seen, startScriptedServer } from './scripted-server.ts';
import { failureOf as failureIn, stepOf } from './step.ts';

export const TOKEN = 'xoxb-1111-2222-verysecret';
export const NOW = Date.parse('2026-11-20T23:30:00Z');
export const STEP_KEY = 'k'.repeat(40);
export const sendAlert = slack.actions.find(({ id }) => id === 'slack.send_alert');
export const posted: Reply = { json: { ok: true, channel: 'C0INBOUND1', ts: '1700000000.000100', message: {} } };
export const toChannel = { to: { channel: '#inbound' }, message: 'Somebody is waiting' };

/** Stands in for Slack: every test file that imports this has its own, and says what it answers. */
export const server = await startScriptedServer();
afterAll(() => server.close());

export const settingsAt = (url: string) => ({
  SLACK_CLIENT_ID: 'client',
  SLACK_CLIENT_SECRET: 'client-secret',
  SLACK_API_URL: `${url}/api/`,
  SLACK_AUTHORIZE_URL: `${url}/oauth/v2/authorize`,
});
export const grant = (): Grant => ({ accessToken: new Secret(TOKEN), extra: { teamId: 'T1' } });
export const clientAt = (url: string, timeoutMs = 5_000) =>
  slack.open({ grant: grant(), settings: settingsAt(url), timeoutMs });
export const failureOf = (work: Promise<unknown>) => failureIn(slack, work);
export const methodOf = ({ path }: Seen) => path.replace('/api/', '');

export function contextFor(facts: Partial<StepFacts> = {}, { url = server.url, timeoutMs = 5_000 } = {}) {
  const account = { id: 'T1', name: 'Acme', url: 'https://acme.slack.com/' };
  return stepOf(clientAt(url, timeoutMs), { facts, account, now: NOW, stepKey: STEP_KEY });
}
export async function run(input: AlertInput, facts?: Partial<StepFacts>, options?: Parameters<typeof contextFor>[1]) {
  const { context, notes } = contextFor(facts, options);
  const output = (await sendAlert?.run(context, input)) as AlertOutput;
  const form = server.seen.find(request => methodOf(request) === 'chat.postMessage')?.form;
  return { output, notes, form, blocks: JSON.parse(form?.get('blocks') ?? '[]') };
}
export const refused = (error: string, more: object = {}): Reply => ({ json: { ok: false, error, ...more } });
