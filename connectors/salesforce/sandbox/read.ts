import type * as z from 'zod';
import { parserError } from './errors.ts';

/** A raw or parsed body as JSON. Throws JSON_PARSER_ERROR for what is none. */
export const readJson = (body: unknown): unknown => {
  if (typeof body !== 'string') return body;
  if (body.trim() === '') throw parserError('The HTTP entity body is required, but this request has no entity body.');
  try {
    return JSON.parse(body);
  } catch (error) {
    throw parserError(`${error instanceof Error ? error.message : 'Unexpected character'} at [line:1, column:1]`);
  }
};

/** A body that must have this shape. Throws JSON_PARSER_ERROR where it has not. */
export const read = <Output>(schema: z.ZodType<Output>, input: unknown): Output => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw parserError(`${issue?.message ?? 'Unexpected value'} at ${issue?.path.join('.') || 'the body'}`);
};
