import { readdirSync, readFileSync } from 'node:fs';
import { type Play, playScript } from '../demo/play.ts';
import { loadScripts } from '../demo/script.ts';
import { type WorkflowDocument, workflowDocument } from '../src/model/workflow.ts';
import { chooseBranch, END, findStep, firstStep, nextStep } from '../src/runs/next.ts';
import { createTemplates } from '../src/workflows/templates.ts';

const folder = new URL('../demo/workflows/', import.meta.url);
const samples = readdirSync(folder).map((file): [name: string, document: WorkflowDocument] => [
  file.replace('.json', ''),
  workflowDocument.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
]);
const startsAt = Date.parse('2026-11-20T08:00:00Z');
const plays = loadScripts().map(script =>
  playScript(script, { id: 'x', visitor: script.visitor, startsAt, source: 'test' }),
);
const templates = createTemplates();

type Attendee = { name: string; email: string; organizer: boolean; owner: boolean };
type Written = { tasks: string[]; alerts: string[]; leadScore: unknown };

/** What events timed `until` (epoch ms) or earlier tell of the visitor and the meeting. */
function scopeAt({ events }: Play, until: number) {
  const known = events.filter(({ time }) => Date.parse(time) <= until).map(({ data }) => data);
  const visitors = known.flatMap(({ visitor }) => (visitor ? [visitor as Record<string, unknown>] : []));
  const attendees = known.flatMap(({ attendees }) => (attendees as Attendee[]) ?? []);
  const fields = visitors.flatMap(({ fields }) => Object.entries(fields ?? {})).filter(([, value]) => value !== '');
  const guest = attendees.find(({ organizer, owner }) => !organizer && !owner);
  return {
    visitor: {
      email: visitors.findLast(({ email }) => email)?.email ?? guest?.email,
      fields: Object.fromEntries(fields),
    },
    meeting: { owner: { name: attendees.find(({ owner }) => owner)?.name } },
    conversation: {},
  };
}

/** Walks a sample workflow by hand over a scope, doing nothing. */
function walk(document: WorkflowDocument, scope: ReturnType<typeof scopeAt>, written: Written): void {
  let id = firstStep(document);
  while (id !== END) {
    const step = findStep(document, id)!;
    if (step.action === 'branch' && 'paths' in step) {
      id = nextStep(document, id, { kind: 'succeeded', goto: chooseBranch(step, scope).goto });
      continue;
    }
    const input = 'input' in step ? (templates.render(step.input, scope) as Record<string, unknown>) : {};
    if (step.action === 'salesforce.create_task') written.tasks.push(String(input.subject));
    if (step.action === 'set_visitor_field' && input.field === 'lead_score') written.leadScore = input.value;
    if (step.action === 'slack.send_alert') {
      const { channel } = input.to as { channel: string };
      written.alerts.push(`${channel} ${String(input.message).split('\n')[0]}`);
    }
    id = nextStep(document, id, { kind: 'succeeded' });
  }
}

function writtenBy(play: Play, knownUntil: (time: number) => number): Written {
  const written: Written = { tasks: [], alerts: [], leadScore: undefined };
  for (const { trigger, timing, times } of play.expected.starts)
    for (const [, document] of samples)
      if (document.trigger.type === trigger && document.trigger.timing === timing)
        for (const time of times) walk(document, scopeAt(play, knownUntil(time)), written);
  return { ...written, tasks: written.tasks.sort(), alerts: written.alerts.sort() };
}

describe('the sample workflows write what was worked out by hand', () => {
  const expectedOf = ({ expected: { tasks, alerts, fields } }: Play): Written => ({
    tasks: tasks.map(({ subject }) => subject).sort(),
    alerts: alerts.map(({ channel, firstLine }) => `${channel} ${firstLine}`).sort(),
    leadScore: fields[0]?.fields.lead_score,
  });

  test.each(plays.map(play => [play.script.id, play] as const))('%s, with what is known when it starts', (_, play) => {
    expect(writtenBy(play, time => time)).toEqual(expectedOf(play));
  });

  test.each(plays.map(play => [play.script.id, play] as const))(
    '%s, and the same when a run comes so late that everything is known',
    (_, play) => {
      expect(writtenBy(play, () => Number.POSITIVE_INFINITY)).toEqual(expectedOf(play));
    },
  );
});
