import { type FailureKind, failureKinds } from '../model/run.ts';
import { type Failure, type RetryDecision, retryDecision } from './retry.ts';

const now = Date.UTC(2026, 10, 20, 12);
const minute = 60_000;
const hour = 60 * minute;
const decide = (failure: Partial<Failure>) =>
  retryDecision({ kind: 'transient', tries: 1, firstTriedAt: now, now, random: 0.5, ...failure });
const dueIn = (decision: RetryDecision) => (decision.action === 'retry' ? decision.dueAt - now : undefined);

test.each<[FailureKind, RetryDecision['action']]>([
  ['rejected', 'give_up'],
  ['forbidden', 'give_up'],
  ['defect', 'give_up'],
  ['unauthorized', 'refresh'],
  ['uncertain', 'settle'],
  ['throttled', 'retry'],
  ['transient', 'retry'],
  ['released', 'retry'],
])('after the first %s failure the engine is told to %s', (kind, action) => {
  expect(decide({ kind }).action).toBe(action);
});

test.each(failureKinds)('every decision about %s gives a reason that a person can read', kind => {
  for (const more of [{}, { tries: 20 }, { refreshed: true }, { park: true }, { retryAfterMs: 5000 }])
    expect(decide({ kind, ...more }).reason).toMatch(/^[A-Z].{20,}\.$/);
});

test('a credential that is refused again after its refresh parks the step', () => {
  expect(decide({ kind: 'unauthorized', refreshed: true }).action).toBe('park');
});

test.each<FailureKind>(['forbidden', 'uncertain', 'rejected'])(
  'a connector may ask to park a step that is %s',
  kind => {
    expect(decide({ kind, park: true }).action).toBe('park');
  },
);

test.each([
  [1, 0, 0],
  [1, 0.5, 1_000],
  [1, 0.999999, 1_999],
  [2, 0.999999, 3_999],
  [5, 0.5, 16_000],
  [7, 0.999999, 127_999],
])('after try %d with chance %d the next one is due in %d ms', (tries, random, wait) => {
  expect(dueIn(decide({ tries, random }))).toBe(wait);
});

test('the twentieth transient failure is the last', () => {
  expect(decide({ tries: 19 }).action).toBe('retry');
  expect(decide({ tries: 20 })).toEqual({ action: 'give_up', reason: 'Given up after 20 tries, which is the limit.' });
});

test('tries outlast an hour without the vendor', () => {
  let waited = 0;
  for (let tries = 1; tries < 20; tries++) waited += dueIn(decide({ tries, random: 0.999 })) ?? 0;
  expect(waited).toBeGreaterThan(60 * minute);
});

test('an outcome that nobody can find out is given up after as many tries, and says that it may have been applied', () => {
  expect(decide({ kind: 'uncertain', tries: 19 }).action).toBe('settle');
  expect(decide({ kind: 'uncertain', tries: 20 })).toEqual({
    action: 'give_up',
    reason: expect.stringMatching(/20 tries.*may have been applied.*check at the vendor/),
  });
});

test('a transient failure is not retried past 24 hours after the first try', () => {
  expect(decide({ tries: 2, firstTriedAt: now - 24 * hour + 3_000 }).action).toBe('retry');
  expect(decide({ tries: 2, firstTriedAt: now - 24 * hour + 1_000 }).reason).toContain('24 hours is the limit');
});

test('a transient failure waits at least as long as the vendor asked', () => {
  expect(dueIn(decide({ random: 0, retryAfterMs: minute }))).toBe(minute);
  expect(dueIn(decide({ random: 0.5, retryAfterMs: minute }))).toBe(minute + 1_000);
});

test.each([
  [10_000, 0, 10_000],
  [10_000, 0.5, 10_500],
  [hour, 0.5, hour + 3 * minute],
  [undefined, 0, 30_000],
  [0, 0, 1_000],
  [-5, 0, 1_000],
  [Number.NaN, 0, 30_000],
  [1_000 * hour, 0, 24 * hour],
])(
  'a throttled step that is asked to wait %p ms, with chance %d, comes back in %d ms',
  (retryAfterMs, random, wait) => {
    expect(dueIn(decide({ kind: 'throttled', retryAfterMs, random }))).toBe(wait);
  },
);

test('being throttled or released costs no try, however often it happened; a transient failure does', () => {
  const counts = (failure: Partial<Failure>) => {
    const decision = decide(failure);
    return decision.action === 'retry' && decision.counts;
  };
  expect(counts({ kind: 'throttled', tries: 50, firstTriedAt: now - 48 * hour })).toBe(false);
  expect(decide({ kind: 'throttled', tries: 50, firstTriedAt: now - 48 * hour }).action).toBe('retry');
  expect(counts({ kind: 'released' })).toBe(false);
  expect(counts({ kind: 'transient' })).toBe(true);
});

test('a released step is due at once', () => {
  expect(dueIn(decide({ kind: 'released' }))).toBe(0);
});

test('reasons say when', () => {
  expect(decide({ kind: 'throttled', retryAfterMs: 90_000, random: 0 }).reason).toBe(
    'The vendor limits how often it may be called and asked to wait 90 s: tried again at 2026-11-20T12:01:30.000Z; this costs no try.',
  );
  expect(decide({ tries: 2, random: 0.5 }).reason).toBe('Surely not applied: try 3 of 20 at 2026-11-20T12:00:02.000Z.');
});
