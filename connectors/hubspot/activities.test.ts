import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Action, type PendingItem, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/hubspot-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { createMeeting } from './actions/create-meeting.ts';
import { createTimelineEvent } from './actions/create-timeline-event.ts';
import { syncMeeting } from './actions/sync-meeting.ts';
import type { HubSpotClient } from './client.ts';
import hubspot from './index.ts';
import vendor from './sandbox/index.ts';

const clock = { now: Date.parse('2026-11-23T09:00:00Z') };
type Row = { id: string; properties: Record<string, string | null>; associations: string[] };
type Event = { id: string; objectId: string; tokens: Record<string, string>; extraData?: { transcript: string } };
let sandbox: Sandbox;
let client: HubSpotClient;
const seen: object[] = [];

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  clock.now += 3_600_000;
  sandbox.reset();
  client = await connectTo(sandbox);
});
afterEach(() => {
  seen.push(...sandbox.exchanges());
});

const rows = (type: string) => sandbox.records('hubspot', type) as Row[];
const events = () => sandbox.records('hubspot', 'events') as Event[];
const idOf = (email: string) => rows('contacts').find(({ properties }) => properties.email === email)!.id;
const control = (body: object) => sandbox.control('hubspot', body);
const fault = (path: string, what: object, times = 1) =>
  sandbox.fault('hubspot', { match: { method: 'POST', path }, times, fault: what });
const EVENTS = '/integrators/timeline/v3/events';
const NOTES = '/crm/v3/objects/notes';
const MEETINGS = '/crm/v3/objects/meetings';

const hanna = 'hanna.verbeek@northwind-freight.example';
const ellen = 'ellen.marsh@harborpine.example';
const about = (email?: string, more: Partial<StepFacts> = {}): Partial<StepFacts> => ({
  visitor: { email, fields: {}, external: {} },
  ...more,
});
let count = 0;
type Settings = Record<string, string | undefined>;
const stepFor = (facts: Partial<StepFacts>, settings: Settings = {}) => {
  const step = stepOf(client, { facts, now: clock.now, stepKey: `step-${++count}-${'k'.repeat(32)}` });
  return { ...step, context: { ...step.context, settings: { ...sandbox.settings(), ...settings } } };
};
type Step = ReturnType<typeof stepFor>;
/** What the engine does with a step whose outcome is not known. */
async function settle<Input, Output>(action: Action<Input, Output, HubSpotClient>, { context }: Step, input: Input) {
  clock.now += 60_000;
  const { replay } = action;
  if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error(`${action.id} must be findable`);
  const item: PendingItem<Input> = { stepKey: context.stepKey, firstTriedAt: clock.now, input, facts: context.facts };
  const [found] = await replay.findMany(context, [item]);
  if (found instanceof StepError) throw found;
  return found ?? action.run(context, input);
}
const talk = {
  title: 'Conversation via Qualified',
  transcript: 'Visitor: <hi> & "hello"\nDana: welcome',
  url: 'https://app.example/c/1?a=1&b=2',
};
const write = (step: Step, input = talk) => createTimelineEvent.run(step.context, input);

