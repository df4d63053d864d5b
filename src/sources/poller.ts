import type { Clock } from '../clock.ts';
import { askVendor } from '../connections/ask.ts';
import type { FindConnector } from '../connections/credential.ts';
import type { ConnectionStore } from '../connections/store.ts';
import type { Tokens } from '../connections/tokens.ts';
import type { Database } from '../db/database.ts';
import type { ConnectionRow } from '../db/entities.ts';
import { isOutage } from '../db/outage.ts';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { Door } from '../runs/door.ts';
import type { RunServices } from '../runs/services.ts';
import {
  type Account,
  type Connector,
  type ConnectorSettings,
  type Polled,
  type Source,
  StepError,
} from '../sdk/index.ts';
import { nextTry } from './later.ts';
import { claimSource, dueSources, giveBack, type HeldSource, type SourceRef } from './rows.ts';
import { storedOf, storePolled } from './store.ts';

/** Points of a poll between which a process may die: before the answer is stored, before its commit, and after it. */
export const sourcePoints = ['source polled', 'source written', 'source stored'] as const;
export type SourcePoint = (typeof sourcePoints)[number];

export type PollerServices = Pick<RunServices, 'gate' | 'usages' | 'leaseMs' | 'random' | 'stopping'> & {
  database: Database;
  clock: Clock;
  log: Log;
  connections: Pick<ConnectionStore, 'get'>;
  tokens: Tokens;
  find: FindConnector;
  ringPlanner(): void;
  /** How often it is looked what is due. */
  pollMs: number;
  reached(point: SourcePoint): void;
};

/** Nothing is read in while so many events wait to be planned: what happens now would wait behind them. */
const MOST_UNPLANNED = 2000;
/** A poll that takes longer is given up; it ends before the lease does. */
const POLL_TIMEOUT_MS = 60_000;

type Asked = { connection: ConnectionRow; connector: Connector; source: Source<unknown>; settings: ConnectorSettings };

/**
 * Asks polled sources for their events, each source by one process at a time. Nobody waits for it: what a poll brings is
 * stored together with the source's cursor, and then planned like everything else that comes in.
 */
