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

const sent = { to: { channel: '19:inbound000000000000000000000001@thread.tacv2' }, message };
/** Where the alert of the sample was sent to: filled in once it was. */
const placement: Record<string, string> = {};

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
      input: sent,
      facts: { alert },
      effect: { method: 'POST', path: '/activities' },
      effects: records => records('messages').filter(each => JSON.stringify(each).includes(message)).length,
    },
    'teams.update_alert': {
      before: {
        action: 'teams.send_alert',
        input: sent,
        facts: output => {
          Object.assign(placement, (output as { placement: Record<string, string> }).placement);
          return { alert: { ...alert, version: 2 } };
        },
      },
      facts: { alert },
      input: { alertId: alert.id, version: 2, placement },
      effect: { method: 'PUT', path: '/activities/' },
      effects: records => records('messages').filter(each => (each as { updates: number }).updates > 0).length,
    },
  },
};
