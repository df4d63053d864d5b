import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Connector, RateLimit } from '../sdk/connector.ts';

/** `until` is epoch ms: come back then. */
export type GateAnswer = { open: true; leave(): void } | { open: false; until: number; reason: string };

type Entry = {
  connectionId: string;
  limits: Connector['limits'];
  limit: RateLimit | undefined;
  pausedUntil: number | null;
  pauseReason: string | null;
  now: number;
};

const BUSY_MS = 50;

/**
 * What stands before every vendor call: a pause that the vendor asked for, the connector's rate and concurrency, and the
 * action's own limit. A closed gate answers when to come back; nobody waits inside. Rates hold per process.
 */
export class Gate {
  readonly #limiters = new Map<string, RateLimiterMemory>();
  readonly #inside = new Map<string, number>();

  async enter({ connectionId, limits, limit, pausedUntil, pauseReason, now }: Entry): Promise<GateAnswer> {
    if (pausedUntil !== null && pausedUntil > now) {
      return { open: false, until: pausedUntil, reason: pauseReason ?? 'the vendor asked for a pause' };
    }
    const inside = this.#inside.get(connectionId) ?? 0;
    if (limits.concurrency !== undefined && inside >= limits.concurrency) {
      return {
        open: false,
        until: now + BUSY_MS,
        reason: `${limits.concurrency} calls of this connection are under way`,
      };
    }
    const rates = [
      limits.points && limits.perSeconds
        ? { key: connectionId, points: limits.points, perSeconds: limits.perSeconds }
        : undefined,
      limit && { ...limit, key: `${connectionId} ${limit.key}` },
    ];
    for (const rate of rates) {
      const wait = rate ? await this.#consume(rate) : 0;
      if (wait > 0)
        return { open: false, until: now + wait, reason: `at most ${rate!.points} calls in ${rate!.perSeconds} s` };
    }
    this.#inside.set(connectionId, (this.#inside.get(connectionId) ?? 0) + 1);
    return { open: true, leave: () => this.#leave(connectionId) };
  }

  #leave(connectionId: string): void {
    const left = (this.#inside.get(connectionId) ?? 1) - 1;
    if (left > 0) this.#inside.set(connectionId, left);
    else this.#inside.delete(connectionId);
  }

  /** @returns milliseconds to wait; those that were turned away before stand in a queue of windows, one behind the other */
  async #consume({ key, points, perSeconds }: RateLimit): Promise<number> {
    const name = `${points}/${perSeconds}`;
    const limiter =
      this.#limiters.get(name) ?? new RateLimiterMemory({ points, duration: perSeconds, keyPrefix: name });
    this.#limiters.set(name, limiter);
    try {
      await limiter.consume(key);
      return 0;
    } catch (answer) {
      if (!(answer instanceof RateLimiterRes)) throw answer;
      const windowsAhead = Math.floor((answer.consumedPoints - points - 1) / points);
      return Math.max(1, answer.msBeforeNext) + windowsAhead * perSeconds * 1000;
    }
  }
}
