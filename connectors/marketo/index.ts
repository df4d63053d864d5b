import * as z from 'zod';
import { defineConnector } from '../../src/sdk/index.ts';
import { whoAmI } from './account.ts';
import { addActivity } from './actions/add-activity.ts';
import { addToList } from './actions/add-to-list.ts';
import { addToProgram } from './actions/add-to-program.ts';
import { pushRecord } from './actions/push-record.ts';
import { auth } from './auth.ts';
import { type MarketoClient, openClient } from './client.ts';
import { mappable } from './describe.ts';
import { classify } from './errors.ts';
import { pickLists } from './pick-lists.ts';
import { checkRights } from './rights.ts';

export default defineConnector<MarketoClient>({
  id: 'marketo',
  title: 'Marketo',
  description: 'People in Adobe Marketo Engage, their static lists, programs and custom activities.',
  auth,
  settings: z.object({
    MARKETO_BASE_URL: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ description: 'An address outside of mktorest.com that connections may name as their base URL' }),
  }),
  limits: { points: 100, perSeconds: 20, concurrency: 10, callTimeoutMs: 20_000 },
  open: openClient,
  whoAmI,
  classify,
  actions: [addToList, addToProgram, addActivity],
  roles: { push: pushRecord },
  mappable,
  checkRights,
  pickLists,
  externalIds: ['marketoLeadId'],
});
