import type { AlertAbout } from '../sdk/alerts.ts';
import type { StepFacts } from '../sdk/connector.ts';

const LAST_MESSAGES = 6;
const MOST_TEXT = 600;

type Scope = Record<string, unknown>;
type Message = { time?: string; senderType?: string; senderName?: string; text?: string };

const record = (value: unknown): Scope => (typeof value === 'object' && value !== null ? (value as Scope) : {});
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
const cut = (value: string): string => (value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT - 1)}…` : value);

const speakers: Record<string, string> = { user: 'Rep', experience: 'Bot', ai_profile: 'AI SDR', visitor: 'Visitor' };

/**
 * What an alert tells about its visitor, out of a step's scope (with the messages) and facts.
 * @param known.before whether the visitor was here before · known.titleOf names a connector for people
 */
export function aboutOf(
  scope: Scope,
  facts: StepFacts,
  known: { before: boolean; titleOf(connector: string): string },
): AlertAbout {
  const { fields, email, external } = facts.visitor;
  const session = record(scope.session);
  const conversation = record(scope.conversation);
  const meeting = record(scope.meeting);
  const page = record(session.lastPage);
  const name = [text(fields.first_name), text(fields.last_name)].filter(Boolean).join(' ');
  const messages = (Array.isArray(conversation.messages) ? conversation.messages : []) as Message[];
  // Whoever a step of this very run has created somewhere was not known there before.
  const madeHere = Object.values(record(scope.steps)).flatMap(output => {
    const { created, externalIds } = record(output);
    return created === true ? Object.keys(record(externalIds)) : [];
  });
  const records = Object.values(record(scope.steps)).flatMap(output => {
    const { connector, url } = record(output);
    return typeof connector === 'string' && typeof url === 'string' ? [{ title: known.titleOf(connector), url }] : [];
  });
  return {
    visitor: {
      ...(name && { name }),
      ...optional('title', text(fields.title)),
      ...optional('company', text(fields.company)),
      ...optional('email', email),
      ...optional('phone', text(fields.phone)),
      known: known.before || Object.keys(external).some(name => !madeHere.includes(name)),
    },
    ...optional('summary', text(conversation.summary)),
    lastMessages: messages
      .filter(message => text(message.text))
      .slice(-LAST_MESSAGES)
      .map(({ senderName, senderType = '', text: said = '', time = '' }) => ({
        from: text(senderName) ?? ((senderType === 'visitor' && name) || speakers[senderType] || senderType),
        text: cut(said),
        time,
      })),
    ...(text(page.url) && { page: { url: text(page.url)!, ...optional('title', text(page.title)) } }),
    ...optional('campaign', text(record(session.utm).campaign)),
    ...optional('conversationUrl', facts.conversation?.url),
    records: records.filter(({ url }, at) => records.findIndex(other => other.url === url) === at),
    ...(facts.meeting && {
      meeting: {
        ...optional('title', text(meeting.title) ?? text(meeting.meetingTypeName)),
        ...optional('startTime', facts.meeting.startTime),
        ...optional('endTime', facts.meeting.endTime),
      },
    }),
  };
}

const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, Value>>;
