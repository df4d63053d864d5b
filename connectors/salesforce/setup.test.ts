import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo, grantFrom } from '../../test/support/salesforce-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { addToCampaign } from './actions/add-to-campaign.ts';
import { createEvent } from './actions/create-event.ts';
import { createTask } from './actions/create-task.ts';
import { pushRecord } from './actions/push-record.ts';
import type { SalesforceClient } from './client.ts';
import salesforce from './index.ts';
import vendor from './sandbox/index.ts';
import { unzip } from './sandbox/unzip.ts';
import { packageZip } from './setup.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const KEY = 'Baton_Step_Key__c';
type Row = Record<string, unknown>;
const exchanges: object[] = [];
let sandbox: Sandbox;
let client: SalesforceClient;

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  exchanges.push(...sandbox.exchanges());
  sandbox.reset();
  client = await connectTo(sandbox);
});

const records = (type: string) => sandbox.records('salesforce', type) as Row[];
const asking = () => ({ client, signal: AbortSignal.timeout(20_000), settings: {} });
const setUp = async () => salesforce.setup?.run(asking());
const stepKey = 'k'.repeat(40);
const step = (facts = {}) => stepOf(client, { facts, now: NOW, stepKey });
const lose = (path: string) => sandbox.fault('salesforce', { match: { path }, fault: { reset: 'after-apply' } });
const meeting = { subject: 'M', startTime: '2026-12-01T10:00:00Z', endTime: '2026-12-01T10:30:00Z' };

describe('the key field', () => {
  test('comes as a package that Salesforce can read', async () => {
    const files = [...unzip(Buffer.from(await packageZip(), 'base64')).keys()].sort();
    expect(files).toEqual([
      'objects/Activity.object',
      'objects/CampaignMember.object',
      'objects/Lead.object',
      'package.xml',
      'permissionsets/Baton_Integration.permissionset',
    ]);
    expect(await packageZip()).toBe(await packageZip());
  });

  test('is deployed and given to the connected user, and deploying it again does no harm', async () => {
    for (const _time of ['first', 'second'])
      expect(await setUp()).toEqual({
        done: true,
        message: 'The key field is installed, and the connected user may write it.',
      });
    const fields = await salesforce.mappable?.describe(asking(), 'Lead');
    expect(fields?.find(({ name }) => name === KEY)).toMatchObject({ label: 'Baton Step Key', maxLength: 64 });
  });

  test('says what the user lacks where metadata may not be changed', async () => {
    sandbox.control('salesforce', { withhold: { modifyMetadata: false } });
    const error = await failureOf(salesforce, setUp());
    expect(error).toMatchObject({ kind: 'forbidden', details: { vendorCode: 'INSUFFICIENT_ACCESS' } });
  });

  const once: [string, string, () => Promise<unknown>][] = [
    ['Task', 'Task', () => createTask.run(step().context, { subject: 's' })],
    ['Event', 'Event', () => createEvent.run(step().context, meeting)],
    [
      'Lead',
      'Lead',
      () => pushRecord.run(step({ visitor: { email: 'key@new.example', fields: {}, external: {} } }).context, {}),
    ],
    [
      'campaign member',
      'CampaignMember',
      () => {
        const recordId = String(records('Contact')[0]?.Id);
        const lastPush = { connector: 'salesforce', recordType: 'Contact', recordId };
        const input = addToCampaign.input.parse({ campaignId: 'Autumn Fleet Webinar' });
        return addToCampaign.run(step({ lastPush }).context, input);
      },
    ],
  ];
  test.each(once)('makes one %s of one step, even where the answer was lost', async (_what, type, run) => {
    await setUp();
    lose(`/sobjects/${type}/${KEY}`);
    expect((await failureOf(salesforce, run())).kind).toBe('uncertain');
    await run();
    const made = records(type).filter(row => row[KEY] === stepKey);
    expect(made).toHaveLength(1);
    const writes = sandbox
      .exchanges()
      .filter(({ method, url }) => method === 'PATCH' && url.includes(`/${type}/${KEY}`));
    expect(writes.length).toBeGreaterThan(0);
  });

  test.each([
    ['task', createTask, { subject: 's' }, 'taskId'],
    ['event', createEvent, meeting, 'eventId'],
  ] as const)('finds a %s by its key alone', async (_what, action, input, id) => {
    await setUp();
    const made = (await action.run(step().context, input as never)) as Record<string, string>;
    const { replay } = action;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('it must be findable');
    const before = sandbox.exchanges().length;
    const item = { stepKey, facts: step().context.facts, input: input as never, firstTriedAt: NOW };
    expect(await replay.findMany(step().context, [item])).toMatchObject([{ [id]: made[id] }]);
    expect(sandbox.exchanges().length - before).toBe(1);
  });

  test('finds a Lead that a push created, and knows that it did', async () => {
    await setUp();
    const facts = { visitor: { email: 'key@new.example', fields: {}, external: {} } };
    const made = await pushRecord.run(step(facts).context, {});
    const { replay } = pushRecord;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('it must be findable');
    const item = (key: string) => ({ stepKey: key, facts: step(facts).context.facts, input: {}, firstTriedAt: NOW });
    expect(await replay.findMany(step().context, [item('another'), item(stepKey)])).toEqual([undefined, made]);
  });

  test('lets two hundred tasks travel together as well', async () => {
    await setUp();
    const items = Array.from({ length: 200 }, (_, index) => ({
      stepKey: `step-${index}-${'k'.repeat(32)}`,
      facts: step().context.facts,
      input: { subject: 's' },
      note: () => {},
    }));
    await createTask.batch?.run(step().context, items);
    const results = await createTask.batch?.run(step().context, items);
    expect(new Set(results?.map(result => 'taskId' in result && result.taskId)).size).toBe(200);
    expect(records('Task')).toHaveLength(200);
  });

  test('may be deleted again: the next try goes on without it', async () => {
    await setUp();
    await createTask.run(step().context, { subject: 's' });
    sandbox.reset();
    client = await connectTo(sandbox);
    expect((await failureOf(salesforce, createTask.run(step().context, { subject: 's' }))).kind).toBe('transient');
    await createTask.run(step().context, { subject: 's' });
    expect(records('Task')).toHaveLength(1);
  });

  test('is used on the wire as the contracts say', async () => {
    expect(await checkExchanges(exchanges)).toMatchObject({ passed: true });
  });
});

