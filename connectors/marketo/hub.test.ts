import type { WorkflowDocument } from '../../src/model/workflow.ts';
import type { Connector } from '../../src/sdk/index.ts';
import { startHub, type TestHub } from '../../test/support/hub.ts';
import marketo from './index.ts';
import { type Instance, startInstance } from './test-instance.ts';

/** The hub with Marketo alone: what typed values, tokens and batches come to in the engine. */
let hub: TestHub;
let instance: Instance;
beforeEach(async () => {
  instance = await startInstance();
  hub = await startHub([marketo as Connector], { config: { environment: instance.settings() } });
  instance.clock.now = hub.clock.now();
});
afterEach(async () => {
  await hub.close();
  await instance.close();
});

const connect = async (over?: Record<string, string>) =>
  (await hub.api('POST', '/v1/connections', { connector: 'marketo', values: instance.values(over) })) as {
    status: number;
    body: { id: string; account: object; options: object; detail?: string };
  };
const workflow = {
  name: 'Meeting to Marketo',
  trigger: { type: 'meeting_booked', timing: 'immediately' },
  steps: [
    { id: 'push', action: 'push_record', input: {} },
    { id: 'program', action: 'marketo.add_to_program', input: { programId: '1107', status: 'Meeting Booked' } },
  ],
} as WorkflowDocument;
const booked = (n: number, email = `visitor-${n}@acme.example`) => ({
  type: 'meeting.booked',
  data: {
    meetingId: `m${n}`,
    sessionId: `s${n}`,
    visitorId: `v${n}`,
    visitor: { email, fields: { last_name: 'Silva' } },
  },
});
const tokensAsked = () => instance.exchanges().filter(({ url }) => url.includes('/identity/')).length;
const statuses = async () => (await hub.runs()).map(({ status }) => status);

test('is connected by typed values, of which the secret is never shown again', async () => {
  const { status, body } = await connect({ partition: 'Default' });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    account: { user: 'baton-api@brightline.example' },
    options: { baseUrl: instance.values().baseUrl, clientId: instance.values().clientId, partition: 'Default' },
  });
  expect(JSON.stringify(body)).not.toContain(instance.values().clientSecret);
});

test('tells a form what to ask for, and which of it is secret', async () => {
  const { body } = (await hub.api('GET', '/v1/connectors')) as { body: { data: { auth: object }[] } };
  expect(body.data[0]?.auth).toMatchObject({
    kind: 'key',
    fields: {
      required: ['baseUrl', 'clientId', 'clientSecret'],
      properties: { clientSecret: { title: 'Client secret', secret: true }, partition: { title: 'Partition' } },
    },
  });
});

test.each([
  [{ clientSecret: 'wrong' }, 'client secret'],
  [{ baseUrl: 'http://169.254.169.254' }, 'mktorest.com'],
  [{ baseUrl: '' }, 'baseUrl'],
])('is not connected with %j, and says why', async (over, words) => {
  const answer = await connect(over);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(JSON.stringify(answer.body)).toContain(words);
});

test('pushes a person, keeps the id, and adds the person to a program', async () => {
  await connect();
  await hub.activate(workflow);
  await hub.send(booked(1, 'ana@acme.example'));
  await hub.settle();
  expect(await statuses()).toEqual(['succeeded']);
  const [lead] = instance.rows('leads').filter(({ email }) => email === 'ana@acme.example');
  expect(lead).toMatchObject({ lastName: 'Silva' });
  expect(instance.rows('programMembers')).toMatchObject([{ leadId: lead?.id, statusName: 'Meeting Booked' }]);
  const visitor = (await hub.api('GET', '/v1/visitors/v1')).body as { external: object };
  expect(visitor.external).toEqual({ marketoLeadId: String(lead?.id) });
});

test('one token serves until it ends; then it is exchanged once, and the step goes on', async () => {
  await connect();
  await hub.activate(workflow);
  for (const n of [1, 2, 3]) {
    await hub.send(booked(n));
    await hub.settle();
  }
  expect(tokensAsked()).toBe(1);
  hub.clock.advance(3_590_000);
  instance.clock.now = hub.clock.now();
  await hub.send(booked(4));
  await hub.settle();
  expect(tokensAsked()).toBe(1);
  hub.clock.advance(20_000);
  instance.clock.now = hub.clock.now();
  await hub.send(booked(5), booked(6));
  await hub.settle();
  expect(tokensAsked()).toBe(2);
  expect(await statuses()).toEqual(Array(6).fill('succeeded'));
});

test('withdrawn credentials park the steps until somebody connects again', async () => {
  await connect();
  await hub.activate(workflow);
  instance.control('marketo', { withdrawCredentials: true });
  await hub.send(booked(1));
  await hub.settle();
  expect(await statuses()).toEqual(['parked']);
  instance.control('marketo', { withdrawCredentials: false });
  expect((await connect()).status).toBe(201);
  await hub.settle();
  expect(await statuses()).toEqual(['succeeded']);
});

test('a push whose answer was lost is sent again only once the first can no longer land, and makes nobody twice', async () => {
  await connect();
  await hub.activate(workflow);
  instance.fault('marketo', { match: { method: 'POST', path: '/leads.json' }, fault: { reset: 'after-apply' } });
  await hub.send(booked(1));
  await hub.settleAll();
  expect(await statuses()).toEqual(['succeeded']);
  expect(instance.rows('leads').filter(({ email }) => email === 'visitor-1@acme.example')).toHaveLength(1);
});

test('people who book at the same moment travel together', async () => {
  await connect();
  await hub.activate({ ...workflow, steps: workflow.steps.slice(0, 1) } as WorkflowDocument);
  await hub.send(...Array.from({ length: 60 }, (_, n) => booked(n)));
  await hub.settleAll();
  expect(await statuses()).toEqual(Array(60).fill('succeeded'));
  // The first leaves at once, the others while its call is in flight.
  expect(instance.calls().length).toBeLessThanOrEqual(8);
});
