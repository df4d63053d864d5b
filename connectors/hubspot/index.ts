import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { checkRights, whoAmI } from './account.ts';
import { createMeeting } from './actions/create-meeting.ts';
import { createTimelineEvent } from './actions/create-timeline-event.ts';
import { pushRecord } from './actions/push-record.ts';
import { syncMeeting } from './actions/sync-meeting.ts';
import { auth } from './auth.ts';
import { builtInWorkflows } from './built-in.ts';
import { type HubSpotClient, openClient } from './client.ts';
import { mappable } from './describe.ts';
import { directory } from './directory.ts';
import { classify } from './errors.ts';
import { owners } from './pick-lists.ts';
import { webhooks } from './webhooks.ts';

const address = z.url({ protocol: /^https?$/ });

export default defineConnector<HubSpotClient>({
  id: 'hubspot',
  title: 'HubSpot',
  description: 'Contacts, with conversations and meetings on their timelines.',
  auth,
  settings: z.object({
    HUBSPOT_CLIENT_ID: z.string().optional().meta({ description: 'Client id of the app' }),
    HUBSPOT_CLIENT_SECRET: z
      .string()
      .optional()
      .meta({ description: 'Client secret of the app; it also signs what HubSpot sends' }),
    HUBSPOT_APP_ID: z.string().optional().meta({ description: 'The app’s id: events of other apps are left aside' }),
    HUBSPOT_TIMELINE_TEMPLATE_ID: z.string().optional().meta({
      description: 'The app’s event template, where HubSpot lets it use the timeline; without one, notes are written',
    }),
    HUBSPOT_API_URL: address.default('https://api.hubapi.com').meta({ description: 'Where the API is' }),
    HUBSPOT_AUTHORIZE_URL: address
      .default('https://app.hubspot.com/oauth/authorize')
      .meta({ description: 'Where accounts are connected' }),
  }),
  // An account gives an app 110 requests in ten seconds, and a step makes two of them: it looks the contact up, then writes.
  limits: { points: 55, perSeconds: 10, concurrency: 8, callTimeoutMs: 20_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [createTimelineEvent, createMeeting, syncMeeting],
  roles: { push: pushRecord, directory },
  inbound: [webhooks],
  mappable,
  checkRights,
  builtInWorkflows,
  pickLists: { owners },
  externalIds: ['hubspotContactId'],
});
