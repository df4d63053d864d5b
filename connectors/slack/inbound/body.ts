import * as z from 'zod';
import type { InboundRequest } from '../../../src/sdk/index.ts';

const id = z.string().min(1);
const team = z.looseObject({ id });

/** An event, and what Slack sends to the same address besides. Source: docs.slack.dev/apis/events-api */
const event = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('url_verification'), challenge: z.string() }),
  z.looseObject({ type: z.literal('app_rate_limited'), team_id: id.optional() }),
  z.looseObject({
    type: z.literal('event_callback'),
    team_id: id,
    event_id: id,
    event_time: z.number(),
    event: z.looseObject({ type: z.string() }),
  }),
]);

const interaction = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('block_actions'),
    team: team.nullish(),
    user: z.looseObject({ id }),
    actions: z.array(z.looseObject({ type: z.string(), action_id: z.string(), action_ts: z.string() })).min(1),
  }),
  z.looseObject({
    type: z.enum(['view_submission', 'view_closed']),
    team: team.nullish(),
    user: z.looseObject({ id }),
    view: z.looseObject({ id, callback_id: z.string().default('') }),
  }),
  // What this app does not offer, and only acknowledges.
  z.looseObject({ type: z.enum(['shortcut', 'message_action', 'block_suggestion']), user: z.looseObject({ id }) }),
]);

const command = z.union([
  z.looseObject({ ssl_check: z.literal('1') }),
  z.looseObject({ command: id, team_id: id, user_id: id, text: z.string().default('') }),
]);

/** What Slack sent, of a shape that Slack sends. */
export type Body = Record<string, unknown>;

const typeOf = ({ headers }: InboundRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const formIn = (request: InboundRequest): Record<string, string> | undefined =>
  typeOf(request) === 'application/x-www-form-urlencoded'
    ? Object.fromEntries(new URLSearchParams(request.body.toString('utf8')))
    : undefined;

/** JSON. Undefined for everything that is no event. */
export function eventIn(request: InboundRequest): Body | undefined {
  if (typeOf(request) !== 'application/json') return undefined;
  return event.safeParse(json(request.body.toString('utf8'))).data;
}

/** A form. */
export const commandIn = (request: InboundRequest): Body | undefined => command.safeParse(formIn(request)).data;

/** JSON in the field `payload` of a form. */
export const interactionIn = (request: InboundRequest): Body | undefined =>
  interaction.safeParse(json(formIn(request)?.payload ?? '')).data;

/** A part of a body by its path, where it is a text. */
export function textAt(body: unknown, ...path: string[]): string | undefined {
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    body,
  );
  return typeof value === 'string' && value !== '' ? value : undefined;
}
