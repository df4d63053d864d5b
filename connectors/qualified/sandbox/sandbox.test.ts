import { startSandbox } from '../../../src/sandbox/server.ts';
import vendor from './index.ts';

const minute = 60_000;
const morning = Date.parse('2026-11-20T10:00:00Z');
const iso = (at: number) => new Date(at).toISOString();

let now = morning;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  now = morning;
  sandbox.reset();
});

type Page = { data: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string }; [name: string]: unknown };
const ask = async (path: string, query: Record<string, string> = {}, token = 'qualified-sandbox-token') => {
  const url = `${sandbox.settings().QUALIFIED_API_URL}${path}?${new URLSearchParams(query)}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Page };
};
const control = (body: object) => sandbox.control('qualified', body);

describe('Qualified’s sandbox', () => {
  it('holds sessions back for half an hour and meetings for a day, and has both by their id at once', async () => {
    const at = iso(morning - minute);
    const common = { createdAt: iso(morning - 5 * minute), visitorId: 'v1' };
    control({
      empty: true,
      add: {
        sessions: [{ id: 's1', ...common, endedAt: at, conversationIds: [], pageViews: [], meetingIds: [] }],
        meetings: [{ id: 'm1', ...common, updatedAt: at, status: 'booked', attendees: [] }],
      },
    });
    expect((await ask('/v2/sessions')).body.data).toEqual([]);
    expect((await ask('/v2/meetings')).body.data).toEqual([]);
    expect(await ask('/v2/sessions/s1')).toMatchObject({ status: 200, body: { data: { id: 's1' } } });
    expect(await ask('/v2/meetings/m1')).toMatchObject({ status: 200, body: { data: { id: 'm1' } } });
    now += 30 * minute;
    expect((await ask('/v2/sessions')).body.data.map(({ id }) => id)).toEqual(['s1']);
    now += 24 * 60 * minute;
    expect((await ask('/v2/meetings')).body.data.map(({ id }) => id)).toEqual(['m1']);
  });

  it.each([
    ['a bound inside the hold', '/v2/sessions', { ended_before: iso(morning - 29 * minute) }],
    ['a bound inside the longer hold of meetings', '/v2/meetings', { updated_before: iso(morning - 60 * minute) }],
    ['a date that is none', '/v2/leads', { updated_after: 'yesterday' }],
    ['a window that this list cannot be cut by', '/v2/sessions', { created_after: '2026-11-01' }],
    ['a cursor that is none', '/v2/leads', { after: 'made-up' }],
  ])('refuses %s', async (_, path, query) => {
    expect(await ask(path, query)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });

  it('takes a bare date for its beginning and both bounds into the window', async () => {
    const lead = (id: string, at: string) => ({ id, email: `${id}@a.example`, fields: {}, visitorIds: [], createdAt: at, updatedAt: at }); // biome-ignore format: short
    const leads = [lead('a', '2026-11-10T00:00:00Z'), lead('b', '2026-11-11T00:00:00Z'), lead('c', '2026-11-11T00:00:01Z')]; // biome-ignore format: short
    control({ empty: true, add: { leads } });
    const window = { updated_after: '2026-11-10', updated_before: '2026-11-11' };
    expect((await ask('/v2/leads', window)).body.data.map(({ id }) => id)).toEqual(['b', 'a']);
    expect((await ask('/v2/leads', { email: ' A@A.example ' })).body.data.map(({ id }) => id)).toEqual(['a']);
  });

  it('pages newest first, each record once, and knows no cursor of before once they have died', async () => {
    control({ seed: { leads: 45 }, pageSize: 20 });
    const ids: string[] = [];
    for (let query: Record<string, string> = {}; ; ) {
      const { data, pageInfo } = (await ask('/v2/leads', query)).body;
      ids.push(...data.map(({ id }) => id));
      if (!pageInfo.hasNextPage) break;
      query = { after: pageInfo.endCursor };
    }
    expect(ids).toEqual([...ids].sort().reverse());
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(44);
    const { endCursor } = (await ask('/v2/leads')).body.pageInfo;
    control({ killCursors: true });
    expect((await ask('/v2/leads', { after: endCursor })).status).toBe(400);
  });

  it('counts calls, and says when they are used up', async () => {
    control({ limits: { quarter: 2 } });
    expect((await ask('/v2/leads')).headers.get('ratelimit-remaining')).toBe('1');
    await ask('/v2/leads');
    const refused = await ask('/v2/leads');
    expect({ status: refused.status, after: refused.headers.get('retry-after') }).toEqual({
      status: 429,
      after: '900',
    });
    now += 15 * minute;
    expect((await ask('/v2/leads')).status).toBe(200);
    control({ limits: { concurrent: 0 } });
    const busy = await ask('/v2/leads');
    expect({ status: busy.status, after: busy.headers.get('retry-after') }).toEqual({ status: 429, after: null });
  });

  it('takes only tokens that it knows, for what they may do', async () => {
    expect(await ask('/v2/leads', {}, 'other')).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
    control({ withholdScopes: ['lead:view'] });
    expect(await ask('/v2/leads')).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect((await ask('/v2/leads/fields')).status).toBe(200);
    control({ apiEnabled: false });
    expect((await ask('/v2/leads/fields')).status).toBe(401);
  });

  it('makes the same records of the same seed, as many as asked for', async () => {
    const made = () => {
      control({ seed: { seed: 3, leads: 30, sessions: 10 } });
      return JSON.stringify(['leads', 'sessions', 'messages'].map(type => sandbox.records('qualified', type)));
    };
    const first = made();
    expect(made()).toBe(first);
    expect(sandbox.records('qualified', 'leads')).toHaveLength(30);
  });

  it('shows what is there and what was asked, everything escaped', async () => {
    const page = async () => (await fetch(`${sandbox.url}/`)).text();
    control({ empty: true });
    expect(await page()).toContain('Nothing yet.');
    const at = iso(morning - 60 * minute);
    const odd = { id: 'l1', email: '<b>@a.example', fields: { company: '<script>' }, visitorIds: [], createdAt: at, updatedAt: at }; // biome-ignore format: short
    control({ add: { leads: [odd] } });
    await ask('/v2/leads', { email: '<i>x' });
    const html = await page();
    expect(html).toContain('&lt;b&gt;@a.example');
    expect(html).toContain('/v2/leads');
    expect(html).not.toMatch(/<script>|<i>x|<b>@/);
  });
});
