import * as z from 'zod';
import { type Connector, defineConnector, StepError } from '../sdk/index.ts';
import { connectByValues } from './manage.ts';
import type { ConnectionStore } from './store.ts';

const connector = defineConnector({
  id: 'keyed',
  title: 'Keyed',
  description: 'Made up for tests.',
  auth: {
    kind: 'key',
    requires: ['KEYED_APP_ID', 'KEYED_APP_PASSWORD'],
    fields: z.object({ tenant: z.string() }),
    exchange: async () => {
      throw new Error('nothing is to be asked');
    },
  },
  settings: z.object({ KEYED_APP_ID: z.string().optional(), KEYED_APP_PASSWORD: z.string().optional() }),
  limits: { callTimeoutMs: 1_000 },
  open: () => ({}),
  whoAmI: async () => ({ id: 'a', name: 'A' }),
  classify: error => new StepError('defect', String(error)),
  actions: [],
});

test('typed values are refused while settings of the hub are missing, by their names', async () => {
  const settings = { KEYED_APP_ID: 'x' };
  const typed = { workspaceId: 'w', connector: 'keyed', values: { tenant: 't' } };
  const installed = { connector: connector as Connector, settings };
  const connected = connectByValues({ store: {} as ConnectionStore, find: () => installed }, typed);
  await expect(connected).rejects.toMatchObject({
    why: 'not-configured',
    message: 'Keyed cannot be connected yet: KEYED_APP_PASSWORD must be set in the environment.',
  });
});
