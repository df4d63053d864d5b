import express from 'express';
import * as z from 'zod';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { css, page } from './page.ts';
import { account, createMailServer, domain } from './smtp.ts';

const controlBody = z.strictObject({
  greylist: z
    .boolean()
    .optional()
    .meta({ description: 'the first try for each recipient is put off for five minutes' }),
  refuseLogin: z.boolean().optional().meta({ description: 'nobody may sign in' }),
  startTls: z.boolean().optional().meta({ description: 'STARTTLS is offered (on unless switched off)' }),
  sizeLimit: z.int().min(1).optional().meta({ description: 'bytes of one mail' }),
});

const create = (context: SandboxContext): SandboxInstance => {
  const server = createMailServer(context);
  return {
    router: express.Router(),
    records: type => (type === 'messages' ? server.mails() : undefined),
    page: () => page(server.mails()),
    reset: server.reset,
    control: body => {
      server.set(controlBody.parse(body));
      return server.controls;
    },
    start: server.start,
    close: server.close,
    settings: () => ({
      // The certificate is of its own making, so it cannot be checked.
      SMTP_URL: `smtp://${account.user}:${account.password}@127.0.0.1:${server.port()}?tls.rejectUnauthorized=false`,
    }),
  };
};

/**
 * A mail server on a port of its own: STARTTLS, one account, one domain of senders. Its faults are scripted like those of any vendor; `method`
 * is CONNECT, STARTTLS, AUTH, MAIL, RCPT or DATA (where none is named, DATA), `status` the reply's code and `body` its words.
 */
const email: SandboxVendor = {
  vendor: 'email',
  title: 'E-mail',
  settings: () => ({ MAIL_FROM: `baton@${domain}` }),
  origin: () => 'smtp://mail.brightline.example',
  uncovered: () => true,
  css,
  create,
};
export default email;
