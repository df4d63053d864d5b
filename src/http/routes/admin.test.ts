import { INGEST_KEY, NOW, startHub, type TestHub } from '../../../test/support/http.ts';
import { Events, People, Runs, Sessions, Steps, Verdicts, Visitors, Workspaces } from '../../db/entities.ts';
import { noFacts } from '../../model/session.ts';

let hub: TestHub;
const refusedRuns = new Set<string>();
beforeEach(async () => {
  refusedRuns.clear();
  hub = await startHub(() => ({
    runControl: {
      retry: async (_, id) => (refusedRuns.has(id) ? { refused: 'Nothing in this run has failed.' } : {}),
      cancel: async () => ({}),
    },
  }));
});
afterEach(() => hub.close());
const get = (address: string) => hub.send('GET', address);

const run = (id: string, change: Record<string, unknown> = {}) => ({
  id,
  workspaceId: 'default',
  workflowId: 'w1',
  workflowVersion: 1,
  status: 'running',
  triggerType: 'meeting_booked',
  timing: 'immediately',
  occasionKey: `meeting:${id}`,
  occasion: { trigger: 'meeting_booked', timing: 'immediately', key: `meeting:${id}`, time: NOW, meetingId: id },
  sessionId: 's1',
  visitorId: 'v1',
  event: null,
  startedAt: NOW,
  finishedAt: null,
  error: null,
  ...change,
});
const step = (id: string, runId: string, change: Record<string, unknown> = {}) => ({
  id,
  workspaceId: 'default',
  runId,
  position: 0,
  stepId: 'note',
  action: 'crm.write_note',
  visit: 1,
  stepKey: id,
  status: 'succeeded',
  dueAt: NOW,
  input: { text: 'hello' },
  output: { noteId: 'n1' },
  attempts: [{ at: NOW }],
  notes: [],
  createdAt: NOW,
  finishedAt: NOW,
  ...change,
});
const insert = (entity: unknown, ...rows: unknown[]) =>
  hub.database.write(({ manager }) => manager.insert(entity as typeof Runs, rows as never));

describe('runs', () => {
  it('show their timeline: steps in order, every attempt, and when the next one is due', async () => {
    await insert(Runs, run('r1'));
    await insert(
      Steps,
      step('st2', 'r1', {
        position: 1,
        stepId: 'again',
        status: 'ready',
        input: null,
        output: null,
        intent: { input: { text: 'sent before' }, facts: {}, firstTriedAt: NOW },
        dueAt: NOW + 60_000,
        attempts: [{ at: NOW, kind: 'throttled', reason: 'too many calls', vendorRequestId: 'q1' }],
        finishedAt: null,
      }),
      step('st1', 'r1'),
    );
    const answer = await get('/v1/runs/r1');
    expect(answer).toMatchObject({
      status: 200,
      body: {
        id: 'r1',
        workflowId: 'w1',
        status: 'running',
        trigger: { type: 'meeting_booked', timing: 'immediately' },
        occasion: { key: 'meeting:r1', time: '2026-11-20T10:00:00.000Z', meetingId: 'r1' },
        sessionId: 's1',
        finishedAt: null,
        steps: [
          { id: 'note', visit: 1, status: 'succeeded', input: { text: 'hello' }, output: { noteId: 'n1' } },
          {
            id: 'again',
            status: 'ready',
            input: { text: 'sent before' },
            attempts: [
              { at: '2026-11-20T10:00:00.000Z', kind: 'throttled', reason: 'too many calls', vendorRequestId: 'q1' },
            ],
            nextAt: '2026-11-20T10:01:00.000Z',
          },
        ],
      },
    });
    expect(answer.body).not.toHaveProperty('error');
    expect((answer.body as { steps: object[] }).steps[0]).not.toHaveProperty('nextAt');
  });

  it('are found by status, workflow, session, visitor and start', async () => {
    await insert(
      Runs,
      run('r1'),
      run('r2', { status: 'failed', error: 'no such campaign', startedAt: NOW + 1000 }),
      run('r3', { workflowId: 'w2', sessionId: 's2', visitorId: 'v2', startedAt: NOW + 2000 }),
    );
    const found = async (query: string) =>
      ((await get(`/v1/runs${query}`)).body as { data: { id: string }[] }).data.map(({ id }) => id);
    expect(await found('')).toEqual(['r3', 'r2', 'r1']);
    expect(await found('?status=failed')).toEqual(['r2']);
    expect(await found('?workflow=w2')).toEqual(['r3']);
    expect(await found('?session=s1&visitor=v1')).toEqual(['r2', 'r1']);
    expect(await found('?since=2026-11-20T10:00:01Z')).toEqual(['r3', 'r2']);
    expect(await found('?until=2026-11-20T10:00:01Z')).toEqual(['r1']);
    const first = (await get('/v1/runs?limit=2')).body as { next: string };
    expect(await found(`?limit=2&after=${first.next}`)).toEqual(['r1']);
    expect((await get('/v1/runs?status=lost')).status).toBe(400);
    expect((await get('/v1/runs?since=yesterday')).status).toBe(400);
  });

  it('are run again and cancelled where their state allows it', async () => {
    await insert(Runs, run('r1'), run('r2'));
    refusedRuns.add('r2');
    expect(await hub.send('POST', '/v1/runs/r1/retry')).toMatchObject({ status: 200, body: { id: 'r1' } });
    expect(await hub.send('POST', '/v1/runs/r2/retry')).toMatchObject({
      status: 409,
      body: { detail: 'Nothing in this run has failed.' },
    });
    expect((await hub.send('POST', '/v1/runs/r1/cancel')).status).toBe(200);
    expect((await hub.send('POST', '/v1/runs/r9/cancel')).status).toBe(404);
  });
});

