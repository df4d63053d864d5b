import { ellen, hanna, line, mapped, tomas, useHubSpot } from '../../test/support/hubspot-scene.ts';
import { failureOf } from '../../test/support/step.ts';
import hubspot from './index.ts';

const { byEmail, checkContract, clock, control, idOf, meanwhile, push, reconnect, rows, sandbox, wire } = useHubSpot();

describe('whom a push finds', () => {
  test('the contact with the e-mail, in whatever case', async () => {
    const { output } = await push({ email: hanna.toUpperCase(), fields: { phone: '+31 20 555 0100' } });
    const id = idOf(hanna);
    expect(output).toEqual({
      connector: 'hubspot',
      recordType: 'contacts',
      recordId: id,
      created: false,
      url: `${sandbox().url}/hubspot/contacts/48211733/record/0-1/${id}`,
      externalIds: { hubspotContactId: id },
    });
    expect(byEmail(hanna)?.properties).toMatchObject({ phone: '+31 20 555 0100', firstname: 'Hanna' });
  });

  test('nobody: it is created with what is known', async () => {
    const fields = { first_name: 'New', last_name: 'Person', company: 'Fresh', title: 'Buyer', industry: ' ' };
    const { output, notes } = await push({ email: 'new.person@fresh.example', fields });
    expect(output.created).toBe(true);
    expect(byEmail('new.person@fresh.example')).toMatchObject({
      id: output.recordId,
      properties: { firstname: 'New', lastname: 'Person', company: 'Fresh', jobtitle: 'Buyer' },
    });
    expect(byEmail('new.person@fresh.example')?.properties).not.toHaveProperty('industry');
    expect(notes).toContain('was created');
  });

  test('a contact that has the e-mail as a further address, which keeps its primary one', async () => {
    const before = rows('contacts').length;
    const { output, notes } = await push({
      email: 'Ellen@Marsh-Consulting.example',
      ...mapped(line('jobtitle', 'Consultant', 'if_blank'), line('firstname', 'Elaine', 'if_blank')),
    });
    expect(output).toMatchObject({ recordId: idOf(ellen), created: false });
    expect(byEmail(ellen)?.properties).toMatchObject({ firstname: 'Ellen', jobtitle: 'Consultant' });
    expect(rows('contacts')).toHaveLength(before);
    expect(notes).toContain('further address');
  });

  test('a contact that was merged into another is that other', async () => {
    const [primary, other] = [idOf(hanna), idOf(tomas)];
    control({ merge: { primary, other } });
    const { output } = await push({ email: tomas, ...mapped(line('phone', '+1', 'always')) });
    expect(output.recordId).toBe(primary);
    expect(byEmail(tomas)).toBeUndefined();
  });

  test('nobody, since the visitor’s e-mail is not known: the step says so without a call', async () => {
    const error = await failureOf(hubspot, push({}));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(wire()).toEqual([]);
  });
});

describe('who owns a contact', () => {
  const [dana, luis] = ['dana.whitfield@brightline.example', 'luis.ortega@brightline.example'];
  const meetingOf = (email: string) => ({ id: 'm1', owner: { email } });
  test.each([
    ['the rep who chatted', { rep: { email: dana.toUpperCase() }, meeting: meetingOf(luis) }, '71002'],
    [
      'the owner of the meeting, where no rep is a user',
      { rep: { email: 'x@y.example' }, meeting: meetingOf(luis) },
      '71003',
    ],
    ['nobody, where both are strangers', { rep: { email: 'milo.hart@brightline.example' } }, null],
  ])('a new one belongs to %s', async (_who, facts, owner) => {
    const { notes } = await push({ email: 'new@owner.example', ...facts });
    expect(byEmail('new@owner.example')?.properties.hubspot_owner_id ?? null).toBe(owner);
    if (owner === null) expect(notes).toContain('has no owner');
  });

  test('an existing one keeps its owner, even where the owner is mapped', async () => {
    const { notes } = await push({
      email: hanna,
      rep: { email: luis },
      ...mapped(line('hubspot_owner_id', '71003'), line('phone', '1')),
    });
    expect(byEmail(hanna)?.properties.hubspot_owner_id).toBe('71002');
    expect(notes).toContain('decides it by itself');
  });

  test('a connection that may not see owners leaves a new contact without one, and says so', async () => {
    control({ withholdScopes: ['crm.objects.owners.read'] });
    await reconnect();
    clock.now += 3_600_000;
    await reconnect();
    const { output, notes } = await push({ email: 'new@owner.example', rep: { email: dana } });
    expect(output.created).toBe(true);
    expect(notes).toContain('crm.objects.owners.read');
  });
});

