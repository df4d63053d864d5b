import * as z from 'zod';
import type { Withheld } from './rights.ts';

const rights = z.array(z.enum(['read', 'create', 'edit', 'delete']));
const named = z.record(z.string(), z.array(z.string())).default({});
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const withhold = z
  .object({
    user: z.email().optional().meta({ description: 'whose rights; everybody’s where left out' }),
    fields: named.meta({ description: 'fields that are not to be seen, by object' }),
    readOnlyFields: named.meta({ description: 'fields that are for reading only, by object' }),
    marketingUser: z.boolean().default(true),
    apiEnabled: z.boolean().default(true),
    modifyMetadata: z.boolean().default(true),
  })
  .catchall(rights);

const validationRule = z.strictObject({
  object: z.string(),
  when: z.record(z.string(), value).default({}),
  require: z.string().optional(),
  message: z.string(),
  field: z.string().optional(),
  trigger: z.string().optional(),
});

/** What `POST /__sandbox/salesforce/control` takes. */
export const controlBody = z.strictObject({
  expireAccessTokens: z
    .literal(true)
    .optional()
    .meta({ description: 'access tokens stop working, refresh tokens live on' }),
  revokeGrants: z.literal(true).optional().meta({ description: 'the customer takes the app its access away' }),
  rotateRefreshTokens: z
    .boolean()
    .optional()
    .meta({ description: 'a refresh answers with a new refresh token and kills the old one' }),
  signInAs: z.email().optional().meta({ description: 'the e-mail of the user who consents from now on' }),
  dailyLimit: z.int().min(0).optional().meta({ description: 'calls a day; the count starts anew' }),
  dailyUsed: z.int().min(0).optional().meta({ description: 'calls that were made today' }),
  queryPageSize: z.int().min(1).max(2000).optional().meta({ description: 'records on one page of a query' }),
  duplicateRules: z
    .enum(['off', 'block', 'alert'])
    .optional()
    .meta({ description: 'the standard duplicate rules for Lead and Contact, by e-mail' }),
  duplicateResultName: z
    .enum(['duplicateResult', 'duplicateResut'])
    .optional()
    .meta({ description: 'how the finds of a duplicate rule are spelt' }),
  validationRules: z
    .array(validationRule)
    .optional()
    .meta({ description: 'all of them; one with `trigger` refuses as an Apex trigger does' }),
  assignmentOwner: z
    .email()
    .nullable()
    .optional()
    .meta({ description: 'whom the active assignment rule gives new Leads to; null switches it off' }),
  lockRows: z
    .array(z.strictObject({ id: z.string(), times: z.int().min(1).default(1) }))
    .optional()
    .meta({ description: 'records that cannot be locked the next times somebody saves them or what names them' }),
  showFields: z
    .record(z.string(), z.array(z.string()))
    .optional()
    .meta({ description: 'hidden fields that everybody may see from now on, by object, e.g. HasOptedOutOfEmail' }),
  withhold: withhold.optional().meta({ description: 'rights that are taken away; {} gives them back' }),
});
export type Control = z.output<typeof controlBody>;

/** The rights that a control takes away. */
export const withheldOf = (input: NonNullable<Control['withhold']>): Withheld => {
  const { user: _user, fields, readOnlyFields, marketingUser, apiEnabled, modifyMetadata, ...objects } = input;
  return { objects, fields, readOnlyFields, marketingUser, apiEnabled, modifyMetadata };
};
