import { createFaults, matches } from './faults.ts';

test.each([
  [{}, 'GET', '/things', true],
  [{ method: 'post' }, 'POST', '/things', true],
  [{ method: 'POST' }, 'GET', '/things', false],
  [{ path: '/things' }, 'GET', '/v1/things/7?x=1', true],
  [{ path: '/things/*' }, 'GET', '/things/7?x=1', true],
  [{ path: '/v1/*/7' }, 'GET', '/v1/things/7?x=1', true],
  [{ path: '/v1/*/7' }, 'GET', '/v1/things/70', false],
  [{ path: '*q=SELECT*' }, 'GET', '/query?q=SELECT+Id', true],
  [{ path: '/a.c*' }, 'GET', '/abc', false],
])('the match %j of %s %s is %s', (match, method, url, expected) => {
  expect(matches({ match }, method, url)).toBe(expected);
});

test('a fault is used up after as many requests as it says, and the next script follows', () => {
  const faults = createFaults();
  faults.add({ match: { path: '/a' }, times: 2, fault: { status: 500 } });
  faults.add({ fault: { status: 503 } });
  const taken = ['/a', '/b', '/a', '/a'].map(path => faults.take('GET', path)?.status);
  expect(taken).toEqual([500, 503, 500, undefined]);
});

test.each([
  ['no fault', { match: {} }],
  ['an empty fault', { fault: {} }],
  ['an unknown member', { fault: { status: 500 }, when: 'now' }],
  ['no time at all', { times: 0, fault: { status: 500 } }],
  ['a status that is none', { fault: { status: 99 } }],
  ['an unknown reset', { fault: { reset: 'later' } }],
])('a script with %s is refused', (_name, script) => {
  expect(() => createFaults().add(script)).toThrow();
});
