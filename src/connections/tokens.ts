import type { ConnectionRow } from '../db/entities.ts';
import { newId } from '../ids.ts';
import { type Grant, StepError } from '../sdk/index.ts';
import type { Credential, FindConnector, InstalledConnector } from './credential.ts';
import { endDeadLeases, type Lease, releaseLease, takeLease } from './lease.ts';
import { failureOf, type Renewal, renewalOf } from './renewal.ts';
import { condemn, coolDown, type Ledger, saveRenewed } from './renewed.ts';
import { type ConnectionRef, type ConnectionStore, mustReconnect } from './store.ts';

/** A credential to call the vendor with. Name its version (`notVersion`) where the vendor did not accept it. */
export type Fresh = { grant: Grant; version: number; connection: ConnectionRow };

/** A credential that ends sooner than this is renewed before it is handed out. */
const marginMs = 60_000;
const callTimeoutMs = 20_000;
/** Longer than the call and its save: a lease that lapses means that its holder died. */
const leaseMs = 45_000;
const saveTries = 5;

/** A connection's row, read. `renewal` is absent where only a person can bring the next credential. */
type Opened = { row: ConnectionRow; credential: Credential; installed: InstalledConnector; renewal: Renewal };
type Outcome = { saved: ConnectionRow | undefined; credential: Credential } | { failure: StepError };

/**
 * Hands out live credentials and renews them: one renewal in flight per process, one process at a time by a lease in the
 * database, saved only over the version that was read.
 *
 * What cannot be mended: where a vendor replaces the refresh token at each use and the process dies between that answer and
 * the commit of our save (the first thing done with the answer), the new token is lost. The lease then lapses, the next
 * refresh sends the old token, the vendor refuses it, and the connection needs reconnecting with a reason that says so.
 */
export class Tokens {
  readonly #ledger: Ledger;
  readonly #store: ConnectionStore;
  readonly #find: FindConnector;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #deadline: (ms: number) => AbortSignal;
  readonly #flights = new Map<string, Promise<Fresh>>();

  constructor(
    on: Ledger & {
      store: ConnectionStore;
      find: FindConnector;
      sleep(ms: number): Promise<void>;
      /** A signal that aborts after so many milliseconds. */
      deadline?(ms: number): AbortSignal;
    },
  ) {
    this.#ledger = on;
    this.#store = on.store;
    this.#find = on.find;
    this.#sleep = on.sleep;
    this.#deadline = on.deadline ?? (ms => AbortSignal.timeout(ms));
  }

  /** To be called once, before the first `fresh` of a process. */
  async start(): Promise<void> {
    await endDeadLeases(this.#ledger.database);
  }

  /**
   * A credential that should be accepted now.
   * @param seen `notVersion`: the version that the vendor has just refused
   * @throws StepError `unauthorized` where a person must connect again; `throttled` with `retryAfterMs` while the vendor's
   * sign-in does not work; `defect` where the connector is not installed
   */
  async fresh(ref: ConnectionRef, seen: { notVersion?: number } = {}): Promise<Fresh> {
    const refused = seen.notVersion ?? 0;
    for (;;) {
      const ready = this.#ready(await this.#store.get(ref), refused);
      if (ready) return ready;
      const fresh = await (this.#flights.get(ref.id) ?? this.#takeOff(ref, refused));
      // A flight that took off before our version was refused may have ended with that very version.
      if (fresh.version > refused) return fresh;
    }
  }

  /**
   * Says that the vendor refuses even a credential that has just been renewed: the connection then needs reconnecting,
   * unless its credential has changed since.
   * @param why a sentence: what the vendor said
   */
  async refuse(connection: ConnectionRow, version: number, why: string): Promise<void> {
    const { id, workspaceId } = connection;
    const reason = mustReconnect(connection, why);
    await this.#ledger.database.write(({ query }) =>
      query(
        `UPDATE connections SET status = 'needs_reconnect', reason = $1, updated_at = $2
         WHERE id = $3 AND workspace_id = $4 AND version = $5 AND status = 'active'`,
        [reason, this.#ledger.clock.now(), id, workspaceId, version],
      ),
    );
  }

  #takeOff(ref: ConnectionRef, refused: number): Promise<Fresh> {
    const flight = this.#renew(ref, refused).finally(() => this.#flights.delete(ref.id));
    this.#flights.set(ref.id, flight);
    return flight;
  }

  #open(row: ConnectionRow | null): Opened {
    if (!row)
      throw new StepError('unauthorized', 'This connection does not exist any more. Connect the account again.');
    const credential = row.status === 'active' ? this.#store.credentialOf(row) : undefined;
    if (!credential) {
      throw new StepError('unauthorized', row.reason ?? mustReconnect(row, 'no credential is stored.'));
    }
    const installed = this.#find(row.connector);
    if (!installed) throw new StepError('defect', `The connector ${row.connector} is not installed here.`);
    return { row, credential, installed, renewal: renewalOf(installed, row, credential) };
  }

