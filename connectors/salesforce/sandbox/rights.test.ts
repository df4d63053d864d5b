import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, useSandbox } from './test-client.ts';

const { checkContract, connect, sandbox } = useSandbox(startSandbox);
const withhold = (rights: object) => sandbox().control('salesforce', { withhold: rights });
const silva = { LastName: 'Silva', Company: 'Acme' };
const amara = makeId('00Q', 1);

describe('rights', () => {
  test('an object that may not be created says so in its describe, and refuses', async () => {
    const connection = await connect();
    withhold({ Lead: ['create'] });
    expect(await connection.sobject('Lead').describe()).toMatchObject({ createable: false, updateable: true });
    expect(await errorOf(connection.sobject('Lead').create(silva))).toMatchObject({
      errorCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      message: 'entity type cannot be inserted: Lead',
    });
    await connection.sobject('Lead').update({ Id: amara, Title: 'COO' });
  });

  test('an object may be for reading only', async () => {
    const connection = await connect();
    withhold({ Lead: ['edit', 'delete'] });
    const refused = { errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY' };
    expect(await errorOf(connection.sobject('Lead').update({ Id: amara, Title: 'COO' }))).toMatchObject(refused);
    expect(await errorOf(connection.sobject('Lead').destroy(amara))).toMatchObject(refused);
    await connection.sobject('Lead').retrieve(amara);
  });

  test('an object that may not be seen is not there', async () => {
    const connection = await connect();
    withhold({ Campaign: ['read'] });
    const { sobjects } = await connection.describeGlobal();
    expect(sobjects.map(({ name }) => name)).not.toContain('Campaign');
    expect(await errorOf(connection.sobject('Campaign').describe())).toMatchObject({ errorCode: 'NOT_FOUND' });
    expect(await errorOf(connection.query('SELECT Id FROM Campaign'))).toMatchObject({ errorCode: 'INVALID_TYPE' });
    const through = connection.query('SELECT Campaign.Name FROM CampaignMember');
    expect(await errorOf(through)).toMatchObject({ errorCode: 'INVALID_FIELD' });
  });

  test('a field may be hidden or for reading only', async () => {
    const connection = await connect();
    withhold({ fields: { Lead: ['Phone'] }, readOnlyFields: { Lead: ['Rating'] } });
    const { fields } = await connection.sobject('Lead').describe();
    expect(fields.find(({ name }) => name === 'Phone')).toBeUndefined();
    expect(fields.find(({ name }) => name === 'Rating')).toMatchObject({ createable: false, updateable: false });
    const create = (more: object) => errorOf(connection.sobject('Lead').create({ ...silva, ...more }));
    expect(await create({ Phone: '1' })).toMatchObject({ errorCode: 'INVALID_FIELD' });
    expect(await create({ Rating: 'Hot' })).toMatchObject({ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE' });
    expect(await errorOf(connection.query('SELECT Phone FROM Lead'))).toMatchObject({ errorCode: 'INVALID_FIELD' });
  });

  test('the e-mail opt-out is hidden until an administrator shows it', async () => {
    const connection = await connect();
    const ticked = () => connection.query('SELECT Id FROM Contact WHERE HasOptedOutOfEmail = true');
    expect(await errorOf(ticked())).toMatchObject({ errorCode: 'INVALID_FIELD' });
    sandbox().control('salesforce', { showFields: { Contact: ['HasOptedOutOfEmail'] } });
    expect((await ticked()).records).toEqual([]);
    const { fields } = await connection.sobject('Contact').describe();
    expect(fields.find(({ name }) => name === 'HasOptedOutOfEmail')).toMatchObject({
      type: 'boolean',
      updateable: true,
    });
  });

  test('who is no marketing user reads campaigns, and no more', async () => {
    const connection = await connect();
    withhold({ marketingUser: false });
    const { records } = await connection.query("SELECT UserPermissionsMarketingUser FROM User WHERE LastName = 'User'");
    expect(records).toMatchObject([{ UserPermissionsMarketingUser: false }]);
    const member = { CampaignId: makeId('701', 1), LeadId: amara };
    expect(await errorOf(connection.sobject('CampaignMember').create(member))).toMatchObject({
      errorCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    });
    await connection.query('SELECT Id FROM Campaign');
  });

  test('without the API nothing is answered', async () => {
    const connection = await connect();
    withhold({ apiEnabled: false });
    expect(await errorOf(connection.limits())).toMatchObject({ errorCode: 'API_DISABLED_FOR_ORG' });
    withhold({});
    await connection.limits();
  });

  test('rights are withheld from one user, and another one has them', async () => {
    sandbox().control('salesforce', { signInAs: 'dana.whitfield@brightline.example' });
    const dana = await connect();
    expect(await dana.identity()).toMatchObject({ email: 'dana.whitfield@brightline.example' });
    withhold({ user: 'dana.whitfield@brightline.example', Lead: ['create'] });
    expect(await errorOf(dana.sobject('Lead').create(silva))).toMatchObject({
      name: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    });
    sandbox().control('salesforce', { signInAs: 'integration@brightline.example' });
    await (await connect()).sobject('Lead').create(silva);
  });

  test('a user whom the app hints at is the one who consents', async () => {
    const connection = await connect({ login_hint: 'luis.ortega@brightline.example' });
    expect(await connection.identity()).toMatchObject({ display_name: 'Luis Ortega' });
  });
});

checkContract();
