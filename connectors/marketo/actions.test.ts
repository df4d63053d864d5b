import { type PendingItem, StepError } from '../../src/sdk/index.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import type { MarketoClient } from './client.ts';
import marketo from './index.ts';
import { activityTypes } from './sandbox/seed.ts';
import { action, type Instance, NOW, pushed, startInstance, together } from './test-instance.ts';

const [hanna, tomas, amara] = ['318581', '318582', '318583'] as const;
let instance: Instance;
let client: MarketoClient;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());
beforeEach(async () => {
  instance.reset();
  client = await instance.client();
  instance.reset();
});

const run = async (id: string, input: object, facts: object = pushed(hanna), stepKey?: string) => {
  const { context, notes } = stepOf(client, { facts, now: NOW, ...(stepKey && { stepKey }) });
  const output = (await action(id).run(context, action(id).input.parse(input))) as Record<string, unknown>;
  return { output, notes };
};
const refusal = (id: string, input: object, facts?: object) => failureOf(marketo, run(id, input, facts));
const codes = (results: unknown[]) =>
  results.map(result => (result instanceof StepError ? (result.details.vendorCode ?? result.kind) : 'done'));

describe('adding to a list', () => {
  test('takes its id or its name, as often as it is asked', async () => {
    for (const listId of ['1021', 'Chatted on the website', '1021'])
      expect((await run('add_to_list', { listId })).output).toEqual({ listId: '1021', leadId: hanna });
    expect(instance.rows('listMembers')).toHaveLength(1);
  });

  test('takes the person of the last push, else the one that is known, else none', async () => {
    const known = { visitor: { fields: {}, external: { marketoLeadId: tomas } } };
    const elsewhere = { lastPush: { connector: 'other', recordType: 'Lead', recordId: '1' } };
    expect((await run('add_to_list', { listId: '1021' }, known)).output.leadId).toBe(tomas);
    const error = await refusal('add_to_list', { listId: '1021' }, elsewhere);
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining('pushes to Marketo')]);
  });

  test('adds many in one call, and fails alone those that are not there', async () => {
    const items = [pushed(hanna), pushed('999'), {}, pushed(tomas), pushed(hanna)].map(facts => {
      return { input: { listId: '1021' }, facts };
    });
    const { results } = await together({ client, action: action('add_to_list') }, items);
    expect(codes(results)).toEqual(['done', '1004', 'rejected', 'done', 'done']);
    expect(instance.calls()).toHaveLength(1);
    expect(instance.rows('listMembers')).toHaveLength(2);
  });

  test.each([
    ['7', 'vendorCode', '1013'],
    ['No such list', 'field', 'listId'],
  ])('names a list that is not there: %s', async (listId, detail, value) => {
    const error = await refusal('add_to_list', { listId });
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'listId', [detail]: value } });
  });
});

describe('adding to a program', () => {
  const program = { programId: 'Website Conversations', status: 'Engaged' };
  const status = () => instance.rows('programMembers').map(({ statusName }) => statusName);

  test('makes a member, moves the status forward, and never back', async () => {
    expect((await run('add_to_program', program)).output).toEqual({
      programId: '1107',
      leadId: hanna,
      status: 'Engaged',
      changed: true,
    });
    await run('add_to_program', { ...program, status: 'Meeting Booked' });
    const { output, notes } = await run('add_to_program', program);
    expect(output.changed).toBe(false);
    expect(notes).toEqual([expect.stringContaining('past it')]);
    expect(status()).toEqual(['Meeting Booked']);
  });

  test('names a status that the program does not have', async () => {
    const error = await refusal('add_to_program', { programId: '1108', status: 'Engaged' });
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'status', vendorCode: '1025' } });
    expect(error.message).toContain('channel');
  });

  test.each(['4', 'No such program'])('names a program that is not there: %s', async programId => {
    expect((await refusal('add_to_program', { ...program, programId })).details.field).toBe('programId');
  });

  test('adds many in one call; those with another status travel apart', async () => {
    const items = [hanna, tomas, '999'].map(id => ({ input: program, facts: pushed(id) }));
    const { results } = await together({ client, action: action('add_to_program') }, items);
    expect(codes(results)).toEqual(['done', 'done', '1004']);
    const { groupBy } = action('add_to_program').batch!;
    expect(groupBy(program)).not.toBe(groupBy({ ...program, status: 'Visited' }));
  });
});