  /** The stored credential where it will do; undefined where it must be renewed. */
  #ready(stored: ConnectionRow | null, refused: number): Fresh | undefined {
    const { row, credential, renewal } = this.#open(stored);
    const now = this.#ledger.clock.now();
    const cooling = row.cooldownUntil !== null && row.cooldownUntil > now;
    const left = row.expiresAt === null ? Number.POSITIVE_INFINITY : row.expiresAt - now;
    if (row.version > refused && left > (renewal && !cooling ? marginMs : 0)) return freshOf(row, credential);
    if (!cooling) return undefined;
    throw new StepError('throttled', row.reason ?? 'The vendor’s sign-in does not work at the moment.', {
      retryAfterMs: row.cooldownUntil! - now,
    });
  }

  async #renew(ref: ConnectionRef, refused: number): Promise<Fresh> {
    for (let round = 0; ; round++) {
      const lease = await takeLease(this.#ledger, ref, newId(), leaseMs);
      const renewed = lease && (await this.#underLease(lease, refused));
      const fresh = renewed ?? this.#ready(await this.#store.get(ref), refused);
      if (fresh) return fresh;
      await this.#sleep(Math.min(1000, 50 * 2 ** round));
    }
  }

  /** Undefined where the row now tells how it went: refused, cooling down, or saved by another process. */
  async #underLease(lease: Lease, refused: number): Promise<Fresh | undefined> {
    const outcome = await this.#attempt(lease, refused).catch(async error => {
      await releaseLease(this.#ledger.database, lease);
      throw error;
    });
    if ('saved' in outcome) return outcome.saved && freshOf(outcome.saved, outcome.credential);
    const { failure } = outcome;
    if (failure.kind === 'unauthorized') await condemn(this.#ledger, lease, failure.message);
    else await coolDown(this.#ledger, lease, failure);
    return undefined;
  }

  async #attempt(lease: Lease, refused: number): Promise<Outcome> {
    const { row, credential, installed, renewal } = this.#open(lease.row);
    if (this.#ready(row, refused)) {
      await releaseLease(this.#ledger.database, lease);
      return { saved: row, credential };
    }
    if (!renewal) return { failure: new StepError('unauthorized', 'its credential has ended or was refused.') };
    const signal = this.#deadline(callTimeoutMs);
    // Not cut off at the deadline: a late answer is still saved, as it may hold the only refresh token that is good now.
    const answered = renewal(signal).then<Outcome, Outcome>(
      async next => ({ saved: await this.#save(row, next), credential: next }),
      error => ({ failure: failureOf(installed.connector, error) }),
    );
    return Promise.race([answered, overdue(signal)]);
  }

  /** A vendor's answer may hold the only refresh token that is good now: a database that stumbles is asked again. */
  async #save(row: ConnectionRow, next: Credential): Promise<ConnectionRow | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        return await saveRenewed(this.#ledger, row, next);
      } catch (error) {
        if (tries === saveTries) throw error;
        await this.#sleep(100 * 2 ** tries);
      }
    }
  }
}

const freshOf = (row: ConnectionRow, { grant }: Credential): Fresh => ({
  grant,
  version: row.version,
  connection: row,
});

const overdue = (signal: AbortSignal): Promise<Outcome> =>
  new Promise(resolve => {
    const failure = new StepError('transient', `The vendor did not answer within ${callTimeoutMs / 1000} seconds.`);
    if (signal.aborted) resolve({ failure });
    else signal.addEventListener('abort', () => resolve({ failure }), { once: true });
  });
