import * as z from 'zod';
import { unclaimed } from '../../src/sdk/index.ts';

/** An id that a page gives a visitor or a session. Longer ones would not fit where the hub puts something in front of them. */
export const pageId = z
  .string()
  .regex(/^[^\p{C}\p{Z}]{1,200}$/u, 'must be an id: 1 to 200 characters, without spaces and control characters');

/** What the hub hands to listening pages. `at` is epoch ms. */
export type Published = { name: string; data: Record<string, unknown>; at: number };

/**
 * The topic that the pages of a visitor listen to. A visitor whom only the relay knows is the same to a page as one whom the
 * customer's systems know by that id: it has no other id to ask for.
 */
export const topicOf = (visitorId: string): string => `visitor:${unclaimed(visitorId)}`;
