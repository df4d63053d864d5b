import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/salesforce-sandbox.ts';
import { clientAt, rows, server } from '../../test/support/scripted-salesforce.ts';
import type { SalesforceClient } from './client.ts';
import salesforce from './index.ts';
import vendor from './sandbox/index.ts';

const directory = salesforce.roles!.directory!;
type Row = { Id: string } & Record<string, unknown>;

let sandbox: Sandbox;
let client: SalesforceClient;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => Date.parse('2026-11-23T09:00:00Z') });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  client = await connectTo(sandbox);
});

const asked = () => ({ client, signal: AbortSignal.timeout(10_000), settings: {} });
const find = (object: string, field: string, value: unknown) => {
  const found = (sandbox.records('salesforce', object) as Row[]).find(record => record[field] === value);
  if (!found) throw new Error(`no ${object} whose ${field} is ${value}`);
  return found;
};
const owner = (person: Partial<Parameters<typeof directory.ownerOf>[1]>) =>
  directory.ownerOf(asked(), { external: {}, ...person });
const email = 'amara.diallo@lumen-robotics.example';
const [dana, luis, priya] = ['dana.whitfield', 'luis.ortega', 'priya.raman'].map(name => `${name}@brightline.example`);

describe('the owner of a person’s record', () => {
  test('is that of the record that was pushed, before all others', async () => {
    const record = { type: 'Contact', id: find('Contact', 'Email', 'hanna.verbeek@northwind-freight.example').Id };
    const external = { salesforceLeadId: find('Lead', 'Email', email).Id };
    expect(await owner({ record, external, email })).toEqual({
      id: find('User', 'Email', dana).Id,
      name: 'Dana Whitfield',
      email: dana,
    });
  });

  test('is that of the record whose id is kept, a Contact before a Lead, also by ids of 15 characters', async () => {
    const salesforceLeadId = find('Lead', 'Email', email).Id;
    const salesforceContactId = find('Contact', 'Email', 'katrin.moser@alpenglow-foods.example').Id.slice(0, 15);
    expect(await owner({ external: { salesforceLeadId } })).toMatchObject({ email: luis });
    expect(await owner({ external: { salesforceLeadId, salesforceContactId } })).toMatchObject({ email: priya });
  });

  test('is that of the Contact that a Lead was converted to', async () => {
    const converted = find('Lead', 'IsConverted', true);
    await client
      .connection(asked().signal)
      .sobject('Contact')
      .update({
        Id: String(converted.ConvertedContactId),
        OwnerId: find('User', 'Email', dana).Id,
      });
    expect(await owner({ external: { salesforceLeadId: converted.Id } })).toMatchObject({ email: dana });
  });

  test('is found by e-mail, in any case, where no id leads anywhere', async () => {
    const external = { salesforceContactId: '003000000000999AAA', salesforceLeadId: 'nonsense' };
    const record = { type: 'Prospect', id: '12' };
    expect(await owner({ record, external, email: email.toUpperCase() })).toMatchObject({ email: luis });
  });

  test('is nobody without a record', async () => {
    expect(await owner({})).toBeUndefined();
    expect(await owner({ email: 'nobody@nowhere.example' })).toBeUndefined();
  });

  test.each([
    ['a queue has it', '00G000000000001AAA', []],
    ['the owner has left', '005000000000001AAA', [{ Id: '005000000000001AAA', Email: dana, IsActive: false }]],
  ])('is nobody where %s', async (_why, OwnerId, users) => {
    server.answer(({ query }) => {
      const [, object] = /FROM (\w+) /.exec(query.get('q') ?? '') ?? [];
      const lead = { Id: '00Q000000000001AAA', Email: email, IsConverted: false, OwnerId };
      return rows(object === 'Lead' ? [lead] : object === 'User' ? users : []);
    });
    const context = { client: clientAt(server.url), signal: AbortSignal.timeout(5_000), settings: {} };
    expect(await directory.ownerOf(context, { external: {}, email })).toBeUndefined();
    expect(server.seen.map(({ query }) => query.get('q')?.includes('FROM User')).at(-1)).toBe(users.length > 0);
  });
});

describe('a user', () => {
  test('is found by id and by e-mail in any case', async () => {
    const { Id } = find('User', 'Email', dana);
    const whole = { id: Id, name: 'Dana Whitfield', email: dana };
    expect(await directory.findUser(asked(), { id: Id })).toEqual(whole);
    expect(await directory.findUser(asked(), { id: Id.slice(0, 15) })).toEqual(whole);
    expect(await directory.findUser(asked(), { email: ` ${dana?.toUpperCase()} ` })).toEqual(whole);
  });

  test.each([
    { id: '005000000000999AAA' },
    { id: "005' OR Id != '" },
    { id: 'U12345' },
    { email: 'nobody@nowhere.example' },
    { email: "x' OR Email != '" },
    { email: 'milo.hart@brightline.example' },
  ])('%j is nobody', async user => {
    expect(await directory.findUser(asked(), user)).toBeUndefined();
  });

  test('who has left is nobody, by id too', async () => {
    expect(await directory.findUser(asked(), { id: find('User', 'FirstName', 'Milo').Id })).toBeUndefined();
  });

  test('is only read, as the contracts say', async () => {
    await owner({ email });
    await directory.findUser(asked(), { email: dana ?? '' });
    const exchanges = sandbox.exchanges().filter(({ url }) => url.includes('/services/data/'));
    expect(new Set(exchanges.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(await checkExchanges(exchanges)).toMatchObject({ passed: true });
  });
});
