import { oneLine } from '../../src/sdk/index.ts';
import type { CallFacts } from '../../src/sdk/json-call.ts';

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
export function complaintsOf({ json }: CallFacts): Complaint[] {
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
export function wordsOf({ answer, json }: CallFacts): string | undefined {
  if (typeof json === 'string') return text(json);
  const body = answer?.body.trim() ?? '';
  return json === undefined && !/^[<[{]/.test(body) ? text(body) : undefined;
}

const withoutTokens = (text: string): string => text.replace(/(Bearer|Basic) \S+/g, '‹secret›');

const clipped = (words: string): string => oneLine(withoutTokens(words));
