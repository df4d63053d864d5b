import type * as z from 'zod';
import { fieldErrors, plainMessages } from '../field-errors.ts';
import type { OAuth2Auth } from '../sdk/auth.ts';
import { CannotConnect } from './cannot-connect.ts';
import type { FindConnector, InstalledConnector } from './credential.ts';

export type OAuthConnector = InstalledConnector & { auth: OAuth2Auth };

/** @throws CannotConnect where there is no such connector here */
export function installedConnector(find: FindConnector, id: string): InstalledConnector {
  const installed = find(id);
  if (!installed)
    throw new CannotConnect('unknown-connector', `There is no connector ${JSON.stringify(id.slice(0, 64))}.`);
  return installed;
}

/** A connector that OAuth can be started for. @throws CannotConnect where it is of another kind, or its app's settings are missing */
export function oauthConnector(find: FindConnector, id: string): OAuthConnector {
  const { connector, settings } = installedConnector(find, id);
  const { auth } = connector;
  if (auth.kind === 'key') {
    throw new CannotConnect('other-kind', `${connector.title} is connected with typed values: POST /v1/connections.`);
  }
  if (auth.kind === 'none') throw new CannotConnect('other-kind', `${connector.title} needs no connection.`);
  refuseUnconfigured({ connector, settings }, auth.requires);
  return { connector, settings, auth };
}

/** @throws CannotConnect that names the settings which are missing */
export function refuseUnconfigured({ connector, settings }: InstalledConnector, requires: string[] = []): void {
  const missing = requires.filter(name => !settings[name]);
  if (missing.length === 0) return;
  throw new CannotConnect(
    'not-configured',
    `${connector.title} cannot be connected yet: ${missing.join(', ')} must be set in the environment.`,
  );
}

/** The admin's choices, checked by the connector. @param prefix where they stand in the request, for the errors' paths. @throws CannotConnect */
export function checkedOptions(
  { connector, auth }: OAuthConnector,
  options: Record<string, string>,
  prefix: string[],
): Record<string, string> {
  if (auth.options) return checkedStrings(auth.options, options, prefix);
  const errors = Object.keys(options).map(name => ({
    path: [...prefix, name].join('.'),
    message: 'is not known here',
  }));
  if (errors.length === 0) return {};
  throw new CannotConnect('invalid-values', `${connector.title} has no such options.`, errors);
}

/** Values as a connector's schema declares them, unknown ones refused. @throws CannotConnect with an error per field */
export function checkedStrings(
  schema: z.ZodObject,
  values: Record<string, unknown>,
  prefix: string[],
): Record<string, string> {
  const parsed = schema.strict().safeParse(values, { error: plainMessages, reportInput: false });
  if (!parsed.success) {
    const errors = fieldErrors(parsed.error, prefix);
    throw new CannotConnect('invalid-values', `${errors[0]!.path} ${errors[0]!.message}.`, errors);
  }
  return Object.fromEntries(
    Object.entries(parsed.data).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
