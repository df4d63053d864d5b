import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { whoAmI } from './account.ts';
import { addToList } from './actions/add-to-list.ts';
import { pushRecord } from './actions/push-record.ts';
import { auth } from './auth.ts';
import { openClient, type PardotClient } from './client.ts';
import { classify } from './errors.ts';
import { describe } from './fields.ts';
import { lists } from './lists.ts';
import { defaultMapping } from './mapping.ts';

const address = z.url({ protocol: /^https?$/ });

export default defineConnector<PardotClient>({
  id: 'pardot',
  title: 'Account Engagement (Pardot)',
  description: 'Prospects of the people that a conversation belongs to, and the lists that they are on.',
  auth,
  settings: z.object({
    SALESFORCE_CLIENT_ID: z.string().optional().meta({ description: 'Consumer key of the External Client App' }),
    SALESFORCE_CLIENT_SECRET: z.string().optional().meta({ description: 'Consumer secret of the External Client App' }),
    SALESFORCE_LOGIN_URL: address
      .default('https://login.salesforce.com')
      .meta({ description: 'Where production orgs sign in' }),
    PARDOT_LOGIN_URL: address
      .optional()
      .meta({ description: 'Where they sign in for Account Engagement; SALESFORCE_LOGIN_URL where left out' }),
    PARDOT_API_URL: address
      .default('https://pi.pardot.com')
      .meta({ description: 'The API of production’s business units' }),
  }),
  // The vendor's own limit, shared with every other integration of the business unit.
  limits: { concurrency: 5, callTimeoutMs: 20_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [addToList],
  roles: { push: pushRecord },
  mappable: {
    objects: [{ name: 'Prospect', label: 'Prospect', defaults: defaultMapping }],
    describe: asking => describe(asking),
  },
  pickLists: { lists },
  externalIds: ['pardotProspectId'],
});
