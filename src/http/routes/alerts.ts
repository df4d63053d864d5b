import * as z from 'zod';
import type { AlertDesk } from '../../alerts/acts.ts';
import { recentAlerts } from '../../alerts/list.ts';
import { ALERTS_TOPIC } from '../../alerts/view.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../db/database.ts';
import { type AlertActRow, AlertActs, AlertReads, type AlertRow } from '../../db/entities.ts';
import type { FeedMessage, FeedStation } from '../../feed/feed.ts';
import { newId } from '../../ids.ts';
import { type AlertAct, type AlertView, alertActions } from '../../sdk/alerts.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { serverSentEvents } from '../server-sent-events.ts';
import { idParams, iso, isoOrNull, time } from '../shapes.ts';

export type AlertRouteServices = {
  database: Database;
  clock: Clock;
  feed: FeedStation;
  deskOf(workspaceId: string): AlertDesk;
};

const tag = 'Alerts';
const actor = z.object({ id: z.string().optional(), name: z.string().optional(), email: z.string().optional() });
const states = ['open', 'claimed', 'snoozed', 'dismissed'] as const;
const email = z.email().max(320);

const alertShape = z
  .object({
    id: z.string(),
    runId: z.string(),
    workflowId: z.string(),
    visitorId: z.string().nullable(),
    title: z.string(),
    message: z.string(),
    state: z.enum(states),
    audience: z
      .union([z.array(z.string()), z.literal('all')])
      .nullable()
      .meta({ description: 'Whose feed it is in: e-mail addresses or `all`; null where only a chat shows it.' }),
    about: z.looseObject({}).meta({ description: 'Whom and what it is about, as far as it is known.' }),
    offers: z.array(z.enum(alertActions)).meta({ description: 'What people can do with it.' }),
    claimedBy: actor.nullable(),
    claimedAt: time.nullable(),
    dismissedBy: actor.nullable(),
    snoozedBy: actor.nullable(),
    snoozedUntil: time.nullable(),
    tasks: z.array(
      z.object({ subject: z.string(), dueDate: z.string().optional(), by: actor, url: z.string().optional() }),
    ),
    joined: z
      .array(z.object({ title: z.string(), message: z.string(), at: time }))
      .meta({ description: 'Later alerts about the same visitor that share its message.' }),
    read: z.boolean().optional().meta({ description: 'Whether `user` has read it, where the request names one.' }),
    history: z
      .array(
        z.object({
          at: time,
          act: z.looseObject({ kind: z.enum(alertActions) }),
          by: actor,
          done: z.boolean(),
          reason: z.string().nullable(),
        }),
      )
      .optional()
      .meta({ description: 'Who pressed what, oldest first; of a single alert only.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Alert' });

const shown = (row: AlertRow): z.input<typeof alertShape> => ({
  id: row.id,
  runId: row.runId,
  workflowId: row.workflowId,
  visitorId: row.visitorId,
  title: row.title,
  message: row.message,
  state: row.state,
  audience: row.audience,
  about: row.about,
  offers: row.offers,
  claimedBy: row.claimedBy,
  claimedAt: isoOrNull(row.claimedAt),
  dismissedBy: row.dismissedBy,
  snoozedBy: row.snoozedBy,
  snoozedUntil: isoOrNull(row.snoozedUntil),
  tasks: row.tasks.map(({ stepId: _, ...task }) => task),
  joined: row.joined.map(({ stepId: _, ...joined }) => ({ ...joined, at: iso(joined.at) })),
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
});

const historyOf = ({ at, act, actor: by, done, reason }: AlertActRow) => ({
  at: iso(at),
  act,
  by,
  done: done === 1,
  reason,
});

const actBody = z.strictObject({
  act: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('claim') }),
    z.strictObject({ kind: z.literal('dismiss') }),
    z.strictObject({ kind: z.literal('snooze'), minutes: z.int().min(1).max(10_080) }),
    z.strictObject({
      kind: z.literal('create_task'),
      subject: z.string().trim().min(1).max(255),
      dueDate: z.iso.date().optional(),
    }),
  ]),
  by: z.strictObject({ email, name: z.string().max(255).optional() }),
  key: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'The same key again changes nothing and answers the same.' }),
});

/** The feed of alerts: list, live stream, read marks, and what people can do with an alert. */
export function alertRoutes(services: AlertRouteServices): Route[] {
  return [listRoute(services), streamRoute(services), getRoute(services), actRoute(services), readRoute(services)];
}

