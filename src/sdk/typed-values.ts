import * as z from 'zod';
import type { Grant, KeyAuth } from './auth.ts';
import { StepError } from './errors.ts';
import { Secret } from './secret.ts';

/** Names of the fields that an admin types in and nobody may read again: those with `secret: true` in their meta. */
export function secretFields(auth: KeyAuth): string[] {
  const { properties = {} } = z.toJSONSchema(auth.fields, { io: 'input' });
  return Object.entries(properties).flatMap(([name, field]) =>
    typeof field === 'object' && field.secret === true ? [name] : [],
  );
}

/** The values that may be seen again. */
export function openValues(auth: KeyAuth, values: Record<string, string>): Record<string, string> {
  const secret = secretFields(auth);
  return Object.fromEntries(Object.entries(values).filter(([name]) => !secret.includes(name)));
}

/**
 * The grant that typed values amount to where the connector exchanges them for nothing: its one secret field is the access
 * token, the other fields are `extra`.
 * @throws StepError `defect` where the connector has not exactly one secret field
 */
export function grantOfValues(auth: KeyAuth, values: Record<string, string>): Grant {
  const [secret, ...more] = secretFields(auth);
  if (secret === undefined || more.length > 0) {
    throw new StepError(
      'defect',
      'A connector with key auth needs exactly one field marked secret, or an exchange that makes a grant of several.',
    );
  }
  const { [secret]: token = '', ...extra } = values;
  return { accessToken: new Secret(token), extra };
}
