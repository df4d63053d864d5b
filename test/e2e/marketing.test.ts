import { checkExchanges } from '../support/contracts.ts';
import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

const businessUnit = '0Uv5e0000004CQSCA2';
const steps = (connector: string, listId: string) => [
  { id: 'push', action: 'push_record', input: { destination: connector } },
  { id: 'list', action: `${connector}.add_to_list`, input: { listId } },
];

describe('Account Engagement and Eloqua, from outside', () => {
  let corridor: Corridor;
  let count = 0;
  beforeEach(async () => {
    corridor = await startCorridor();
  });
  afterEach(() => corridor.close());

  const workflow = (connector: string, listId: string) =>
    corridor.hub.activate({
      name: connector,
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: steps(connector, listId),
    });
  const book = async (email: string) => {
    count += 1;
    const visitor = { email, fields: { first_name: 'New', last_name: 'Person', company: 'Acme', employees: 12 } };
    const attendees = [{ name: 'New Person', email, organizer: false, owner: false }];
    await corridor.hub.send({ type: 'meeting.booked', data: { meetingId: `m${count}`, attendees, visitor } });
    await corridor.hub.settleAll();
    return (await corridor.hub.runs()).map(({ status, error }) => ({ status, error }));
  };
  const external = async (email: string) =>
    (await corridor.hub.api('GET', `/v1/visitors/email:${email}`)).body as { external: Record<string, string> };
  const succeeded = { status: 'succeeded', error: null };

  it('asks for the business unit before anything is opened, and refuses one that is not there', async () => {
    const { hub } = corridor;
    const link = (options: object) => hub.api('POST', '/v1/connect-links', { connector: 'pardot', options });
    expect(await link({})).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'options.businessUnit', message: expect.any(String) }] },
    });
    expect(await link({ businessUnit: '0Uv' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'options.businessUnit', message: expect.stringContaining('begin with 0Uv') }] },
    });
    const wrong = await connect(corridor, 'pardot', { businessUnit: '0Uv5e000000XXXXXX2' });
    expect([wrong.status, wrong.page]).toEqual([expect.any(Number), expect.stringContaining('not found or inactive')]);
    expect((await hub.api('GET', '/v1/connections')).body).toMatchObject({ data: [] });
  });

  it('makes a prospect of a visitor, keeps its id, and adds it to a list', async () => {
    const { sandbox } = corridor;
    expect((await connect(corridor, 'pardot', { businessUnit })).status).toBe(200);
    await workflow('pardot', 'Autumn Fleet Webinar');
    expect(await book('new.person@acme.example')).toEqual([succeeded]);
    const prospects = sandbox.records('pardot', 'prospects') as { id: number; email: string }[];
    const made = prospects.filter(({ email }) => email === 'new.person@acme.example');
    expect(made).toMatchObject([{ firstName: 'New', company: 'Acme', employees: '12' }]);
    expect(sandbox.records('pardot', 'list-memberships')).toMatchObject([{ prospectId: made[0]?.id }]);
    expect(await external('new.person@acme.example')).toMatchObject({
      external: { pardotProspectId: String(made[0]?.id) },
    });
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  it('finds an Eloqua site where it has moved, without anybody’s help', async () => {
    const { sandbox, hub } = corridor;
    expect((await connect(corridor, 'eloqua')).status).toBe(200);
    await workflow('eloqua', '52');
    expect(await book('new.person@acme.example')).toEqual([succeeded]);
    sandbox.control('eloqua', { pod: 'p06' });
    expect(await book('other.person@acme.example')).toEqual([succeeded, succeeded]);
    const { data } = (await hub.api('GET', '/v1/connections')).body as { data: object[] };
    expect(data).toMatchObject([{ connector: 'eloqua', status: 'active', account: { name: 'BrightlineFreight' } }]);
    const people = ['new.person@acme.example', 'other.person@acme.example'];
    const ids = await Promise.all(people.map(async each => (await external(each)).external.eloquaContactId));
    const [list] = (sandbox.records('eloqua', 'lists') as { id: string; members: string[] }[]).filter(
      ({ id }) => id === '52',
    );
    expect(list?.members).toEqual(expect.arrayContaining(ids));
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  it('waits for a person where the access was taken back, and goes on once it is given again', async () => {
    const { sandbox, hub } = corridor;
    await connect(corridor, 'eloqua');
    await workflow('eloqua', '52');
    sandbox.control('eloqua', { revokeGrants: true });
    expect(await book('new.person@acme.example')).toMatchObject([{ status: 'parked' }]);
    await connect(corridor, 'eloqua');
    await hub.settleAll();
    expect((await hub.runs()).map(({ status }) => status)).toEqual(['succeeded']);
  });
});
