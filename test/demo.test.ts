import { readdirSync, readFileSync } from 'node:fs';
import { buildMorning, type Morning, shortType } from '../demo/morning.ts';
import type { CloudEvent } from '../demo/play.ts';
import { loadScripts, offsetMs, type Script } from '../demo/script.ts';
import { type EventType, eventData, rfc3339 } from '../src/model/event.ts';
import { type Trigger, triggerPairs, type WorkflowDocument, workflowDocument } from '../src/model/workflow.ts';

const scripts = loadScripts();
const until = new Date('2026-11-20T12:00:00Z');
const morning = buildMorning({ scripts, seed: 7, until, conversations: 220 });

const folder = (name: string) => new URL(`../demo/${name}/`, import.meta.url);
const documents = (name: string): [file: string, document: WorkflowDocument][] =>
  readdirSync(folder(name)).map(file => [
    file.replace('.json', ''),
    workflowDocument.parse(JSON.parse(readFileSync(new URL(file, folder(name)), 'utf8'))),
  ]);
const samples = new Map(documents('workflows'));
const counters = documents('counters').map(([, document]) => document);
const pairName = ({ type, timing }: Trigger) => `${type} ${timing}`;

describe('the demo workflows', () => {
  test('five samples and the counters between them cover every trigger pair once', () => {
    const pairs = [...samples.values(), ...counters].map(({ trigger }) => pairName(trigger));
    expect(samples.size).toBe(5);
    expect(pairs.sort()).toEqual(triggerPairs.map(pairName).sort());
  });

  test('the samples use every action but the webhook, and keep going when an alert fails', () => {
    const steps = [...samples.values()].flatMap(({ steps }) => steps);
    const actions = new Set(steps.map(({ action }) => action));
    expect([...actions].sort()).toEqual([
      'branch',
      'jump',
      'salesforce.create_task',
      'set_visitor_field',
      'slack.send_alert',
    ]);
    for (const step of steps.filter(({ action }) => action === 'slack.send_alert'))
      expect(step.onError).toBe('continue');
  });

  test('counters say in their names that they only count', () => {
    for (const { name, steps } of counters) {
      expect(name).toMatch(/^Count: /);
      expect(steps).toHaveLength(1);
    }
  });
});

