import { nearest } from './nearest.ts';
import { formatPath, parsePath } from './paths.ts';

test.each<[string, string[] | undefined]>([
  ['visitor', ['visitor']],
  ['visitor.fields.first_name', ['visitor', 'fields', 'first_name']],
  ['conversation.messages[0].text', ['conversation', 'messages', '0', 'text']],
  ['event.data["a b"][\'c.d\'].é', ['event', 'data', 'a b', 'c.d', 'é']],
  ['', undefined],
  ['.a', undefined],
  ['a.', undefined],
  ['a..b', undefined],
  ['[0]', undefined],
  ['a b', undefined],
  ['a[b]', undefined],
  ['a[0', undefined],
])('%j is read as %j', (path, segments) => {
  expect(parsePath(path)).toEqual(segments);
});

test.each<[(string | number)[], string]>([
  [[], ''],
  [['steps', 2, 'input', 'subject'], 'steps[2].input.subject'],
  [['input', 'First name', '0'], 'input["First name"][0]'],
  [['input', 'say "hi"'], 'input["say \\"hi\\""]'],
])('%j is written as %s', (segments, path) => {
  expect(formatPath(segments)).toBe(path);
});

test.each([
  ['employes', 'employees'],
  ['feilds', 'fields'],
  ['FIELDS', 'fields'],
  ['hihg', 'high'],
  ['salary', undefined],
  ['', undefined],
  ['x'.repeat(5_000), undefined],
])('%.20j most likely means %s', (name, meant) => {
  expect(nearest(name, ['employees', 'fields', 'high', 'email'])).toBe(meant);
});
