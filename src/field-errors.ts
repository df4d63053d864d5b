import type * as z from 'zod';

/** One mistake in what somebody sent: where (`data.attendees[0].email`; empty for the whole) and what is wrong. */
export type FieldError = { path: string; message: string };

/** @returns `steps[0].input.to` for ['steps', 0, 'input', 'to'] */
export const pathOf = (keys: readonly PropertyKey[]): string =>
  keys.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`),
    '',
  );

/** @returns every issue of a zod error as path and message, unknown members one by one; `prefix` is put before each path */
export function fieldErrors(error: z.ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  return error.issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({ path: pathOf([...prefix, ...issue.path, key]), message: 'is not known here' }))
      : [{ path: pathOf([...prefix, ...issue.path]), message: issue.message }],
  );
}

/** Zod's messages in words that fit behind a path: "data.messageId is required". Give it as `error` when parsing. */
export const plainMessages: z.core.$ZodErrorMap = issue => {
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return 'is required';
  if (issue.code === 'invalid_type') {
    const article = /^[aeiou]/.test(issue.expected) ? 'an' : 'a';
    return `must be ${issue.expected === 'int' ? 'a whole number' : `${article} ${issue.expected}`}`;
  }
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(value => JSON.stringify(value)).join(' or ')}`;
  if (issue.code === 'too_small' && issue.origin === 'string')
    return Number(issue.minimum) === 1 ? 'must not be empty' : `must have ${issue.minimum} characters or more`;
  if (issue.code === 'too_big' && issue.origin === 'string') return `must have ${issue.maximum} characters or fewer`;
  return undefined;
};