describe('what a push writes into a contact that is there', () => {
  test.each([
    ['always', 'COO', 'COO'],
    ['always', '', 'VP Operations'],
    ['if_blank', 'COO', 'VP Operations'],
    ['never', 'COO', 'VP Operations'],
  ] as const)('%s with “%s” leaves %s', async (update, value, left) => {
    await push({ email: hanna, ...mapped(line('jobtitle', value, update)) });
    expect(byEmail(hanna)?.properties.jobtitle).toBe(left);
  });

  test('is read first only where a rule looks at it', async () => {
    await push({ email: hanna, ...mapped(line('jobtitle', 'COO'), line('phone', '1')) });
    expect(wire()).toEqual(['POST /crm/v3/objects/contacts/batch/upsert']);
    await push({ email: hanna, ...mapped(line('jobtitle', 'CEO', 'if_blank')) });
    // Filled already: nothing is written.
    expect(wire().slice(1)).toEqual(['POST /crm/v3/objects/contacts/batch/read']);
  });

  test('is turned into what each property takes', async () => {
    await push({
      email: hanna,
      ...mapped(
        line('fleet_size', '120.5'),
        line('renewal_date', '2027-03-01T22:00:00-05:00'),
        line('last_chat_at', '2026-11-23T10:00:00+01:00'),
        line('is_partner', true),
        line('product_interest', ['Live tracking', 'billing']),
        line('lifecyclestage', 'Sales Qualified Lead'),
      ),
    });
    expect(byEmail(hanna)?.properties).toMatchObject({
      fleet_size: '120.5',
      renewal_date: '2027-03-01',
      last_chat_at: '2026-11-23T09:00:00.000Z',
      is_partner: 'true',
      product_interest: 'tracking;billing',
      lifecyclestage: 'salesqualifiedlead',
    });
  });

  test.each([
    ['an option that it has not', line('lifecyclestage', 'Hot'), /lifecyclestage.*subscriber, lead.*"Hot"/],
    ['a word for a number', line('fleet_size', 'many'), /fleet_size.*takes a number; it was "many"/],
    ['a property that is not there', line('shoe_size', '44'), /names `shoe_size`, but .*no such contact property/],
    ['one that HubSpot works out', line('hs_email_domain', 'x'), /hs_email_domain.*takes no value/],
  ])('is refused before anything is written where it is %s', async (_what, wrong, words) => {
    const error = await failureOf(hubspot, push({ email: 'x@y.example', ...mapped(wrong) }));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: { field: wrong.field },
    });
    expect(error.message).toMatch(words);
    expect(byEmail('x@y.example')).toBeUndefined();
  });

  test('a property that was taken away since it was described is a drift of the schema', async () => {
    const body = {
      status: 'error',
      message:
        'Property values were not valid: [{"isValid":false,"message":"Property \\"jobtitle\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"jobtitle"}]',
      correlationId: 'corr-1',
      category: 'VALIDATION_ERROR',
    };
    sandbox().fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 400, body } });
    const error = await failureOf(hubspot, push({ email: hanna, ...mapped(line('jobtitle', 'COO')) }));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: {
        field: 'jobtitle',
        vendorCode: 'PROPERTY_DOESNT_EXIST',
        schemaDrift: true,
        vendorMessage: 'Property "jobtitle" does not exist',
      },
    });
    sandbox().reset();
    // The properties are asked for anew.
    await push({ email: hanna, ...mapped(line('jobtitle', 'COO')) });
    expect(wire()[0]).toBe('GET /crm/v3/properties/contacts');
  });

  test('a contact that is deleted between reading and writing is made anew, with an owner', async () => {
    const id = idOf(hanna);
    meanwhile('batch/upsert', () => control({ delete: id }));
    const { output, notes } = await push({
      email: hanna,
      rep: { email: 'luis.ortega@brightline.example' },
      ...mapped(line('firstname', 'Hanna', 'if_blank'), line('phone', '1')),
    });
    expect(output.recordId).not.toBe(id);
    expect(byEmail(hanna)?.properties).toMatchObject({ firstname: 'Hanna', phone: '1', hubspot_owner_id: '71003' });
    expect(notes).toContain('made anew');
  });
});

checkContract();