const listRoute = ({ database }: AlertRouteServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/alerts',
    summary: 'List alerts, newest first',
    tag,
    auth: 'admin',
    query: z.strictObject({
      ...pageQuery,
      user: email.optional().meta({ description: 'Only what is in the feed of this person.' }),
      unread: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: 'With `user`: only what that person has not read.' }),
      state: z.enum(states).optional(),
    }),
    response: pageOf(alertShape),
    async handler({ query: { limit, after, user, unread, state } }, { caller: { workspaceId } }) {
      const cursor = readCursor(after);
      const before = cursor && { createdAt: cursor[0], id: cursor[1] };
      const filter = { limit: limit + 1, before, user, state, unread: unread === 'true' };
      const rows = await recentAlerts(database, workspaceId, filter);
      const read = user === undefined ? undefined : await readBy(database, rows, user);
      return page(
        rows,
        limit,
        row => [row.createdAt, row.id],
        row => ({
          ...shown(row),
          ...(read && { read: read.has(row.id) }),
        }),
      );
    },
  });

async function readBy({ reader }: Database, rows: AlertRow[], user: string): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const marks = await reader
    .createQueryBuilder(AlertReads, 'mark')
    .where('mark.reader = :user AND mark.alertId IN (:...ids)', {
      user: user.toLowerCase(),
      ids: rows.map(({ id }) => id),
    })
    .getMany();
  return new Set(marks.map(({ alertId }) => alertId));
}

const streamRoute = ({ feed }: AlertRouteServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/alerts/stream',
    summary: 'Follow the feed live',
    description:
      'Server-sent events: an `alert` with every new and changed alert. After a break the browser sends `Last-Event-ID` by itself and gets what it missed (of the last day).',
    tag,
    auth: 'admin',
    query: z.strictObject({
      user: email.optional().meta({ description: 'Only what is in the feed of this person.' }),
      after: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional()
        .meta({ description: 'Like Last-Event-ID, for clients without that header.' }),
    }),
    async handler({ query: { user, after } }, { caller, request, response }) {
      const from = request.get('last-event-id') ?? after;
      await serverSentEvents(response, signal => {
        const messages = feed.subscribe(
          { workspaceId: caller.workspaceId, topic: ALERTS_TOPIC },
          { ...(from && { after: from }), signal },
        );
        return heardBy(messages, user?.toLowerCase());
      });
    },
  });

async function* heardBy(messages: AsyncIterable<FeedMessage>, user: string | undefined) {
  for await (const { id, data } of messages) {
    const { audience, alert } = data as { audience: string[] | 'all'; alert: AlertView };
    if (user === undefined || audience === 'all' || audience.includes(user)) yield { id, event: 'alert', data: alert };
  }
}

async function found(desk: AlertDesk, id: string): Promise<AlertRow> {
  const alert = await desk.get(id);
  if (!alert) throw notFound('alert', id);
  return alert;
}

const getRoute = ({ database, deskOf }: AlertRouteServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/alerts/:id',
    summary: 'Get an alert, with who did what',
    tag,
    auth: 'admin',
    params: idParams,
    response: alertShape,
    async handler({ params: { id } }, { caller: { workspaceId } }) {
      const alert = await found(deskOf(workspaceId), id);
      const acts = await database.reader.find(AlertActs, {
        where: { workspaceId, alertId: id },
        order: { at: 'ASC', key: 'ASC' },
      });
      return { ...shown(alert), history: acts.map(historyOf) };
    },
  });

const actRoute = ({ deskOf }: AlertRouteServices): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/alerts/:id/acts',
    summary: 'Claim, snooze, dismiss, or ask for a follow-up task',
    tag,
    auth: 'admin',
    params: idParams,
    body: actBody,
    response: alertShape,
    problems: { 409: 'Somebody else was first, or the alert does not offer it.' },
    async handler({ params: { id }, body }, { caller: { workspaceId } }) {
      const desk = deskOf(workspaceId);
      await found(desk, id);
      const outcome = await desk.act(id, body.act as AlertAct, body.by, `api ${body.key ?? newId()}`, 'api');
      if (!outcome.done) throw new Problem('conflict', outcome.reason);
      return shown(await found(desk, id));
    },
  });

const readRoute = ({ database, clock, deskOf }: AlertRouteServices): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/alerts/:id/read',
    summary: 'Mark an alert as read, or as unread',
    tag,
    auth: 'admin',
    status: 204,
    params: idParams,
    body: z.strictObject({ user: email, read: z.boolean().default(true) }),
    async handler({ params: { id }, body: { user, read } }, { caller: { workspaceId } }) {
      await found(deskOf(workspaceId), id);
      const mark = { alertId: id, reader: user.toLowerCase() };
      await database.write(async ({ manager, query }) => {
        if (read) await query(MARK, [mark.alertId, mark.reader, workspaceId, clock.now()]);
        else await manager.delete(AlertReads, mark);
      });
    },
  });

const MARK = `INSERT INTO alert_reads (alert_id, reader, workspace_id, at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (alert_id, reader) DO NOTHING`;
