import { Batcher } from './batch.ts';
import { exclusiveKey, looksUp, type Passenger, releaseRecords } from './boarding.ts';
import { Door } from './door.ts';
import { type CallResult, connectionOf, Flights, type LookUpResult } from './flight.ts';
import type { RunServices } from './services.ts';

/** How many look-ups travel together where the action says nothing about batches. */
const LOOK_UPS_TOGETHER = 25;

/**
 * Carries out connector actions: pause and budget, then one call, alone or with other steps of the same group. A first try
 * of which no outcome is known is settled by the action's `replay` before anything is sent again.
 */
export class Calls {
  readonly #services: RunServices;
  readonly #door: Door;
  readonly #flights: Flights;
  readonly #sends: Batcher<Passenger, CallResult>;
  readonly #lookUps: Batcher<Passenger, LookUpResult>;

  constructor(services: RunServices) {
    const { clock, leaseMs } = services;
    this.#services = services;
    this.#door = new Door(services);
    this.#flights = new Flights(services, this.#door);
    const flights = this.#flights;
    const rules = {
      now: () => clock.now(),
      // A step that waits longer could lose its lease to another worker while it travels.
      longestWaitMs: leaseMs / 3,
      putBack: () => ({ kind: 'back' as const, dueAt: clock.now(), reason: 'Too many steps wait for the same call.' }),
    };
    this.#sends = new Batcher<Passenger, CallResult>({
      ...rules,
      travel: (passengers, waited) => flights.send(passengers, waited),
      exclusive: exclusiveKey,
    });
    this.#lookUps = new Batcher<Passenger, LookUpResult>({
      ...rules,
      travel: (passengers, waited) => flights.lookUp(passengers, waited),
    });
  }

  /** @throws CallFailure where the call, or the look-up before it, failed */
  async perform(step: Omit<Passenger, 'connection'>): Promise<CallResult> {
    const { held, installed } = step;
    const { action } = installed;
    const { unsettledUntil } = held.step;
    if (looksUp(action) && unsettledUntil !== null && unsettledUntil > this.#services.clock.now()) {
      const reason = 'Waiting until the first try has surely come to its end.';
      return { kind: 'back', dueAt: unsettledUntil, reason };
    }
    const connection = await connectionOf(this.#services, held, installed);
    if (connection && 'kind' in connection) return connection;
    const closed = this.#door.closed(connection, action);
    if (closed) return closed;
    const passenger = { ...step, connection };
    const settled = unsettledUntil === null ? undefined : await this.#settle(passenger);
    return settled ?? this.#send(passenger);
  }

  async #send(passenger: Passenger): Promise<CallResult> {
    const { batch } = passenger.installed.action;
    if (batch) {
      const group = `${groupOf(passenger)} ${batch.groupBy(passenger.intent.input)}`;
      return this.#sends.join(group, batch.max, passenger);
    }
    const [result] = await this.#flights.send([passenger], false);
    if (result instanceof Error) throw result;
    return result!;
  }

  /** Finds out about a try without an outcome. Undefined where it is to be sent (again). */
  async #settle(passenger: Passenger): Promise<CallResult | undefined> {
    const { action } = passenger.installed;
    const { replay } = action;
    if (replay === 'safe' || replay === 'keyed') return undefined;
    if ('whenUnsure' in replay) {
      if (replay.whenUnsure === 'retry') return undefined;
      const reason =
        'The first try may have been applied and cannot be looked up. Check at the vendor, then run the step again or cancel the run.';
      return { kind: 'park', parkedFor: 'decision', reason };
    }
    const max = action.batch?.max ?? LOOK_UPS_TOGETHER;
    const result = await this.#lookUps.join(groupOf(passenger), max, passenger);
    if (result.kind === 'absent') return undefined;
    if (result.kind !== 'found') return result;
    passenger.note('The first try had been applied; its record was found again.');
    await releaseRecords(this.#services, [passenger]);
    return { kind: 'done', output: result.output };
  }
}

const groupOf = ({ held, installed, connection }: Passenger): string =>
  `${held.run.workspaceId} ${connection?.id ?? installed.connector.id} ${installed.action.id}`;
