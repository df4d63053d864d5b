import type { WorkflowDocument } from '../../src/model/workflow.ts';
import { eventually } from './eventually.ts';
import type { Installation, SentEvent } from './process.ts';
import type { Receiver } from './receiver.ts';

const steps = ['first', 'second'];

/** Booked meetings, each of a visitor and a session of its own, whose ids all begin with `name`. */
export const meetings = (name: string, count: number): SentEvent[] =>
  Array.from({ length: count }, (_, n) => {
    const id = `${name}/${n}`;
    const visitor = { email: `${encodeURIComponent(id)}@acme.example` };
    return { type: 'meeting.booked', id, data: { meetingId: id, sessionId: id, visitorId: id, visitor } };
  });

/** A workflow of two webhooks for every booked meeting, and the key that they are signed with. */
export async function activateWebhooks(site: Installation, url: string): Promise<void> {
  await site.api('POST', '/v1/keys', { kind: 'signing', name: 'For the receiver' });
  const input = (id: string) => ({ url, body: { key: `{{ event.data.meetingId }} ${id}` } });
  const document: WorkflowDocument = {
    name: 'Two webhooks',
    trigger: { type: 'meeting_booked', timing: 'immediately' },
    steps: steps.map(id => ({ id, action: 'webhook.send', input: input(id) })),
  };
  await site.activate(document);
}

/** Has every step of these events sent its webhook? */
export function expectAllSent(receiver: Receiver, events: SentEvent[]): void {
  const wanted = events.flatMap(event => steps.map(step => `${event.id} ${step}`));
  expect(Object.keys(receiver.keys())).toEqual(expect.arrayContaining(wanted));
}

/** Waits until the runs of all these events have succeeded; each of their steps must then have had one effect. */
export async function expectEachOnce(site: Installation, receiver: Receiver, events: SentEvent[]): Promise<void> {
  const ids = new Set(events.map(event => event.id));
  const settled = async () => {
    const runs = (await site.runs()).filter(run => ids.has(run.sessionId ?? ''));
    const counts: Record<string, number> = {};
    for (const run of runs) counts[run.error ?? run.status] = (counts[run.error ?? run.status] ?? 0) + 1;
    expect(counts).toEqual({ succeeded: events.length });
  };
  await eventually(settled);
  const arrived = Object.entries(receiver.keys()).filter(([key]) => ids.has(key.split(' ')[0]!));
  const wanted = events.flatMap(event => steps.map(step => [`${event.id} ${step}`, 1]));
  expect(arrived.sort()).toEqual(wanted.sort());
}
