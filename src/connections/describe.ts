import type { Clock } from '../clock.ts';
import type { ConnectionRow } from '../db/entities.ts';
import type { FieldDescription } from '../sdk/index.ts';
import { askVendor } from './ask.ts';
import type { FindConnector } from './credential.ts';
import type { Tokens } from './tokens.ts';

const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 200;

/** An object's fields, required ones first, and when (epoch ms) the vendor said so. */
export type Described = { fields: FieldDescription[]; readAt: number };

/**
 * Reads what a vendor's objects look like, and keeps it for ten minutes. What is kept is void where it was asked for anew,
 * where the credential has changed, and where a step has found since that the objects are other than described.
 */
export class Describer {
  readonly #on: { tokens: Tokens; find: FindConnector; clock: Clock };
  readonly #kept = new Map<string, Described>();

  constructor(on: { tokens: Tokens; find: FindConnector; clock: Clock }) {
    this.#on = on;
  }

  /**
   * @returns undefined where the connector has no such object to map
   * @throws StepError where the vendor does not answer
   */
  async describe(row: ConnectionRow, object: string, wanted = { anew: false }): Promise<Described | undefined> {
    const mappable = this.#on.find(row.connector)?.connector.mappable;
    if (!mappable?.objects.some(({ name }) => name === object)) return undefined;
    const now = this.#on.clock.now();
    const key = `${row.id} ${row.version} ${object}`;
    const known = this.#kept.get(key);
    const changed = row.schemaChangedAt ?? Number.NEGATIVE_INFINITY;
    if (known && !wanted.anew && now - known.readAt < KEPT_MS && known.readAt > changed) return known;
    const fields = await askVendor(this.#on, row, asking => mappable.describe(asking, object));
    const described = { fields: fields.toSorted(requiredFirst), readAt: now };
    this.#kept.delete(key);
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, described);
    return described;
  }
}

const requiredFirst = (a: FieldDescription, b: FieldDescription) =>
  Number(b.required) - Number(a.required) || a.label.localeCompare(b.label, 'en');
