import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const visitor = { email: 'hanna.verbeek@northwind-freight.example', fields: {}, external: {} };
const meeting = {
  title: 'Meeting with the visitor',
  startTime: '2026-12-01T10:00:00Z',
  endTime: '2026-12-01T10:30:00Z',
};
const booked = {
  visitor,
  meeting: { id: 'm1', status: 'booked', owner: { email: 'dana.whitfield@brightline.example' } },
};
type Row = { properties?: Record<string, string>; tokens?: Record<string, string> };
const count = (records: unknown[], holds: (record: Row) => boolean) =>
  records.filter(record => holds(record as Row)).length;
const limited = (message: string, policyName?: string) => ({
  status: 429,
  body: {
    status: 'error',
    message,
    errorType: 'RATE_LIMIT',
    correlationId: 'c0',
    category: 'RATE_LIMITS',
    ...(policyName && { policyName }),
  },
});

export const contract: ConnectorContract = {
  tokenPath: '/oauth/2026-03/token',
  controls: {
    expireAccessTokens: { expireAccessTokens: true },
    revokeGrants: { revokeGrants: true },
    rotateRefreshTokens: { rotateRefreshTokens: true },
  },
  throttles: [
    {
      title: 'the limit of ten seconds',
      fault: limited('You have reached your ten_secondly_rolling limit.', 'TEN_SECONDLY_ROLLING'),
    },
    { title: 'the limit of the search', fault: limited('You have reached your secondly limit.') },
    { title: 'the daily limit', fault: limited('You have reached your daily limit.', 'DAILY') },
    { title: 'a plain 429', fault: { status: 429, headers: { 'retry-after': '5' } } },
    { title: 'a move to another data centre', fault: { status: 477, headers: { 'retry-after': '3600' } } },
    { title: 'such a move without a time', fault: { status: 477 } },
  ],
  samples: {
    'hubspot.push_record': {
      input: {},
      facts: { visitor: { email: 'somebody.new@elsewhere.example', fields: { first_name: 'Somebody' }, external: {} } },
      effect: { method: 'POST', path: '/crm/v3/objects/contacts/batch/upsert' },
      effects: records => count(records('contacts'), each => each.properties?.firstname === 'Somebody'),
    },
    'hubspot.create_timeline_event': {
      input: { title: 'Conversation via Qualified', transcript: 'Visitor: hello, is anybody there?' },
      facts: { visitor },
      effect: { method: 'POST', path: '/integrators/timeline/v3/events' },
      effects: records => count(records('events'), event => event.tokens?.title === 'Conversation via Qualified'),
    },
    'hubspot.create_meeting': {
      input: { ...meeting, location: 'Online' },
      facts: booked,
      effect: { method: 'POST', path: '/crm/v3/objects/meetings' },
      effects: records => count(records('meetings'), each => each.properties?.hs_meeting_title === meeting.title),
    },
    'hubspot.sync_meeting': {
      before: {
        action: 'hubspot.create_meeting',
        input: meeting,
        facts: output => ({ meetingRecordId: (output as { meetingRecordId: string }).meetingRecordId }),
      },
      facts: booked,
      input: { change: 'rescheduled', startTime: '2026-12-02T10:00:00Z', endTime: '2026-12-02T10:30:00Z' },
      effect: { method: 'PATCH', path: '/crm/v3/objects/meetings/' },
      effects: records =>
        count(records('meetings'), each => each.properties?.hs_meeting_start_time?.startsWith('2026-12-02') === true),
    },
  },
};
