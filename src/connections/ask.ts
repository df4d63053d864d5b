import type { ConnectionRow } from '../db/entities.ts';
import type { ConnectorSettings } from '../sdk/auth.ts';
import { StepError } from '../sdk/index.ts';
import type { FindConnector, InstalledConnector } from './credential.ts';
import { failureOf } from './renewal.ts';
import type { Fresh, Tokens } from './tokens.ts';

const callTimeoutMs = 20_000;

/** What a question to a vendor gets: a client with a live token. */
export type Asking = { client: unknown; signal: AbortSignal; settings: ConnectorSettings };

/** How to ask where it is no person who waits: for how long at the most, and who is told of the call budget. */
export type Manner = {
  timeoutMs?: number;
  signal?: AbortSignal;
  onUsage?(usage: { used: number; limit: number }): void;
};

/**
 * Asks a vendor something for a person who waits for the answer, with a live credential; one that is refused is renewed
 * once. A connection whose renewed credential is refused, too, is marked as needing a reconnect.
 * @throws StepError as the connector classifies what happened
 */
export async function askVendor<Answer>(
  { tokens, find }: { tokens: Tokens; find: FindConnector },
  row: ConnectionRow,
  ask: (asking: Asking, installed: InstalledConnector, fresh: Fresh) => Promise<Answer>,
  { timeoutMs = callTimeoutMs, signal = AbortSignal.timeout(timeoutMs), onUsage }: Manner = {},
): Promise<Answer> {
  const installed = find(row.connector);
  if (!installed) throw new StepError('defect', `The connector ${row.connector} is not installed here.`);
  const { connector, settings } = installed;
  const once = async (fresh: Fresh): Promise<Answer | StepError> => {
    try {
      const client = connector.open({ grant: fresh.grant, settings, timeoutMs, onUsage });
      return await ask({ client, signal, settings }, installed, fresh);
    } catch (error) {
      return failureOf(connector, error);
    }
  };
  const fresh = await tokens.fresh(row);
  const first = await once(fresh);
  if (!(first instanceof StepError)) return first;
  if (first.kind !== 'unauthorized') throw first;
  const renewed = await tokens.fresh(row, { notVersion: fresh.version });
  const second = await once(renewed);
  if (!(second instanceof StepError)) return second;
  if (second.kind === 'unauthorized') await tokens.refuse(row, renewed.version, second.message);
  throw second;
}
