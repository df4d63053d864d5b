import { TYPE_PREFIX } from '../src/model/event.ts';
import type { Timing, TriggerType } from '../src/model/workflow.ts';
import { offsetMs, type Script, type ScriptVisitor } from './script.ts';

/** A CloudEvents 1.0 event as it goes over the wire. */
export type CloudEvent = {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  time: string;
  datacontenttype: 'application/json';
  data: Record<string, unknown>;
};

export type ExpectedTask = {
  workflow: string;
  subject: string;
  /** The record that the task hangs on, by its e-mail; null where Salesforce knows nobody. */
  who: { type: 'Contact' | 'Lead'; email: string } | null;
};
export type ExpectedAlert = { channel: string; firstLine: string };
export type ExpectedStart = { trigger: TriggerType; timing: Timing; times: number[] };
/** What one play must lead to. `times` are epoch ms. */
export type Expected = {
  starts: ExpectedStart[];
  tasks: ExpectedTask[];
  alerts: ExpectedAlert[];
  fields: { visitorId: string; fields: Record<string, unknown> }[];
};
/** One script, played once by one visitor. `events` are in the order in which they happened. */
export type Play = {
  id: string;
  script: Script;
  visitor: ScriptVisitor;
  startsAt: number;
  events: CloudEvent[];
  expected: Expected;
};

/** The ids that a script makes up for itself: every play gets its own. */
const localIds = new Set(['conversationId', 'messageId', 'requestId', 'pounceId', 'meetingId']);
const DAY = 86_400_000;

/**
 * Plays a script: the visitor's names filled in, ids made unique by `id`, offsets made times from `startsAt` (epoch ms).
 */
export function playScript(
  script: Script,
  { id, visitor, startsAt, source }: { id: string; visitor: ScriptVisitor; startsAt: number; source: string },
): Play {
  const visitorId = `${id}-v`;
  const at = (offset: string) => startsAt + offsetMs(offset);
  const fill = filler({
    first_name: visitor.first_name,
    last_name: visitor.last_name,
    email: visitor.email ?? '',
    company: visitor.company,
    play: id,
    tomorrow: new Date(startsAt + DAY).toISOString().slice(0, 10),
  });
  const events = script.events.map((event, index): CloudEvent => {
    const ids = { session: { sessionId: `${id}-${event.session}` }, visitor: { visitorId } };
    return {
      specversion: '1.0',
      id: `${id}-e${String(index + 1).padStart(2, '0')}`,
      source,
      type: TYPE_PREFIX + event.type,
      time: new Date(at(event.at)).toISOString(),
      datacontenttype: 'application/json',
      data: { ...Object.assign({}, ...event.names.map(name => ids[name])), ...withOwnIds(fill(event.data), id) },
    };
  });
  const { starts, tasks, alerts, fields } = script.expect;
  const expected: Expected = {
    starts: starts.map(({ trigger, timing, at: offsets }) => ({ trigger, timing, times: offsets.map(at) })),
    tasks: fill(tasks).map(({ workflow, subject, who }) => ({ workflow, subject, who: whoOf(who, visitor) })),
    alerts: fill(alerts),
    fields: Object.keys(fields).length > 0 ? [{ visitorId, fields }] : [],
  };
  return { id, script, visitor, startsAt, events, expected };
}

/** Only the visitor that the script was written with is known in Salesforce. */
function whoOf(who: 'contact' | 'lead' | 'none', { salesforce, email }: ScriptVisitor): ExpectedTask['who'] {
  if (who === 'none' || !salesforce || !email) return null;
  return { type: who === 'contact' ? 'Contact' : 'Lead', email };
}

/** Fills the named placeholders of all texts inside a value; other braces stay as they are. */
export function filler(values: Record<string, string>): <Value>(value: Value) => Value {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/(?<!\{)\{(\w+)\}(?!\})/g, (whole, name: string) => values[name] ?? whole);
    if (Array.isArray(value)) return value.map(fill);
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner)]));
    return value;
  };
  return <Value>(value: Value) => fill(value) as Value;
}

/** The ids that a script makes up, each behind the id of its play. */
export function withOwnIds(data: Record<string, unknown>, play: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, localIds.has(name) ? `${play}-${value}` : value]),
  );
}