describe('whom a step is about', () => {
  const [tomas, amara] = ['tomas.lindqvist@northwind-freight.example', 'amara.diallo@lumen-robotics.example'];
  const kept = (id: string) => ({ visitor: { email: tomas, fields: {}, external: { hubspotContactId: id } } });
  const pushedTo = (recordId: string, connector = 'hubspot') => ({
    lastPush: { connector, recordType: 'contacts', recordId },
  });
  test.each([
    ['the contact of the last push', () => ({ ...kept(idOf(hanna)), ...pushedTo(idOf(amara)) }), amara],
    ['not that of another system', () => ({ ...kept(idOf(hanna)), ...pushedTo('00Q1', 'salesforce') }), hanna],
    ['the one kept with the person', () => kept(idOf(hanna)), hanna],
    ['the one with the e-mail, where the kept one was deleted', () => kept('999'), tomas],
    ['the one with the e-mail', () => about(tomas.toUpperCase()), tomas],
    ['the one with it as a further address', () => about('ellen@marsh-consulting.example'), ellen],
  ])('%s', async (_who, facts, email) => {
    expect((await write(stepFor(facts()))).contactId).toBe(idOf(email));
  });

  test('a contact that was merged meanwhile is the one that it became', async () => {
    const [primary, other] = [idOf(hanna), idOf(tomas)];
    control({ merge: { primary, other } });
    const written = await write(stepFor(about(undefined, pushedTo(other))));
    expect(written.contactId).toBe(primary);
    expect(events()).toMatchObject([{ objectId: primary }]);
  });

  test.each([
    [
      'nobody has the e-mail',
      () => about('nobody@nowhere.example'),
      /No HubSpot contact has the visitor’s e-mail\. Let a step push/,
    ],
    ['nothing is known', () => about(), /e-mail is not known/],
    ['the contact was deleted meanwhile', () => about('gone@x.example', pushedTo('999')), /Contact 999 was deleted/],
  ])('nobody, and the step says so: %s', async (_why, facts, words) => {
    for (const work of [write(stepFor(facts())), createMeeting.run(stepFor(facts()).context, booking)]) {
      const error = await failureOf(hubspot, work);
      expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
      expect(error.message).toMatch(words);
    }
  });
});

