import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { whoAmI } from './account.ts';
import { addToCampaign } from './actions/add-to-campaign.ts';
import { createEvent } from './actions/create-event.ts';
import { createFollowUpTask } from './actions/create-follow-up-task.ts';
import { createTask } from './actions/create-task.ts';
import { pushRecord } from './actions/push-record.ts';
import { setOptOut } from './actions/set-opt-out.ts';
import { syncMeetingEvent } from './actions/sync-meeting-event.ts';
import { auth } from './auth.ts';
import { builtInWorkflows } from './built-in.ts';
import { openClient, type SalesforceClient } from './client.ts';
import { mappable } from './describe.ts';
import { directory } from './directory.ts';
import { classify } from './errors.ts';
import { campaignMemberStatuses, campaigns, owners } from './pick-lists.ts';
import { checkRights } from './rights.ts';
import { setup } from './setup.ts';

export default defineConnector<SalesforceClient>({
  id: 'salesforce',
  title: 'Salesforce',
  description: 'Contacts and Leads, campaign members, tasks and events of the people that a conversation belongs to.',
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
  actions: [addToCampaign, createTask, createEvent, syncMeetingEvent, setOptOut],
  roles: { push: pushRecord, task: createFollowUpTask, directory },
  mappable,
  checkRights,
  setup,
  builtInWorkflows,
  pickLists: { owners, campaigns, campaignMemberStatuses },
  externalIds: ['salesforceLeadId', 'salesforceContactId'],
});
