import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

type Mappings = { objects: Record<string, { mappings: object[] }> };

describe('People in Salesforce, from outside', () => {
  let corridor: Corridor;
  let base: string;
  beforeAll(async () => {
    corridor = await startCorridor();
    await connect(corridor, 'salesforce');
    const { data } = (await corridor.hub.api('GET', '/v1/connections')).body as { data: { id: string }[] };
    base = `/v1/connections/${data[0]!.id}`;
  });
  afterAll(() => corridor.close());
  const leads = () =>
    (corridor.sandbox.records('salesforce', 'Lead') as Record<string, unknown>[]).filter(
      ({ Email }) => Email === 'new.person@acme.example',
    );

  it('shows what the org has: fields with the required ones first, rights, owners', async () => {
    const { hub } = corridor;
    const fields = await hub.api('GET', `${base}/objects/Lead/fields`);
    expect(fields).toMatchObject({ status: 200, body: { data: expect.arrayContaining([]) } });
    const { data } = fields.body as { data: { name: string; required: boolean }[] };
    const lastRequired = data.findLastIndex(field => field.required);
    expect(data.slice(0, lastRequired + 1).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Company', 'LastName']),
    );
    expect(data.slice(0, lastRequired + 1).every(field => field.required)).toBe(true);
    expect(await hub.api('GET', `${base}/rights`)).toMatchObject({ status: 200, body: { missing: expect.any(Array) } });
    expect(await hub.api('GET', `${base}/options/owners?search=a`)).toMatchObject({
      status: 200,
      body: { data: expect.arrayContaining([{ value: expect.any(String), label: expect.any(String) }]) },
    });
  });

  it('takes back the mappings that it shows, and refuses a field that the org has not', async () => {
    const { hub } = corridor;
    const shown = (await hub.api('GET', '/v1/connectors/salesforce/mappings')).body as Mappings;
    const objects = Object.fromEntries(Object.entries(shown.objects).map(([name, { mappings }]) => [name, mappings]));
    expect(await hub.api('PUT', '/v1/connectors/salesforce/mappings', { objects })).toMatchObject({
      status: 200,
      body: { checked: true },
    });
    const Lead = [...objects.Lead!, { field: 'Titel', from: 'visitor.fields.title', update: 'always' }];
    expect(await hub.api('PUT', '/v1/connectors/salesforce/mappings', { objects: { Lead } })).toMatchObject({
      status: 422,
      body: {
        errors: [{ path: `objects.Lead[${Lead.length - 1}].field`, message: expect.stringContaining('`Title`') }],
      },
    });
  });

  it('makes one Lead of a person whom several workflows push at once, and an event that moves with its meeting', async () => {
    const { hub, sandbox } = corridor;
    for (const name of ['One', 'Two', 'Three'])
      await hub.activate({
        name,
        trigger: { type: 'meeting_booked', timing: 'immediately' },
        steps: [{ id: 'push', action: 'push_record', input: {} }],
      });
    const attendees = [
      { name: 'New Person', email: 'new.person@acme.example', organizer: false, owner: false },
      { name: 'Dana', email: 'dana.whitfield@brightline.example', organizer: true, owner: true },
    ];
    const times = (day: number) => ({ startTime: `2026-11-${day}T10:00:00Z`, endTime: `2026-11-${day}T10:30:00Z` });
    await hub.send({
      type: 'meeting.booked',
      data: {
        meetingId: 'm1',
        ...times(23),
        attendees,
        visitor: { email: 'new.person@acme.example', fields: { last_name: 'Person', company: 'Acme', employees: 12 } },
      },
    });
    await hub.settleAll();
    expect((await hub.runs()).map(({ status, error }) => ({ status, error }))).toEqual(
      Array(4).fill({ status: 'succeeded', error: null }),
    );
    expect(leads()).toMatchObject([{ LastName: 'Person', Company: 'Acme', NumberOfEmployees: 12 }]);
    const visitor = await hub.api('GET', '/v1/visitors/email:new.person@acme.example');
    expect(visitor.body).toMatchObject({ external: { salesforceLeadId: leads()[0]!.Id } });

    const events = () => sandbox.records('salesforce', 'Event') as Record<string, unknown>[];
    const before = events().length;
    await hub.send({ type: 'meeting.rescheduled', data: { meetingId: 'm1', ...times(24) } });
    await hub.settleAll();
    expect(events().filter(({ StartDateTime }) => String(StartDateTime).startsWith('2026-11-24T10:00'))).toHaveLength(
      1,
    );
    await hub.send({ type: 'meeting.canceled', data: { meetingId: 'm1' } });
    await hub.settleAll();
    expect(events()).toHaveLength(before - 1);
  });
});
