import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type BatchItem, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/salesforce-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { createEvent } from './actions/create-event.ts';
import { createTask } from './actions/create-task.ts';
import { syncMeetingEvent } from './actions/sync-meeting-event.ts';
import type { SalesforceClient } from './client.ts';
import type { EventInput } from './event.ts';
import salesforce from './index.ts';
import vendor from './sandbox/index.ts';
import type { TaskInput } from './task.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
type Row = Record<string, unknown>;
let sandbox: Sandbox;
let client: SalesforceClient;

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  client = await connectTo(sandbox);
});

const records = (type: string) => sandbox.records('salesforce', type) as Row[];
const userId = (part: string) => String(records('User').find(({ Email }) => String(Email).startsWith(part))?.Id);
const hanna = 'hanna.verbeek@northwind-freight.example';
const amara = 'amara.diallo@lumen-robotics.example';
const visitor = (email: string) => ({ visitor: { email, fields: {}, external: {} } });
const account = { id: '00D', name: 'org', details: { timeZone: 'America/New_York' } };
const step = (facts: Partial<StepFacts> = {}) => stepOf(client, { facts, now: NOW, account });

async function task(input: TaskInput, facts: Partial<StepFacts> = {}) {
  const { context, notes } = step(facts);
  const output = await createTask.run(context, input);
  return { output, notes, record: records('Task').at(-1) };
}
const meeting = { subject: 'Meeting', startTime: '2026-12-01T10:00:00+01:00', endTime: '2026-12-01T10:30:00+01:00' };
async function event(input: Partial<EventInput> = {}, facts: Partial<StepFacts> = {}) {
  const { context, notes } = step(facts);
  const output = await createEvent.run(context, { ...meeting, ...input });
  return { output, notes, record: records('Event').at(-1) };
}

describe('who owns a task', () => {
  test.each([
    { name: 'the user that the step names', input: () => ({ ownerId: userId('luis') }), owner: 'luis' },
    { name: 'the rep who chatted', input: () => ({ owner: 'rep' as const }), owner: 'dana' },
    { name: 'the owner of the meeting', input: () => ({ owner: 'meeting_owner' as const }), owner: 'priya' },
    { name: 'the owner of the record', input: () => ({ owner: 'record_owner' as const }), owner: 'dana' },
    { name: 'the integration user', input: () => ({ owner: 'integration_user' as const }), owner: 'integration' },
    { name: 'the integration user where nothing is said', input: () => ({}), owner: 'integration' },
    {
      name: 'the user with an e-mail',
      input: () => ({ ownerEmail: 'Luis.Ortega@brightline.example' }),
      owner: 'luis',
    },
    {
      name: 'the integration user where the user with this e-mail has left',
      input: () => ({ ownerEmail: 'milo.hart@brightline.example' }),
      owner: 'integration',
    },
  ])('$name', async ({ input, owner }) => {
    const owners = { rep: userId('dana'), meeting: userId('priya') };
    const { record } = await task({ subject: 's', ...input() }, { ...visitor(hanna), owners });
    expect(record?.OwnerId).toBe(userId(owner));
  });

  test('a rep without a personal connection counts as the integration user, and the step says so', async () => {
    const { record, notes } = await task({ subject: 's', owner: 'rep' });
    expect(record?.OwnerId).toBe(userId('integration'));
    expect(notes).toContain('The rep has no personal connection: it belongs to the integration user.');
  });
});

describe('what a task holds', () => {
  test('a due date and a reminder on that day, in the org’s time zone', async () => {
    const { record } = await task({ subject: 's', dueInDays: 1, reminderTime: '09:00' });
    expect(record).toMatchObject({
      ActivityDate: '2026-11-24',
      IsReminderSet: true,
      ReminderDateTime: '2026-11-24T14:00:00.000+0000',
    });
  });

  test('the day of a time, as the org sees it', async () => {
    expect((await task({ subject: 's', dueDate: '2026-11-20T02:00:00Z' })).record?.ActivityDate).toBe('2026-11-19');
    const error = await failureOf(salesforce, task({ subject: 's', dueDate: 'soon' }));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'dueDate' } });
  });

  test('any field of the layout, custom ones too', async () => {
    const fields = { Website_Conversation__c: 'https://acme.example/c/1', CallType: 'inbound' };
    const { record } = await task({ subject: 's', fields });
    expect(record).toMatchObject({ Website_Conversation__c: 'https://acme.example/c/1', CallType: 'Inbound' });
  });

  test.each<[string, Partial<TaskInput>, string, RegExp]>([
    ['a field that is not there', { fields: { Nope__c: 'x' } }, 'fields.Nope__c', /no such field/],
    ['a field for reading only', { fields: { IsClosed: true } }, 'fields.IsClosed', /may not fill it/],
    ['a value that is too long', { fields: { CallDisposition: 'x'.repeat(256) } }, 'fields.CallDisposition', /255/],
    ['a value outside of a restricted picklist', { fields: { CallType: 'Odd' } }, 'fields.CallType', /Inbound/],
    ['a type that is none', { type: 'Pigeon' }, 'type', /Email, Call/],
  ])('%s fails by name, before anything is written', async (_what, input, field, words) => {
    const error = await failureOf(salesforce, task({ subject: 's', ...input }));
    expect(error).toMatchObject({ kind: 'rejected', details: { field } });
    expect(error.message).toMatch(words);
    expect(records('Task')).toEqual([]);
  });
});