describe('hubspot.create_timeline_event', () => {
  test('fits every trigger but the two of pounces that were sent', () => {
    expect(createTimelineEvent.fits).toEqual({ except: [{ type: 'pounce_sent' }, { type: 'auto_pounce_sent' }] });
  });

  test('writes transcript and link under the step’s key', async () => {
    const step = stepFor(about(hanna));
    const written = await write(step);
    expect(written).toEqual({ written: 'timeline_event', id: step.context.stepKey, contactId: idOf(hanna) });
    expect(events()).toMatchObject([
      {
        id: step.context.stepKey,
        objectId: idOf(hanna),
        tokens: { title: talk.title, conversation_url: talk.url },
        extraData: { transcript: talk.transcript },
      },
    ]);
  });

  test('an address that is none of the web becomes no link, and a transcript beyond all measure is cut', async () => {
    const step = stepFor(about(hanna));
    await write(step, { title: 't', transcript: '😀'.repeat(120_000), url: 'javascript:alert(1)' });
    expect(events()[0]?.tokens).toEqual({ title: 't' });
    expect(events()[0]?.extraData?.transcript).toHaveLength(100_000 - 1);
    expect(events()[0]?.extraData?.transcript.isWellFormed()).toBe(true);
    expect(step.notes.join()).toContain('was cut');
  });

  test('the same key again is taken for done: the event is there', async () => {
    const step = stepFor(about(hanna));
    await write(step);
    expect(await write(step)).toMatchObject({ written: 'timeline_event', id: step.context.stepKey });
    expect(step.notes.join()).toContain('on the timeline already');
    expect(events()).toHaveLength(1);
  });

  test('an “already exists” about an event that is not ours is a refusal', async () => {
    fault(EVENTS, {
      status: 400,
      body: { status: 'error', message: 'An event already exists', correlationId: 'c', category: 'VALIDATION_ERROR' },
    });
    expect(await failureOf(hubspot, write(stepFor(about(hanna))))).toMatchObject({ kind: 'rejected' });
    expect([events(), rows('notes')]).toEqual([[], []]);
  });

  test('tokens that the template lacks are refused with HubSpot’s words', async () => {
    const error = await failureOf(
      hubspot,
      createTimelineEvent.run(stepFor(about(hanna)).context, { ...talk, tokens: { colour: 'red' } }),
    );
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorMessage: expect.stringContaining('[colour]') } });
  });

  test.each([
    ['no event template is set', { HUBSPOT_TIMELINE_TEMPLATE_ID: undefined }, {}, /names no event template/],
    ['the API is closed to the app (403)', {}, { timeline: 'closed' }, /may not use the timeline.*FORBIDDEN/],
    ['the scope is missing (403)', {}, { withholdScopes: ['timeline'] }, /may not use the timeline.*Needed: timeline/],
    [
      'the template is not there (404)',
      { HUBSPOT_TIMELINE_TEMPLATE_ID: '1' },
      {},
      /may not use the timeline.*template/,
    ],
  ])('writes a note where %s, and says so', async (_why, settings, controls, words) => {
    control(controls);
    const step = stepFor(about(hanna), settings);
    const written = await write(step);
    expect(written).toEqual({ written: 'note', id: rows('notes')[0]?.id, contactId: idOf(hanna) });
    expect(step.notes.join(' ')).toMatch(words);
    const [note] = rows('notes');
    expect(note?.associations).toEqual([`contacts/${idOf(hanna)}`]);
    expect(note?.properties.hs_note_body).toBe(
      `<p><strong>${talk.title}</strong></p><p><a href="https://app.example/c/1?a=1&amp;b=2">Open the conversation</a></p><p>Visitor: &lt;hi&gt; &amp; &quot;hello&quot;<br>Dana: welcome</p><p>Baton step ${step.context.stepKey}</p>`,
    );
    expect(events()).toEqual([]);
  });

  test('a note holds what HubSpot lets it hold, and keeps its mark', async () => {
    const step = stepFor(about(hanna), { HUBSPOT_TIMELINE_TEMPLATE_ID: undefined });
    await write(step, { ...talk, transcript: '&😀'.repeat(60_000) });
    const body = rows('notes')[0]?.properties.hs_note_body ?? '';
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(new RegExp(`cut here.*Baton step ${step.context.stepKey}</p>$`));
    expect(body.isWellFormed()).toBe(true);
    expect(step.notes.join()).toContain('was cut');
  });

  describe('one effect, whatever is lost', () => {
    const effects = () => [events().length, rows('notes').length];

    test('an event that landed without an answer is found, with the timeline open', async () => {
      const step = stepFor(about(hanna));
      fault(EVENTS, { reset: 'after-apply' });
      expect((await failureOf(hubspot, write(step))).kind).toBe('uncertain');
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'timeline_event' });
      expect(effects()).toEqual([1, 0]);
    });

    test('an event that landed, and then the timeline is closed: a person decides, and no note doubles it', async () => {
      const step = stepFor(about(hanna));
      fault(EVENTS, { reset: 'after-apply' });
      await failureOf(hubspot, write(step));
      control({ timeline: 'closed' });
      const error = await failureOf(hubspot, settle(createTimelineEvent, step, talk));
      expect(error).toMatchObject({ kind: 'uncertain', details: { park: true } });
      expect(effects()).toEqual([1, 0]);
      control({ timeline: 'allowed' });
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'timeline_event' });
    });

    test.each([
      ['landed', 'after-apply'],
      ['did not land', 'before'],
    ] as const)('a note that %s without an answer, with the timeline closed', async (_what, reset) => {
      control({ timeline: 'closed' });
      const step = stepFor(about(hanna));
      fault(NOTES, { reset });
      expect((await failureOf(hubspot, write(step))).kind).toBe('uncertain');
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'note' });
      expect(effects()).toEqual([0, 1]);
    });

    test('a note that landed, and then the timeline is opened: no event doubles it', async () => {
      control({ timeline: 'closed' });
      const step = stepFor(about(hanna));
      fault(NOTES, { reset: 'after-apply' });
      await failureOf(hubspot, write(step));
      control({ timeline: 'allowed' });
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'note' });
      expect(effects()).toEqual([0, 1]);
    });

    test('an event that did not land, and then the timeline is closed: a note takes its place on the next try', async () => {
      const step = stepFor(about(hanna));
      fault(EVENTS, { reset: 'before' });
      await failureOf(hubspot, write(step));
      control({ timeline: 'closed' });
      // Whether it landed cannot be asked any more: the person who decides runs it again, under another key.
      expect((await failureOf(hubspot, settle(createTimelineEvent, step, talk))).details.park).toBe(true);
      expect(await write(stepFor(about(hanna)))).toMatchObject({ written: 'note' });
      expect(effects()).toEqual([0, 1]);
    });

    test('a twin of another step is not taken for it, among many notes', async () => {
      const settings = { HUBSPOT_TIMELINE_TEMPLATE_ID: undefined };
      control({ tenSecondlyLimit: 1_000 });
      for (let each = 0; each < 120; each += 1) await write(stepFor(about(hanna), settings));
      const mine = stepFor(about(hanna), settings);
      await write(mine);
      expect(await settle(createTimelineEvent, mine, talk)).toMatchObject({ id: rows('notes').at(-1)?.id });
      const other = stepFor(about(hanna), settings);
      await settle(createTimelineEvent, other, talk);
      expect(rows('notes')).toHaveLength(122);
    });

    test('the contact was deleted meanwhile: nothing is looked for, and the step says why', async () => {
      const step = stepFor(about(hanna));
      fault(EVENTS, { reset: 'after-apply' });
      await failureOf(hubspot, write(step));
      control({ delete: idOf(hanna) });
      expect(await failureOf(hubspot, settle(createTimelineEvent, step, talk))).toMatchObject({
        kind: 'rejected',
        details: { field: 'visitor.email' },
      });
    });
  });

  test('a missing scope for contacts is named', async () => {
    control({ withholdScopes: ['crm.objects.contacts.read'] });
    const error = await failureOf(hubspot, write(stepFor(about(hanna))));
    expect([error.kind, error.message]).toEqual([
      'forbidden',
      expect.stringContaining('Needed: crm.objects.contacts.read'),
    ]);
  });
});

