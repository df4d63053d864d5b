import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { sendEvent } from './actions/send-event.ts';
import { type AnalyticsClient, openClient, whoAmI } from './client.ts';
import { classify } from './errors.ts';
import { mistakes } from './event.ts';

export default defineConnector<AnalyticsClient>({
  id: 'google-analytics',
  title: 'Google Analytics',
  description: 'Events of workflows, counted beside those of the website.',
  auth: {
    kind: 'key',
    fields: z.object({
      measurementId: z
        .string()
        .trim()
        .regex(/^G-[A-Z0-9]{4,20}$/, 'must be a measurement id such as G-AB12CD34EF')
        .meta({ title: 'Measurement id', description: 'Admin → Data streams → the website → Measurement id (G-…)' }),
      apiSecret: z.string().trim().min(1).max(200).meta({
        title: 'API secret',
        description: 'Admin → Data streams → the website → Measurement Protocol API secrets → Create',
        secret: true,
      }),
    }),
  },
  settings: z.object({
    GA_COLLECT_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://www.google-analytics.com')
      .meta({ description: 'Where events are collected' }),
  }),
  limits: { concurrency: 10, callTimeoutMs: 10_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [],
  roles: { track: { action: sendEvent, mistakes } },
});
