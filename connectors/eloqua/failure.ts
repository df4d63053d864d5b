import type { HttpAnswer } from '../../src/sdk/http.ts';

type Facts = { write: boolean; answer?: HttpAnswer; json?: unknown; cause?: unknown };

/** One call that brought no usable answer. `write` says whether it could have changed something. */
export class EloquaFailure extends Error {
  readonly facts: Facts;
  constructor(facts: Facts) {
    super('the call to Eloqua failed', { cause: facts.cause });
    this.name = 'EloquaFailure';
    this.facts = facts;
  }
}

/**
 * One validation error: `type` is ObjectValidationError or EndpointParameterError, `name` the property or parameter, `requirement` what it
 * does not meet. `objectId` is the field's id where the complaint is about the value of a field.
 */
export type Complaint = { type: string; name?: string; requirement?: string; value?: string; objectId?: string };

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? clipped(value) : undefined;
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The validation errors of an answer, which is a list of them, or a single one. */
export function complaintsOf({ json }: Facts): Complaint[] {
  return (Array.isArray(json) ? json : [json]).map(objectOf).flatMap(item => {
    const { type, property, parameter, requirement, value, container } = item;
    if (typeof type !== 'string') return [];
    const complaint = {
      type,
      name: text(property) ?? text(parameter),
      requirement: text(objectOf(requirement).type),
      value: text(value),
      objectId: text(objectOf(container).objectId),
    };
    return [complaint];
  });
}

/** What else Eloqua says: one JSON text, or a line of plain text. Pages are left out. */
export function wordsOf({ answer, json }: Facts): string | undefined {
  if (typeof json === 'string') return text(json);
  const body = answer?.body.trim() ?? '';
  return json === undefined && !/^[<[{]/.test(body) ? text(body) : undefined;
}

/** One line of the vendor's words: no markup, nothing that looks like a token, 300 characters at most. */
function clipped(words: string): string {
  const line = words
    .replace(/(Bearer|Basic) \S+/g, '‹secret›')
    .replace(/<[^>]*>|\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
