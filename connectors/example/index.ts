import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { createNote } from './actions/create-note.ts';
import { auth } from './auth.ts';
import { type ExampleClient, openClient, whoAmI } from './client.ts';
import { classify } from './errors.ts';

export default defineConnector<ExampleClient>({
  id: 'example',
  title: 'Example',
  description: 'A small connector to learn from; it talks to its own sandbox.',
  auth,
  settings: z.object({
    EXAMPLE_API_URL: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ description: 'Address of the API' }),
    EXAMPLE_CLIENT_ID: z.string().optional().meta({ description: 'Id of the registered app' }),
    EXAMPLE_CLIENT_SECRET: z.string().optional().meta({ description: 'Secret of the registered app' }),
  }),
  limits: { points: 20, perSeconds: 1, concurrency: 5, callTimeoutMs: 10_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [createNote],
});
