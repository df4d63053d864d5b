import { type BatchContext as Shared, settledBy } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { classify } from './errors.ts';

/** What a collection of records holds. */
export const MOST_IN_ONE_CALL = 200;

/** What the steps of one batch have in common. */
export type BatchContext = Shared<SalesforceClient>;

/** What the work comes to, or the StepError that it throws: one item that fails does not take the others with it. */
export const settled = settledBy(classify);
