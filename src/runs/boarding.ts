import { type Database, placeholders, type Transaction } from '../db/database.ts';
import type { ConnectionRow, StepIntent } from '../db/entities.ts';
import { releaseLease, releaseLeases, takeLease } from '../db/lease.ts';
import type { Action } from '../sdk/index.ts';
import { changeHeld, changeHeldAlone, type StepChange } from './claim.ts';
import type { Back } from './door.ts';
import type { HeldStep, InstalledAction, RunServices } from './services.ts';

/** A step on its way to the vendor, with the connection as it was when it set out (undefined where none is needed). */
export type Passenger = {
  held: HeldStep;
  installed: InstalledAction;
  intent: StepIntent;
  note(sentence: string): void;
  connection: ConnectionRow | undefined;
};

/** Not to be sent: another step works on its record, or another worker has it. */
export type LeftBehind = Back | { kind: 'lost' };

const OCCUPIED_MS = 250;
const NO_CONNECTION = 'none';

/**
 * Records the intents of all that travel in one call, in one transaction, each under its own lease. From here on a crash leaves
 * tries without an outcome, to be settled once their deadline and the vendor's grace have passed.
 * @param how again: the vendor refused the first credential, which counts as no try · waited: part of the time of the leases is gone
 * @returns per passenger whether it is aboard, or why it is not
 */
export async function recordIntents(
  { database, clock, leaseMs }: RunServices,
  passengers: Passenger[],
  how: { again: boolean; waited: boolean },
): Promise<('aboard' | LeftBehind)[]> {
  const now = clock.now();
  const boarded =
    (await boardAlone(database, passengers, { ...how, now })) ??
    (await boardAll(database, passengers, { ...how, now, leaseMs }));
  for (const [at, passenger] of passengers.entries()) {
    if (boarded[at] === 'aboard') Object.assign(passenger.held.step, intentOf(passenger, how.again, now));
  }
  return boarded;
}

type Boarding = { again: boolean; waited: boolean; now: number };

/** One that waited for nobody and whose record needs no lease: most are so. Undefined where it is not. */
async function boardAlone(
  database: Database,
  [passenger, ...others]: Passenger[],
  { again, waited, now }: Boarding,
): Promise<('aboard' | LeftBehind)[] | undefined> {
  if (!passenger || others.length > 0 || waited || recordLease(passenger)) return undefined;
  const { step, token } = passenger.held;
  const aboard = await changeHeldAlone(database, step, token, boardingChange(passenger, again, now));
  return [aboard ? 'aboard' : { kind: 'lost' }];
}

const boardAll = (
  database: Database,
  passengers: Passenger[],
  how: Boarding & { leaseMs: number },
): Promise<('aboard' | LeftBehind)[]> =>
  database.write(async tx => {
    const { now, leaseMs } = how;
    const states: ('aboard' | LeftBehind)[] = [];
    for (const passenger of passengers) states.push(await board(tx, passenger, how));
    const ids = passengers.flatMap(({ held }, at) => (states[at] === 'aboard' ? [held.step.id] : []));
    if (how.waited && ids.length > 0) {
      const until = `${database.clockSql('$1')} + $2`;
      const sql = `UPDATE steps SET lease_until = ${until} WHERE id IN (${placeholders(ids.length, 3)})`;
      await tx.query(sql, [now, leaseMs, ...ids]);
    }
    return states;
  });

async function board(
  tx: Transaction,
  passenger: Passenger,
  { again, now, leaseMs }: { again: boolean; now: number; leaseMs: number },
): Promise<'aboard' | LeftBehind> {
  const { step, token } = passenger.held;
  const record = recordLease(passenger);
  if (record && !(await takeLease(tx, { ...record, now, until: now + leaseMs }))) {
    return { kind: 'back', dueAt: now + OCCUPIED_MS, reason: 'Another step works on the same record.' };
  }
  if (await changeHeld(tx, step, token, boardingChange(passenger, again, now))) return 'aboard';
  if (record) await releaseLease(tx, record);
  return { kind: 'lost' };
}

const boardingChange = (passenger: Passenger, again: boolean, now: number): StepChange => ({
  ...intentOf(passenger, again, now),
  connectionId: passenger.connection?.id ?? null,
  keepLease: true,
});

function intentOf({ held, installed, intent }: Passenger, again: boolean, now: number) {
  const { step } = held;
  const { action, connector } = installed;
  const grace = looksUp(action) ? action.replay.graceSeconds * 1000 : 0;
  return {
    tries: step.tries + (again ? 0 : 1),
    intent: { ...intent, firstTriedAt: step.intent?.firstTriedAt ?? now },
    unsettledUntil: now + connector.limits.callTimeoutMs + grace,
  };
}

/** Whether the action can find out what became of a first try. */
export const looksUp = (
  action: Action,
): action is Action & { replay: Extract<Action['replay'], { findMany: unknown }> } =>
  typeof action.replay === 'object' && 'findMany' in action.replay;

/** Steps with the same answer never run at once. */
export const exclusiveKey = ({ installed, intent }: Passenger): string | undefined =>
  installed.action.exclusive?.(intent.input, intent.facts);

/** The lease, across processes, of the record that a step works on, where its action names one. */
function recordLease(passenger: Passenger): { name: string; token: string } | undefined {
  const key = exclusiveKey(passenger);
  if (key === undefined) return undefined;
  return { name: `step ${passenger.connection?.id ?? NO_CONNECTION} ${key}`, token: passenger.held.step.id };
}

/** The steps are through with their records: others may work on them. */
export async function releaseRecords({ database }: RunServices, passengers: Passenger[]): Promise<void> {
  await releaseLeases(
    database,
    passengers.flatMap(passenger => recordLease(passenger) ?? []),
  );
}