const booking = {
  title: 'Meeting Booked via Qualified with Dana',
  startTime: '2026-12-01T10:00:00+01:00',
  endTime: '2026-12-01T10:30:00+01:00',
  location: 'Zoom',
  body: 'Meeting type: Demo',
  externalUrl: 'https://calendar.example/1',
};
const booked = (more: Partial<NonNullable<StepFacts['meeting']>> = {}) =>
  about(hanna, {
    meeting: {
      id: 'm1',
      status: 'booked',
      owner: { email: 'Dana.Whitfield@brightline.example' },
      attendees: [
        { email: hanna },
        { email: 'dana.whitfield@brightline.example' },
        { email: 'luis.ortega@brightline.example' },
        { email: 'milo.hart@brightline.example' },
        { name: 'Without an address' },
      ],
      ...more,
    },
  });
const meeting = () => rows('meetings')[0]?.properties;

describe('hubspot.create_meeting', () => {
  test('fits a booked meeting alone', () => expect(createMeeting.fits).toEqual({ only: [{ type: 'meeting_booked' }] }));

  test('writes the meeting on the contact, with the attendees who are HubSpot users', async () => {
    const step = stepFor(booked());
    const output = await createMeeting.run(step.context, booking);
    expect(output).toEqual({ meetingRecordId: rows('meetings')[0]?.id, contactId: idOf(hanna), ownerId: '71002' });
    expect(rows('meetings')[0]?.associations).toEqual([`contacts/${idOf(hanna)}`]);
    expect(meeting()).toMatchObject({
      hs_timestamp: '2026-12-01T09:00:00.000Z',
      hs_meeting_start_time: '2026-12-01T09:00:00.000Z',
      hs_meeting_end_time: '2026-12-01T09:30:00.000Z',
      hs_meeting_title: booking.title,
      hs_meeting_location: 'Zoom',
      hs_meeting_body: 'Meeting type: Demo',
      hs_meeting_external_url: 'https://calendar.example/1',
      hs_meeting_outcome: 'SCHEDULED',
      hubspot_owner_id: '71002',
      hs_attendee_owner_ids: '71002;71003',
      hs_internal_meeting_notes: `Baton step ${step.context.stepKey}`,
    });
  });

  test('a meeting whose owner is no HubSpot user has no owner, and the step says so', async () => {
    const step = stepFor(booked({ owner: { email: 'milo.hart@brightline.example' }, attendees: [] }));
    expect(await createMeeting.run(step.context, booking)).not.toHaveProperty('ownerId');
    expect(meeting()).not.toHaveProperty('hubspot_owner_id');
    expect(step.notes.join()).toContain('milo.hart@brightline.example');
  });

  test.each([
    ['by its status', 'rescheduled', undefined, 'RESCHEDULED'],
    ['by its status', 'canceled', undefined, 'CANCELED'],
    ['by its status', 'no_show', undefined, 'NO_SHOW'],
    ['by what the step says', 'booked', 'COMPLETED', 'COMPLETED'],
  ] as const)('its outcome is set %s: %s', async (_how, status, outcome, held) => {
    await createMeeting.run(stepFor(booked({ status })).context, { ...booking, ...(outcome && { outcome }) });
    expect(meeting()?.hs_meeting_outcome).toBe(held);
  });

  test('an end that is not after the start is refused by name', async () => {
    const work = createMeeting.run(stepFor(booked()).context, { ...booking, endTime: booking.startTime });
    expect(await failureOf(hubspot, work)).toMatchObject({ kind: 'rejected', details: { field: 'endTime' } });
  });

  test('one that landed without an answer is found on the contact, which the search does not know yet', async () => {
    const step = stepFor(booked());
    control({ searchLagMs: 3_600_000 });
    fault(MEETINGS, { reset: 'after-apply' });
    expect((await failureOf(hubspot, createMeeting.run(step.context, booking))).kind).toBe('uncertain');
    expect(await settle(createMeeting, step, booking)).toMatchObject({ meetingRecordId: rows('meetings')[0]?.id });
    expect(rows('meetings')).toHaveLength(1);
  });

  test('moved before its creation was answered: it is found with its old time, then moved', async () => {
    const step = stepFor(booked());
    fault(MEETINGS, { reset: 'after-apply' });
    await failureOf(hubspot, createMeeting.run(step.context, booking));
    const { meetingRecordId } = await settle(createMeeting, step, booking);
    const moved = { status: 'rescheduled', startTime: '2026-12-03T10:00:00Z', endTime: '2026-12-03T10:30:00Z' };
    const sync = stepFor({ ...booked(moved), meetingRecordId });
    expect(await syncMeeting.run(sync.context, {})).toEqual({ activityId: meetingRecordId, done: 'moved' });
    expect(rows('meetings')).toHaveLength(1);
    expect(meeting()).toMatchObject({
      hs_meeting_start_time: '2026-12-03T10:00:00.000Z',
      hs_timestamp: '2026-12-03T10:00:00.000Z',
      hs_meeting_outcome: 'RESCHEDULED',
    });
  });
});

