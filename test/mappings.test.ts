import { StepError } from '../src/sdk/index.ts';
import { connectCrm, fakeCrm } from './support/fake-crm.ts';
import { apiOfAnotherWorkspace, startHub, type TestHub } from './support/hub.ts';

type Errors = { path: string; message: string }[];

describe('Field mappings', () => {
  let hub: TestHub;
  let crm: ReturnType<typeof fakeCrm>;
  beforeEach(async () => {
    crm = fakeCrm('crm');
    hub = await startHub([crm.connector]);
  });
  afterEach(() => hub.close());
  const put = async (lines: object[] | null, object = 'Person') => {
    const answer = await hub.api('PUT', '/v1/connectors/crm/mappings', { objects: { [object]: lines } });
    return answer as { status: number; body: { errors: Errors } };
  };
  const get = async () => (await hub.api('GET', '/v1/connectors/crm/mappings')).body as { objects: object };
  const title = { field: 'LastName', from: 'visitor.fields.title', update: 'always' };

  it('stand at the connector’s defaults until an admin changes them, and go back to them', async () => {
    const defaults = {
      Person: {
        label: 'Person',
        custom: false,
        mappings: [{ field: 'Email', from: 'visitor.email', update: 'always' }],
      },
    };
    expect((await get()).objects).toEqual(defaults);
    expect((await put([title])).status).toBe(200);
    expect((await get()).objects).toEqual({ Person: { label: 'Person', custom: true, mappings: [title] } });
    expect((await put(null)).status).toBe(200);
    expect((await get()).objects).toEqual(defaults);
  });

  it('belong to one workspace', async () => {
    const api = await apiOfAnotherWorkspace(hub);
    await put([title]);
    expect((await api('GET', '/v1/connectors/crm/mappings')).body).toMatchObject({
      objects: { Person: { custom: false } },
    });
  });

  it.each<[string, object, string, RegExp]>([
    ['a field that is not there', { field: 'LastNam', value: 'x' }, 'field', /LastName/],
    ['a field that cannot be written', { field: 'Made', from: 'session.startedAt' }, 'field', /cannot be written/],
    ['an update of a field that is written once', { field: 'Origin', value: 'x' }, 'update', /"never"/],
    [
      'a value outside a restricted picklist',
      { field: 'Source', value: 'Wep' },
      'value',
      /Web, Event.*Did you mean `Web`/,
    ],
    ['a value that is too long', { field: 'LastName', value: 'x'.repeat(21) }, 'value', /21 characters.*20/],
    ['a text for a number', { field: 'Staff', value: 'many' }, 'value', /a number/],
    ['a number for true or false', { field: 'OptOut', value: 3 }, 'value', /true or false/],
    ['words for a date', { field: 'Since', value: 'long ago' }, 'value', /a date/],
    ['an undefined visitor field', { field: 'LastName', from: 'visitor.fields.titel' }, 'from', /`title`/],
    ['data that there is not', { field: 'LastName', from: 'visitr.email' }, 'from', /visitor/],
    ['what a step gave back', { field: 'LastName', from: 'steps.push.recordId' }, 'from', /no workflow/],
    ['no path', { field: 'LastName', from: '{{ visitor.email }}' }, 'from', /path/],
    ['a text field into a number', { field: 'Staff', from: 'visitor.fields.title' }, 'from', /a text.*a number/],
    ['a number into true or false', { field: 'OptOut', from: 'visitor.fields.employees' }, 'from', /a number/],
    ['a list into a text', { field: 'LastName', from: 'session.pageViews' }, 'from', /a list/],
  ])('refuse %s, by its path', async (_, line, path, message) => {
    await connectCrm(hub);
    const answer = await put(
      [title, { update: 'always', ...line }].slice('field' in line && line.field === 'LastName' ? 1 : 0),
    );
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      {
        path: expect.stringMatching(new RegExp(`^objects\\.Person\\[[01]\\]\\.${path}$`)),
        message: expect.stringMatching(message),
      },
    ]);
  });

  it('name every mistake at once, also a field that is filled twice', async () => {
    await connectCrm(hub);
    const answer = await put([
      title,
      { ...title, from: 'visitor.fields.nope' },
      { field: 'Nope', value: 1, update: 'always' },
    ]);
    expect(answer.body.errors.map(({ path }) => path)).toEqual([
      'objects.Person[1].field',
      'objects.Person[1].from',
      'objects.Person[2].field',
    ]);
    expect((await get()).objects).toMatchObject({ Person: { custom: false } });
  });

  it('refuse an object that cannot be mapped, a line with two sources, and an unknown connector', async () => {
    expect((await put([title], 'Account')).body.errors).toMatchObject([{ path: 'objects.Account' }]);
    expect((await put([{ ...title, value: 'x' }])).status).toBe(400);
    expect((await hub.api('PUT', '/v1/connectors/nope/mappings', { objects: {} })).status).toBe(404);
  });

  it('are checked by our side alone while the vendor is not connected', async () => {
    expect(await put([{ field: 'Anything', value: 'x', update: 'always' }])).toMatchObject({
      status: 200,
      body: { checked: false },
    });
    expect((await put([{ ...title, from: 'visitor.fields.nope' }])).body.errors).toHaveLength(1);
  });

  it('are not saved where the vendor cannot be asked', async () => {
    await connectCrm(hub);
    crm.fail.push(new StepError('transient', 'The CRM is down.'));
    expect(await put([title])).toMatchObject({ status: 503, body: { detail: 'The CRM is down.' } });
    expect((await get()).objects).toMatchObject({ Person: { custom: false } });
  });
});

