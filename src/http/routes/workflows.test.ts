import { INGEST_KEY, startHub, type TestHub } from '../../../test/support/http.ts';
import { Connections, WorkflowVersions } from '../../db/entities.ts';

const document = (name = 'Notes') => ({
  name,
  trigger: { type: 'conversation_with_rep', timing: 'immediately' },
  steps: [{ id: 'note', action: 'crm.write_note', input: { text: '{{ visitor.email }}' } }],
});
const harmless = {
  name: 'Counts',
  trigger: { type: 'conversation_with_rep', timing: 'immediately' },
  steps: [{ id: 'set', action: 'set_visitor_field', input: { field: 'notes', value: 'talked to us' } }],
};

type Workflow = { id: string; status: string; version: number; warnings?: unknown };

describe('workflows', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await startHub();
  });
  afterEach(() => hub.close());

  const create = async (body: unknown = harmless) =>
    (await hub.send('POST', '/v1/workflows', { body })).body as Workflow;
  const put = (id: string, version: string, body: unknown) =>
    hub.send('PUT', `/v1/workflows/${id}`, { body, headers: { 'if-match': version } });
  const connect = () =>
    hub.database.write(({ manager }) =>
      manager.insert(Connections, {
        id: 'c1',
        workspaceId: 'default',
        connector: 'crm',
        userEmail: null,
        status: 'active',
        options: {},
        version: 1,
        createdAt: 0,
        updatedAt: 0,
      }),
    );

  it('are saved inactive and come back as they were sent', async () => {
    const made = await hub.send('POST', '/v1/workflows', { body: harmless });
    expect(made).toMatchObject({
      status: 201,
      body: {
        status: 'inactive',
        version: 1,
        builtIn: false,
        document: harmless,
        createdAt: '2026-11-20T10:00:00.000Z',
      },
    });
    expect(made.headers.get('etag')).toBe('"1"');
    const got = await hub.send('GET', made.headers.get('location')!);
    expect(got).toMatchObject({ status: 200, body: made.body });
  });

  it('are refused with every mistake by its path', async () => {
    const answer = await hub.send('POST', '/v1/workflows', {
      body: {
        ...document(),
        extra: 1,
        steps: [
          { id: 'a', action: 'crm.write_nte', input: { text: 'x' } },
          { id: 'b', action: 'crm.write_note', input: { text: '{{ visitor.fields.nothing }}' } },
          { id: 'c', action: 'jump', goto: 'nowhere' },
        ],
      },
    });
    expect(answer.status).toBe(422);
    const { errors } = answer.body as { errors: { path: string }[] };
    expect(errors.map(error => error.path)).toEqual(
      expect.arrayContaining(['extra', 'steps[0].action', 'steps[1].input.text', 'steps[2].goto']),
    );
  });

  it.each([
    ['malformed JSON', '{"name":', 400],
    ['a list', [], 422],
    ['nesting without end', `${'['.repeat(5000)}${']'.repeat(5000)}`, 400],
  ])('answer %s clearly', async (_, body, status) => {
    expect(await hub.send('POST', '/v1/workflows', { body })).toMatchObject({ status, body: { status } });
  });

  it('are listed newest first, a page at a time', async () => {
    for (const name of ['one', 'two', 'three']) {
      await create({ ...harmless, name });
      hub.clock.time += 1000;
    }
    const names = (body: unknown) =>
      (body as { data: { document: { name: string } }[] }).data.map(w => w.document.name);
    const first = await hub.send('GET', '/v1/workflows?limit=2');
    expect(names(first.body)).toEqual(['three', 'two']);
    const { next } = first.body as { next: string };
    const second = await hub.send('GET', `/v1/workflows?limit=2&after=${next}`);
    expect(names(second.body)).toEqual(['one']);
    expect(second.body).toMatchObject({ next: null });
  });

  it('change only from the version that the change was made from', async () => {
    const { id } = await create();
    const renamed = { ...harmless, name: 'Renamed' };
    expect((await hub.send('PUT', `/v1/workflows/${id}`, { body: renamed })).status).toBe(428);
    const saved = await put(id, '"1"', renamed);
    expect(saved).toMatchObject({ status: 200, body: { version: 2, status: 'inactive', document: renamed } });
    expect(saved.headers.get('etag')).toBe('"2"');
    expect((await put(id, '"1"', harmless)).status).toBe(412);
    expect((await put(id, '"2"', { name: 'x' })).status).toBe(422);
    const versions = await hub.send('GET', `/v1/workflows/${id}/versions`);
    expect(versions.body).toMatchObject({
      data: [
        { version: 2, document: renamed },
        { version: 1, document: harmless },
      ],
      next: null,
    });
  });

  it('let only one of two changes at the same moment through', async () => {
    const { id } = await create();
    const answers = await Promise.all(['A', 'B', 'C'].map(name => put(id, '"1"', { ...harmless, name })));
    expect(answers.map(answer => answer.status).toSorted()).toEqual([200, 412, 412]);
  });

  it('warn about a missing connection when saved, and refuse to be activated until it is there', async () => {
    const made = await create(document());
    expect(made.warnings).toEqual([expect.objectContaining({ path: expect.stringContaining('steps[0]') })]);
    const refused = await hub.send('POST', `/v1/workflows/${made.id}/activate`);
    expect(refused).toMatchObject({ status: 409, body: { missingConnections: ['crm'] } });
    await connect();
    const activated = await hub.send('POST', `/v1/workflows/${made.id}/activate`);
    expect(activated).toMatchObject({ status: 200, body: { status: 'active', version: 1 } });
    expect(activated.body).not.toHaveProperty('warnings');
    expect((await hub.send('POST', `/v1/workflows/${made.id}/activate`)).status).toBe(200);
    expect(await hub.send('POST', `/v1/workflows/${made.id}/deactivate`)).toMatchObject({
      body: { status: 'inactive' },
    });
  });

  it('stay as they are where they are active and the new version could not be', async () => {
    const { id } = await create();
    await hub.send('POST', `/v1/workflows/${id}/activate`);
    expect((await put(id, '"1"', document())).status).toBe(409);
    expect(await put(id, '"1"', { ...harmless, name: 'In effect' })).toMatchObject({
      status: 200,
      body: { version: 2, status: 'active' },
    });
  });

  it('are gone once deleted, while their versions are kept for runs under way', async () => {
    const { id } = await create();
    await hub.send('POST', `/v1/workflows/${id}/activate`);
    expect((await hub.send('DELETE', `/v1/workflows/${id}`)).status).toBe(204);
    expect((await hub.send('GET', `/v1/workflows/${id}`)).status).toBe(404);
    expect((await hub.send('DELETE', `/v1/workflows/${id}`)).status).toBe(404);
    expect((await hub.send('POST', `/v1/workflows/${id}/activate`)).status).toBe(404);
    expect((await hub.send('GET', '/v1/workflows')).body).toEqual({ data: [], next: null });
    expect(await hub.database.reader.countBy(WorkflowVersions, { workflowId: id })).toBe(1);
  });

  it.each([
    ['an unknown query parameter', '/v1/workflows?colour=red', 400, 'colour'],
    ['a limit of 0', '/v1/workflows?limit=0', 400, 'limit'],
    ['a limit of 201', '/v1/workflows?limit=201', 400, 'limit'],
    ['a cursor of nobody', '/v1/workflows?after=zzz', 400, 'after'],
    ['a doubled parameter', '/v1/workflows?limit=1&limit=2', 400, 'limit'],
  ])('are not listed with %s', async (_, address, status, path) => {
    expect(await hub.send('GET', address)).toMatchObject({ status, body: { errors: [{ path }] } });
  });

  it.each([
    ['no token', { authorization: '' }, 401],
    ['an unknown token', { authorization: `Bearer ${'y'.repeat(40)}` }, 401],
    ['an ingest key', { authorization: `Bearer ${INGEST_KEY}` }, 403],
    ['basic authorization', { authorization: 'Basic YTpi' }, 401],
  ])('are not shown with %s', async (_, headers, status) => {
    const answer = await hub.send('GET', '/v1/workflows', { headers });
    expect(answer).toMatchObject({ status, body: { status } });
    if (status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});