describe('events', () => {
  const event = (eventId: string, change: Record<string, unknown> = {}) => ({
    workspaceId: 'default',
    source: '//site',
    eventId,
    type: 'page.viewed',
    time: NOW,
    receivedAt: NOW,
    data: { url: '/x' },
    sessionId: 's1',
    visitorId: 'v1',
    status: 'planned',
    ...change,
  });

  it('are listed as CloudEvents with what became of them', async () => {
    await insert(Events, event('e1'), event('e2', { status: 'dead', reason: 'it kept failing', type: 'visitor.left' }));
    const all = await get('/v1/events');
    expect(all.body).toMatchObject({
      data: [
        { id: 'e2', status: 'dead', reason: 'it kept failing' },
        {
          specversion: '1.0',
          id: 'e1',
          type: 'com.qualified.page.viewed',
          time: '2026-11-20T10:00:00.000Z',
          data: { url: '/x' },
        },
      ],
      next: null,
    });
    const found = async (query: string) =>
      ((await get(`/v1/events${query}`)).body as { data: { id: string }[] }).data.map(({ id }) => id);
    expect(await found('?status=dead')).toEqual(['e2']);
    expect(await found('?type=page.viewed')).toEqual(['e1']);
    expect(await found('?type=com.qualified.visitor.left')).toEqual(['e2']);
    expect(await found('?session=s2')).toEqual([]);
    const first = (await get('/v1/events?limit=1')).body as { next: string };
    expect(await found(`?limit=1&after=${first.next}`)).toEqual(['e1']);
    expect((await get('/v1/events?type=nothing')).status).toBe(400);
  });

  it('are found by id and by seq', async () => {
    await insert(Events, event('e1'), event('1', { source: '//other' }));
    expect(await get('/v1/events/e1')).toMatchObject({ status: 200, body: { seq: 1 } });
    expect(await get('/v1/events/1')).toMatchObject({ status: 200, body: { seq: 2 } });
    expect(await get('/v1/events/2')).toMatchObject({ status: 200, body: { seq: 2 } });
    for (const id of ['9', '99999999999999999999', 'x%00y', 'nothing'])
      expect((await get(`/v1/events/${id}`)).status).toBe(404);
  });
});