describe('the scripts', () => {
  const idOf = (script: Script) => script.id;

  test('there are at least 24, each with an id of its own', () => {
    expect(scripts.length).toBeGreaterThanOrEqual(24);
    expect(new Set(scripts.map(idOf)).size).toBe(scripts.length);
  });

  test.each(scripts.map(script => [script.id, script] as const))('%s tells its events in order', (_, { events }) => {
    const times = events.map(({ at }) => offsetMs(at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test.each(scripts.map(script => [script.id, script] as const))(
    '%s expects one task per start of a workflow that creates tasks, and no alert that no workflow sends',
    (_, { expect: expected }) => {
      const startsOf = ({ type, timing }: Trigger) =>
        expected.starts.find(start => start.trigger === type && start.timing === timing)?.at.length ?? 0;
      for (const [file, { trigger, steps }] of samples) {
        const creates = steps.some(({ action }) => action === 'salesforce.create_task');
        const tasks = expected.tasks.filter(({ workflow }) => workflow === file).length;
        expect([file, tasks]).toEqual([file, creates ? startsOf(trigger) : 0]);
      }
      const alerts = (channel: string) => expected.alerts.filter(alert => alert.channel === channel).length;
      expect(alerts('#meetings')).toBe(startsOf({ type: 'meeting_booked', timing: 'immediately' }));
      expect(alerts('#inbound')).toBe(startsOf({ type: 'inbound_chat_request_from_ai_sdr', timing: 'immediately' }));
      expect(alerts('#sales-alerts')).toBe(
        startsOf({ type: 'missed_inbound_chat_request', timing: 'after_conversation_ends' }),
      );
      expect('lead_score' in expected.fields).toBe(startsOf({ type: 'lead_captured', timing: 'immediately' }) === 1);
    },
  );

  test.each(scripts.map(script => [script.id, script] as const))(
    '%s names each pair once, in times at which something happens or a session ends',
    (_, { events, expect: expected }) => {
      const names = expected.starts.map(({ trigger, timing }) => `${trigger} ${timing}`);
      const moments = new Set([...events, ...expected.ends].map(({ at }) => at));
      const ends = new Set(expected.ends.map(({ at }) => at));
      expect(new Set(names).size).toBe(names.length);
      for (const { timing, at } of expected.starts)
        for (const time of at) expect((timing === 'immediately' ? moments : ends).has(time)).toBe(true);
    },
  );
});

describe('the morning', () => {
  const ids = morning.events.map(({ id }) => id);
  const first = morning.events.filter(({ id }, index) => ids.indexOf(id) === index);
  const sessionOf = (event: CloudEvent) => event.data.sessionId as string | undefined;

  test('has at least 200 conversations of at least 20 scripts and expects every trigger pair', () => {
    const conversations = new Set(
      first.filter(event => shortType(event) === 'conversation.started').map(({ data }) => data.conversationId),
    );
    expect(conversations.size).toBe(morning.expected.conversations);
    expect(conversations.size).toBeGreaterThanOrEqual(200);
    expect(new Set(morning.plays.map(({ script }) => script.id)).size).toBeGreaterThanOrEqual(20);
    expect(morning.expected.starts).toHaveLength(19);
    for (const { trigger, timing, count } of morning.expected.starts)
      expect([trigger, timing, count > 0]).toEqual([trigger, timing, true]);
  });

  test('every event is one that the hub accepts, with every placeholder filled', () => {
    for (const event of first) {
      const accepted = eventData[shortType(event) as EventType].safeParse(event.data);
      expect([event.id, accepted.error?.issues]).toEqual([event.id, undefined]);
      expect(rfc3339.safeParse(event.time).success).toBe(true);
    }
    expect(JSON.stringify([first, morning.expected])).not.toMatch(
      /(?<!\{)\{(first_name|last_name|email|company|play|tomorrow)\}/,
    );
  });

  test('about five percent of the events are sent twice, exactly as they were, and nothing else repeats', () => {
    const doubles = morning.events.filter(({ id }, index) => ids.indexOf(id) !== index);
    expect(doubles).toHaveLength(morning.expected.doubled);
    expect(first).toHaveLength(morning.expected.events);
    expect(doubles.length / first.length).toBeGreaterThan(0.03);
    expect(doubles.length / first.length).toBeLessThan(0.07);
    const byId = new Map(first.map(event => [event.id, event]));
    for (const double of doubles) expect(double).toEqual(byId.get(double.id));
  });

  test('some events come after later ones of their own session, by a few places', () => {
    const overtaken = first.filter((event, index) =>
      first
        .slice(index + 1, index + 30)
        .some(other => sessionOf(other) === sessionOf(event) && sessionOf(event) && other.time < event.time),
    );
    expect(overtaken.length).toBeGreaterThan(20);
  });

  test('what tells who the visitor is never comes after later events of the visitor', () => {
    for (const [index, event] of first.entries()) {
      if (!('visitor' in event.data)) continue;
      const later = first
        .slice(0, index)
        .filter(({ data, time }) => data.visitorId === event.data.visitorId && time > event.time);
      expect([event.id, later]).toEqual([event.id, []]);
    }
  });

  test('the events of a session arrive close together', () => {
    const places = Map.groupBy(morning.events.keys(), place => sessionOf(morning.events[place]!));
    places.delete(undefined);
    for (const of of places.values())
      for (const [index, place] of of.entries()) expect(place - (of[index - 1] ?? place)).toBeLessThan(200);
  });

  test('everything lies in the four hours before the end of the morning, the ends of sessions too', () => {
    const from = until.getTime() - 4 * 3_600_000;
    for (const { script, startsAt, events } of morning.plays) {
      const ends = script.expect.ends.map(({ at }) => startsAt + offsetMs(at));
      const times = [...events.map(({ time }) => Date.parse(time)), ...ends];
      expect(Math.min(...times)).toBeGreaterThanOrEqual(from);
      expect(Math.max(...times)).toBeLessThan(until.getTime());
    }
  });

  test('nobody visits twice under one e-mail, and who is known in Salesforce comes once', () => {
    const emails = morning.plays.flatMap(({ visitor }) => visitor.email ?? []);
    const known = morning.plays.flatMap(({ visitor }) => (visitor.salesforce ? visitor.email : []));
    expect(new Set(emails).size).toBe(emails.length);
    expect(known).toHaveLength(scripts.filter(({ visitor }) => visitor.salesforce).length);
    expect(morning.expected.tasks.filter(({ who }) => who).length).toBeGreaterThanOrEqual(known.length);
  });

  test('no channel gets more alerts than Slack lets through in half a minute', () => {
    const channels = Map.groupBy(morning.expected.alerts, ({ channel }) => channel);
    expect([...channels.keys()].sort()).toEqual(['#enterprise', '#inbound', '#meetings', '#sales-alerts']);
    for (const alerts of channels.values()) expect(alerts.length).toBeLessThanOrEqual(25);
  });

  test('the totals are the sum of what the scripts expect', () => {
    const total = (count: (script: Script) => number) =>
      morning.plays.reduce((sum, { script }) => sum + count(script), 0);
    expect(morning.expected.tasks).toHaveLength(total(script => script.expect.tasks.length));
    expect(morning.expected.alerts).toHaveLength(total(script => script.expect.alerts.length));
    expect(morning.expected.starts.reduce((sum, { count }) => sum + count, 0)).toBe(
      total(script => script.expect.starts.flatMap(({ at }) => at).length),
    );
  });

  test('the same seed and end give the same morning, another seed another one', () => {
    const again = (seed: number): Morning => buildMorning({ scripts, seed, until, conversations: 220 });
    expect(again(7)).toEqual(morning);
    expect(again(8).events).not.toEqual(morning.events);
  });
});
