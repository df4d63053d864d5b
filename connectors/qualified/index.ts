import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { auth } from './auth.ts';
import { openClient, type QualifiedClient } from './client.ts';
import { classify } from './errors.ts';
import { checkRights } from './rights.ts';
import { source } from './source.ts';
import { whoAmI } from './who-am-i.ts';

export default defineConnector<QualifiedClient>({
  id: 'qualified',
  title: 'Qualified',
  description: 'Sessions, conversations, meetings and leads, read from Qualified’s Enterprise API.',
  auth,
  settings: z.object({
    QUALIFIED_API_URL: z
      .url({ protocol: /^https?$/ })
      .default('https://api.qualified.com')
      .meta({ description: 'Address of the Enterprise API' }),
  }),
  // How many calls may be made is said by the answers: see quota.ts. A team may have ten under way at once; a poll has four.
  limits: { concurrency: 10, callTimeoutMs: 30_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [],
  roles: { source },
  checkRights,
});
