import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { addToList } from './actions/add-to-list.ts';
import { pushRecord } from './actions/push-record.ts';
import { auth } from './auth.ts';
import { type EloquaClient, openClient, whoAmI } from './client.ts';
import { classify } from './errors.ts';
import { describe } from './fields.ts';
import { lists } from './lists.ts';
import { defaultMapping } from './mapping.ts';

export default defineConnector<EloquaClient>({
  id: 'eloqua',
  title: 'Oracle Eloqua',
  description: 'Contacts of the people that a conversation belongs to, and the contact lists that they are on.',
  auth,
  settings: z.object({
    ELOQUA_CLIENT_ID: z.string().optional().meta({ description: 'Client Id of the AppCloud app' }),
    ELOQUA_CLIENT_SECRET: z.string().optional().meta({ description: 'Client Secret of the AppCloud app' }),
    ELOQUA_LOGIN_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://login.eloqua.com')
      .meta({ description: 'Where people sign in, and where a site says in which data centre it is' }),
  }),
  limits: { concurrency: 5, callTimeoutMs: 20_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [addToList],
  roles: { push: pushRecord },
  mappable: {
    objects: [{ name: 'Contact', label: 'Contact', defaults: defaultMapping }],
    describe: asking => describe(asking),
  },
  pickLists: { lists },
  externalIds: ['eloquaContactId'],
});