describe('sessions', () => {
  const facts = {
    ...noFacts(),
    activity: [[NOW - 60_000, NOW]],
    conversations: {
      c1: {
        startedAt: { at: NOW - 60_000, source: '//s', id: 'e1' },
        messages: {
          m1: { by: 'visitor', hasText: true, at: NOW - 50_000, source: '//s', id: 'e2' },
          m2: { by: 'user', hasText: true, at: NOW - 40_000, source: '//s', id: 'e3' },
        },
        rep: { value: { userId: 'u1', name: 'Ana' }, at: NOW - 40_000, source: '//s', id: 'e3' },
      },
    },
  };
  const session = {
    workspaceId: 'default',
    id: 's1',
    visitorId: 'v1',
    facts,
    seen: [],
    notes: ['one came late'],
    startedAt: NOW - 60_000,
    lastArrivalAt: NOW,
  };
  const workflow = async (name: string, type: string) => {
    const body = {
      name,
      trigger: { type, timing: 'immediately' },
      steps: [{ id: 'set', action: 'set_visitor_field', input: { field: 'notes', value: 'x' } }],
    };
    const { id } = (await hub.send('POST', '/v1/workflows', { body })).body as { id: string };
    await hub.send('POST', `/v1/workflows/${id}/activate`);
    return id;
  };

  it('say what is known, and why each active workflow ran or did not', async () => {
    await insert(Sessions, session);
    const started = await workflow('Reps', 'conversation_with_rep');
    const skipped = await workflow('Bots', 'pounce_sent');
    const common = {
      workspaceId: 'default',
      workflowVersion: 1,
      triggerType: 'conversation_with_rep',
      timing: 'immediately',
      occasionKey: 'conversation:c1',
      sessionId: 's1',
      visitorId: 'v1',
      at: NOW,
    };
    await insert(Verdicts, {
      ...common,
      id: 'x1',
      workflowId: started,
      outcome: 'started',
      reason: 'every condition of the trigger is met',
      runId: 'r1',
    });
    await insert(Runs, run('r1', { workflowId: started }));
    const answer = await get('/v1/sessions/s1');
    expect(answer).toMatchObject({
      status: 200,
      body: {
        sessionId: 's1',
        visitorId: 'v1',
        endedAt: null,
        lastActivityAt: '2026-11-20T10:00:00.000Z',
        conversations: [{ id: 'c1', messages: { visitor: 1, user: 1 }, rep: { userId: 'u1', name: 'Ana' } }],
        notes: ['one came late'],
        runs: [{ id: 'r1' }],
      },
    });
    const { workflows } = answer.body as {
      workflows: {
        workflow: { id: string };
        outcome: string;
        reason: string;
        runIds: string[];
        conditions: { met: boolean }[];
      }[];
    };
    const why = workflows.find(entry => entry.workflow.id === started);
    expect(why).toMatchObject({ outcome: 'started', runIds: ['r1'] });
    expect(why!.conditions.every(condition => condition.met)).toBe(true);
    const whyNot = workflows.find(entry => entry.workflow.id === skipped);
    expect(whyNot).toMatchObject({ outcome: 'not_started', reason: expect.stringMatching(/^not met: /), runIds: [] });
    expect((await get('/v1/sessions/s9')).status).toBe(404);
  });
});

describe('visitors', () => {
  it('show their fields, their ids elsewhere and their sessions', async () => {
    const value = (name: string) => ({ value: name, at: NOW, id: 'e', knownAt: NOW });
    await insert(Visitors, {
      workspaceId: 'default',
      id: 'v 1',
      email: 'ana@example.com',
      emailStamp: { at: NOW, id: 'e' },
      fields: { first_name: value('Ana'), email: value('ana@example.com') },
      createdAt: NOW,
      updatedAt: NOW,
    });
    const person = { workspaceId: 'default', email: 'ana@example.com', external: { crmId: '007' }, updatedAt: NOW };
    await insert(People, person);
    const session = {
      workspaceId: 'default',
      visitorId: 'v 1',
      facts: noFacts(),
      seen: [],
      notes: [],
      lastArrivalAt: NOW,
    };
    await insert(
      Sessions,
      { ...session, id: 's1', startedAt: NOW, endedAt: NOW + 5 },
      { ...session, id: 's2', startedAt: NOW + 9 },
    );
    expect(await get('/v1/visitors/v%201')).toMatchObject({
      status: 200,
      body: {
        visitorId: 'v 1',
        email: 'ana@example.com',
        fields: { first_name: 'Ana' },
        external: { crmId: '007' },
        sessions: [
          { sessionId: 's2', endedAt: null },
          { sessionId: 's1', endedAt: '2026-11-20T10:00:00.005Z' },
        ],
      },
    });
    expect((await get('/v1/visitors/v9')).status).toBe(404);
  });
});

