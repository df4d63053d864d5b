import { inspect } from 'node:util';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import {
  type ConnectorSettings,
  Secret,
  type StepError,
  type StepFacts,
  type TrackInput,
} from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { mistakes } from './event.ts';
import analytics from './index.ts';
import vendor from './sandbox/index.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const HOUR = 3_600_000;
const { action } = analytics.roles!.track!;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.reset());

const clientOf = (apiSecret = sandbox.settings().GA_API_SECRET!, over: ConnectorSettings = {}) =>
  analytics.open({
    grant: {
      accessToken: new Secret(apiSecret),
      extra: { measurementId: sandbox.settings().GA_MEASUREMENT_ID ?? '' },
    },
    settings: { ...sandbox.settings(), ...over },
    timeoutMs: 2_000,
  });
const known: StepFacts['session'] = { id: 's1', gaClientId: '1712345678.1698765432' };
type Options = { facts?: Partial<StepFacts>; client?: ReturnType<typeof clientOf> };
const run = async (input: TrackInput, { facts = { session: known }, client = clientOf() }: Options = {}) => {
  const { context, notes } = stepOf(client, { facts, now: NOW });
  const output = await action.run(context, action.input.parse(input));
  return { output, notes };
};
const fails = (input: TrackInput, options?: Options): Promise<StepError> => failureOf(analytics, run(input, options));
type Counted = { name: string; params: Record<string, unknown>; clientId: string; at: number };
const events = () => sandbox.records('google-analytics', 'events') as Counted[];
const sent = () => JSON.parse(sandbox.exchanges().at(-1)?.requestBody ?? '{}') as Record<string, unknown>;

describe('an event', () => {
  test('is counted under exactly its name, for the visitor’s browser, at the time that it happened', async () => {
    const facts = {
      session: {
        ...known,
        userAgent: 'Firefox/140',
        page: { url: 'https://x.example/pricing', title: 'Pricing', referrer: 'https://search.example/' },
      },
      occasionAt: NOW - 70 * HOUR,
    };
    const parameters = { value: 12.5, currency: 'EUR', plan: 'Größe M', returning: true, empty: '' };
    const { output, notes } = await run({ name: 'Meeting_Booked', parameters }, { facts });
    expect(output).toEqual({ measurementId: 'G-SANDBOX01', clientId: '1712345678.1698765432' });
    expect(notes).toEqual([]);
    expect(events()).toMatchObject([
      {
        name: 'Meeting_Booked',
        clientId: '1712345678.1698765432',
        at: NOW - 70 * HOUR,
        params: {
          value: 12.5,
          currency: 'EUR',
          plan: 'Größe M',
          returning: 'true',
          engagement_time_msec: 1,
          page_location: 'https://x.example/pricing',
          page_title: 'Pricing',
          page_referrer: 'https://search.example/',
        },
      },
    ]);
    expect(events()[0]?.params).not.toHaveProperty('empty');
    expect(sent().user_agent).toBe('Firefox/140');
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test.each([
    [{ visitor: { visitorId: 'v1', fields: {}, external: {} } }],
    [{ visitor: { fields: {}, external: {} }, conversation: { id: 'c1' } }],
    [{}],
  ])('of a browser that Google does not know counts for a user of its own, always the same: %j', async facts => {
    const { notes } = await run({ name: 'chat' }, { facts });
    await run({ name: 'chat' }, { facts });
    await run({ name: 'chat' }, { facts: { visitor: { visitorId: 'v2', fields: {}, external: {} } } });
    const [one, same, other] = events().map(({ clientId }) => clientId);
    expect(one).toMatch(/^\d+\.\d+$/);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(notes.join()).toContain('gaClientId');
  });

  test.each([
    [71.5 * HOUR, true],
    [72 * HOUR, false],
    [-1 * HOUR, false],
  ])('that happened %i ms ago is told with its time: %s', async (ago, told) => {
    const { notes } = await run({ name: 'chat' }, { facts: { session: known, occasionAt: NOW - ago } });
    expect('timestamp_micros' in sent()).toBe(told);
    expect(events()[0]?.at).toBe(told ? NOW - ago : NOW);
    expect(notes.join()).toContain(ago >= 72 * HOUR ? '72 hours' : '');
  });

  test('has its texts cut, which the step says, and its page only where there is room', async () => {
    const page = { url: `https://x.example/${'p'.repeat(2_000)}` };
    const many = Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`p${index}`, index]));
    const { notes } = await run(
      { name: 'chat', parameters: { ...many, note: '😀'.repeat(60) } },
      { facts: { session: { ...known, page } } },
    );
    expect(notes).toEqual([
      '`note` was longer than 100 characters, which is all that Google Analytics takes, and was cut.',
    ]);
    expect(Object.keys(events()[0]?.params ?? {})).toHaveLength(25);
    expect(events()[0]?.params).not.toHaveProperty('page_location');
    await run({ name: 'chat' }, { facts: { session: { ...known, page } } });
    expect(events()[1]?.params.page_location).toHaveLength(1_000);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('joins a session of Google Analytics where the step names it, and else none', async () => {
    await run({ name: 'chat', parameters: { session_id: '1763890000', engagement_time_msec: 4_000 } });
    await run({ name: 'chat' });
    expect(events().map(({ params }) => params)).toEqual([
      { session_id: '1763890000', engagement_time_msec: 4_000 },
      { engagement_time_msec: 1 },
    ]);
  });

  test('is refused before it is sent where Google would drop it without a word', async () => {
    const error = await fails({ name: 'session_start' });
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'name' } });
    expect(sandbox.exchanges()).toEqual([]);
  });
});

