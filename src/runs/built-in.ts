import * as z from 'zod';
import type { Transaction } from '../db/database.ts';
import { type VisitorRow, Visitors } from '../db/entities.ts';
import { heldRows } from '../db/save.ts';
import type { VisitorField } from '../model/workflow.ts';
import { type Action, StepError } from '../sdk/index.ts';
import { isBlank } from '../sdk/values.ts';
import { normaliseEmail } from '../sessions/visitors.ts';

const input = z.strictObject({
  field: z.string().min(1).max(64).meta({ title: 'Visitor field', description: 'The name of a defined visitor field' }),
  value: z.unknown().meta({ title: 'Value', description: 'A value of the field’s type, or a template' }),
});
const output = z.strictObject({ field: z.string(), value: z.unknown(), before: z.unknown().optional() });
export type SetVisitorField = z.infer<typeof input>;

/**
 * The action that needs no connector. Its effect is a row of ours, so the engine applies it in the transaction that also
 * records the step's outcome: it happens once, or not at all.
 */
export const setVisitorFieldAction: Omit<Action<SetVisitorField, z.infer<typeof output>>, 'run'> = {
  id: 'set_visitor_field',
  title: 'Set a value on a visitor field',
  description: 'Sets one field of the visitor. An e-mail identifies the visitor from then on.',
  input,
  output,
  fits: {},
  replay: 'safe',
};

/**
 * Sets the field inside `transaction`.
 * @throws StepError `rejected` where there is no visitor, the field is not defined, or the value does not fit its type
 */
export async function setVisitorField(
  { manager }: Transaction,
  to: { workspaceId: string; visitorId: string | undefined; fields: VisitorField[]; now: number; stepId: string },
  { field, value }: SetVisitorField,
): Promise<z.infer<typeof output>> {
  const definition = to.fields.find(candidate => candidate.name === field);
  const where = { workspaceId: to.workspaceId, id: to.visitorId ?? '' };
  const visitor = to.visitorId ? await manager.findOne(Visitors, { where, ...heldRows(manager) }) : null;
  if (!visitor) throw new StepError('rejected', 'This run has no visitor whose field could be set.', { field });
  const typed = field === 'email' ? typedValue('email', value, field) : typedField(definition, value, field);
  const before = field === 'email' ? visitor.email : visitor.fields[field]?.value;
  visitor.fields[field] = {
    value: typed,
    at: to.now,
    id: to.stepId,
    knownAt: visitor.fields[field]?.knownAt ?? to.now,
  };
  const change: Partial<VisitorRow> = { fields: visitor.fields, updatedAt: to.now };
  if (field === 'email') Object.assign(change, { email: typed, emailStamp: { at: to.now, id: to.stepId } });
  await manager.update(Visitors, where, change as never);
  return { field, value: typed, ...(before === undefined || before === null ? {} : { before }) };
}

function typedField(definition: VisitorField | undefined, value: unknown, field: string): unknown {
  if (!definition) {
    throw new StepError('rejected', `The visitor field \`${field}\` is not defined. Define it at /v1/visitor-fields.`, {
      field,
    });
  }
  const typed = typedValue(definition.type, value, field);
  const allowed = definition.options;
  const chosen = Array.isArray(typed) ? typed : [typed];
  const unknown = allowed?.length ? chosen.filter(choice => !allowed.includes(String(choice))) : [];
  if (unknown.length > 0) {
    throw new StepError('rejected', `\`${field}\` takes one of ${allowed!.join(', ')}; not ${unknown.join(', ')}.`, {
      field,
    });
  }
  return typed;
}

function typedValue(type: VisitorField['type'], value: unknown, field: string): unknown {
  const refuse = (what: string) =>
    new StepError('rejected', `\`${field}\` takes ${what}; not ${JSON.stringify(value)}.`, { field });
  if (isBlank(value)) throw refuse('a value');
  switch (type) {
    case 'decimal': {
      const number = typeof value === 'string' ? Number(value.trim() || Number.NaN) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw refuse('a number');
      return number;
    }
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw refuse('true or false');
    case 'email':
      if (typeof value !== 'string' || !z.email().safeParse(value.trim()).success) throw refuse('an e-mail address');
      return normaliseEmail(value);
    case 'multi_picklist':
    case 'text_array':
      return (Array.isArray(value) ? value : [value]).map(String);
    default:
      if (typeof value === 'object') throw refuse('a text');
      return String(value);
  }
}
