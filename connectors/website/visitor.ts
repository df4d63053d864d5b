import * as z from 'zod';
import { unclaimed } from '../../src/sdk/index.ts';

/** An id that a page gives a visitor or a session: what UUIDs, numbers and tokens are made of. */
export const pageId = z
  .string()
  .regex(/^[\w.:@~+/=-]{1,200}$/, 'must be an id: 1 to 200 letters, digits and signs of _.:@~+/=-');

/** What the hub hands to listening pages. `at` is epoch ms. */
export type Published = { name: string; data: Record<string, unknown>; at: number };

/**
 * The topic that the pages of a visitor listen to. A visitor whom only the relay knows is the same to a page as one whom the
 * customer's systems know by that id: it has no other id to ask for.
 */
export const topicOf = (visitorId: string): string => `visitor:${unclaimed(visitorId)}`;