describe('rights', () => {
  const missing = async () => salesforce.checkRights?.(asking());

  test('nothing is missing where everything was granted', async () => {
    expect(await missing()).toEqual([]);
  });

  test.each([
    [{ Lead: ['create'] }, [/Grant “Create” on Lead .*create Leads/]],
    [{ Contact: ['edit'] }, [/Grant “Edit” on Contact/]],
    [{ Campaign: ['read'] }, [/Grant “Read” on Campaign /]],
    [{ CampaignMember: ['create', 'edit'] }, [/Grant “Create” on CampaignMember/, /Grant “Edit” on CampaignMember/]],
    [{ Task: ['create'] }, [/Grant “Create” on Task/]],
    [{ Event: ['delete'] }, [/Grant “Delete” on Event .*cancelled/]],
    [{ apiEnabled: false }, [/Grant “API Enabled”/]],
  ])('%j is told in a sentence each', async (withhold, sentences) => {
    sandbox.control('salesforce', { withhold });
    const told = (await missing()) ?? [];
    expect(told).toHaveLength(sentences.length);
    for (const [index, sentence] of sentences.entries()) expect(told[index]).toMatch(sentence);
  });

  test('a user who is no marketing user is told to become one', async () => {
    sandbox.control('salesforce', { withhold: { marketingUser: false } });
    expect((await missing())?.join(' ')).toContain('Tick “Marketing User”');
  });
});

test('every answer says how many of the org’s calls are used', async () => {
  const heard: unknown[] = [];
  sandbox.control('salesforce', { dailyLimit: 50 });
  client = await connectTo(sandbox, usage => heard.push(usage));
  await salesforce.whoAmI?.(asking());
  expect(heard).toEqual(heard.map((_, index) => ({ used: index + 1, limit: 50 })));
  expect(heard.length).toBeGreaterThan(0);
});

test('a disconnected org takes no call any more', async () => {
  const grant = await grantFrom(sandbox);
  const { auth } = salesforce;
  if (auth.kind !== 'oauth2') throw new Error('Salesforce connects by OAuth 2');
  await auth.revoke?.({ ...asking(), settings: sandbox.settings(), options: {}, grant });
  client = salesforce.open({ grant, settings: {}, timeoutMs: 5_000 });
  expect((await failureOf(salesforce, Promise.resolve(salesforce.whoAmI?.(asking())))).kind).toBe('unauthorized');
});
