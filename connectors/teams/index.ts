import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { sendAlert } from './actions/send-alert.ts';
import { updateAlert } from './actions/update-alert.ts';
import { auth, tenant } from './auth.ts';
import { openClient, type TeamsClient, whoAmI } from './client.ts';
import { classify } from './errors.ts';
import { messages } from './inbound/index.ts';
import { appPackage } from './package/index.ts';

const address = (value: string) => z.url({ protocol: /^https?$/ }).default(value);

export default defineConnector<TeamsClient>({
  id: 'teams',
  title: 'Microsoft Teams',
  description: 'Alerts to channels and people, with buttons.',
  auth,
  settings: z.object({
    TEAMS_APP_ID: z.string().optional().meta({ description: 'Application (client) id of the bot’s Entra app' }),
    TEAMS_APP_PASSWORD: z.string().optional().meta({ description: 'Client secret of the bot’s Entra app' }),
    TEAMS_TENANT_ID: tenant.optional().meta({ description: 'The tenant that is connected where none is typed in' }),
    TEAMS_LOGIN_URL: address('https://login.microsoftonline.com').meta({
      description: 'Where the bot’s token comes from',
    }),
    TEAMS_OPENID_METADATA_URL: address('https://login.botframework.com/v1/.well-known/openidconfiguration').meta({
      description: 'Says which keys sign the calls to /teams/messages',
    }),
    TEAMS_SERVICE_URL: address('https://smba.trafficmanager.net/teams/').meta({
      description: 'The Bot Connector, where a conversation does not say its own address',
    }),
  }),
  // Teams: 50 requests a second for an app in one tenant.
  limits: { points: 50, perSeconds: 1, concurrency: 20, callTimeoutMs: 10_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [sendAlert],
  roles: { chat: { send: sendAlert, update: updateAlert } },
  inbound: [messages],
  package: appPackage,
});
