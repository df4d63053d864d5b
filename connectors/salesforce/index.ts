import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { createTask } from './actions/create-task.ts';
import { auth } from './auth.ts';
import { openClient, type SalesforceClient, whoAmI } from './client.ts';
import { classify } from './errors.ts';
import { owners } from './pick-lists.ts';

export default defineConnector<SalesforceClient>({
  id: 'salesforce',
  title: 'Salesforce',
  description: 'Tasks on the Contact or Lead that a conversation belongs to.',
  auth,
  settings: z.object({
    SALESFORCE_CLIENT_ID: z.string().optional().meta({ description: 'Consumer key of the External Client App' }),
    SALESFORCE_CLIENT_SECRET: z.string().optional().meta({ description: 'Consumer secret of the External Client App' }),
    SALESFORCE_LOGIN_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://login.salesforce.com')
      .meta({ description: 'Where production orgs sign in' }),
  }),
  limits: { concurrency: 10, callTimeoutMs: 20_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [createTask],
  pickLists: { owners },
  externalIds: ['salesforceLeadId', 'salesforceContactId'],
});