describe('visitor fields', () => {
  it('start with the documented set', async () => {
    const { data } = (await get('/v1/visitor-fields')).body as { data: { name: string; type: string }[] };
    const names = (type: string) =>
      data
        .filter(field => field.type === type)
        .map(field => field.name)
        .join(' ');
    expect(names('text')).toBe('company country first_name industry last_name notes phone title website');
    expect(names('decimal')).toBe('employees lead_score');
  });

  it('are made, changed and removed', async () => {
    const field = { name: 'tier', label: 'Tier', type: 'picklist', category: 'account', options: ['gold', 'silver'] };
    expect(await hub.send('POST', '/v1/visitor-fields', { body: field })).toMatchObject({ status: 201, body: field });
    expect((await hub.send('POST', '/v1/visitor-fields', { body: field })).status).toBe(409);
    const { name: _, options: __, ...plain } = { ...field, type: 'text' };
    expect(await hub.send('PUT', '/v1/visitor-fields/tier', { body: plain })).toMatchObject({
      status: 200,
      body: plain,
    });
    expect((await hub.send('PUT', '/v1/visitor-fields/other', { body: plain })).status).toBe(404);
    expect((await hub.send('DELETE', '/v1/visitor-fields/tier')).status).toBe(204);
    expect((await hub.send('DELETE', '/v1/visitor-fields/tier')).status).toBe(404);
  });

  it.each([
    ['a name with a space', { name: 'a b' }, 'name'],
    ['the name of the e-mail', { name: 'email' }, 'name'],
    ['an unknown type', { type: 'date' }, 'type'],
    ['options on a text', { options: ['a'] }, 'options'],
    ['a picklist without options', { type: 'picklist' }, 'options'],
    ['a member that is not known', { colour: 'red' }, 'colour'],
  ])('are refused with %s', async (_, change, path) => {
    const field = { name: 'tier', label: 'Tier', type: 'text', category: 'person', ...change };
    expect(await hub.send('POST', '/v1/visitor-fields', { body: field })).toMatchObject({
      status: 400,
      body: { errors: [{ path }] },
    });
  });

  it('stay as long as an active workflow uses them', async () => {
    const body = {
      name: 'Uses notes',
      trigger: { type: 'conversation_with_rep', timing: 'immediately' },
      steps: [
        { id: 'set', action: 'set_visitor_field', input: { field: 'title', value: '{{ visitor.fields.notes }}' } },
      ],
    };
    const { id } = (await hub.send('POST', '/v1/workflows', { body })).body as { id: string };
    await hub.send('POST', `/v1/workflows/${id}/activate`);
    expect(await hub.send('DELETE', '/v1/visitor-fields/notes')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('Uses notes') },
    });
    await hub.send('POST', `/v1/workflows/${id}/deactivate`);
    expect((await hub.send('DELETE', '/v1/visitor-fields/notes')).status).toBe(204);
    expect((await hub.send('POST', `/v1/workflows/${id}/activate`)).status).toBe(422);
  });
});

