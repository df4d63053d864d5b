import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type ConnectionRow, Connections } from '../db/entities.ts';
import type { StepError } from '../sdk/index.ts';
import { type Credential, sealCredential } from './credential.ts';
import type { Lease } from './lease.ts';
import { accountOf, mustReconnect, type OnActive } from './store.ts';
import type { Vault } from './vault.ts';

/** Where the outcomes of renewals are written down. */
export type Ledger = { database: Database; vault: Vault; clock: Clock; onActive?: OnActive };

const cooldownMs = { first: 30_000, most: 600_000 };

/**
 * Saves a renewed credential over the version that was read. A connection that another process held for dead meanwhile
 * (our lease had lapsed, and its refresh was refused because ours had gone through) is active again by this.
 * @returns the row as saved, or undefined where it has changed in between: somebody else's credential stands
 */
export async function saveRenewed(
  on: Ledger,
  read: ConnectionRow,
  next: Credential,
): Promise<ConnectionRow | undefined> {
  const sealed = sealCredential(on.vault, next, read.id);
  return on.database.write(async transaction => {
    for (const status of ['active', 'needs_reconnect'] as const) {
      const [saved] = await transaction.query(
        `UPDATE connections SET sealed = $1, expires_at = $2, version = version + 1, status = 'active', reason = NULL,
         refresh_token = NULL, refresh_until = NULL, refresh_failures = 0, cooldown_until = NULL, updated_at = $3
         WHERE id = $4 AND workspace_id = $5 AND version = $6 AND status = $7 RETURNING id`,
        [sealed, next.grant.expiresAt ?? null, on.clock.now(), read.id, read.workspaceId, read.version, status],
      );
      if (!saved) continue;
      const row = await transaction.manager.findOneByOrFail(Connections, {
        id: read.id,
        workspaceId: read.workspaceId,
      });
      if (status !== 'active') await on.onActive?.(row, transaction);
      return row;
    }
    return undefined;
  });
}

/**
 * Believes the vendor that the grant is dead, unless somebody has saved a newer version or taken over the lease.
 * @param why the vendor's words, or why nothing can be renewed
 */
export async function condemn(on: Ledger, lease: Lease, why: string): Promise<void> {
  const told = mustReconnect(lease.row, why);
  const reason = lease.interrupted
    ? `${told} (An earlier refresh was cut short after it was sent, which may have used up the refresh token.)`
    : told;
  await settle(on, lease, "status = 'needs_reconnect', reason = $1, updated_at = $2", [reason, on.clock.now()]);
}

/** The vendor's sign-in did not work, which says nothing about the grant: no other try for a while, longer each time. */
export async function coolDown(on: Ledger, lease: Lease, failure: StepError): Promise<void> {
  const { clock } = on;
  const grown = Math.min(cooldownMs.first * 2 ** lease.row.refreshFailures, cooldownMs.most);
  const until = clock.now() + Math.max(grown, failure.details.retryAfterMs ?? 0);
  const reason = `The credential of ${accountOf(lease.row).name} could not be renewed: ${failure.message} It is tried again at ${new Date(until).toISOString()}.`;
  await settle(
    on,
    lease,
    'reason = $1, cooldown_until = $2, refresh_failures = refresh_failures + 1, updated_at = $3',
    [reason, until, clock.now()],
  );
}

const settle = ({ database }: Ledger, { row, token }: Lease, change: string, values: unknown[]): Promise<unknown> =>
  database.write(({ query }: Transaction) => {
    const n = values.length;
    return query(
      `UPDATE connections SET ${change}, refresh_token = NULL, refresh_until = NULL
       WHERE id = $${n + 1} AND workspace_id = $${n + 2} AND version = $${n + 3} AND refresh_token = $${n + 4}`,
      [...values, row.id, row.workspaceId, row.version, token],
    );
  });
