import { type BatchContext as Shared, settledBy } from '../../src/sdk/index.ts';
import type { HubSpotClient } from './client.ts';
import { classify } from './errors.ts';

/** What HubSpot takes in one batch. */
export const MOST_IN_ONE_CALL = 100;

/** What the steps of one batch have in common. */
export type BatchContext = Shared<HubSpotClient>;

/** What the work comes to, or the StepError that it throws: one item that fails does not take the others with it. */
export const settled = settledBy(classify);

/** Lists of at most `size` items. */
export function chunks<Value>(values: Value[], size = MOST_IN_ONE_CALL): Value[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, part) =>
    values.slice(part * size, (part + 1) * size),
  );
}
