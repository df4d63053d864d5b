import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { send } from './actions/send.ts';
import { openClient, type WebhookClient } from './client.ts';
import { classify } from './errors.ts';

export default defineConnector<WebhookClient>({
  id: 'webhook',
  title: 'Webhook',
  description: 'Signed JSON to any address.',
  auth: { kind: 'none' },
  settings: z.object({
    ALLOW_PRIVATE_ADDRESSES: z
      .enum(['0', '1', 'true', 'false'])
      .optional()
      .meta({ description: '1 lets webhooks use plain http and reach loopback and private addresses' }),
  }),
  limits: { concurrency: 20, callTimeoutMs: 15_000 },
  open: openClient,
  classify,
  actions: [send],
});