describe('settings', () => {
  it('stand at their defaults until changed, one by one', async () => {
    expect((await get('/v1/settings')).body).toEqual({
      sessionIdleMinutes: 60,
      sessionLeftMinutes: 5,
      lateEventSeconds: 5,
      immediateMaxAgeMinutes: 15,
      requiredLeadFields: ['email', 'last_name'],
      defaultPushDestination: null,
      alertLifeMinutes: 60,
      alertGroupMinutes: 5,
      alertGroups: {},
      retentionDays: null,
    });
    const changes = [{ sessionIdleMinutes: 30 }, { requiredLeadFields: ['email'] }, { retentionDays: 90 }];
    await Promise.all(changes.map(body => hub.send('PATCH', '/v1/settings', { body })));
    expect((await hub.send('PUT', '/v1/settings', { body: { lateEventSeconds: 0 } })).body).toMatchObject({
      sessionIdleMinutes: 30,
      requiredLeadFields: ['email'],
      retentionDays: 90,
      lateEventSeconds: 0,
    });
  });

  it.each([
    [{ sessionIdleMinutes: 0 }, 'sessionIdleMinutes'],
    [{ sessionIdleMinutes: '60' }, 'sessionIdleMinutes'],
    [{ lateEventSeconds: 1.5 }, 'lateEventSeconds'],
    [{ requiredLeadFields: 'email' }, 'requiredLeadFields'],
    [{ colour: 'red' }, 'colour'],
  ])('refuse %j', async (body, path) => {
    const answer = await hub.send('PATCH', '/v1/settings', { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });
});

describe('keys', () => {
  it('are shown once, listed by their last characters, and work until revoked', async () => {
    const made = await hub.send('POST', '/v1/keys', { body: { kind: 'admin', name: 'Console' } });
    const { id, key } = made.body as { id: string; key: string };
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const headers = { authorization: `Bearer ${key}` };
    const list = await hub.send('GET', '/v1/keys', { headers });
    expect(list.body).toMatchObject({ data: [{ id, kind: 'admin', name: 'Console', hint: `…${key.slice(-5)}` }] });
    expect(JSON.stringify(list.body)).not.toContain(key);
    expect((await hub.send('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await hub.send('DELETE', `/v1/keys/${id}`)).status).toBe(404);
    expect((await hub.send('GET', '/v1/keys', { headers })).status).toBe(401);
    expect(hub.logged.join()).not.toContain(key);
  });

  it('leave nothing in the database that opens the door', async () => {
    const made = await Promise.all(
      ['admin', 'ingest', 'signing'].map(kind => hub.send('POST', '/v1/keys', { body: { kind, name: kind } })),
    );
    const rows = JSON.stringify(await hub.database.read('SELECT * FROM keys'));
    for (const { body } of made) expect(rows).not.toContain((body as { key: string }).key);
  });
});

describe('connectors', () => {
  it('are listed with their forms and what their actions fit', async () => {
    const { data } = (await get('/v1/connectors')).body as { data: Record<string, unknown>[] };
    expect(data).toMatchObject([
      {
        id: 'crm',
        connected: false,
        auth: { kind: 'key', fields: { properties: { apiKey: { type: 'string', secret: true } } } },
        actions: [{ id: 'crm.write_note', input: { properties: { text: { type: 'string' } } }, notification: false }],
      },
    ]);
    const [action] = data[0]!.actions as { triggers: { type: string }[] }[];
    expect(action!.triggers).toHaveLength(18);
    expect(action!.triggers.map(trigger => trigger.type)).not.toContain('pounce_sent');
  });
});

describe('another workspace', () => {
  it('is out of reach: nothing of it is listed, found or changed', async () => {
    await insert(Workspaces, { id: 'other', name: 'Other', settings: {}, createdAt: NOW });
    const { token } = await hub.keys.create('other', { kind: 'admin', name: 'theirs' });
    const headers = { authorization: `Bearer ${token}` };
    const made = (method: string, address: string, body: unknown) =>
      hub.send(method, address, { body }).then(answer => (answer.body as { id: string }).id);
    const workflow = {
      name: 'Ours',
      trigger: { type: 'pounce_reply', timing: 'immediately' },
      steps: [{ id: 'set', action: 'set_visitor_field', input: { field: 'notes', value: 'x' } }],
    };
    const workflowId = await made('POST', '/v1/workflows', workflow);
    const keyId = await made('POST', '/v1/keys', { kind: 'ingest', name: 'ours' });
    await hub.send('POST', '/v1/events', {
      headers: {
        authorization: `Bearer ${INGEST_KEY}`,
        'ce-specversion': '1.0',
        'ce-id': 'e1',
        'ce-source': '/s',
        'ce-type': 'com.qualified.page.viewed',
      },
      body: { url: '/x' },
    });
    await insert(Runs, run('r1'));
    await insert(Steps, step('st1', 'r1'));
    const session = { visitorId: 'v1', facts: noFacts(), seen: [], notes: [], startedAt: NOW, lastArrivalAt: NOW };
    await insert(Sessions, { ...session, workspaceId: 'default', id: 's1' });
    await insert(Visitors, { workspaceId: 'default', id: 'v1', fields: {}, createdAt: NOW, updatedAt: NOW });

    const found = [`/v1/workflows/${workflowId}`, `/v1/workflows/${workflowId}/versions`, '/v1/events/e1', '/v1/events/1', '/v1/runs/r1', '/v1/sessions/s1', '/v1/visitors/v1']; // biome-ignore format: a list
    for (const address of found) {
      expect([address, (await get(address)).status]).toEqual([address, 200]);
      expect([address, (await hub.send('GET', address, { headers })).status]).toEqual([address, 404]);
    }
    for (const address of ['/v1/workflows', '/v1/events', '/v1/runs', '/v1/visitor-fields'])
      expect((await hub.send('GET', address, { headers })).body).toEqual({ data: [], next: null });
    const keys = (await hub.send('GET', '/v1/keys', { headers })).body as { data: { name: string }[] };
    expect(keys.data.map(key => key.name)).toEqual(['theirs']);

    const attempts: [string, string, unknown?][] = [
      ['PUT', `/v1/workflows/${workflowId}`, workflow],
      ['DELETE', `/v1/workflows/${workflowId}`],
      ['POST', `/v1/workflows/${workflowId}/activate`],
      ['POST', '/v1/runs/r1/retry'],
      ['POST', '/v1/runs/r1/cancel'],
      ['DELETE', `/v1/keys/${keyId}`],
      ['DELETE', '/v1/visitor-fields/notes'],
    ];
    for (const [method, address, body] of attempts) {
      const answer = await hub.send(method, address, { body, headers: { ...headers, 'if-match': '*' } });
      expect([method, address, answer.status]).toEqual([method, address, 404]);
    }
    await hub.send('PATCH', '/v1/settings', { body: { sessionIdleMinutes: 1 }, headers });
    expect((await get('/v1/settings')).body).toMatchObject({ sessionIdleMinutes: 60 });
    expect((await get(`/v1/workflows/${workflowId}`)).body).toMatchObject({ status: 'inactive', version: 1 });
  });
});
