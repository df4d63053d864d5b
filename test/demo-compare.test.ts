import type { Arrived } from '../demo/arrived.ts';
import { type Comparison, compare, isGood } from '../demo/compare.ts';
import { buildMorning } from '../demo/morning.ts';
import { loadScripts } from '../demo/script.ts';

const morning = buildMorning({
  scripts: loadScripts(),
  seed: 7,
  until: new Date('2026-11-20T12:00:00Z'),
  conversations: 40,
});
const { plays, expected } = morning;

/** Everything as it should be, made from the expectations. */
const asExpected = (): Arrived => ({
  accepted: expected.events,
  duplicates: expected.doubled,
  runs: plays.flatMap(play =>
    play.expected.starts.flatMap(({ trigger, timing, times }) =>
      times.map((_, index) => ({
        id: `${trigger}-${play.id}-${index}`,
        workflow: 'a workflow',
        trigger,
        timing,
        occasion: `session:${play.id}-s${index + 1}`,
        status: 'succeeded',
      })),
    ),
  ),
  tasks: expected.tasks.map(({ subject, who }) => ({
    subject,
    who,
    whoName: null,
    details: '',
    description: 'of a task',
  })),
  alerts: expected.alerts.map(alert => ({ ...alert, title: '', message: alert.firstLine, context: [] })),
  fields: new Map(expected.fields.map(({ visitorId, fields }) => [visitorId, { ...fields, notes: 'something else' }])),
});
const wrongIn = ({ pairs, places }: Comparison) =>
  [
    ...pairs.map(line => ({ ...line, name: `${line.trigger} ${line.timing}` })),
    ...places.map(line => ({ ...line, name: `${line.place} ${line.what}` })),
  ]
    .filter(line => !isGood(line))
    .map(({ name, differences }) => [name, differences]);

describe('what arrived is compared with the expectations', () => {
  const play = plays.find(({ script }) => script.id === 'missed-chat-known-visitor')!;
  const bens = 'Missed chat: call back Ben from Oakridge Health';
  const isBens = ({ subject }: { subject: string }) => subject === bens;

  test('where everything is there, in whatever order, every line is good', () => {
    const arrived = asExpected();
    arrived.tasks.reverse();
    arrived.runs.reverse();
    const comparison = compare(plays, expected, arrived);
    expect(wrongIn(comparison)).toEqual([]);
    expect(comparison.good).toBe(true);
    expect(comparison.pairs).toHaveLength(19);
  });

  test.each<[what: string, change: (arrived: Arrived) => void, wrong: unknown[]]>([
    [
      'a task that is missing',
      arrived => {
        arrived.tasks.splice(arrived.tasks.findIndex(isBens), 1);
      },
      [
        [
          'Salesforce tasks on a contact or lead',
          [`missing: “${bens}” on Lead ben.castellano@oakridge-health.example`],
        ],
      ],
    ],
    [
      'a task that hangs on nobody',
      arrived => {
        arrived.tasks.find(isBens)!.who = null;
      },
      [
        [
          'Salesforce tasks on a contact or lead',
          [`missing: “${bens}” on Lead ben.castellano@oakridge-health.example`],
        ],
        ['Salesforce tasks about people it does not know', [`too much: “${bens}” on nobody`]],
      ],
    ],
    [
      'a task that is there three times',
      arrived => {
        const one = arrived.tasks.find(isBens)!;
        arrived.tasks.push(one, one);
      },
      [
        [
          'Salesforce tasks on a contact or lead',
          [`too much: 2 times “${bens}” on Lead ben.castellano@oakridge-health.example`],
        ],
      ],
    ],
    [
      'an alert in another channel',
      arrived => {
        arrived.alerts.find(({ firstLine }) => firstLine.includes('ben.castellano'))!.channel = '#general';
      },
      [
        ['Slack #general', ['too much: “Missed chat: ben.castellano@oakridge-health.example is still waiting”']],
        ['Slack #sales-alerts', ['missing: “Missed chat: ben.castellano@oakridge-health.example is still waiting”']],
      ],
    ],
    [
      'a run that did not start',
      arrived => {
        arrived.runs.splice(
          arrived.runs.findIndex(
            ({ trigger, occasion }) => trigger === 'inbound_chat_request' && occasion.includes(play.id),
          ),
          1,
        );
      },
      [
        [
          'inbound_chat_request immediately',
          [`missing: a run for “A known visitor asks for a person in vain” (${play.id})`],
        ],
      ],
    ],
    [
      'a run that failed',
      arrived => {
        Object.assign(arrived.runs[0]!, { id: 'run-1', status: 'failed', error: 'Salesforce said no.' });
      },
      [['Baton runs that did not succeed', ['“a workflow” failed: Salesforce said no. (run run-1)']]],
    ],
    [
      'a field with the number as a text',
      arrived => {
        arrived.fields.set(`${play.id}-v`, { lead_score: '30' });
      },
      [['Baton visitor fields', [`lead_score of ${play.id}-v should be 30, is "30"`]]],
    ],
    [
      'events that were lost',
      arrived => {
        arrived.accepted -= 2;
      },
      [['Baton events taken in', ['2 too few']]],
    ],
  ])('%s is named, and nothing else', (_, change, wrong) => {
    const arrived = asExpected();
    change(arrived);
    const comparison = compare(plays, expected, arrived);
    expect(wrongIn(comparison)).toEqual(wrong);
    expect(comparison.good).toBe(false);
  });
});
