import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, useSandbox } from './test-client.ts';

const { checkContract, connect } = useSandbox(startSandbox);
const start = '2026-12-01T09:00:00Z';
const written = (time: string) => `2026-12-01T${time}:00.000+0000`;

describe('events', () => {
  test.each([
    ['a duration gives the end', { StartDateTime: start, DurationInMinutes: 30 }, written('09:30'), 30],
    [
      'an end gives the duration',
      { StartDateTime: start, EndDateTime: '2026-12-01T11:15:00+01:00' },
      written('10:15'),
      75,
    ],
    ['the older names go, too', { ActivityDateTime: start, DurationInMinutes: '45' }, written('09:45'), 45],
    ['an all-day event lasts a day', { IsAllDayEvent: true, ActivityDate: '2026-12-01' }, written('00:00'), 1440],
  ])('%s', async (_name, fields, EndDateTime, DurationInMinutes) => {
    const connection = await connect();
    const { id } = await connection.sobject('Event').create({ Subject: 'Demo', ...fields });
    const event = await connection.sobject('Event').retrieve(String(id));
    expect(event).toMatchObject({ EndDateTime, DurationInMinutes, ActivityDate: '2026-12-01', ShowAs: 'Busy' });
  });

  test.each([
    ['without start and length', {}, 'REQUIRED_FIELD_MISSING', '[DurationInMinutes, ActivityDateTime]'],
    ['without a length', { StartDateTime: start }, 'REQUIRED_FIELD_MISSING', '[DurationInMinutes]'],
    [
      'that ends before it starts',
      { StartDateTime: start, EndDateTime: '2026-12-01T08:00:00Z' },
      'FIELD_INTEGRITY_EXCEPTION',
      'Duration must be between 0 and 1440 minutes',
    ],
    [
      'whose end and duration disagree',
      { StartDateTime: start, EndDateTime: '2026-12-01T10:00:00Z', DurationInMinutes: 30 },
      'FIELD_INTEGRITY_EXCEPTION',
      'do not agree',
    ],
    [
      'of a Lead and an account',
      { StartDateTime: start, DurationInMinutes: 30, WhoId: makeId('00Q', 1), WhatId: makeId('001', 1) },
      'FIELD_INTEGRITY_EXCEPTION',
      'Related To ID',
    ],
    [
      'shown as something else',
      { StartDateTime: start, DurationInMinutes: 30, ShowAs: 'Maybe' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Maybe',
    ],
    [
      'of somebody who has left',
      { StartDateTime: start, DurationInMinutes: 30, OwnerId: makeId('005', 5) },
      'INACTIVE_OWNER_OR_USER',
      'inactive user',
    ],
  ])('an event %s is refused', async (_name, fields, errorCode, words) => {
    const connection = await connect();
    const error = await errorOf(connection.sobject('Event').create({ Subject: 'Demo', ...fields }));
    expect(error.errorCode).toBe(errorCode);
    expect(error.message).toContain(words);
  });

  test('an event that moves keeps its length, and one that is deleted is gone', async () => {
    const connection = await connect();
    const fields = { Subject: 'Demo', StartDateTime: start, DurationInMinutes: 30, WhoId: makeId('003', 1) };
    const { id } = await connection.sobject('Event').create({ ...fields, WhatId: makeId('701', 1) });
    const Id = String(id);
    await connection.sobject('Event').update({ Id, StartDateTime: '2026-12-01T14:00:00Z' });
    expect(await connection.sobject('Event').retrieve(Id)).toMatchObject({
      StartDateTime: written('14:00'),
      EndDateTime: written('14:30'),
      DurationInMinutes: 30,
      AccountId: makeId('001', 1),
    });
    const { records } = await connection.query(`SELECT Who.Name, What.Name, Owner.Email FROM Event WHERE Id = '${Id}'`);
    expect(records).toMatchObject([
      {
        Who: { Name: 'Hanna Verbeek' },
        What: { Name: 'Website Conversations 2026' },
        Owner: { Email: 'integration@brightline.example' },
      },
    ]);
    await connection.sobject('Event').destroy(Id);
    const again = connection.sobject('Event').update({ Id, StartDateTime: start });
    expect(await errorOf(again)).toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
  });
});

checkContract();
