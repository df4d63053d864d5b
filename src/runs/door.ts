import { BELIEVED_MS, holdsLowPriority, isUsedUp, type Usages, usageSentence } from '../connections/usage.ts';
import type { ConnectionRow } from '../db/entities.ts';
import { releaseLease, takeLease } from '../db/lease.ts';
import { newId } from '../ids.ts';
import type { Action, Connector, RateLimit, StepError } from '../sdk/index.ts';
import type { GateAnswer } from './gate.ts';
import { throttledUntil } from './retry.ts';
import type { RunServices } from './services.ts';

/** Not now: come back at `dueAt` (epoch ms). */
export type Back = { kind: 'back'; dueAt: number; reason: string };

/** One call that was let through. */
export type Passage = {
  onUsage(usage: { used: number; limit: number }): void;
  /** Draws the conclusions from what the vendor answered, one failure or undefined per item that travelled: closes the connection for a while, or opens it again. */
  judge(answers: (StepError | undefined)[]): Promise<void>;
  leave(): Promise<void>;
};

/** What wants to call a vendor: a step's action, or the polling of a source. */
export type Caller = { action: Pick<Action, 'priority'>; connector: Connector };
type DoorServices = Pick<RunServices, 'database' | 'clock' | 'gate' | 'usages' | 'leaseMs' | 'random' | 'stopping'>;

const MINUTE = 60_000;
const PROBE_MS = 1_000;

/**
 * What a call must pass: the connection's pause, its call budget, and the gate of the process. When a pause ends only one call
 * goes through, whichever process makes it; the others follow once the vendor has answered that one.
 */
export class Door {
  readonly #services: DoorServices;
  readonly #usages: Usages;

  constructor(services: DoorServices) {
    this.#services = services;
    this.#usages = services.usages;
  }

  /** What keeps a step from being sent now: the end of this process, or what the connection's row and the vendor's last answers say. */
  closed(connection: ConnectionRow | undefined, action: Pick<Action, 'priority'>): Back | undefined {
    const { clock, random, stopping } = this.#services;
    const now = clock.now();
    if (stopping()) return { kind: 'back', dueAt: now, reason: 'The hub is shutting down.' };
    if (!connection) return undefined;
    const { pausedUntil, pauseReason } = connection;
    if (pausedUntil !== null && pausedUntil > now) {
      return { kind: 'back', dueAt: pausedUntil, reason: pauseReason ?? 'The vendor asked for a pause.' };
    }
    const usage = this.#usages.newest(connection);
    if (action.priority !== 'low' || !usage || !holdsLowPriority(usage, now)) return undefined;
    const dueAt = now + BELIEVED_MS + Math.floor(random() * MINUTE);
    return { kind: 'back', dueAt, reason: `Held back, being of low priority: ${usageSentence(usage)}.` };
  }

  /** @param limit the action's own, which counts a call once; a look-up has none, or it would use up the place of the call that follows it */
  async enter(
    connection: ConnectionRow | undefined,
    { action, connector }: Caller,
    limit: RateLimit | undefined,
  ): Promise<Back | Passage> {
    const { gate, clock } = this.#services;
    const closed = this.closed(connection, action);
    if (closed) return closed;
    const probe = connection && connection.pausedUntil !== null ? await this.#probe(connection) : undefined;
    if (probe === 'taken') {
      const dueAt = clock.now() + PROBE_MS + Math.floor(this.#services.random() * PROBE_MS);
      return { kind: 'back', dueAt, reason: 'A first call tries whether the vendor takes calls again.' };
    }
    const answer = await gate.enter({
      connectionId: connection?.id ?? connector.id,
      limits: connector.limits,
      limit,
      clock,
    });
    if (answer.open) return this.#passage(connection, answer, probe);
    await probe?.release();
    return { kind: 'back', dueAt: answer.until, reason: answer.reason };
  }

  #passage(
    connection: ConnectionRow | undefined,
    gate: Extract<GateAnswer, { open: true }>,
    probe: Probe | undefined,
  ): Passage {
    return {
      onUsage: usage => connection && this.#usages.told(connection.id, usage),
      judge: async answers => {
        if (!connection) return;
        const pause = this.#pauseAfter(connection, answers);
        if (pause) await this.#pause(connection, pause.until, pause.reason);
        else if (probe && answers.some(provesOpen)) await this.#reopen(connection);
        await this.#usages.keep(connection);
      },
      leave: async () => {
        gate.leave();
        await probe?.release();
      },
    };
  }

  #pauseAfter(connection: ConnectionRow, answers: (StepError | undefined)[]) {
    const { clock, random } = this.#services;
    const now = clock.now();
    const throttled = answers.find(answer => answer?.kind === 'throttled');
    if (throttled) {
      const { dueAt } = throttledUntil({ now, random: random(), retryAfterMs: throttled.details.retryAfterMs });
      return { until: dueAt, reason: throttled.message };
    }
    const usage = this.#usages.newest(connection);
    if (!usage || !isUsedUp(usage) || now - usage.at >= BELIEVED_MS) return undefined;
    return { until: now + BELIEVED_MS, reason: `All calls wait: ${usageSentence(usage)}.` };
  }

  /** The vendor asked everybody to wait: the whole connection does, not the step alone. */
  async #pause({ id, workspaceId }: ConnectionRow, until: number, reason: string): Promise<void> {
    this.#services.gate.close(id, { until, reason });
    await this.#services.database.write(({ query }) =>
      query(
        `UPDATE connections SET paused_until = $1, pause_reason = $2
         WHERE id = $3 AND workspace_id = $4 AND (paused_until IS NULL OR paused_until < $5)`,
        [until, reason, id, workspaceId, until],
      ),
    );
  }

  /** A pause that has begun since this one ended stays. */
  async #reopen({ id, workspaceId, pausedUntil }: ConnectionRow): Promise<void> {
    await this.#services.database.write(({ query }) =>
      query(
        `UPDATE connections SET paused_until = NULL, pause_reason = NULL
         WHERE id = $1 AND workspace_id = $2 AND paused_until = $3`,
        [id, workspaceId, pausedUntil],
      ),
    );
  }

  async #probe({ id }: ConnectionRow): Promise<Probe | 'taken'> {
    const { database, clock, leaseMs } = this.#services;
    const lease = { name: `probe ${id}`, token: newId() };
    const now = clock.now();
    const ours = await database.write(tx => takeLease(tx, { ...lease, now, until: now + leaseMs }));
    return ours ? { release: () => database.write(tx => releaseLease(tx, lease)) } : 'taken';
  }
}

type Probe = { release(): Promise<void> };

/** The vendor has dealt with the request itself, whatever it thought of it. */
const provesOpen = (answer: StepError | undefined): boolean =>
  answer === undefined || answer.kind === 'rejected' || answer.kind === 'forbidden';
