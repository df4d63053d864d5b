import type { AlertView } from '../../src/sdk/index.ts';
import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const message = 'ada@example.com is waiting';
const alert: AlertView = {
  id: 'alert-1',
  title: 'A visitor is waiting',
  message,
  state: 'open',
  version: 1,
  about: { visitor: { email: 'ada@example.com', known: false }, lastMessages: [], records: [] },
  offers: ['claim', 'create_task', 'snooze', 'dismiss'],
  createdAt: Date.parse('2026-11-23T10:00:00Z'),
  tasks: [],
  joined: [],
};

export const contract: ConnectorContract = {
  values: ({ TEAMS_TENANT_ID = '' }) => ({ tenantId: TEAMS_TENANT_ID }),
  tokenPath: '/oauth2/v2.0/token',
  controls: {
    expireAccessTokens: { expireAccessTokens: true },
    withdrawCredentials: { withdrawCredentials: true },
  },
  throttles: [
    {
      title: '429 with Retry-After',
      fault: {
        status: 429,
        headers: { 'retry-after': '3' },
        body: { error: { code: 'TooManyRequests', message: 'API calls quota exceeded.' } },
      },
    },
    { title: 'a 429 that names no time', fault: { status: 429 } },
  ],
  samples: {
    'teams.send_alert': {
      input: { to: { channel: '19:inbound000000000000000000000001@thread.tacv2' }, message },
      facts: { alert },
      effect: { method: 'POST', path: '/activities' },
      effects: records => records('messages').filter(each => JSON.stringify(each).includes(message)).length,
    },
  },
};
