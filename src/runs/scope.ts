import { In, IsNull } from 'typeorm';
import { type EventRow, Events, type MeetingRow, type SessionRow, Steps, type VisitorRow } from '../db/entities.ts';
import { byTime, foldAll, hubEvent } from '../events/rows.ts';
import { type HubEvent, toCloudEvent } from '../model/event.ts';
import type { ConversationFacts, PageView } from '../model/session.ts';
import type { StepFacts } from '../sdk/connector.ts';
import { anonymous } from '../sessions/book.ts';
import type { RunReader } from './reader.ts';
import type { HeldStep } from './services.ts';
import { conversationMessages, transcriptOf } from './transcript.ts';

/** What a step of a run may read (`scope`, by src/workflows/scope.ts) and what its connector is told (`facts`). */
export type RunScope = { scope: Record<string, unknown>; facts: StepFacts };

/**
 * Builds both for a step of the run from what is known now.
 * @param wants.messages whether the messages of the conversation are needed; they are read only then
 */
export async function runScope(
  reader: RunReader,
  { run, document, step }: Pick<HeldStep, 'run' | 'document' | 'step'>,
  wants: { messages: boolean },
): Promise<RunScope> {
  const { occasion, workspaceId } = run;
  const session = run.sessionId ? await reader.session(workspaceId, run.sessionId) : null;
  const visitorId = session?.visitorId ?? run.visitorId ?? (session && anonymous(session.id));
  const [visitor, meeting, event, events, steps] = await Promise.all([
    visitorId ? reader.visitor(workspaceId, visitorId) : null,
    occasion.meetingId ? reader.meeting(workspaceId, occasion.meetingId) : null,
    run.event ? reader.event(workspaceId, run.event.source, run.event.id) : null,
    occasion.conversationId && (wants.messages || !session)
      ? reader.manager.findBy(Events, {
          workspaceId,
          conversationId: occasion.conversationId,
          type: In(['message.sent', 'experience.interacted', 'conversation.started', 'conversation.ended']),
        })
      : [],
    step.position > 0
      ? reader.manager.find(Steps, {
          where: { runId: run.id, status: 'succeeded', definition: IsNull() },
          order: { position: 'ASC' },
        })
      : [],
  ]);
  const external = visitor?.email ? ((await reader.person(workspaceId, visitor.email))?.external ?? {}) : {};
  const conversation = conversationOf(occasion.conversationId, session, events);
  const outputs = Object.fromEntries(steps.map(step => [step.stepId, (step.output ?? {}) as Record<string, unknown>]));
  const fields = fieldsOf(visitor);
  const visitorScope = {
    visitorId: session?.visitorId ?? run.visitorId ?? undefined,
    email: visitor?.email ?? undefined,
    fields,
    company: fields.company,
    lead: external,
    external,
  };
  const scope = {
    event: event ? toCloudEvent(hubEvent(event)) : undefined,
    email: event ? emailScope(hubEvent(event)) : undefined,
    visitor: visitorScope,
    session: session ? sessionScope(session) : undefined,
    conversation: conversation && conversationScope(conversation, wants.messages ? events : [], visitor),
    meeting: meeting ? meetingScope(meeting) : undefined,
    pounce: pounceScope(session, occasion.pounceId),
    trigger: { type: run.triggerType, timing: run.timing, occasion: run.occasionKey },
    workflow: { id: run.workflowId, name: document.name, version: run.workflowVersion },
    run: { id: run.id },
    steps: outputs,
  };
  const facts: StepFacts = {
    visitor: { visitorId: visitorScope.visitorId, email: visitorScope.email, fields, external },
    rep: conversation?.facts.rep?.value,
    conversation: conversation && { id: conversation.id, url: conversation.facts.url?.value },
    session: session ? sessionFacts(session) : undefined,
    meeting: meeting ? meetingFacts(meeting) : undefined,
    lastPush: lastPushOf(steps.map(step => step.output)),
    workflow: { id: run.workflowId, name: document.name },
    runId: run.id,
    occasionAt: occasion.time,
  };
  return { scope: withoutUndefined(scope), facts };
}

function emailScope(event: HubEvent) {
  if (event.type !== 'email.sent' && event.type !== 'email.unsubscribed') return undefined;
  const { email, subject, body, senderEmail, sentAt, campaignName } = event.data;
  return { email, subject, body, senderEmail, sentAt: sentAt ?? iso(event.time), campaignName };
}

