import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { ConnectionRow, Usage } from '../db/entities.ts';
import type { ConnectionRef } from './store.ts';

/** From which part of the account's call budget on there is a warning, work of low priority is held back, and everything waits. */
const marks = { warned: 0.8, held: 0.95, usedUp: 1 };
/** What is known is believed for so long: vendors count over a rolling day, and a call from time to time tells how things stand. */
export const BELIEVED_MS = 15 * 60_000;
const SHOWN_MS = 24 * 3_600_000;
const SAVE_EVERY_MS = 5_000;

const share = ({ used, limit }: Usage): number => used / limit;
const numbers = new Intl.NumberFormat('en-US');

/** "97 % of the account's API calls are used (14,550 of 15,000)" */
export const usageSentence = (usage: Usage): string =>
  `${Math.floor(share(usage) * 100)} % of the account's API calls are used (${numbers.format(usage.used)} of ${numbers.format(usage.limit)})`;

/** Whether work of low priority is to wait. `now` in epoch ms. */
export const holdsLowPriority = (usage: Usage, now: number): boolean =>
  share(usage) >= marks.held && now - usage.at < BELIEVED_MS;

export const isUsedUp = (usage: Usage): boolean => share(usage) >= marks.usedUp;

/** What an admin should know about the budget, as a sentence; undefined while there is enough, or nothing was heard for a day. */
export function usageWarning(usage: Usage | null, now: number): string | undefined {
  if (!usage || share(usage) < marks.warned || now - usage.at > SHOWN_MS) return undefined;
  const effect = isUsedUp(usage)
    ? 'all calls wait, and one from time to time tries whether some have become free'
    : share(usage) >= marks.held
      ? 'steps of low priority are held back'
      : `at ${marks.held * 100} % steps of low priority are held back, at 100 % all calls wait`;
  return `${usageSentence(usage)}: ${effect}. Other programs of the account share this budget; buy more calls, or make fewer.`;
}

/**
 * How much of their call budget the connected accounts have used: the newest answer in memory, written to the connection's row
 * every few seconds at the most, and whenever a mark is passed.
 */
export class Usages {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #known = new Map<string, Usage>();
  readonly #saved = new Map<string, Usage>();

  constructor(on: { database: Database; clock: Clock }) {
    this.#database = on.database;
    this.#clock = on.clock;
  }

  /** Takes in what a vendor's answer said. */
  told(connectionId: string, { used, limit }: { used: number; limit: number }): void {
    if (Number.isFinite(used) && limit > 0) this.#known.set(connectionId, { used, limit, at: this.#clock.now() });
  }

  /** The newest that this process or, by the row, another one was told. */
  newest(row: ConnectionRow): Usage | undefined {
    const known = this.#known.get(row.id);
    return known && known.at >= (row.usage?.at ?? 0) ? known : (row.usage ?? undefined);
  }

  /** Writes what is known into the row, where it is time to. */
  async keep({ id, workspaceId }: ConnectionRef): Promise<void> {
    const usage = this.#known.get(id);
    const saved = this.#saved.get(id);
    if (!usage || usage === saved) return;
    if (saved && passed(usage) === passed(saved) && usage.at - saved.at < SAVE_EVERY_MS) return;
    this.#saved.set(id, usage);
    await this.#database.write(({ query }) =>
      query('UPDATE connections SET usage = $1 WHERE id = $2 AND workspace_id = $3', [
        JSON.stringify(usage),
        id,
        workspaceId,
      ]),
    );
  }
}

/** How many of the marks have been passed. */
const passed = (usage: Usage): number => Object.values(marks).filter(mark => share(usage) >= mark).length;
