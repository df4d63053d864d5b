import { IsNull, Not } from 'typeorm';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type ConnectionRow, Connections } from '../db/entities.ts';
import { newId } from '../ids.ts';
import type { Account } from '../sdk/index.ts';
import { type Credential, openCredential, sealCredential } from './credential.ts';
import type { Vault } from './vault.ts';

/** Which connection, of which workspace. A `ConnectionRow` is one. */
export type ConnectionRef = Pick<ConnectionRow, 'id' | 'workspaceId'>;

/** Called in the transaction that makes a connection active (made, reconnected, or found to work after all): let its parked steps go on. */
export type OnActive = (connection: ConnectionRow, transaction: Transaction) => Promise<void>;

export type NewConnection = {
  workspaceId: string;
  connector: string;
  userEmail?: string | undefined;
  account: Account;
  options: Record<string, string>;
  credential: Credential;
};

/** The account that is connected already, where another one was to be connected. */
export class OtherAccountError extends Error {
  readonly account: Account;
  readonly connectionId: string;
  constructor(connection: ConnectionRow) {
    const account = accountOf(connection);
    super(`${account.name} is connected already. Disconnect it first if another account is to take its place.`);
    this.name = 'OtherAccountError';
    this.account = account;
    this.connectionId = connection.id;
  }
}

export const accountOf = (connection: ConnectionRow): Account =>
  (connection.account as Account | null) ?? { id: '', name: connection.connector };

/** The reason of a connection that a person must connect again. `why` is a sentence. */
export const mustReconnect = (connection: ConnectionRow, why: string): string =>
  `${accountOf(connection).name} must be connected again: ${why}`;

/**
 * The connected accounts. A workspace has one shared connection per connector and one per connector and rep (`userEmail`),
 * since workflow documents name a connector and no connection. The same account (by `account.id`) keeps its row and id however
 * often it is connected, also after a disconnect, so that steps that wait for it go on; another account is refused until the first is disconnected.
 */
export class ConnectionStore {
  readonly #database: Database;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #onActive: OnActive | undefined;

  constructor(on: { database: Database; vault: Vault; clock: Clock; onActive?: OnActive }) {
    this.#database = on.database;
    this.#vault = on.vault;
    this.#clock = on.clock;
    this.#onActive = on.onActive;
  }

  /** Oldest first, at most `limit` after the id `after`; of one connector, or one rep's personal ones, where asked for. */
  list(
    workspaceId: string,
    page: {
      limit: number;
      after?: string | undefined;
      connector?: string | undefined;
      user?: string | undefined;
    },
  ): Promise<ConnectionRow[]> {
    const query = this.#database.reader
      .createQueryBuilder(Connections, 'connection')
      .where('connection.workspaceId = :workspaceId', { workspaceId });
    if (page.after !== undefined) query.andWhere('connection.id > :after', { after: page.after });
    if (page.connector !== undefined) query.andWhere('connection.connector = :connector', page);
    if (page.user !== undefined) query.andWhere('connection.userEmail = :user', { user: normal(page.user) });
    return query.orderBy('connection.id').limit(page.limit).getMany();
  }

  get({ id, workspaceId }: ConnectionRef): Promise<ConnectionRow | null> {
    return this.#database.reader.findOneBy(Connections, { id, workspaceId });
  }

  /**
   * The connection that a step of this workspace uses: the rep's own where `userEmail` is given, else the shared one.
   * One that needs reconnecting is answered too, with its status and reason; a disconnected one is not.
   */
  async current(workspaceId: string, connector: string, userEmail?: string): Promise<ConnectionRow | undefined> {
    const slot = { workspaceId, connector, userEmail: sameUser(normal(userEmail)) };
    const row = await this.#database.reader.findOneBy(Connections, { ...slot, status: Not('disconnected') });
    return row ?? undefined;
  }

  /**
   * Stores a fresh credential: in the row of the same account where there is one, else in a new row.
   * @param alsoDo runs first in the same transaction (a link is used up, say); what it throws undoes all
   * @throws OtherAccountError
   */
  connect(fresh: NewConnection, alsoDo?: (transaction: Transaction) => Promise<void>): Promise<ConnectionRow> {
    const userEmail = normal(fresh.userEmail);
    return this.#database.write(async transaction => {
      await alsoDo?.(transaction);
      const { manager, query } = transaction;
      // Two callbacks at once would each see no row and both insert one.
      const slot = JSON.stringify([fresh.workspaceId, fresh.connector, userEmail]);
      if (this.#database.kind === 'postgres')
        await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [slot]);
      const { workspaceId, connector } = fresh;
      const where = { workspaceId, connector, userEmail: sameUser(userEmail) };
      const rows = await manager.find(Connections, { where, order: { id: 'DESC' } });
      const other = rows.find(row => row.status !== 'disconnected' && accountOf(row).id !== fresh.account.id);
      if (other) throw new OtherAccountError(other);
      const row = this.#rowOf(
        fresh,
        userEmail,
        rows.find(candidate => accountOf(candidate).id === fresh.account.id),
      );
      await manager.save(Connections, row, { transaction: false });
      await this.#onActive?.(row, transaction);
      return row;
    });
  }

  #rowOf(fresh: NewConnection, userEmail: string | null, known: ConnectionRow | undefined): ConnectionRow {
    const id = known?.id ?? newId();
    return {
      id,
      workspaceId: fresh.workspaceId,
      connector: fresh.connector,
      userEmail,
      status: 'active',
      reason: null,
      account: fresh.account,
      options: fresh.options,
      sealed: sealCredential(this.#vault, fresh.credential, id),
      expiresAt: fresh.credential.grant.expiresAt ?? null,
      version: (known?.version ?? 0) + 1,
      pausedUntil: known?.pausedUntil ?? null,
      pauseReason: known?.pauseReason ?? null,
      schemaChangedAt: null,
      usage: known?.usage ?? null,
      refreshToken: null,
      refreshUntil: null,
      refreshFailures: 0,
      cooldownUntil: null,
      createdAt: known?.createdAt ?? this.#clock.now(),
      updatedAt: this.#clock.now(),
    };
  }

  /** What is sealed in the row; undefined where it was disconnected. @throws what `Vault.open` throws */
  credentialOf(row: ConnectionRow): Credential | undefined {
    return row.sealed === null ? undefined : openCredential(this.#vault, row.sealed, row.id);
  }

  /** Forgets the credential. The row stays, with its account, for the runs that name it. */
  async forget({ id, workspaceId }: ConnectionRef, reason: string): Promise<void> {
    await this.#database.write(({ query }) =>
      query(
        `UPDATE connections SET status = 'disconnected', reason = $1, sealed = NULL, expires_at = NULL, version = version + 1,
         refresh_token = NULL, refresh_until = NULL, cooldown_until = NULL, updated_at = $2 WHERE id = $3 AND workspace_id = $4`,
        [reason, this.#clock.now(), id, workspaceId],
      ),
    );
  }
}

const sameUser = (userEmail: string | null) => userEmail ?? IsNull();
const normal = (userEmail: string | undefined): string | null => userEmail?.trim().toLowerCase() || null;
