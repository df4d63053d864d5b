import * as z from 'zod';
import type { SettingsStore } from '../../access/settings.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../db/database.ts';
import type { SessionRow } from '../../db/entities.ts';
import type { ConversationFacts, Person } from '../../model/session.ts';
import type { Timeline } from '../../runs/timeline.ts';
import { explainSession, findSession } from '../../sessions/report.ts';
import type { WorkflowStore } from '../../workflows/store.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, iso, isoOrNull, time, triggerShape } from '../shapes.ts';
import { runShape, shownRun } from './runs.ts';

const person = z.object({ userId: z.string().optional(), email: z.string().optional(), name: z.string().optional() });
const conversationShape = z.object({
  id: z.string(),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  experienceName: z.string().optional(),
  url: z.string().optional(),
  summary: z.string().optional(),
  messages: z.record(z.string(), z.int()).meta({ description: 'How many, by who wrote them.' }),
  rep: person.optional(),
});
const explanationShape = z.object({
  workflow: z.object({ id: z.string(), name: z.string(), version: z.int() }),
  trigger: triggerShape,
  outcome: z.enum(['started', 'skipped', 'not_started']),
  reason: z.string(),
  runIds: z.array(z.string()),
  conditions: z.array(z.object({ condition: z.string(), met: z.boolean(), at: time.optional() })),
});
const sessionShape = z
  .object({
    sessionId: z.string(),
    visitorId: z.string().nullable(),
    imported: z.boolean(),
    startedAt: time,
    lastActivityAt: time.nullable(),
    endedAt: time.nullable(),
    endedHow: z.string().nullable().meta({ description: '`ended` (by an event), `left` or `idle` (by the clock).' }),
    emailKnownAt: time.nullable(),
    pages: z.array(z.object({ at: time, url: z.string(), title: z.string().optional() })),
    conversations: z.array(conversationShape),
    chatRequests: z.array(
      z.object({
        id: z.string(),
        requestedBy: z.string().nullable(),
        requestedAt: time.nullable(),
        answeredAt: time.nullable(),
      }),
    ),
    pounces: z.array(
      z.object({
        id: z.string(),
        automatic: z.boolean().nullable(),
        sentAt: time.nullable(),
        repliedAt: time.nullable(),
        by: person.optional(),
      }),
    ),
    meetings: z.array(z.object({ id: z.string(), offeredAt: time.nullable(), bookedAt: time.nullable() })),
    notes: z.array(z.string()),
    workflows: z.array(explanationShape).meta({ description: 'Why each active workflow ran, or did not.' }),
    runs: z.array(runShape),
  })
  .meta({ id: 'Session' });

/** What is known of a session, and why each active workflow ran or did not. */
export function sessionRoutes(services: {
  database: Database;
  clock: Clock;
  settings: SettingsStore;
  workflows: WorkflowStore;
  timeline: Timeline;
}): Route[] {
  const { database, clock, settings, workflows, timeline } = services;
  return [
    defineRoute({
      method: 'get',
      path: '/v1/sessions/:id',
      summary: 'Get a session: what is known of it, and why each workflow ran or did not',
      tag: 'Sessions',
      auth: 'admin',
      params: idParams,
      response: sessionShape,
      async handler({ params: { id } }, { caller: { workspaceId } }) {
        const session = await findSession(database, workspaceId, id);
        if (!session) throw notFound('session', id);
        const active = await workflows.active(workspaceId);
        const current = await settings.get(workspaceId);
        const explained = await explainSession(database, session, active, current, clock.now());
        const runs = await timeline.list(workspaceId, { session: id }, { limit: 200 });
        return {
          ...shownFacts(session),
          workflows: explained.map(({ conditions, ...rest }) => ({
            ...rest,
            conditions: conditions.map(({ at, ...condition }) => ({
              ...condition,
              ...(at !== undefined && { at: iso(at) }),
            })),
          })),
          runs: runs.map(shownRun),
        };
      },
    }),
  ];
}

const entries = <Value>(record: Record<string, Value>) =>
  Object.entries(record).map(([id, value]) => ({ id, ...value }));

function shownFacts(session: SessionRow) {
  const { facts } = session;
  const lastActivity = facts.activity.at(-1)?.[1];
  return {
    sessionId: session.id,
    visitorId: session.visitorId,
    imported: session.imported === 1,
    startedAt: iso(session.startedAt),
    lastActivityAt: isoOrNull(lastActivity),
    endedAt: isoOrNull(session.endedAt),
    endedHow: session.endedHow,
    emailKnownAt: isoOrNull(facts.emailAt?.at),
    pages: Object.values(facts.pages)
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, url, title }) => ({ at: iso(at), url, ...(title !== undefined && { title }) })),
    conversations: entries(facts.conversations).map(shownConversation),
    chatRequests: entries(facts.requests).map(({ id, requestedAt, answeredAt }) => ({
      id,
      requestedBy: requestedAt?.by ?? null,
      requestedAt: isoOrNull(requestedAt?.at),
      answeredAt: isoOrNull(answeredAt?.at),
    })),
    pounces: entries(facts.pounces).map(({ id, sentAt, repliedAt, by }) => ({
      id,
      automatic: (sentAt ?? repliedAt)?.automatic ?? null,
      sentAt: isoOrNull(sentAt?.at),
      repliedAt: isoOrNull(repliedAt?.at),
      ...(by && { by: shownPerson(by.value) }),
    })),
    meetings: entries(facts.meetings).map(({ id, offeredAt, bookedAt }) => ({
      id,
      offeredAt: isoOrNull(offeredAt?.at),
      bookedAt: isoOrNull(bookedAt?.at),
    })),
    notes: session.notes,
  };
}

function shownConversation(conversation: ConversationFacts & { id: string }) {
  const messages: Record<string, number> = {};
  for (const { by } of Object.values(conversation.messages)) messages[by] = (messages[by] ?? 0) + 1;
  const { experienceName, url, summary, rep } = conversation;
  return {
    id: conversation.id,
    startedAt: isoOrNull((conversation.startedAt ?? conversation.namedAt)?.at),
    endedAt: isoOrNull(conversation.endedAt?.at),
    ...(experienceName && { experienceName: experienceName.value }),
    ...(url && { url: url.value }),
    ...(summary && { summary: summary.value }),
    messages,
    ...(rep && { rep: shownPerson(rep.value) }),
  };
}

const shownPerson = ({ userId, email, name }: Person) => ({
  ...(userId !== undefined && { userId }),
  ...(email !== undefined && { email }),
  ...(name !== undefined && { name }),
});
