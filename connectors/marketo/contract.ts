import type { ConnectorContract, FaultScript } from '../../src/sdk/testing/contract.ts';

type Row = Record<string, unknown>;
const count = (records: unknown[], holds: (record: Row) => boolean) =>
  records.filter(record => holds(record as Row)).length;

const newcomer = 'chidi.okafor@tide-turn.example';
const known = { lastPush: { connector: 'marketo', recordType: 'Lead', recordId: '318581' } };
const ofKnown = (record: Row) => String(record.leadId) === known.lastPush.recordId;

/** Marketo says what is wrong in an HTTP 200. */
const refused = (code: string, message: string): FaultScript['fault'] => ({
  status: 200,
  body: { requestId: 'e42b#14272d07d78', success: false, errors: [{ code, message }] },
});

export const contract: ConnectorContract = {
  values: lines => ({
    baseUrl: lines.MARKETO_BASE_URL ?? '',
    clientId: lines.MARKETO_CLIENT_ID ?? '',
    clientSecret: lines.MARKETO_CLIENT_SECRET ?? '',
  }),
  tokenPath: '/identity/oauth/token',
  controls: {
    expireAccessTokens: { expireAccessTokens: true },
    withdrawCredentials: { withdrawCredentials: true },
  },
  throttles: [
    { title: '606, the rate', fault: refused('606', "Max rate limit '100' exceeded with in '20' secs") },
    { title: '607, the quota of the day', fault: refused('607', 'Daily quota reached') },
    { title: '615, calls at once', fault: refused('615', 'Concurrent access limit reached') },
    { title: 'a plain 429', fault: { status: 429, headers: { 'retry-after': '5' } } },
  ],
  samples: {
    'marketo.push_record': {
      input: {},
      facts: {
        visitor: { email: newcomer, fields: { last_name: 'Okafor', company: 'Tide & Turn' }, external: {} },
      },
      effect: { method: 'POST', path: '/rest/v1/leads.json' },
      matches: true,
      effects: records => count(records('leads'), lead => lead.email === newcomer),
    },
    'marketo.add_to_list': {
      input: { listId: 'Chatted on the website' },
      facts: known,
      effect: { method: 'POST', path: '/rest/v1/lists/1021/leads.json' },
      effects: records => count(records('listMembers'), ofKnown),
    },
    'marketo.add_to_program': {
      input: { programId: '1107', status: 'Engaged' },
      facts: known,
      effect: { method: 'POST', path: '/rest/v1/programs/1107/members/status.json' },
      effects: records => count(records('programMembers'), ofKnown),
    },
    'marketo.add_activity': {
      input: {
        activityType: 'websiteConversation',
        primaryValue: 'Pricing',
        attributes: { transcript: 'Visitor: what does it cost?' },
      },
      facts: known,
      effect: { method: 'POST', path: '/rest/v1/activities/external.json' },
      effects: records => count(records('activities'), ofKnown),
    },
  },
};
