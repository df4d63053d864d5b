import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const person = { visitorId: 'v1', email: 'nobody@example.com', external: {} };
type Contact = { properties: Record<string, string> };
type List = { members: string[] };

export const contract: ConnectorContract = {
  tokenPath: '/auth/oauth2/token',
  controls: { expireAccessTokens: { expireAccessTokens: true }, revokeGrants: { revokeGrants: true } },
  throttles: [
    { title: 'a 429 without headers', fault: { status: 429 } },
    { title: 'a 429 with words', fault: { status: 429, body: 'Too Many Requests' } },
  ],
  samples: {
    'eloqua.push_record': {
      input: {},
      facts: { visitor: { ...person, fields: { first_name: 'Nora', last_name: 'Body', company: 'Acme' } } },
      effect: { method: 'POST', path: '/data/contact' },
      effects: records =>
        (records('contacts') as Contact[]).filter(({ properties }) => properties.emailAddress === person.email).length,
    },
    'eloqua.add_to_list': {
      input: { listId: 'Autumn Fleet Webinar' },
      facts: { lastPush: { connector: 'eloqua', recordType: 'Contact', recordId: '201' } },
      effect: { method: 'PUT', path: '/assets/contact/list/' },
      effects: records =>
        (records('lists') as List[]).flatMap(({ members }) => members).filter(id => id === '201').length,
    },
  },
};