describe('What a vendor says of itself', () => {
  let hub: TestHub;
  let crm: ReturnType<typeof fakeCrm>;
  let base: string;
  beforeEach(async () => {
    crm = fakeCrm('crm');
    hub = await startHub([crm.connector]);
    base = `/v1/connections/${await connectCrm(hub)}`;
  });
  afterEach(() => hub.close());
  const fields = async (query = '') =>
    (await hub.api('GET', `${base}/objects/Person/fields${query}`)).body as { data: { name: string }[] };

  it('lists objects, and their fields with the required ones first', async () => {
    expect((await hub.api('GET', `${base}/objects`)).body).toEqual({
      data: [{ name: 'Person', label: 'Person' }],
      next: null,
    });
    expect((await fields()).data[0]).toMatchObject({ name: 'LastName', required: true });
    expect((await hub.api('GET', `${base}/objects/Account/fields`)).status).toBe(404);
  });

  it('is asked again after ten minutes, or when told to', async () => {
    await fields();
    await fields();
    expect(crm.described).toBe(1);
    await fields('?refresh=1');
    expect(crm.described).toBe(2);
    hub.clock.advance(11 * 60_000);
    await fields();
    expect(crm.described).toBe(3);
  });

  it('is asked again once a step has found that the objects have changed', async () => {
    await fields();
    crm.fail.push(new StepError('rejected', 'There is no field LastName any more.', { schemaDrift: true }));
    await hub.activate({
      name: 'Test',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [{ id: 'push', action: 'push_record', input: {} }],
    });
    await hub.send({
      type: 'meeting.booked',
      data: { meetingId: 'm1', visitorId: 'v1', sessionId: 's1', visitor: { email: 'ana@acme.example' } },
    });
    await hub.settle();
    expect(await hub.runs()).toMatchObject([{ status: 'failed', error: expect.stringContaining('no field LastName') }]);
    await fields();
    expect(crm.described).toBe(2);
  });

  it('tells which rights are missing', async () => {
    expect((await hub.api('GET', `${base}/rights`)).body).toEqual({ ok: true, missing: [] });
    crm.rights = ['Grant Create on Person.'];
    expect((await hub.api('GET', `${base}/rights`)).body).toEqual({ ok: false, missing: ['Grant Create on Person.'] });
  });

  it('can be added to where the connector offers to, and says why not', async () => {
    expect(await hub.api('POST', `${base}/setup`)).toEqual({
      status: 200,
      body: { done: true, message: 'It is prepared.' },
    });
    crm.fail.push(new StepError('forbidden', 'Grant Customize Application.'));
    expect(await hub.api('POST', `${base}/setup`)).toMatchObject({
      status: 400,
      body: { detail: 'Grant Customize Application.' },
    });
    const { data } = (await hub.api('GET', '/v1/connectors')).body as { data: object[] };
    expect(data).toMatchObject([
      {
        roles: ['push'],
        mappable: [{ name: 'Person', label: 'Person' }],
        options: ['owners'],
        checksRights: true,
        setup: { title: 'Prepare the account' },
      },
    ]);
  });

  it('renews a credential that is refused once, and then says that the account must be connected again', async () => {
    const refused = () => new StepError('unauthorized', 'The key is void.');
    crm.fail.push(refused());
    expect((await hub.api('GET', `${base}/objects/Person/fields`)).status).toBe(200);
    crm.fail.push(refused(), refused());
    expect((await hub.api('GET', `${base}/objects/Person/fields?refresh=1`)).status).toBe(400);
    expect((await hub.api('GET', base)).body).toMatchObject({ status: 'needs_reconnect' });
  });

  it('lists what can be chosen from', async () => {
    expect((await hub.api('GET', `${base}/options/owners?search=an&after=2`)).body).toEqual({
      data: [{ value: 'u-an-2', label: 'Someone' }],
      next: 'more',
    });
    expect((await hub.api('GET', `${base}/options/constructor`)).status).toBe(404);
  });

  it('is told to nobody of another workspace', async () => {
    const api = await apiOfAnotherWorkspace(hub);
    for (const path of ['objects', 'objects/Person/fields', 'rights', 'options/owners'])
      expect((await api('GET', `${base}/${path}`)).status).toBe(404);
    expect((await api('POST', `${base}/setup`)).status).toBe(404);
  });

  it('shows of connections those of one rep where asked to', async () => {
    const personal = await connectCrm(hub, 'crm', { user: 'Rita@acme.example', userId: 'u-rita' });
    const list = async (query: string) =>
      ((await hub.api('GET', `/v1/connections?${query}`)).body as { data: { id: string }[] }).data.map(({ id }) => id);
    expect(await list('user=RITA@acme.example')).toEqual([personal]);
    expect(await list('user=otto@acme.example')).toEqual([]);
    expect(await list('connector=crm')).toHaveLength(2);
    expect(await list('connector=other')).toEqual([]);
  });
});
