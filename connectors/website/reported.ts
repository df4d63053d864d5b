import { createHash } from 'node:crypto';
import * as z from 'zod';
import { claimed } from '../../src/sdk/index.ts';
import { pageId } from './visitor.ts';

/** Of what a page says happened earlier, so much is believed: it may have been without a network. */
const MOST_AGO_MS = 10 * 60_000;
const MOST_EVENTS = 20;
const MOST_FIELDS = 50;
const LONGEST_ADDRESS = 2_048;
const LONGEST_VALUE = 1_000;

const common = {
  /** The page's own count: the same for every repeat of one report, another for the next report of the same thing. */
  id: z.string().regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits and signs of _.:-'),
  agoMs: z.number().catch(0).default(0),
};
const happening = z.discriminatedUnion(
  'type',
  [
    z.object({ ...common, type: z.literal('session.started'), gaClientId: z.string().max(100).optional() }),
    z.object({
      ...common,
      type: z.literal('page.viewed'),
      url: z.string().max(16_384),
      title: z.string().optional(),
      referrer: z.string().optional(),
    }),
    z.object({ ...common, type: z.literal('visitor.left') }),
    /** What `qualified('handleEvents', …)` reported, as it was reported. */
    z.object({ ...common, type: z.literal('event'), name: z.string().min(1).max(255), data: z.unknown() }),
  ],
  { error: 'must be session.started, page.viewed, visitor.left or event: a page may say nothing else' },
);
type Happening = z.infer<typeof happening>;

/** The body of a report. Each of `events` is judged by itself. */
export const report = z.object({
  visitorId: pageId,
  sessionId: pageId.optional(),
  events: z.array(z.unknown()).min(1).max(MOST_EVENTS),
});
export type Report = z.infer<typeof report>;

/** Who says it, as far as the hub knows by itself. */
export type Witness = { key: string; origin: string; userAgent?: string; receivedAt: number };

/** `time` is epoch ms. */
export type SiteEvent = { id: string; type: string; time: number; data: Record<string, unknown> };
export type Judged = { event: SiteEvent } | { errors: { path: string; message: string }[] };

/**
 * What a page's report amounts to, one answer per event of it, in order. A page may say what its visitor did in it and what he wrote of
 * himself, never what a rep or a bot did, nor which meeting there is: `Meeting Booked` is taken for what it says of the visitor.
 * Visitor, session and conversation are the page's own (`claimed`); whatever system holds a secret, its ids are out of reach.
 */
export function judge({ visitorId, sessionId, events }: Report, witness: Witness): Judged[] {
  return events.map(event => {
    const parsed = happening.safeParse(event);
    if (!parsed.success)
      return { errors: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) };
    const { id, agoMs, ...said } = parsed.data;
    const identity = [witness.key, visitorId, sessionId ?? null, id, said];
    const eventId = createHash('sha256').update(canonical(identity)).digest('hex');
    const told = meaningOf(parsed.data, { eventId, hasSession: sessionId !== undefined, witness });
    if ('errors' in told) return told;
    const time = witness.receivedAt - Math.round(Math.min(Math.max(agoMs, 0), MOST_AGO_MS));
    const who = { visitorId: claimed(visitorId), ...(sessionId !== undefined && { sessionId: claimed(sessionId) }) };
    return { event: { id: eventId, type: told.type, time, data: { ...told.data, ...who, selfReported: true } } };
  });
}

type Meaning = { type: string; data: Record<string, unknown> };
type About = { eventId: string; hasSession: boolean; witness: Witness };

function meaningOf(
  said: Happening,
  { eventId, hasSession, witness }: About,
): Meaning | { errors: { path: string; message: string }[] } {
  switch (said.type) {
    case 'session.started': {
      if (!hasSession) return wrong('sessionId', 'is required for session.started');
      const { gaClientId } = said;
      const { userAgent } = witness;
      return {
        type: said.type,
        data: { ...(gaClientId && { gaClientId }), ...(userAgent && { userAgent: userAgent.slice(0, 512) }) },
      };
    }
    case 'visitor.left':
      return { type: said.type, data: {} };
    case 'page.viewed':
      return pageViewed(said, witness.origin);
    case 'event':
      return reported(said, eventId);
  }
}

const wrong = (path: string, message: string) => ({ errors: [{ path, message }] });

function pageViewed({ url, title, referrer }: Extract<Happening, { type: 'page.viewed' }>, origin: string) {
  const page = webAddress(url);
  if (page?.origin !== origin) return wrong('url', `must be a page of ${origin}, which this comes from`);
  const utm = Object.fromEntries(
    ['source', 'medium', 'campaign', 'term', 'content'].flatMap(name => {
      const value = page.searchParams.get(`utm_${name}`);
      return value ? [[name, value.slice(0, LONGEST_VALUE)]] : [];
    }),
  );
  const from = webAddress(referrer ?? '');
  return {
    type: 'page.viewed',
    data: {
      url: page.href.slice(0, LONGEST_ADDRESS),
      ...(title && { title: title.slice(0, LONGEST_VALUE) }),
      ...(from && { referrer: from.href.slice(0, LONGEST_ADDRESS) }),
      ...(Object.keys(utm).length > 0 && { utm }),
    },
  };
}

/** Without what is nobody's business: a password, and the part behind # that browsers do not send either. */
function webAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  url.username = url.password = url.hash = '';
  return url;
}

const reportedData = z
  .object({
    field_values: z.record(z.string(), z.unknown()).optional().catch(undefined),
    bot: z
      .object({ name: z.string().trim().min(1) })
      .optional()
      .catch(undefined),
  })
  .catch({});

/**
 * `Conversation Started` is the visitor's own doing. With whom is not: the page is not asked whether a rep has come, and no message is made
 * of it. Every other name tells what the visitor has given of himself, and stands in `reported`.
 */
function reported({ name, data }: Extract<Happening, { type: 'event' }>, eventId: string): Meaning {
  const { field_values: values = {}, bot } = reportedData.parse(data);
  const visitor = visitorOf(values);
  const known = { reported: { name, ...(data !== undefined && { data }) } };
  if (name !== 'Conversation Started') return { type: 'visitor.updated', data: { visitor, ...known } };
  return {
    type: 'conversation.started',
    data: {
      conversationId: claimed(eventId),
      ...(bot && { experienceName: bot.name.slice(0, 255) }),
      ...(Object.keys(visitor).length > 0 && { visitor }),
      ...known,
    },
  };
}

/** What `field_values` says of the visitor: the e-mail where it looks like one, and the values that a field can hold. */
function visitorOf(values: Record<string, unknown>): { email?: string; fields?: Record<string, unknown> } {
  const { email, ...others } = values;
  const fields = Object.entries(others)
    .filter(([name, value]) => /^[\w][\w .-]{0,63}$/.test(name) && !name.startsWith('__') && isFieldValue(value))
    .slice(0, MOST_FIELDS)
    .map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, LONGEST_VALUE) : value]);
  return {
    ...(isEmail(email) && { email: email.trim() }),
    ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
  };
}

const isEmail = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 320 &&
  /^[^\s@<>"(),;:]+@[^\s@<>"(),;:]+\.[^\s@<>"(),;:]+$/.test(value.trim());
const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= LONGEST_VALUE;
const isFieldValue = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.length <= 50 && value.every(isText));

/** JSON that is the same for the same content, whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .join(',')}}`;
}
