import type { ConnectionRow } from '../db/entities.ts';
import { type Account, StepError } from '../sdk/index.ts';
import { openValues } from '../sdk/typed-values.ts';
import { askVendor } from './ask.ts';
import { CannotConnect } from './cannot-connect.ts';
import type { FindConnector } from './credential.ts';
import { checkedStrings, installedConnector } from './oauth-connector.ts';
import { credentialOfValues, failureOf, whoIs } from './renewal.ts';
import type { ConnectionStore } from './store.ts';
import type { Tokens } from './tokens.ts';
import { UnknownKeyError } from './vault.ts';

export type Parts = { store: ConnectionStore; tokens: Tokens; find: FindConnector };

const callTimeoutMs = 20_000;
const revokeTimeoutMs = 10_000;

/**
 * Connects an account by typed values: checks them, makes a grant of them, asks the vendor whose account it is, stores all.
 * The fields that are not secret are kept as the connection's options, to be seen again.
 * @throws CannotConnect with an error per field (`values.<name>`); StepError where the vendor does not take them; OtherAccountError
 */
export async function connectByValues(
  { store, find }: Omit<Parts, 'tokens'>,
  typed: { workspaceId: string; connector: string; values: Record<string, unknown>; userEmail?: string | undefined },
): Promise<ConnectionRow> {
  const installed = installedConnector(find, typed.connector);
  const { connector } = installed;
  const { auth } = connector;
  if (auth.kind !== 'key') {
    const instead = auth.kind === 'none' ? 'It needs no connection' : `Open /v1/connect/${connector.id} in a browser`;
    throw new CannotConnect('other-kind', `${connector.title} is not connected by typing values in. ${instead}.`);
  }
  const values = checkedStrings(auth.fields, typed.values, ['values']);
  const options = openValues(auth, values);
  const signal = AbortSignal.timeout(callTimeoutMs);
  const credential = await credentialOfValues(installed, values, options, signal).catch(error => {
    throw failureOf(connector, error);
  });
  const account = await whoIs(installed, credential.grant, signal);
  const { workspaceId, userEmail } = typed;
  return store.connect({ workspaceId, connector: connector.id, userEmail, account, options, credential });
}

/** How a test of a connection went: whose account it is, or what failed. */
export type TestResult = { ok: true; account: Account } | { ok: false; failure: StepError };

/** Asks the vendor who is connected. */
export async function testConnection(on: Parts, row: ConnectionRow): Promise<TestResult> {
  try {
    const account = await askVendor(on, row, ({ signal }, installed, { grant }) => whoIs(installed, grant, signal));
    return { ok: true, account };
  } catch (error) {
    if (error instanceof StepError) return { ok: false, failure: error };
    throw error;
  }
}

/** What became of a disconnect at the vendor: `revoked` only where the vendor confirmed it. */
export type Disconnected = { revoked: boolean; message: string };

/**
 * Takes the credential back at the vendor, as far as the vendor lets us, and forgets it in any case.
 * Steps that meet the connection afterwards park until the account is connected again.
 */
export async function disconnect(on: Parts, row: ConnectionRow, by: string): Promise<Disconnected> {
  const result = await revoke(on, row);
  await on.store.forget(row, `Disconnected by ${by}. ${result.message}`);
  return result;
}

async function revoke({ store, find }: Parts, row: ConnectionRow): Promise<Disconnected> {
  const installed = find(row.connector);
  const title = installed?.connector.title ?? row.connector;
  const auth = installed?.connector.auth;
  const byHand = `The hub has forgotten the credential; take it back in ${title} itself.`;
  if (row.sealed === null) return { revoked: false, message: 'There was no credential any more.' };
  if (!installed || auth?.kind !== 'oauth2' || !auth.revoke) {
    return { revoked: false, message: `${title} offers no way to take a credential back from here. ${byHand}` };
  }
  try {
    const { grant } = store.credentialOf(row)!;
    const signal = AbortSignal.timeout(revokeTimeoutMs);
    await auth.revoke({ settings: installed.settings, options: row.options, signal, grant });
    return { revoked: true, message: `${title} has taken the credential back.` };
  } catch (error) {
    const told = error instanceof UnknownKeyError ? error.message : failureOf(installed.connector, error).message;
    return {
      revoked: false,
      message: `${title} did not confirm that the credential was taken back: ${told} ${byHand}`,
    };
  }
}