describe('mistakes, as a workflow is saved', () => {
  const wrong = (input: TrackInput) => mistakes(input).map(({ path, message }) => `${path.join('.')}: ${message}`);

  test.each(['conversation_with_rep', 'generate_lead', 'A', 'a'.repeat(40), 'Chat2'])('%s is a name', name => {
    expect(wrong({ name })).toEqual([]);
  });

  test.each([
    ['Chat started', 'begin with a letter'],
    ['2chats', 'begin with a letter'],
    ['_chat', 'begin with a letter'],
    ['größe', 'begin with a letter'],
    ['lead-created', 'begin with a letter'],
    ['', 'begin with a letter'],
    ['a'.repeat(41), '40 characters; it has 41'],
    ['session_start', 'keeps for itself'],
    ['page_view', 'keeps for itself'],
    ['firebase_campaign', 'keeps for itself'],
    ['ga_chat', 'may not begin with ga_'],
    ['google_chat', 'may not begin with google_'],
  ])('%s is none', (name, words) => {
    expect(wrong({ name })).toEqual([expect.stringMatching(new RegExp(`^name: .*${words}`))]);
  });

  test.each<[TrackInput['parameters'], string]>([
    [{ 'page title': 'x' }, 'parameters.page title: .*begin with a letter'],
    [{ _x: 1 }, 'parameters._x: .*may not begin with _'],
    [{ firebase_conversion: 1 }, 'parameters.firebase_conversion: .*may not begin with firebase_'],
    [{ 'gtag.x': 1 }, 'parameters.gtag.x: .*may not begin with gtag'],
    [{ gclid: 'x' }, 'parameters.gclid: .*fills by itself'],
    [{ ['p'.repeat(41)]: 1 }, '40 characters'],
    [{ plan: 'x'.repeat(101) }, 'parameters.plan: .*100 characters; it has 101'],
    [{ page_title: 'x'.repeat(301) }, '300 characters'],
    [{ page_location: 'x'.repeat(1_001) }, '1000 characters'],
    [{ value: 12 }, 'parameters.value: .*`currency` go together'],
    [{ currency: 'EUR' }, '`currency` go together'],
    [{ value: '12 €', currency: 'EUR' }, 'must be a number'],
    [{ value: 12, currency: 'euro' }, 'three capital letters'],
    [{ session_id: 's1' }, 'parameters.session_id: .*_ga_'],
    [{ engagement_time_msec: 0 }, 'milliseconds'],
    [{ n: Number.NaN }, 'must be a number'],
    [Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`p${index}`, 1])), 'parameters: .*25 parameters'],
  ])('%j is wrong', (parameters, words) => {
    expect(wrong({ name: 'chat', parameters })).toEqual([expect.stringMatching(new RegExp(words))]);
  });

  test.each<[TrackInput['parameters']]>([
    [{ plan: 'x'.repeat(100), page_title: 'x'.repeat(300) }],
    [{ value: 0, currency: 'EUR' }],
    [Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`p${index}`, 1]))],
    [{}],
  ])('%j is right', parameters => {
    expect(wrong({ name: 'chat', parameters })).toEqual([]);
  });

  test('all of them are told at once', () => {
    expect(wrong({ name: 'x y', parameters: { _a: 1, 'b c': 2 } })).toHaveLength(3);
  });
});

