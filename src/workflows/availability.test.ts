import type { Timing, TriggerType } from '../model/workflow.ts';
import type { Fits } from '../sdk/connector.ts';
import { availability, fits } from './availability.ts';

const after: Timing = 'after_conversation_ends';
test.each<[string, Fits, TriggerType, Timing, boolean]>([
  ['no rule', {}, 'pounce_sent', 'immediately', true],
  ['only its trigger', { only: [{ type: 'meeting_booked' }] }, 'meeting_booked', 'immediately', true],
  ['only another trigger', { only: [{ type: 'meeting_booked' }] }, 'lead_captured', 'immediately', false],
  ['only its timing', { only: [{ timing: 'immediately' }] }, 'conversation_with_rep', 'immediately', true],
  ['only another timing', { only: [{ timing: 'immediately' }] }, 'conversation_with_rep', after, false],
  ['only its pair', { only: [{ type: 'conversation_with_rep', timing: after }] }, 'conversation_with_rep', after, true],
  [
    'only half of its pair',
    { only: [{ type: 'conversation_with_rep', timing: after }] },
    'conversation_with_rep',
    'immediately',
    false,
  ],
  [
    'one of several',
    { only: [{ type: 'pounce_sent' }, { type: 'pounce_reply' }] },
    'pounce_reply',
    'immediately',
    true,
  ],
  [
    'except its trigger',
    { except: [{ type: 'pounce_sent' }, { type: 'auto_pounce_sent' }] },
    'auto_pounce_sent',
    'immediately',
    false,
  ],
  ['except another trigger', { except: [{ type: 'pounce_sent' }] }, 'pounce_reply', 'immediately', true],
  [
    'except wins over only',
    { only: [{ timing: 'immediately' }], except: [{ type: 'pounce_sent' }] },
    'pounce_sent',
    'immediately',
    false,
  ],
  ['an empty only', { only: [] }, 'pounce_sent', 'immediately', false],
])('%s: %j with %s %s is %s', (_name, rule, type, timing, result) => {
  expect(fits(rule, { type, timing })).toBe(result);
});

test('the matrix has a row per action and all 19 pairs in each', () => {
  const rows = availability([
    { id: 'any', title: 'Any', fits: {} },
    { id: 'meeting', title: 'Meeting', fits: { only: [{ type: 'meeting_booked' }] } },
    { id: 'after', title: 'After', fits: { except: [{ timing: 'immediately' }] } },
  ]);
  expect(
    rows.map(row => [row.action, row.title, row.pairs.length, row.pairs.filter(pair => pair.fits).length]),
  ).toEqual([
    ['any', 'Any', 19, 19],
    ['meeting', 'Meeting', 19, 1],
    ['after', 'After', 19, 6],
  ]);
});