describe('many tasks at once', () => {
  test('two hundred take a handful of calls, and one that is wrong takes no other with it', async () => {
    const items: BatchItem<TaskInput>[] = Array.from({ length: 200 }, (_, index) => ({
      stepKey: `step-${index}-${'k'.repeat(32)}`,
      facts: step(visitor(index % 2 ? hanna : amara)).context.facts,
      input: { subject: `Task ${index}`, ...(index === 7 && { fields: { Nope__c: 'x' } }) },
      note: () => {},
    }));
    const before = sandbox.exchanges().length;
    const results = await createTask.batch!.run(step().context, items);
    expect(results.filter(result => result instanceof StepError)).toHaveLength(1);
    expect(results[7]).toMatchObject({ kind: 'rejected' });
    expect(results[8]).toMatchObject({ whoType: 'Lead' });
    expect(results[9]).toMatchObject({ whoType: 'Contact' });
    expect(records('Task')).toHaveLength(199);
    expect(sandbox.exchanges().length - before).toBeLessThanOrEqual(4);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('a reset after they landed: each is found again by its own key, in one look-up', async () => {
    const items = ['a', 'b'].map(name => ({
      stepKey: name.repeat(40),
      facts: step().context.facts,
      input: { subject: 'Same subject' },
      note: () => {},
      firstTriedAt: NOW,
    }));
    const match = { method: 'POST', path: '/composite/sobjects' };
    sandbox.fault('salesforce', { match, fault: { reset: 'after-apply' } });
    const lost = await createTask.batch!.run(step().context, items);
    expect(lost).toMatchObject([{ kind: 'uncertain' }, { kind: 'uncertain' }]);
    const { replay } = createTask;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('create_task must be findable');
    const before = sandbox.exchanges().length;
    const found = await replay.findMany(step().context, items);
    const ids = records('Task').map(({ Id }) => Id);
    expect(found.map(each => each?.taskId)).toEqual(ids);
    expect(sandbox.exchanges().length - before).toBe(1);
  });
});

describe('a meeting’s event', () => {
  test('an event of a meeting that was cancelled meanwhile is not written', async () => {
    const meeting = { id: 'm1', status: 'canceled' };
    await expect(event({}, { ...visitor(hanna), meeting })).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('cancelled before'),
    });
  });

  test('is written into the calendar of the meeting’s owner, in UTC, with a reminder', async () => {
    const input = { owner: 'meeting_owner' as const, location: 'Online', reminderMinutes: 15 };
    const { output, record } = await event(input, { ...visitor(hanna), owners: { meeting: userId('luis') } });
    expect(record).toMatchObject({
      Subject: 'Meeting',
      OwnerId: userId('luis'),
      StartDateTime: '2026-12-01T09:00:00.000+0000',
      EndDateTime: '2026-12-01T09:30:00.000+0000',
      ReminderDateTime: '2026-12-01T08:45:00.000+0000',
      IsReminderSet: true,
      IsAllDayEvent: false,
      Location: 'Online',
      WhoId: output.whoId,
    });
    expect(output).toMatchObject({ eventId: record?.Id, meetingRecordId: record?.Id, whoType: 'Contact' });
  });

  test('must end after it begins', async () => {
    const error = await failureOf(salesforce, event({ endTime: '2026-12-01T09:00:00Z' }));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'endTime' } });
  });

  type Status = 'rescheduled' | 'canceled' | 'no_show' | 'offered';
  const sync = async (meetingRecordId: string | undefined, status: Status) => {
    const times = { startTime: '2026-12-03T10:00:00Z', endTime: '2026-12-03T11:00:00Z' };
    const { context, notes } = step({ meetingRecordId, meeting: { id: 'm1', status, ...times } });
    return { output: await syncMeetingEvent.run(context, {}), notes };
  };

  test('moves when the meeting is rescheduled, and says a no-show once', async () => {
    const { output } = await event({ description: 'Type: demo' });
    expect((await sync(output.eventId, 'rescheduled')).output).toEqual({ eventId: output.eventId, done: 'moved' });
    await sync(output.eventId, 'no_show');
    await sync(output.eventId, 'no_show');
    expect(records('Event')).toMatchObject([
      {
        StartDateTime: '2026-12-03T10:00:00.000+0000',
        EndDateTime: '2026-12-03T11:00:00.000+0000',
        Description: `Type: demo\n\nThe visitor did not come (no-show).\n\nBaton step ${'k'.repeat(40)}`,
      },
    ]);
  });

  test('is deleted when the meeting is cancelled; deleting it again, or moving it, is only noted', async () => {
    const { output } = await event();
    expect((await sync(output.eventId, 'canceled')).output).toMatchObject({ done: 'deleted', meetingRecordId: null });
    expect(records('Event')).toEqual([]);
    for (const status of ['canceled', 'rescheduled', 'no_show'] as const) {
      const again = await sync(output.eventId, status);
      expect(again.output).toEqual({ done: 'nothing', meetingRecordId: null });
      expect(again.notes.join(' ')).toContain('does not exist any more');
    }
  });

  test('stays as it is where none is kept, or nothing has changed', async () => {
    expect((await sync(undefined, 'canceled')).output).toEqual({ done: 'nothing' });
    expect((await sync('00U000000000001AAA', 'offered')).output).toEqual({ done: 'nothing' });
  });
});
