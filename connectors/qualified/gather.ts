import type * as z from 'zod';
import { StepError } from '../../src/sdk/index.ts';
import { QualifiedFailure } from './errors.ts';
import { type Page, type Reading, readOne, readPage, stamp, unlessGone } from './list.ts';
import {
  type Conversation,
  conversation,
  type Meeting,
  type Message,
  meeting,
  message,
  readable,
  type Session,
} from './records.ts';
import type { WholeSession } from './session-events.ts';
import { holds, MARGIN_MS, MESSAGES_HOLD_MS } from './windows.ts';

/** Up to so many are cheaper to ask for one by one than to look for in a list. */
const FEW = 2;
/** Calls at once, of the ten that a team may have under way. */
const AT_ONCE = 4;
const LATE_MS = 10 * 60_000;
/** Pages of the list without a message of ours, after which the conversations are asked for one by one. */
const IN_VAIN = 3;
/** How often a conversation that is longer than a page is begun again because its cursor has died. */
const RESTARTS = 3;

/** Reads all that hangs on these sessions, which have ended within a short stretch of time, in few calls. `now` by Qualified's clock. */
export async function gather(reading: Reading, sessions: Session[], now: number): Promise<WholeSession[]> {
  const from = Math.min(...sessions.map(({ createdAt }) => createdAt));
  const to = Math.max(...sessions.map(({ endedAt }) => endedAt));
  const conversations = await byIds(reading, {
    path: '/v2/conversations',
    shape: conversation,
    ids: sessions.flatMap(({ conversationIds }) => conversationIds),
    query: { ended_after: stamp(from), ended_before: stamp(to) },
  });
  const meetings = await byIds(reading, {
    path: '/v2/meetings',
    shape: meeting,
    ids: sessions.flatMap(({ meetingIds }) => meetingIds),
    // Young ones are in no list yet, but can be read by their id.
    query:
      to < now - holds.meetings - MARGIN_MS ? { created_after: stamp(from), created_before: stamp(to) } : undefined,
  });
  const messages = await messagesOf(reading, sessions, [...conversations.values()], now);
  const meetingsOf = ({ meetingIds }: Session): Meeting[] => meetingIds.flatMap(id => meetings.get(id) ?? []);
  return sessions.map(session => {
    const own = session.conversationIds.flatMap(id => conversations.get(id) ?? []);
    const said = own.flatMap(({ id }) => messages.get(id) ?? []);
    return { session, conversations: own, messages: said, meetings: meetingsOf(session) };
  });
}

type Wanted<Item> = { path: string; shape: z.ZodType<Item>; ids: string[]; query: Record<string, string> | undefined };

/** Records by their ids: from the list while its pages hold more than one of them each, and the others one by one. */
async function byIds<Item extends { id: string }>(
  reading: Reading,
  { path, shape, ids, query }: Wanted<Item>,
): Promise<Map<string, Item>> {
  const missing = new Set(ids);
  const found = new Map<string, Item>();
  const take = (records: unknown[]) => {
    const before = missing.size;
    for (const item of readable(shape, records).read) if (missing.delete(item.id)) found.set(item.id, item);
    return before - missing.size;
  };
  if (query && missing.size > FEW)
    for await (const { records } of pages(reading, path, query)) if (take(records) <= 1 || missing.size === 0) break;
  await inTurns([...missing], async id => take([await readOne(reading, path, id)]));
  return found;
}

/**
 * The messages of conversations, newest first, by conversation: from the list of all messages of the time while a page brings those
 * of several conversations, and the others conversation by conversation. Lists are ordered by the end of the session, so a
 * conversation is complete once what the list has come to is of sessions that ended earlier.
 */
async function messagesOf(
  reading: Reading,
  sessions: Session[],
  conversations: Conversation[],
  now: number,
): Promise<Map<string, Message[]>> {
  const sessionOf = new Map(sessions.flatMap(session => session.conversationIds.map(id => [id, session] as const)));
  const endOf = ({ id }: Conversation): number => sessionOf.get(id)?.endedAt ?? 0;
  const found = new Map<string, Map<string, Message>>(conversations.map(({ id }) => [id, new Map()]));
  const take = (records: unknown[]): Set<string> => {
    const touched = new Set<string>();
    for (const each of readable(message, records).read) {
      const own = found.get(each.conversationId);
      if (!own) continue;
      own.set(each.id, each);
      touched.add(each.conversationId);
    }
    return touched;
  };
  let incomplete = conversations;
  if (conversations.length > FEW) {
    const query = messagesQuery(sessions, conversations, now);
    let reached = Number.POSITIVE_INFINITY;
    let inVain = 0;
    for await (const { records, next } of pages(reading, '/v2/messages', query)) {
      const touched = take(records);
      const ends = conversations.filter(({ id }) => touched.has(id)).map(endOf);
      reached = Math.min(reached, Math.max(...(ends.length > 0 ? ends : [reached])));
      const mayLack = (each: Conversation) => next !== undefined && endOf(each) <= reached;
      incomplete = conversations.filter(each => mayLack(each) || found.get(each.id)!.size === 0);
      // Those of sessions that ended a little later come first.
      if (reached === Number.POSITIVE_INFINITY ? ++inVain === IN_VAIN : touched.size <= 1) break;
    }
  }
  await inTurns(incomplete, async ({ id }) => {
    const path = `/v2/conversations/${encodeURIComponent(id)}/messages`;
    for (const each of await wholeList(reading, path)) take(each.records);
  });
  return new Map([...found].map(([id, messages]) => [id, [...messages.values()]]));
}

/** Every page of a conversation's messages; none where it is not there (any more). */
async function wholeList(reading: Reading, path: string, restarts = 0): Promise<Page[]> {
  const all: Page[] = [];
  for (let after: string | undefined; ; after = all.at(-1)?.next) {
    const page = await readPage(reading, path, after === undefined ? {} : { after }).catch(error => {
      return after === undefined ? unlessGone(error) : unlessRefused(error);
    });
    if (!page && after === undefined) return [];
    if (!page && restarts < RESTARTS) return wholeList(reading, path, restarts + 1);
    if (!page) throw new StepError('transient', `Qualified took no cursor of ${path}. It is asked again.`);
    all.push(page);
    if (page.next === undefined) return all;
  }
}

/** From the first session's beginning to a little after the last one's end: reps may write once the visitor has gone. */
function messagesQuery(sessions: Session[], conversations: Conversation[], now: number): Record<string, string> {
  const from = Math.min(...[...sessions, ...conversations].map(({ createdAt }) => createdAt));
  const to = Math.max(...[...sessions, ...conversations].map(({ endedAt }) => endedAt ?? 0)) + LATE_MS;
  return {
    created_after: stamp(from),
    created_before: stamp(Math.min(to, now - MESSAGES_HOLD_MS - MARGIN_MS)),
  };
}

/** The pages of a list. Ends where Qualified refuses to go on (a cursor has died, the hold is longer than we know): whoever reads has others ways. */
async function* pages(reading: Reading, path: string, query: Record<string, string>): AsyncGenerator<Page> {
  let after: string | undefined;
  do {
    const page = await readPage(reading, path, { ...query, ...(after !== undefined && { after }) }).catch(
      unlessRefused,
    );
    if (!page) return;
    yield page;
    after = page.next;
  } while (after !== undefined);
}

function unlessRefused(error: unknown): undefined {
  if (error instanceof QualifiedFailure && error.status === 400) return undefined;
  throw error;
}

/** Does the work for each item, a few at a time. */
async function inTurns<Item>(items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const turn = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
}
