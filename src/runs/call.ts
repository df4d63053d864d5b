import type { ConnectionRow, StepIntent } from '../db/entities.ts';
import { releaseLease, takeLease } from '../db/lease.ts';
import type { Account, Grant } from '../sdk/auth.ts';
import { type Action, type ActionContext, StepError } from '../sdk/index.ts';
import { changeHeld } from './claim.ts';
import type { HeldStep, InstalledAction, RunServices } from './services.ts';

/** done: it is applied · back: nothing was sent, look again at `dueAt` · park: it waits for somebody · lost: another worker has the step. */
export type CallResult =
  | { kind: 'done'; output: unknown; found: boolean }
  | { kind: 'back'; dueAt: number; reason: string }
  | { kind: 'park'; parkedFor: string; reason: string }
  | { kind: 'lost' };

/** A call that failed, with what the engine must know to decide what follows. */
export class CallFailure extends Error {
  readonly failure: StepError;
  readonly connection: ConnectionRow | undefined;
  readonly refreshed: boolean;
  constructor(failure: StepError, connection: ConnectionRow | undefined, refreshed: boolean) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.connection = connection;
    this.refreshed = refreshed;
  }
}

const OCCUPIED_MS = 250;
const NO_CONNECTION = 'none';

/**
 * Carries out one connector action: gate, fresh credential, intent on disk, call. A first try of which no outcome is known
 * is settled by the action's `replay` before anything is sent again.
 */
export class Call {
  readonly #services: RunServices;
  readonly #held: HeldStep;
  readonly #installed: InstalledAction;
  readonly #intent: StepIntent;
  readonly #note: (sentence: string) => void;

  constructor(
    services: RunServices,
    held: HeldStep,
    installed: InstalledAction,
    intent: StepIntent,
    note: (sentence: string) => void,
  ) {
    this.#services = services;
    this.#held = held;
    this.#installed = installed;
    this.#intent = intent;
    this.#note = note;
  }