export class Poller {
  readonly #services: PollerServices;
  readonly #door: Door;
  readonly #polling = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(services: PollerServices) {
    this.#services = services;
    this.#door = new Door(services);
  }

  start(): void {
    const { pollMs, log } = this.#services;
    const look = () => {
      this.#looking ??= this.#look()
        .catch(error => log.error({ err: error }, 'it could not be found out which sources are due'))
        .finally(() => {
          this.#looking = undefined;
        });
    };
    look();
    this.#timer = setInterval(look, pollMs);
  }

  /** Gives up the polls under way, which change nothing, and resolves when none runs any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#looking;
    await Promise.all(this.#polling.values());
  }

  /** Polls what is due until nothing more waits. */
  async poll(): Promise<void> {
    await this.#look();
    await Promise.all(this.#polling.values());
  }

  async #look(): Promise<void> {
    const { database, clock } = this.#services;
    for (const ref of await dueSources(database, clock.now())) {
      if (this.#polling.has(ref.connectionId)) continue;
      const catchingUp = this.#catchUp(ref).finally(() => this.#polling.delete(ref.connectionId));
      this.#polling.set(ref.connectionId, catchingUp);
    }
  }

  async #catchUp(ref: SourceRef): Promise<void> {
    const { log } = this.#services;
    try {
      while (!this.#stop.signal.aborted && (await this.#pollOnce(ref)));
    } catch (error) {
      log.error({ err: error, connection: ref.connectionId }, 'a source could not be polled');
    }
  }

  /** @returns whether more waits now */
  async #pollOnce(ref: SourceRef): Promise<boolean> {
    const { database, clock, leaseMs, connections, find } = this.#services;
    const connection = await connections.get({ id: ref.connectionId, workspaceId: ref.workspaceId });
    const installed = connection?.status === 'active' ? find(connection.connector) : undefined;
    const source = installed?.connector.roles?.source;
    if (!connection || !installed || !source || (await this.#plannerIsBehind())) return false;
    const { connector, settings } = installed;
    const passage = await this.#door.enter(connection, { connector, action: {} }, undefined);
    if ('kind' in passage) return false;
    try {
      const lease = { token: newId(), milliseconds: leaseMs };
      const held = await claimSource(database, ref, lease, clock.now());
      if (!held) return false;
      const asked = { connection, connector, source, settings };
      const outcome = await this.#ask(held, asked, passage.onUsage);
      await passage.judge([outcome instanceof StepError ? outcome : undefined]);
      return await this.#settle(held, asked, outcome);
    } finally {
      await passage.leave();
    }
  }

  async #plannerIsBehind(): Promise<boolean> {
    const waiting = await this.#services.database.read(
      `SELECT seq FROM events WHERE status = 'new' LIMIT ${MOST_UNPLANNED + 1}`,
    );
    return waiting.length > MOST_UNPLANNED;
  }

  /** What the source answered, or why it did not. What goes wrong on our side is thrown, once the source is free again. */
  async #ask(held: HeldSource, asked: Asked, onUsage: NonNullable<Parameters<typeof askVendor>[3]>['onUsage']) {
    const { tokens, find, leaseMs, database } = this.#services;
    const timeoutMs = Math.min(POLL_TIMEOUT_MS, leaseMs * 0.7);
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
    const { callTimeoutMs } = asked.connector.limits;
    try {
      const answer = askVendor(
        { tokens, find },
        asked.connection,
        ({ client }) => asked.source.poll(this.#context(held, asked, client, signal), held.row.cursor ?? undefined),
        { signal, timeoutMs: Math.min(callTimeoutMs, timeoutMs), onUsage },
      );
      return await Promise.race([answer, aborted(signal, asked.connector)]);
    } catch (error) {
      if (error instanceof StepError) return error;
      await database.write(transaction => giveBack(transaction, held, {}));
      throw error;
    }
  }

  #context(held: HeldSource, { connection, source, settings }: Asked, client: unknown, signal: AbortSignal) {
    const { clock, database } = this.#services;
    const account = (connection.account ?? undefined) as Account | undefined;
    const { since } = held.row;
    return {
      client,
      settings,
      account,
      options: connection.options,
      ...(since !== null && { since }),
      signal,
      now: () => clock.now(),
      stored: (ids: string[]) => storedOf(database, connection.workspaceId, source.origin({ settings, account }), ids),
    };
  }

  /** @returns whether more waits now */
  async #settle(held: HeldSource, asked: Asked, outcome: Polled | StepError): Promise<boolean> {
    const { database, log, reached } = this.#services;
    if (this.#stop.signal.aborted) {
      await database.write(transaction => giveBack(transaction, held, {}));
      return false;
    }
    if (outcome instanceof StepError) {
      await this.#failed(held, outcome);
      return false;
    }
    reached('source polled');
    const { connection, source, settings } = asked;
    const account = (connection.account ?? undefined) as Account | undefined;
    let stored: boolean;
    try {
      stored = await storePolled(this.#services, held, source.origin({ settings, account }), outcome);
    } catch (cause) {
      if (isOutage(cause)) throw cause;
      const reason = 'What it brought could not be stored; the hub’s log says why. Please report it.';
      await this.#failed(held, new StepError('defect', reason, { cause }));
      return false;
    }
    if (!stored) log.warn({ connection: connection.id }, 'a poll ended after its source had been given to another one');
    return stored && outcome.more;
  }

  async #failed(held: HeldSource, failure: StepError): Promise<void> {
    const { database, clock, random, log } = this.#services;
    const now = clock.now();
    const { kind, message, details } = failure;
    const { vendorCode, vendorMessage, vendorRequestId } = details;
    // Being asked to wait is no failure.
    const failures = kind === 'throttled' ? held.row.failures : held.row.failures + 1;
    const dueAt = nextTry(failure, { failures, now, random: random() });
    const error = { at: now, kind, message, vendorCode, vendorMessage, vendorRequestId };
    await database.write(transaction => giveBack(transaction, held, { failures, dueAt, error }));
    const line = { connection: held.row.connectionId, kind, reason: message, dueAt: new Date(dueAt).toISOString() };
    if (kind === 'defect') log.error({ ...line, err: failure }, 'a source could not be polled');
    else log.warn(line, 'a source could not be polled');
  }
}

/** Does not hang on a source that ignores its signal. */
function aborted(signal: AbortSignal, { title }: Connector): Promise<StepError> {
  return new Promise(resolve => {
    const failure = new StepError('transient', `${title} did not answer in time; it is asked again.`);
    if (signal.aborted) resolve(failure);
    else signal.addEventListener('abort', () => resolve(failure), { once: true });
  });
}
