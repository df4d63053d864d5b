import type { Clock } from '../clock.ts';

/** A call that is about to end frees a place sooner than a step can be put back and taken again. */
const LINE_MS = 100;
const SOONEST_MS = 50;
const LATEST_MS = 30_000;
/** How much of the average the newest call is. */
const NEWEST = 1 / 8;

/** Gives a place back: after a call, or unused. */
export type Leave = (how?: 'called' | 'unused') => void;

/**
 * The places of calls that are under way at once, first come first served. Nobody stands in line longer than a moment: who cannot get a
 * place so soon is told when to come back, one after the other at the pace at which places come free. Were all to come back at
 * once, most would have to be put back again.
 */
export class Room {
  readonly #places: number;
  readonly #clock: Clock;
  readonly #line: (() => void)[] = [];
  #inside = 0;
  /** For how long a place is taken, on average, in ms. */
  #held = LINE_MS;
  /** Epoch ms: when the last of those that were sent away comes back. */
  #lastBack = 0;

  constructor(places: number, clock: Clock) {
    this.#places = places;
    this.#clock = clock;
  }

  /** Takes a place. @returns what gives it back, or when to try again (epoch ms) */
  async enter(): Promise<Leave | number> {
    if (this.#inside < this.#places) this.#inside += 1;
    else if (this.#line.length >= this.#worthWaiting() || !(await this.#called())) return this.#comeBack();
    const since = this.#clock.now();
    return (how = 'called') => this.#leave(how === 'called' ? this.#clock.now() - since : undefined);
  }

  /** How many places come free in the time that somebody may stand in line. */
  #worthWaiting(): number {
    return Math.max(1, (this.#places * LINE_MS) / this.#held);
  }

  /** @returns false where it was nobody's turn in a moment */
  #called(): Promise<boolean> {
    return new Promise(resolve => {
      const called = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#line.splice(this.#line.indexOf(called), 1);
        resolve(false);
      }, LINE_MS);
      this.#line.push(called);
    });
  }

  #comeBack(): number {
    const now = this.#clock.now();
    const next = Math.max(this.#lastBack, now + SOONEST_MS) + this.#held / this.#places;
    this.#lastBack = Math.min(next, now + LATEST_MS);
    return Math.ceil(this.#lastBack);
  }

  /** Whoever is first in line takes the place over. */
  #leave(held: number | undefined): void {
    if (held !== undefined) this.#held += NEWEST * (Math.max(0, held) - this.#held);
    const next = this.#line.shift();
    if (next) next();
    else this.#inside -= 1;
  }
}
