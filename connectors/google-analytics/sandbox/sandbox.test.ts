import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import vendor from './index.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.reset());

const query = () => {
  const { GA_MEASUREMENT_ID, GA_API_SECRET } = sandbox.settings();
  return `measurement_id=${GA_MEASUREMENT_ID}&api_secret=${GA_API_SECRET}`;
};
const post = (path: string, body: unknown, search = query()) =>
  fetch(`${sandbox.settings().GA_COLLECT_URL}${path}?${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const collect = (body: unknown, search?: string) => post('/mp/collect', body, search);
const messages = async (body: unknown) => {
  const answer = await post('/debug/mp/collect', body);
  const { validationMessages } = (await answer.json()) as { validationMessages: Record<string, string>[] };
  return validationMessages;
};
const count = (type: string) => sandbox.records('google-analytics', type).length;
const event = (name: string, params: object = {}) => ({ client_id: '1.2', events: [{ name, params }] });
const strict = (name: string, params: object = {}) => ({
  ...event(name, params),
  validation_behavior: 'ENFORCE_RECOMMENDATIONS',
});

test('an event is counted with an empty 204, and a repeat counts again', async () => {
  const answer = await collect(event('chat', { plan: 'M' }));
  expect([answer.status, await answer.text()]).toEqual([204, '']);
  await collect(event('chat', { plan: 'M' }));
  expect(sandbox.records('google-analytics', 'events')).toMatchObject([
    { name: 'chat', params: { plan: 'M' }, clientId: '1.2', at: NOW },
    { name: 'chat' },
  ]);
  expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
});

test.each([
  ['a wrong secret', event('chat'), 'measurement_id=G-SANDBOX01&api_secret=x'],
  ['another stream', event('chat'), 'measurement_id=G-OTHER&api_secret=sandbox-ga-api-secret'],
  ['no JSON', '{', undefined],
  ['a reserved name', event('session_start'), undefined],
  ['an unknown member', { ...event('chat'), clientid: '1' }, undefined],
])('%s is dropped with the same 204', async (_what, body, search) => {
  expect((await collect(body, search)).status).toBe(204);
  expect([count('events'), count('dropped')]).toEqual([0, 1]);
});

test('a secret that was revoked drops without a word', async () => {
  sandbox.control('google-analytics', { revokeSecret: true });
  expect((await collect(event('chat'))).status).toBe(204);
  expect(count('events')).toBe(0);
});

test.each<[string, object | string, [string, string] | undefined]>([
  ['nothing wrong', event('chat', { plan: 'M' }), undefined],
  ['no JSON', '{', ['VALUE_INVALID', '']],
  ['no client', { events: [{ name: 'a' }] }, ['VALUE_REQUIRED', 'client_id']],
  ['no event', { client_id: '1' }, ['VALUE_REQUIRED', 'events']],
  ['26 events', { client_id: '1', events: Array(26).fill({ name: 'a' }) }, ['EXCEEDED_MAX_ENTITIES', 'events']],
  ['a bad name', event('_bad'), ['NAME_INVALID', 'events']],
  ['a dash', event('lead-created'), ['NAME_INVALID', 'events']],
  ['a long name', event('a'.repeat(41)), ['VALUE_OUT_OF_BOUNDS', 'events']],
  ['a reserved name', event('user_engagement'), ['NAME_RESERVED', 'events']],
  ['a reserved prefix', event('chat', { ga_x: 1 }), ['NAME_RESERVED', 'events.params.ga_x']],
  [
    '26 params',
    event('chat', Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`p${n}`, 1]))),
    ['EXCEEDED_MAX_ENTITIES', 'events.params'],
  ],
  ['a long text, relaxed', event('chat', { plan: 'x'.repeat(101) }), undefined],
  ['a long text', strict('chat', { plan: 'x'.repeat(101) }), ['VALUE_OUT_OF_BOUNDS', 'events.params.plan']],
  ['a value that is a text', strict('chat', { value: '3' }), ['VALUE_INVALID', 'events.params.value']],
  [
    'an old time',
    { ...strict('chat'), timestamp_micros: (NOW - 4 * 86_400_000) * 1000 },
    ['VALUE_INVALID', 'timestamp_micros'],
  ],
])('the validation server on %s', async (_what, body, expected) => {
  const found = await messages(body);
  expect(found.map(({ validationCode, fieldPath }) => [validationCode, fieldPath])).toEqual(expected ? [expected] : []);
  expect(count('events')).toBe(0);
  const answers = sandbox.exchanges().map(exchange => ({ ...exchange, only: 'response' }));
  expect(await checkExchanges(answers)).toMatchObject({ passed: true });
});

test('the page shows what is counted and what is dropped, escaped', async () => {
  expect(await (await fetch(sandbox.url)).text()).toContain('No event has been counted yet.');
  await collect(event('chat', { plan: '<script>alert(1)</script>' }));
  await collect(event('<b>bad</b>'));
  const page = await (await fetch(sandbox.url)).text();
  expect(page).toContain('plan: <b>&lt;script&gt;alert(1)&lt;/script&gt;</b>');
  expect(page).toContain('events in the last 30 minutes');
  expect(page).toContain('&lt;b&gt;bad&lt;/b&gt;');
  expect(page).not.toContain('<script');
});
