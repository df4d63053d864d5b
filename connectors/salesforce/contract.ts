import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const subject = 'Call the visitor back';
const meeting = {
  subject: 'Meeting with the visitor',
  startTime: '2026-12-01T10:00:00Z',
  endTime: '2026-12-01T10:30:00Z',
};
const known = { email: 'hanna.verbeek@northwind-freight.example', contactId: '0035e0000000001AAA' };
const newcomer = 'chidi.okafor@tide-turn.example';
type Row = Record<string, unknown>;
const count = (records: unknown[], holds: (record: Row) => boolean) =>
  records.filter(record => holds(record as Row)).length;
const limited = (status: number, message: string) => ({
  status,
  body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message }],
});

export const contract: ConnectorContract = {
  tokenPath: '/services/oauth2/token',
  controls: {
    expireAccessTokens: { expireAccessTokens: true },
    revokeGrants: { revokeGrants: true },
    rotateRefreshTokens: { rotateRefreshTokens: true },
  },
  throttles: [
    { title: 'the daily limit', fault: limited(403, 'TotalRequests Limit exceeded.') },
    {
      title: 'the limit of calls at once',
      fault: limited(403, 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
    },
    { title: 'a plain 429', fault: { status: 429, headers: { 'retry-after': '5' } } },
    { title: 'a plain 420', fault: { status: 420 } },
  ],
  samples: {
    'salesforce.create_task': {
      input: { subject, description: 'Visitor: hello, is anybody there?', dueInDays: 2, status: 'Not Started' },
      effect: { method: 'POST', path: '/sobjects/Task' },
      effects: records => count(records('Task'), task => task.Subject === subject),
    },
    'salesforce.create_follow_up_task': {
      input: { subject, dueDate: '2026-11-27', ownerEmail: 'dana.whitfield@brightline.example' },
      facts: { visitor: { fields: {}, external: { salesforceContactId: known.contactId } } },
      effect: { method: 'POST', path: '/sobjects/Task' },
      effects: records => count(records('Task'), task => task.Subject === subject && task.WhoId === known.contactId),
    },
    'salesforce.create_event': {
      input: { ...meeting, location: 'Online', reminderMinutes: 15 },
      effect: { method: 'POST', path: '/sobjects/Event' },
      effects: records => count(records('Event'), event => event.Subject === meeting.subject),
    },
    'salesforce.sync_meeting_event': {
      before: {
        action: 'salesforce.create_event',
        input: meeting,
        facts: output => ({ meetingRecordId: (output as { eventId: string }).eventId }),
      },
      input: { change: 'rescheduled', startTime: '2026-12-02T10:00:00Z', endTime: '2026-12-02T10:30:00Z' },
      effect: { method: 'PATCH', path: '/sobjects/Event/' },
      effects: records => count(records('Event'), event => String(event.StartDateTime).startsWith('2026-12-02')),
    },
    'salesforce.add_to_campaign': {
      input: { campaignId: 'Autumn Fleet Webinar', status: 'Attended' },
      facts: { lastPush: { connector: 'salesforce', recordType: 'Contact', recordId: known.contactId } },
      effect: { method: 'POST', path: '/sobjects/CampaignMember' },
      effects: records => count(records('CampaignMember'), member => member.ContactId === known.contactId),
    },
    'salesforce.push_record': {
      input: {},
      facts: { visitor: { email: newcomer, fields: { last_name: 'Okafor', company: 'Tide & Turn' }, external: {} } },
      effect: { method: 'POST', path: '/sobjects/Lead' },
      matches: true,
      effects: records => count(records('Lead'), lead => lead.Email === newcomer),
    },
    'salesforce.set_opt_out': {
      input: { email: known.email, field: 'Website_Opt_Out__c' },
      effect: { method: 'PATCH', path: '/sobjects/Contact/' },
      effects: records => count(records('Contact'), contact => contact.Website_Opt_Out__c === true),
    },
  },
};
