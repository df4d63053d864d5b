import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { sendAlert } from './actions/send-alert.ts';
import { updateAlert } from './actions/update-alert.ts';
import { auth } from './auth.ts';
import { openClient, type SlackClient, whoAmI } from './client.ts';
import { classify } from './errors.ts';
import { inbound } from './inbound/index.ts';
import { channels, users } from './pick-lists.ts';
import { checkRights } from './rights.ts';

export default defineConnector<SlackClient>({
  id: 'slack',
  title: 'Slack',
  description: 'Alerts to channels and people, who can act on them there.',
  auth,
  settings: z.object({
    SLACK_CLIENT_ID: z.string().optional().meta({ description: 'Client id of the Slack app' }),
    SLACK_CLIENT_SECRET: z.string().optional().meta({ description: 'Client secret of the Slack app' }),
    SLACK_SIGNING_SECRET: z
      .string()
      .optional()
      .meta({ description: 'Signing secret of the Slack app: without it nobody can press a button' }),
    SLACK_API_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://slack.com/api/')
      .meta({ description: 'Address of the Web API' }),
    SLACK_AUTHORIZE_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://slack.com/oauth/v2/authorize')
      .meta({ description: 'Where workspaces install the app' }),
  }),
  limits: { concurrency: 10, callTimeoutMs: 10_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [sendAlert],
  roles: { chat: { send: sendAlert as never, update: updateAlert } },
  inbound,
  checkRights,
  pickLists: { channels, users },
});