const fieldsOf = (visitor: VisitorRow | null): Record<string, unknown> =>
  Object.fromEntries(Object.entries(visitor?.fields ?? {}).map(([name, { value }]) => [name, value]));

const iso = (at: number | undefined | null) =>
  at === undefined || at === null ? undefined : new Date(at).toISOString();

type Conversation = { id: string; facts: ConversationFacts };

function conversationOf(
  id: string | undefined,
  session: SessionRow | null,
  events: EventRow[],
): Conversation | undefined {
  if (!id) return undefined;
  const inSession = session?.facts.conversations[id];
  if (inSession) return { id, facts: inSession };
  const facts = foldAll(events).conversations[id];
  return facts && { id, facts };
}

function conversationScope({ id, facts }: Conversation, events: EventRow[], visitor: VisitorRow | null) {
  const messages = conversationMessages(events.sort(byTime));
  return {
    id,
    url: facts.url?.value,
    summary: facts.summary?.value,
    experienceName: facts.experienceName?.value,
    startedAt: iso(facts.startedAt?.at),
    endedAt: iso(facts.endedAt?.at),
    rep: facts.rep?.value,
    messages,
    transcript: transcriptOf(messages, visitor) || undefined,
  };
}

function sessionScope(session: SessionRow) {
  const pages = Object.values(session.facts.pages).sort((a, b) => a.at - b.at);
  const withUtm = pages.find(page => page.utm);
  const views = pages.map(pageScope);
  return {
    id: session.id,
    pageViews: views,
    firstPage: views[0],
    lastPage: views.at(-1),
    referrer: pages.find(page => page.referrer)?.referrer,
    utm: withUtm?.utm,
    startedAt: iso(session.facts.startedAt ?? session.startedAt),
    endedAt: iso(session.endedAt),
  };
}
const sessionFacts = ({ id, facts }: SessionRow): StepFacts['session'] => {
  const page = Object.values(facts.pages).reduce<PageView | undefined>(
    (last, view) => (last && last.at >= view.at ? last : view),
    undefined,
  );
  return {
    id,
    gaClientId: facts.gaClientId?.value,
    userAgent: facts.userAgent?.value,
    page: page && { url: page.url, title: page.title, referrer: page.referrer },
  };
};
const pageScope = ({ at, ...page }: PageView) => ({ ...page, time: iso(at) });

function meetingScope({ id, details }: MeetingRow) {
  const { stamps: _, ...known } = details;
  return { id, ...known, owner: ownerOf(details.attendees) };
}
const ownerOf = (attendees: MeetingRow['details']['attendees']) => {
  const owner = attendees?.find(attendee => attendee.owner) ?? attendees?.find(attendee => attendee.organizer);
  return owner && personOf(owner);
};
const personOf = ({ name, email }: { name?: string | null; email?: string | null }) => ({
  name: name ?? undefined,
  email: email ?? undefined,
});
const meetingFacts = ({ id, details }: MeetingRow): StepFacts['meeting'] => ({
  id,
  status: details.status,
  startTime: details.startTime,
  endTime: details.endTime,
  owner: ownerOf(details.attendees),
  attendees: details.attendees?.map(personOf),
});

function pounceScope(session: SessionRow | null, id: string | undefined) {
  const facts = id ? session?.facts.pounces[id] : undefined;
  const automatic = facts?.sentAt?.automatic ?? facts?.repliedAt?.automatic;
  return id ? { id, automatic, rep: facts?.by?.value } : undefined;
}

/** A push step's output names the record that it created or updated; the last one counts. */
function lastPushOf(outputs: unknown[]): StepFacts['lastPush'] {
  for (const output of outputs.toReversed()) {
    const { connector, recordType, recordId, url } = (output ?? {}) as Record<string, unknown>;
    if (typeof connector === 'string' && typeof recordType === 'string' && typeof recordId === 'string') {
      return { connector, recordType, recordId, ...(typeof url === 'string' && { url }) };
    }
  }
  return undefined;
}

/** A template sees a property that is not known as missing, whether it is absent or undefined; conditions and traces too. */
const withoutUndefined = (scope: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(scope)) as Record<string, unknown>;