  async perform(): Promise<CallResult> {
    const { connector } = this.#installed;
    const { step } = this.#held;
    const now = this.#services.clock.now();
    if (this.#lookupIsEarly(now)) {
      return {
        kind: 'back',
        dueAt: step.unsettledUntil!,
        reason: 'waiting until the first try has surely come to its end',
      };
    }
    const connection = await this.#connection();
    if (connection && 'kind' in connection) return connection;
    return this.#exclusively(connection?.id ?? NO_CONNECTION, () =>
      this.#throughGate(connection ?? undefined, connector.id),
    );
  }

  #lookupIsEarly(now: number): boolean {
    const { step } = this.#held;
    const looksUp = typeof this.#action.replay === 'object' && 'findMany' in this.#action.replay;
    return looksUp && step.unsettledUntil !== null && step.unsettledUntil > now;
  }

  get #action(): Action {
    return this.#installed.action;
  }

  async #connection(): Promise<ConnectionRow | CallResult | null> {
    const { connector } = this.#installed;
    if (connector.auth.kind === 'none') return null;
    const row = await this.#services.connections.current(this.#held.run.workspaceId, connector.id);
    const parkedFor = `connection:${connector.id}`;
    if (!row)
      return {
        kind: 'park',
        parkedFor,
        reason: `${connector.title} is not connected. Connect it, and this step goes on.`,
      };
    if (row.status !== 'active') {
      const why = row.reason ? ` ${row.reason}` : '';
      return { kind: 'park', parkedFor, reason: `${connector.title} must be connected again.${why}` };
    }
    return row;
  }

  async #exclusively(connectionId: string, work: () => Promise<CallResult>): Promise<CallResult> {
    const { database, clock, log, leaseMs } = this.#services;
    const key = this.#action.exclusive?.(this.#intent.input, this.#intent.facts);
    if (key === undefined) return work();
    const lease = { name: `step ${connectionId} ${key}`, token: this.#held.step.id };
    const now = clock.now();
    if (!(await database.write(tx => takeLease(tx, { ...lease, now, until: now + leaseMs })))) {
      return { kind: 'back', dueAt: now + OCCUPIED_MS, reason: 'another step works on the same record' };
    }
    try {
      return await work();
    } finally {
      await database
        .write(tx => releaseLease(tx, lease))
        .catch(error => log.warn({ err: error }, 'a lease could not be given back; it lapses'));
    }
  }

  async #throughGate(connection: ConnectionRow | undefined, connectorId: string): Promise<CallResult> {
    const { gate, clock } = this.#services;
    const answer = await gate.enter({
      connectionId: connection?.id ?? connectorId,
      limits: this.#installed.connector.limits,
      limit: this.#action.limit?.(this.#intent.input),
      pausedUntil: connection?.pausedUntil ?? null,
      pauseReason: connection?.pauseReason ?? null,
      now: clock.now(),
    });
    if (!answer.open) return { kind: 'back', dueAt: answer.until, reason: answer.reason };
    try {
      return await this.#withCredential(connection);
    } finally {
      answer.leave();
    }
  }

  /** A credential that is refused is renewed once, free of charge. */
  async #withCredential(connection: ConnectionRow | undefined): Promise<CallResult> {
    const { tokens } = this.#services;
    let refused: number | undefined;
    for (;;) {
      const refreshed = refused !== undefined;
      let version = 0;
      try {
        const fresh = connection && (await tokens.fresh(connection, refreshed ? { notVersion: refused } : {}));
        version = fresh?.version ?? 0;
        return await this.#send(connection, fresh?.grant);
      } catch (error) {
        // What goes wrong on our side is not the vendor's doing, and not for its connector to explain.
        if (!(error instanceof StepError)) throw error;
        const failure = error;
        if (failure.kind === 'unauthorized' && connection && version > 0 && !refreshed) {
          refused = version;
          continue;
        }
        if (failure.kind === 'unauthorized' && connection && version > 0) {
          await tokens.refuse(connection, version, failure.message);
        }
        throw new CallFailure(failure, connection, refreshed || version === 0);
      }
    }
  }

  async #send(connection: ConnectionRow | undefined, grant: Grant | undefined): Promise<CallResult> {
    const { connector, settings } = this.#installed;
    const { callTimeoutMs } = connector.limits;
    const client = connector.open({ grant, settings, timeoutMs: callTimeoutMs });
    const account = (connection?.account ?? undefined) as Account | undefined;
    const shared = { client, settings, account, now: () => this.#services.clock.now() };
    const { step } = this.#held;
    if (step.unsettledUntil !== null) {
      const settled = await this.#settle(shared);
      if (settled) return settled;
    }
    const signingSecret = await this.#services.signingSecretOf(this.#held.run.workspaceId);
    if (!(await this.#recordIntent(connection))) return { kind: 'lost' };
    this.#services.reached('intent recorded');
    const context: ActionContext = {
      ...shared,
      stepKey: step.stepKey,
      facts: this.#intent.facts,
      note: this.#note,
      signal: AbortSignal.timeout(callTimeoutMs),
      signingSecret,
    };
    const output = await this.#asked(() => this.#action.run(context, this.#intent.input));
    this.#services.reached('vendor answered');
    return { kind: 'done', output, found: false };
  }

  /** What the connector does, bounded in time. @throws StepError, as the connector explains what it threw */
  async #asked<T>(work: () => Promise<T>): Promise<T> {
    const { connector } = this.#installed;
    try {
      return await inTime(work(), connector.limits.callTimeoutMs, connector.title);
    } catch (error) {
      throw error instanceof StepError ? error : connector.classify(error);
    }
  }

  /** Finds out about a try without an outcome. Undefined where it is to be sent (again). */
  async #settle(
    shared: Pick<ActionContext, 'client' | 'settings' | 'account' | 'now'>,
  ): Promise<CallResult | undefined> {
    const { replay } = this.#action;
    if (replay === 'safe' || replay === 'keyed') return undefined;
    if ('whenUnsure' in replay) {
      if (replay.whenUnsure === 'retry') return undefined;
      const reason =
        'The first try may have been applied and cannot be looked up. Check at the vendor, then run the step again or cancel the run.';
      return { kind: 'park', parkedFor: 'decision', reason };
    }
    const { callTimeoutMs } = this.#installed.connector.limits;
    const { input, facts, firstTriedAt } = this.#intent;
    const item = { stepKey: this.#held.step.stepKey, firstTriedAt, input, facts };
    const context = { ...shared, signal: AbortSignal.timeout(callTimeoutMs) };
    const [found] = await this.#asked(() => replay.findMany(context, [item])).catch(error => {
      throw asLookup(error);
    });
    if (found === undefined) return undefined;
    if (found instanceof StepError) throw found;
    this.#note('The first try had been applied; its record was found again.');
    return { kind: 'done', output: found, found: true };
  }

  /** From here on a crash leaves a try without an outcome, to be settled once its deadline and the vendor's grace have passed. */
  #recordIntent(connection: ConnectionRow | undefined): Promise<boolean> {
    const { database, clock } = this.#services;
    const { step, token } = this.#held;
    const { replay } = this.#action;
    const grace = typeof replay === 'object' && 'findMany' in replay ? replay.graceSeconds * 1000 : 0;
    const now = clock.now();
    step.tries += 1;
    step.intent = { ...this.#intent, firstTriedAt: step.intent?.firstTriedAt ?? now };
    this.#intent.firstTriedAt = step.intent.firstTriedAt;
    step.unsettledUntil = now + this.#installed.connector.limits.callTimeoutMs + grace;
    const { tries, intent, unsettledUntil } = step;
    const change = { tries, intent, unsettledUntil, connectionId: connection?.id ?? null, keepLease: true };
    return database.write(tx => changeHeld(tx, step, token, change));
  }
}

/** A look-up changes nothing, so a look-up of which no answer came may simply be asked again. */
const asLookup = (failure: StepError): StepError =>
  failure.kind === 'uncertain' ? new StepError('transient', failure.message, failure.details) : failure;

/** The engine does not hang on an SDK that ignores its deadline. */
async function inTime<T>(work: Promise<T>, milliseconds: number, title: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const sentence = `${title} did not answer within ${milliseconds / 1000} s; the request may have been applied.`;
    timer = setTimeout(() => reject(new StepError('uncertain', sentence)), milliseconds + 500);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