describe('hubspot.sync_meeting', () => {
  const kept = async () => (await createMeeting.run(stepFor(booked()).context, booking)).meetingRecordId;
  const sync = (meetingRecordId: string | undefined, more: object, input = {}) => {
    const step = stepFor({ ...booked(more), ...(meetingRecordId && { meetingRecordId }) });
    return syncMeeting.run(step.context, input).then(output => ({ output, notes: step.notes.join() }));
  };

  test.each([
    ['canceled', 'CANCELED'],
    ['no_show', 'NO_SHOW'],
  ] as const)('a meeting that is %s keeps its activity, with the outcome %s', async (status, outcome) => {
    const id = await kept();
    expect((await sync(id, { status })).output).toEqual({ activityId: id, done: status });
    expect(meeting()).toMatchObject({ hs_meeting_outcome: outcome, hs_meeting_start_time: '2026-12-01T09:00:00.000Z' });
  });

  test('without a known activity nothing is done', async () => {
    expect((await sync(undefined, { status: 'canceled' })).notes).toContain('No HubSpot activity is kept');
    expect((await sync(await kept(), { status: 'offered' })).output.done).toBe('nothing');
  });

  test('an activity that was deleted by hand is forgotten, without a complaint', async () => {
    const id = await kept();
    control({ delete: id });
    const { output, notes } = await sync(id, { status: 'canceled' });
    expect(output).toEqual({ done: 'nothing', meetingRecordId: null });
    expect(notes).toContain('does not exist any more');
  });

  test('a move without a time fails by name', async () => {
    const work = sync(await kept(), { status: 'rescheduled', startTime: '2026-12-03T10:00:00Z' });
    expect(await failureOf(hubspot, work)).toMatchObject({ kind: 'rejected', details: { field: 'endTime' } });
  });
});

describe('people', () => {
  const call = () => ({ client, signal: AbortSignal.timeout(5_000), settings: sandbox.settings() });
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

test('every exchange of these tests keeps to the vendor’s contract', async () => {
  expect(seen.length).toBeGreaterThan(100);
  const { passed, output } = await checkExchanges(seen);
  expect(passed ? '' : output).toBe('');
});
