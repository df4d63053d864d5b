import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import { queryOf, rawText } from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { css, page } from './page.ts';
import { judge } from './validate.ts';

/** The one web stream there is, and the secret that an admin made for it. */
const measurementId = 'G-SANDBOX01';
const apiSecret = 'sandbox-ga-api-secret';
const BODY_MAX_BYTES = 130_000;

/** An event as it was counted. `at` is when it happened, epoch ms. */
export type Counted = {
  name: string;
  params: Record<string, unknown>;
  clientId: string;
  at: number;
  receivedAt: number;
};
export type Dropped = { reason: string; body: string; receivedAt: number };

const controlBody = z.strictObject({
  revokeSecret: z.boolean().optional().meta({ description: 'events are dropped, though the answer stays the same' }),
});

const create = ({ now }: SandboxContext): SandboxInstance => {
  let events: Counted[] = [];
  let dropped: Dropped[] = [];
  const controls = { revokeSecret: false };

  /** Why what was sent is dropped, where it is; else it is counted. */
  const collect = (request: Request, text: string, receivedAt: number): string | undefined => {
    const query = queryOf(request);
    if (query.get('measurement_id') !== measurementId) return 'there is no stream with this measurement id';
    if (query.get('api_secret') !== apiSecret || controls.revokeSecret) return 'the API secret is not the stream’s';
    if (text.length > BODY_MAX_BYTES) return 'the body is larger than 130 kB';
    const { clientId, events: sent, messages } = judge(text, receivedAt);
    if (messages[0] || clientId === undefined) return messages[0]?.description ?? 'no client_id';
    for (const { name, params, at } of sent) events.push({ name, params, clientId, at: at ?? receivedAt, receivedAt });
    return undefined;
  };

  const router = express.Router();
  router.post('/mp/collect', (request: Request, response: Response) => {
    const body = rawText(request);
    const receivedAt = now();
    const reason = collect(request, body, receivedAt);
    if (reason !== undefined) dropped.push({ reason, body, receivedAt });
    response.status(204).end();
  });
  router.post('/debug/mp/collect', (request: Request, response: Response) => {
    const { messages } = judge(rawText(request), now());
    response.json({ validationMessages: messages });
  });
  return {
    router,
    records: type => (type === 'events' ? events : type === 'dropped' ? dropped : undefined),
    page: () => page(events, dropped, now()),
    reset: () => {
      events = [];
      dropped = [];
      controls.revokeSecret = false;
    },
    control: body => Object.assign(controls, controlBody.parse(body)),
  };
};

/** Google Analytics 4: the Measurement Protocol, which answers 204 to everything, and its validation server. */
const googleAnalytics: SandboxVendor = {
  vendor: 'google-analytics',
  contract: 'ga4',
  title: 'Google Analytics',
  // The last two are what an admin types in when connecting.
  settings: base => ({ GA_COLLECT_URL: base, GA_MEASUREMENT_ID: measurementId, GA_API_SECRET: apiSecret }),
  origin: () => 'https://www.google-analytics.com',
  css,
  create,
};
export default googleAnalytics;
