import { type BranchStep, workflowDocument } from '../model/workflow.ts';
import { chooseBranch, firstStep, loopReason, nextStep, type StepOutcome } from './next.ts';

const known = { field: 'visitor.email', op: 'is_known' };
const document = workflowDocument.parse({
  name: 'Walk',
  trigger: { type: 'lead_captured', timing: 'immediately' },
  steps: [
    { id: 'which', action: 'branch', paths: [{ when: known, goto: 'last' }] },
    { id: 'push', action: 'push_record' },
    { id: 'tell', action: 'chat.send', onError: 'continue', goto: 'last' },
    { id: 'back', action: 'jump', goto: 'push' },
    { id: 'odd', action: 'branch', paths: [{ when: known, goto: 'end' }], onError: 'continue' },
    { id: 'last', action: 'chat.send', onError: 'continue' },
  ],
});

test('a run begins with the first step', () => {
  expect(firstStep(document)).toBe('which');
});

test.each<[string, string, StepOutcome, string]>([
  ['goes on to the step below', 'push', { kind: 'succeeded' }, 'tell'],
  ['follows its goto', 'tell', { kind: 'succeeded' }, 'last'],
  ['jumps', 'back', { kind: 'succeeded' }, 'push'],
  ['goes where the branch decided', 'which', { kind: 'succeeded', goto: 'last' }, 'last'],
  ['ends where the branch decided so', 'odd', { kind: 'succeeded', goto: 'end' }, 'end'],
  ['falls through a branch that decided nothing', 'which', { kind: 'succeeded' }, 'push'],
  ['ends after the last step', 'last', { kind: 'succeeded' }, 'end'],
  ['ends after a failure', 'push', { kind: 'failed' }, 'end'],
  ['goes on after a failure with onError continue', 'tell', { kind: 'failed' }, 'last'],
  ['goes below a branch that failed with onError continue', 'odd', { kind: 'failed' }, 'last'],
  ['goes on after a skipped step', 'push', { kind: 'skipped' }, 'tell'],
])('a run %s (%s)', (_what, step, outcome, next) => {
  expect(nextStep(document, step, outcome)).toBe(next);
});

test('a step that is not in the document is a loud error', () => {
  expect(() => nextStep(document, 'gone', { kind: 'succeeded' })).toThrow('no step `gone`');
});

const branch = (more: Partial<BranchStep> = {}): BranchStep => ({
  id: 'size',
  action: 'branch',
  paths: [
    { name: 'Large', when: { field: 'n', op: 'gt', value: 100 }, goto: 'a' },
    { when: { field: 'n', op: 'gt', value: 10 }, goto: 'b' },
  ],
  ...more,
});

test.each<[number, { path: string; goto?: string }, string[]]>([
  [500, { path: 'Large', goto: 'a' }, ['Large']],
  [50, { path: 'path 2', goto: 'b' }, ['Large', 'path 2']],
  [5, { path: 'none' }, ['Large', 'path 2']],
])('with %d a branch takes the first path that matches, and tries none after it', (n, choice, tried) => {
  const { trace, ...chosen } = chooseBranch(branch(), { n });
  expect(chosen).toEqual(choice);
  expect(trace.map(entry => entry.path)).toEqual(tried);
  expect(trace.at(-1)?.met).toBe(choice.goto !== undefined);
});

test('where no path matches a branch takes its else', () => {
  expect(chooseBranch(branch({ else: 'end' }), { n: 5 })).toMatchObject({ path: 'else', goto: 'end' });
});

test('the trace of a branch shows what each condition saw', () => {
  const { trace } = chooseBranch(branch(), { n: 50 });
  expect(trace[0]).toEqual({
    path: 'Large',
    met: false,
    condition: { field: 'n', op: 'gt', value: 100, actual: 50, met: false },
  });
});

test.each([
  [100, 1000, undefined],
  [101, 101, /`again` was entered 100 times/],
  [1, 1001, /went through 1000 steps/],
])('visit %d of a step and %d of the run', (ofStep, ofRun, sentence) => {
  const reason = loopReason('again', ofStep, ofRun);
  if (sentence) expect(reason).toMatch(sentence);
  else expect(reason).toBeUndefined();
});