describe('adding an activity', () => {
  const talk = { activityType: 'websiteConversation', primaryValue: 'Pricing', attributes: { transcript: 'Hello' } };
  const pending = (stepKey: string, input: object = talk, leadId: string = hanna): PendingItem<unknown> => {
    const { facts } = stepOf(client, { facts: pushed(leadId) }).context;
    return { stepKey, firstTriedAt: NOW, input, facts };
  };
  const find = (...items: PendingItem<unknown>[]) => {
    const { replay } = action('add_activity');
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('it must be looked for');
    return replay.findMany(stepOf(client, { now: NOW }).context, items);
  };

  test('writes it into the person’s log, with the step’s key', async () => {
    const { output } = await run('add_activity', talk, pushed(hanna), 'a'.repeat(40));
    expect(output).toEqual({ activityId: '102988', activityType: 'websiteConversation', leadId: hanna });
    expect(instance.rows('activities')).toMatchObject([
      {
        leadId: Number(hanna),
        activityDate: '2026-11-23T10:00:00Z',
        activityTypeId: 100001,
        primaryAttributeValue: 'Pricing',
        attributes: [
          { name: 'Transcript', value: 'Hello' },
          { name: 'Baton Key', value: 'a'.repeat(40) },
        ],
      },
    ]);
  });

  test('finds its own again, and nobody else’s', async () => {
    await run('add_activity', talk, pushed(hanna), 'one');
    await run('add_activity', talk, pushed(tomas), 'two');
    expect(await find(pending('one'), pending('none'), pending('two', talk, tomas))).toEqual([
      { activityId: '102988', activityType: 'websiteConversation', leadId: hanna },
      undefined,
      { activityId: '102989', activityType: 'websiteConversation', leadId: tomas },
    ]);
  });

  test('finds its own among more than fit on one page of the log', async () => {
    const input = { ...talk, attributes: {} };
    const items = Array.from({ length: 300 }, () => ({ input, facts: pushed(amara) }));
    for (let round = 0; round < 2; round += 1) await together({ client, action: action('add_activity') }, items);
    await run('add_activity', talk, pushed(amara), 'the last');
    expect(await find(pending('the last', talk, amara))).toMatchObject([{ activityId: String(102_988 + 600) }]);
  });

  test('asks a person where the type has no place for the key', async () => {
    const demo = { activityType: 'bookedDemo', primaryValue: 'Demo' };
    await run('add_activity', demo);
    const [settled] = await find(pending('one', demo));
    expect(settled).toMatchObject({ kind: 'uncertain', details: { park: true } });
    expect((settled as StepError).message).toContain('batonKey');
  });

  test.each([
    ['a type that is not there', { ...talk, activityType: 'nothing' }, 'activityType', 'websiteConversation'],
    ['a type that was never approved', { ...talk, activityType: 'Visited Fair' }, 'activityType', 'Approve'],
    [
      'an attribute that it does not have',
      { ...talk, attributes: { colour: 'red' } },
      'attributes.colour',
      'transcript',
    ],
  ])('refuses %s, and says what there is', async (_what, input, field, words) => {
    const error = await refusal('add_activity', input);
    expect(error).toMatchObject({ kind: 'rejected', details: { field } });
    expect(error.message).toContain(words);
    expect(instance.rows('activities')).toEqual([]);
  });

  test('takes an attribute that was added after the type was read', async () => {
    const before = activityTypes[0]!.attributes.length;
    await run('add_activity', talk);
    activityTypes[0]!.attributes.push({ apiName: 'mood', name: 'Mood', dataType: 'string' });
    try {
      await run('add_activity', { ...talk, attributes: { mood: 'curious' } });
    } finally {
      activityTypes[0]!.attributes.splice(before);
    }
    expect(instance.rows('activities')).toHaveLength(2);
  });

  test('adds many in one call, and fails alone what is wrong', async () => {
    const items = [
      { input: talk, facts: pushed(hanna) },
      { input: talk, facts: pushed('999') },
      { input: { ...talk, attributes: { colour: 'red' } }, facts: pushed(tomas) },
      {
        input: { ...talk, activityType: '100002', attributes: { demoDate: '2026-12-01T10:00:00Z' } },
        facts: pushed(tomas),
      },
    ];
    const { results } = await together({ client, action: action('add_activity') }, items);
    expect(codes(results)).toEqual(['done', '1004', 'rejected', 'done']);
    expect(instance.calls().filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

describe('what an admin chooses from', () => {
  const options = async (list: string, query = {}, over?: Record<string, string>) => {
    const asking = {
      client: over ? await instance.client(over) : client,
      settings: {},
      signal: AbortSignal.timeout(5_000),
    };
    return (await marketo.pickLists![list]!(asking, query)).options;
  };

  test('lists, with their programs', async () => {
    expect(await options('lists')).toEqual([
      { value: '1022', label: 'Autumn Fleet Webinar: Webinar invitees' },
      { value: '1021', label: 'Chatted on the website' },
    ]);
    expect(await options('lists', { search: 'webinar' })).toHaveLength(1);
  });

  test('programs, only those with the tag where the connection names one', async () => {
    expect(await options('programs')).toHaveLength(3);
    const tagged = await options('programs', {}, { programTag: 'UsedWithQualified=True' });
    expect(tagged.map(({ label }) => label)).toEqual(['Autumn Fleet Webinar', 'Website Conversations']);
    expect(await options('programs', {}, { programTag: 'UsedWithQualified=Never' })).toEqual([]);
  });

  test('a program’s statuses in their order, activity types, partitions', async () => {
    const values = async (list: string, query?: object) => (await options(list, query)).map(({ value }) => value);
    expect(await values('programStatuses', { search: '1107' })).toEqual(['Visited', 'Engaged', 'Meeting Booked']);
    expect(await values('programStatuses')).toEqual([]);
    expect(await values('activityTypes')).toEqual(['bookedDemo', 'websiteConversation']);
    expect(await values('partitions')).toEqual(['Default', 'Europe']);
  });
});

describe('rights', () => {
  const missing = async (over?: Record<string, string>) =>
    marketo.checkRights!({ client: await instance.client(over), settings: {}, signal: AbortSignal.timeout(5_000) });

  test('that are there are none to grant', async () => {
    expect(await missing({ partition: 'Europe' })).toEqual([]);
  });

  test('that are missing are named, and so is a partition', async () => {
    expect(await missing({ partition: 'Atlantis' })).toEqual([expect.stringContaining('Default, Europe')]);
    instance.control('marketo', { lacks: ['Read-Only Assets', 'Read-Only Activity Metadata'] });
    expect(await missing()).toEqual([
      expect.stringMatching(/baton-api@brightline\.example Read-Only Assets/),
      expect.stringContaining('Read-Only Activity Metadata'),
    ]);
  });

  test('that a step lacks hold it back until they are granted', async () => {
    instance.control('marketo', { lacks: ['Read-Write Lead'] });
    const error = await refusal('add_to_list', { listId: '1021' });
    expect(error).toMatchObject({ kind: 'forbidden', details: { vendorCode: '603', park: true } });
  });
});
