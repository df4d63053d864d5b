import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { Connector, RateLimit } from '../sdk/connector.ts';
import { Room } from './room.ts';

/** `until` is epoch ms: come back then. */
export type GateAnswer = { open: true; leave(): void } | { open: false; until: number; reason: string };

type Entry = {
  connectionId: string;
  limits: Connector['limits'];
  limit: RateLimit | undefined;
  clock: Clock;
};
type Pause = { until: number; reason: string };

/**
 * What stands before every vendor call, be it of one step or of a batch: the connector's concurrency, a pause that has just begun,
 * the connector's rate and the action's own limit. A closed gate answers when to come back; nobody waits longer than a moment. Rates hold per process.
 */
export class Gate {
  readonly #limiters = new Map<string, RateLimiterMemory>();
  readonly #rooms = new Map<string, Room>();
  readonly #pauses = new Map<string, Pause>();

  async enter({ connectionId, limits, limit, clock }: Entry): Promise<GateAnswer> {
    const leave = await this.#room(connectionId, limits.concurrency, clock).enter();
    if (typeof leave === 'number') {
      return { open: false, until: leave, reason: `${limits.concurrency} calls of this connection are under way` };
    }
    const now = clock.now();
    // A pause may have begun while we stood in line.
    const pause = this.#pauses.get(connectionId);
    if (pause && pause.until > now) {
      leave('unused');
      return { open: false, ...pause };
    }
    this.#pauses.delete(connectionId);
    const rates = [
      limits.points && limits.perSeconds
        ? { key: connectionId, points: limits.points, perSeconds: limits.perSeconds }
        : undefined,
      limit && { ...limit, key: `${connectionId} ${limit.key}` },
    ];
    for (const rate of rates) {
      const wait = rate ? await this.#consume(rate) : 0;
      if (wait > 0) {
        leave('unused');
        return { open: false, until: now + wait, reason: `at most ${rate!.points} calls in ${rate!.perSeconds} s` };
      }
    }
    return { open: true, leave: () => leave() };
  }

  /** Lets nobody of this process in until then (epoch ms), those in line included. The connection's row tells the other processes. */
  close(connectionId: string, pause: Pause): void {
    if (pause.until > (this.#pauses.get(connectionId)?.until ?? 0)) this.#pauses.set(connectionId, pause);
  }

  #room(connectionId: string, places = Number.POSITIVE_INFINITY, clock: Clock): Room {
    const room = this.#rooms.get(connectionId) ?? new Room(places, clock);
    this.#rooms.set(connectionId, room);
    return room;
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
