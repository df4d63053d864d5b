import type { ConnectionRow } from '../db/entities.ts';
import { type Account, type Connector, type Grant, StepError } from '../sdk/index.ts';
import { grantOfValues } from '../sdk/typed-values.ts';
import type { Credential, InstalledConnector } from './credential.ts';

/** Asks the vendor for the next credential; undefined where nothing but a person can bring one. */
export type Renewal = ((signal: AbortSignal) => Promise<Credential>) | undefined;

/**
 * How a connection's credential is renewed: by the vendor's refresh token, by exchanging typed values again, or not at all.
 * A refresh token that the vendor did not replace is kept.
 */
export function renewalOf(
  { connector, settings }: InstalledConnector,
  row: ConnectionRow,
  { grant, values }: Credential,
): Renewal {
  const { auth } = connector;
  const call = { settings, options: row.options };
  if (auth.kind === 'oauth2' && auth.refresh && grant.refreshToken) {
    return async signal => {
      const next = await auth.refresh!({ ...call, grant, signal });
      return { grant: { ...next, refreshToken: next.refreshToken ?? grant.refreshToken! } };
    };
  }
  if (auth.kind === 'key' && auth.exchange && values) {
    return async signal => ({ grant: await auth.exchange!({ ...call, values, signal }), values });
  }
  return undefined;
}

/** The first credential from typed values. @throws whatever the connector's exchange throws; StepError `defect` (see grantOfValues) */
export async function credentialOfValues(
  { connector, settings }: InstalledConnector,
  values: Record<string, string>,
  options: Record<string, string>,
  signal: AbortSignal,
): Promise<Credential> {
  const { auth } = connector;
  if (auth.kind !== 'key') throw new StepError('rejected', `${connector.title} is not connected by typing values in.`);
  const grant = auth.exchange
    ? await auth.exchange({ settings, options, signal, values })
    : grantOfValues(auth, values);
  return { grant, values };
}

/** Whatever a connector threw, as the one StepError. */
export const failureOf = (connector: Connector, error: unknown): StepError =>
  error instanceof StepError ? error : connector.classify(error);

/** Whose account a grant opens, by one call to the vendor. @throws StepError as the connector classifies it */
export async function whoIs(
  { connector, settings }: InstalledConnector,
  grant: Grant,
  signal: AbortSignal,
): Promise<Account> {
  if (!connector.whoAmI) return { id: connector.id, name: connector.title };
  try {
    const client = connector.open({ grant, settings, timeoutMs: connector.limits.callTimeoutMs });
    return await connector.whoAmI({ client, signal, settings });
  } catch (error) {
    throw failureOf(connector, error);
  }
}
