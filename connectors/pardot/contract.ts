import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const person = { visitorId: 'v1', email: 'nobody@example.com', external: {} };
type Row = Record<string, unknown>;
const count = (records: unknown[], holds: (record: Row) => boolean) =>
  records.filter(record => holds(record as Row)).length;

export const contract: ConnectorContract = {
  options: { businessUnit: '0Uv5e0000004CQSCA2' },
  tokenPath: '/services/oauth2/token',
  controls: {
    expireAccessTokens: { expireAccessTokens: true },
    revokeGrants: { revokeGrants: true },
    rotateRefreshTokens: { rotateRefreshTokens: true },
  },
  throttles: [
    {
      title: 'too many calls at once',
      fault: { status: 429, body: { code: 66, message: 'You have exceeded your concurrent request limit.' } },
    },
    { title: 'the daily limit', fault: { status: 429, body: { code: 122, message: 'Daily API rate limit met' } } },
    {
      title: 'the daily limit under a status of its own',
      fault: { status: 400, body: { code: 122, message: 'Daily API rate limit met' } },
    },
    { title: 'the limit of a minute', fault: { status: 400, body: { code: 202, message: 'Minute rate limit met' } } },
    { title: 'a plain 429', fault: { status: 429 } },
  ],
  samples: {
    'pardot.push_record': {
      input: {},
      facts: { visitor: { ...person, fields: { first_name: 'Nora', last_name: 'Body', company: 'Acme' } } },
      effect: { method: 'POST', path: 'upsertLatestByEmail' },
      effects: records =>
        count(records('prospects'), ({ email, company }) => email === person.email && company === 'Acme'),
    },
    'pardot.add_to_list': {
      input: { listId: 'Autumn Fleet Webinar' },
      facts: { lastPush: { connector: 'pardot', recordType: 'Prospect', recordId: '20230101' } },
      effect: { method: 'POST', path: '/list-memberships' },
      effects: records => count(records('list-memberships'), ({ prospectId }) => prospectId === 20230101),
    },
  },
};
