import { hanna, useHubSpot } from '../../test/support/hubspot-scene.ts';
import hubspot from './index.ts';

const { checkContract, client, idOf, sandbox } = useHubSpot();

describe('people', () => {
  const call = () => ({ client: client(), signal: AbortSignal.timeout(5_000), settings: sandbox().settings() });
  const directory = hubspot.roles!.directory!;

  test('the owner of a contact is found by record, kept id or e-mail', async () => {
    const dana = { id: '71002', name: 'Dana Whitfield', email: 'dana.whitfield@brightline.example' };
    expect(await directory.ownerOf(call(), { record: { type: 'contacts', id: idOf(hanna) }, external: {} })).toEqual(
      dana,
    );
    expect(await directory.ownerOf(call(), { external: { hubspotContactId: idOf(hanna) } })).toEqual(dana);
    expect(await directory.ownerOf(call(), { external: {}, email: hanna.toUpperCase() })).toEqual(dana);
    expect(
      await directory.ownerOf(call(), { external: {}, email: 'amara.diallo@lumen-robotics.example' }),
    ).toBeUndefined();
    expect(await directory.ownerOf(call(), { external: {}, email: 'nobody@nowhere.example' })).toBeUndefined();
  });

  test('a user is found by e-mail or id, but not one who has left', async () => {
    expect(await directory.findUser(call(), { email: 'Luis.Ortega@brightline.example' })).toMatchObject({
      id: '71003',
    });
    expect(await directory.findUser(call(), { id: '71003' })).toMatchObject({ name: 'Luis Ortega' });
    expect(await directory.findUser(call(), { email: 'milo.hart@brightline.example' })).toBeUndefined();
    expect(await directory.findUser(call(), { id: '71005' })).toBeUndefined();
    expect(await directory.findUser(call(), { id: 'x' })).toBeUndefined();
  });

  test('an admin chooses from the active owners', async () => {
    const list = await hubspot.pickLists!.owners!(call(), { search: 'priya' });
    expect(list.options).toEqual([{ value: '71004', label: 'Priya Raman (priya.raman@brightline.example)' }]);
  });

  test('the properties that can be mapped are those that may be written and are shown', async () => {
    const fields = await hubspot.mappable!.describe(call(), 'contacts');
    const names = fields.map(({ name }) => name);
    expect(names[0]).toBe('email');
    for (const hidden of ['hs_object_id', 'hs_email_domain', 'hs_secret_score', 'createdate', 'hubspot_owner_id'])
      expect(names).not.toContain(hidden);
    expect(fields.find(({ name }) => name === 'hs_lead_status')).toEqual({
      name: 'hs_lead_status',
      label: 'Lead Status',
      type: 'enumeration',
      required: false,
      creatable: true,
      updatable: true,
      restricted: true,
      options: [
        { value: 'NEW', label: 'New' },
        { value: 'OPEN', label: 'Open' },
        { value: 'IN_PROGRESS', label: 'In Progress' },
        { value: 'UNQUALIFIED', label: 'Unqualified' },
      ],
    });
    const defaults = hubspot.mappable!.objects[0]!.defaults.map(({ field }) => field);
    expect(names).toEqual(expect.arrayContaining(defaults));
  });
});

checkContract();
