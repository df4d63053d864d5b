import { defineConnector } from '../../src/sdk/index.ts';
import { send } from './actions/send.ts';
import { type EmailClient, openClient } from './client.ts';
import { classify } from './errors.ts';
import { settings } from './settings.ts';

export default defineConnector<EmailClient>({
  id: 'email',
  title: 'E-mail',
  description: 'Mails to colleagues and visitors, through a mail server of yours.',
  auth: { kind: 'none', requires: ['SMTP_URL', 'MAIL_FROM'] },
  settings,
  // Servers may look at a mail for long before they say that they have it; giving up meanwhile would leave its fate unknown.
  limits: { concurrency: 5, callTimeoutMs: 60_000 },
  open: openClient,
  classify,
  actions: [send],
});
