import * as z from 'zod';

/** Every trigger and timing an admin may choose: the 19 pairs, and what one pair may start only once per. */
export const triggerPairs = [
  { type: 'conversation_with_rep', timing: 'immediately', oncePer: 'conversation' },
  { type: 'conversation_with_rep', timing: 'after_conversation_ends', oncePer: 'session' },
  { type: 'conversation_with_bot', timing: 'immediately', oncePer: 'conversation' },
  { type: 'conversation_with_bot', timing: 'after_conversation_ends', oncePer: 'session' },
  { type: 'conversation_with_rep_or_bot', timing: 'immediately', oncePer: 'conversation' },
  { type: 'conversation_with_rep_or_bot', timing: 'after_conversation_ends', oncePer: 'session' },
  { type: 'conversation_with_ai_sdr', timing: 'immediately', oncePer: 'conversation' },
  { type: 'conversation_with_ai_sdr', timing: 'after_conversation_ends', oncePer: 'session' },
  { type: 'pounce_sent', timing: 'immediately', oncePer: 'pounce' },
  { type: 'pounce_reply', timing: 'immediately', oncePer: 'pounce' },
  { type: 'auto_pounce_sent', timing: 'immediately', oncePer: 'pounce' },
  { type: 'auto_pounce_reply', timing: 'immediately', oncePer: 'pounce' },
  { type: 'inbound_chat_request', timing: 'immediately', oncePer: 'request' },
  { type: 'inbound_chat_request_from_ai_sdr', timing: 'immediately', oncePer: 'request' },
  { type: 'missed_inbound_chat_request', timing: 'after_conversation_ends', oncePer: 'session' },
  { type: 'lead_captured', timing: 'immediately', oncePer: 'session' },
  { type: 'meeting_offered', timing: 'immediately', oncePer: 'meeting' },
  { type: 'meeting_booked', timing: 'immediately', oncePer: 'meeting' },
  { type: 'meeting_offered_not_booked', timing: 'after_conversation_ends', oncePer: 'session' },
] as const;

/** What built-in workflows may start on besides; once per event. An admin's document may not name them. */
export const internalTriggers = [
  { type: 'email_sent', timing: 'immediately', oncePer: 'event' },
  { type: 'email_unsubscribed', timing: 'immediately', oncePer: 'event' },
  { type: 'meeting_changed', timing: 'immediately', oncePer: 'event' },
] as const;

export type TriggerPair = (typeof triggerPairs)[number];
export type TriggerType = TriggerPair['type'];
export type InternalTriggerType = (typeof internalTriggers)[number]['type'];
export type Timing = TriggerPair['timing'];
export type AdminTrigger = { type: TriggerType; timing: Timing };
export type Trigger = { type: TriggerType | InternalTriggerType; timing: Timing };
export const timings = ['immediately', 'after_conversation_ends'] as const satisfies readonly Timing[];
export const triggerTypes = [...new Set(triggerPairs.map(pair => pair.type))] as [TriggerType, ...TriggerType[]];
export const internalTriggerTypes = internalTriggers.map(({ type }) => type);
export const isAdminTrigger = (trigger: Trigger): trigger is AdminTrigger =>
  triggerTypes.some(type => type === trigger.type);

export const operators = [
  'eq', 'neq', 'contains', 'not_contains', 'starts_with', 'ends_with', 'in', 'not_in',
  'gt', 'gte', 'lt', 'lte', 'before', 'after', 'is_known', 'is_unknown', 'matches',
] as const; // biome-ignore format: one line a family reads better
export type Operator = (typeof operators)[number];

const stepId = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/i, 'must be a letter followed by letters, digits, _ or - (63 at most)');
const target = z.string().min(1).meta({ description: 'The id of a step, or `end`' });

export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition }
  | { field: string; op: Operator; value?: unknown };

/** One condition: a comparison, or a group of conditions (`all`, `any`, `not`). */
export const conditionSchema: z.ZodType<Condition> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(conditionSchema).min(1).max(50) }),
      z.strictObject({ any: z.array(conditionSchema).min(1).max(50) }),
      z.strictObject({ not: conditionSchema }),
      z.strictObject({ field: z.string().min(1).max(200), op: z.enum(operators), value: z.unknown().optional() }),
    ]),
  )
  .meta({ id: 'Condition' });

const onError = z.enum(['stop', 'continue']).optional();
const branchStep = z.strictObject({
  id: stepId,
  action: z.literal('branch'),
  paths: z
    .array(z.strictObject({ name: z.string().max(120).optional(), when: conditionSchema, goto: target }))
    .min(1)
    .max(50),
  else: target.optional(),
  onError,
});
const jumpStep = z.strictObject({ id: stepId, action: z.literal('jump'), goto: target, onError });
const actionStep = z.strictObject({
  id: stepId,
  action: z
    .string()
    .regex(/^[a-z][a-z0-9_.-]*$/)
    .refine(value => value !== 'branch' && value !== 'jump'),
  input: z.record(z.string(), z.unknown()).optional(),
  onError,
  goto: target.optional(),
});

export type BranchStep = z.infer<typeof branchStep>;
export type JumpStep = z.infer<typeof jumpStep>;
export type ActionStep = z.infer<typeof actionStep>;
export type WorkflowStep = BranchStep | JumpStep | ActionStep;

export const stepSchemas = { branch: branchStep, jump: jumpStep, action: actionStep };

const documentOn = <Type extends z.ZodType>(type: Type) =>
  z.strictObject({
    name: z.string().trim().min(1).max(200),
    description: z.string().max(2000).optional(),
    trigger: z.strictObject({ type, timing: z.enum(timings) }),
    steps: z
      .array(z.union([branchStep, jumpStep, actionStep]))
      .min(1)
      .max(100),
  });

/** The workflow document: what the API takes, the CLI pushes and pulls, and git keeps. */
export const workflowDocument = documentOn(z.enum(triggerTypes)).meta({ id: 'WorkflowDocument' });
/** What is stored: admins' documents, and those that come with connectors, which may start on the internal triggers too. */
export const storedDocument = documentOn(z.enum([...triggerTypes, ...internalTriggerTypes])).meta({
  id: 'StoredWorkflowDocument',
});
export type WorkflowDocument = z.infer<typeof storedDocument>;

/** Field types of visitor fields, in Qualified's own words. */
export const fieldTypes = [
  'string', 'text', 'decimal', 'boolean', 'email', 'phone', 'name', 'company', 'picklist', 'multi_picklist', 'text_array',
] as const; // biome-ignore format: a list
export type FieldType = (typeof fieldTypes)[number];
/** One visitor field as the workspace defines it. `options` are the allowed values of a picklist. */
export type VisitorField = {
  name: string;
  label: string;
  type: FieldType;
  category: 'person' | 'account';
  options?: string[];
};