describe('the connection', () => {
  const who = (client = clientOf()) => analytics.whoAmI!({ client, settings: {}, signal: AbortSignal.timeout(5_000) });

  test('asks the validation server, counts nothing, and says that the secret is not checked', async () => {
    expect(await who()).toEqual({
      id: 'G-SANDBOX01',
      name: 'G-SANDBOX01',
      details: { apiSecret: expect.stringContaining('Not checked') },
    });
    expect(events()).toEqual([]);
    expect(sandbox.exchanges()).toMatchObject([{ method: 'POST', status: 200 }]);
    expect(sandbox.exchanges()[0]?.url).toContain('/debug/mp/collect?measurement_id=G-SANDBOX01&api_secret=REDACTED');
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('tells what the validation server complains of', async () => {
    const validationMessages = [{ fieldPath: 'events', description: 'Event is bad.', validationCode: 'NAME_INVALID' }];
    sandbox.fault('google-analytics', { fault: { status: 200, body: { validationMessages } } });
    expect(await failureOf(analytics, who())).toMatchObject({
      kind: 'rejected',
      details: { vendorCode: 'NAME_INVALID', vendorMessage: 'Event is bad.' },
    });
  });

  test.each([
    ['a page', { status: 200, body: '<html>' }, 'transient'],
    ['other JSON', { status: 200, body: { ok: true } }, 'transient'],
    ['an error', { status: 503 }, 'transient'],
    ['nothing', { reset: 'before' as const }, 'transient'],
  ])('is not condemned for %s', async (_what, fault, kind) => {
    sandbox.fault('google-analytics', { fault });
    expect((await failureOf(analytics, who())).kind).toBe(kind);
  });

  test('a wrong secret is taken like a right one, and nothing is counted: Google says nothing', async () => {
    const client = clientOf('wrong');
    await who(client);
    await run({ name: 'chat' }, { client });
    expect(events()).toEqual([]);
    expect(sandbox.records('google-analytics', 'dropped')).toMatchObject([
      { reason: expect.stringContaining('secret') },
    ]);
  });

  test.each([{ measurementId: 'UA-1234-1' }, { measurementId: 'g-abcd' }, { apiSecret: ' ' }, { extra: 'x' }])(
    '%j cannot be typed in',
    over => {
      const { auth } = analytics;
      if (auth.kind !== 'key') throw new Error('typed values are expected');
      expect(auth.fields.strict().safeParse({ measurementId: 'G-ABCD1234', apiSecret: 's', ...over }).success).toBe(
        false,
      );
    },
  );
});

test.each([
  [{ status: 302, headers: { location: 'https://x.example' } }, 'rejected'],
  [{ status: 401 }, 'unauthorized'],
  [{ status: 403 }, 'forbidden'],
  [{ status: 404 }, 'rejected'],
  [{ status: 413 }, 'rejected'],
  [{ status: 429 }, 'throttled'],
  [{ status: 500 }, 'uncertain'],
  [{ status: 200, body: '<html>' }, 'uncertain'],
  [{ reset: 'after-apply' as const }, 'uncertain'],
])('an answer that is not Google’s, %j, is %s, and shows no secret', async (fault, kind) => {
  sandbox.fault('google-analytics', { fault });
  const error = await fails({ name: 'chat' });
  expect(error.kind).toBe(kind);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('sandbox-ga-api-secret');
});

test('where it cannot be reached, nothing was counted', async () => {
  const client = clientOf(undefined, { GA_COLLECT_URL: 'http://127.0.0.1:1' });
  expect((await fails({ name: 'chat' }, { client })).kind).toBe('transient');
});
