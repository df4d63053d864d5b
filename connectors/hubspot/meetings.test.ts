import type { StepFacts } from '../../src/sdk/index.ts';
import { about, hanna, useHubSpot } from '../../test/support/hubspot-scene.ts';
import { failureOf } from '../../test/support/step.ts';
import { createMeeting } from './actions/create-meeting.ts';
import { syncMeeting } from './actions/sync-meeting.ts';
import hubspot from './index.ts';

const { checkContract, control, fault, idOf, rows, settle, stepFor } = useHubSpot();
const MEETINGS = '/crm/v3/objects/meetings';

const booking = {
  title: 'Meeting Booked via Qualified with Dana',
  startTime: '2026-12-01T10:00:00+01:00',
  endTime: '2026-12-01T10:30:00+01:00',
  location: 'Zoom',
  body: 'Meeting type: Demo',
  externalUrl: 'https://calendar.example/1',
};
const booked = (more: Partial<NonNullable<StepFacts['meeting']>> = {}) =>
  about({
    email: hanna,
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

  test('without a contact the step fails by name, and no meeting stands alone', async () => {
    const nobody = { ...booked(), visitor: { email: 'nobody@nowhere.example', fields: {}, external: {} } };
    const error = await failureOf(hubspot, createMeeting.run(stepFor(nobody).context, booking));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(rows('meetings')).toEqual([]);
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

checkContract();
