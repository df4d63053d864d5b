import type { AlertView } from '../../src/sdk/index.ts';
import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const message = 'ada@example.com is waiting';

/** The alert as it is when it is sent; `claimed` is how it stands later. */
const alert: AlertView = {
  id: 'alert-1',
  title: 'Hot lead',
  message,
  state: 'open',
  version: 1,
  about: { visitor: { email: 'ada@example.com', known: false }, lastMessages: [], records: [] },
  offers: ['claim', 'create_task', 'snooze', 'dismiss'],
  createdAt: 0,
  tasks: [],
  joined: [],
};
const claimed: AlertView = { ...alert, state: 'claimed', version: 2, claimedBy: { name: 'Dana Whitfield' } };
const to = { channel: '#inbound' };
/** `placement` is filled in once the message that is to be changed is there. */
const update = { alertId: alert.id, version: 2, placement: {} };

export const contract: ConnectorContract = {
  tokenPath: '/api/oauth.v2.access',
  controls: {
    expireAccessTokens: { expireAccessTokens: true },
    revokeGrants: { revokeGrants: true },
    rotateRefreshTokens: { rotateTokens: true },
  },
  throttles: [
    {
      title: '429 with ratelimited',
      fault: { status: 429, headers: { 'retry-after': '2' }, body: { ok: false, error: 'ratelimited' } },
    },
    { title: 'a plain 429', fault: { status: 429, headers: { 'retry-after': '30' } } },
    { title: 'ratelimited in an HTTP 200', fault: { status: 200, body: { ok: false, error: 'ratelimited' } } },
    { title: 'message_limit_exceeded', fault: { status: 200, body: { ok: false, error: 'message_limit_exceeded' } } },
  ],
  samples: {
    'slack.send_alert': {
      input: { to, message },
      facts: { alert },
      effect: { method: 'POST', path: '/api/chat.postMessage' },
      effects: records => records('messages').filter(each => JSON.stringify(each).includes(message)).length,
    },
    'slack.update_alert': {
      input: update,
      facts: { alert },
      before: {
        action: 'slack.send_alert',
        input: { to, message },
        facts: output => {
          Object.assign(update, { placement: (output as { placement: object }).placement });
          return { alert: claimed };
        },
      },
      effect: { method: 'POST', path: '/api/chat.update' },
      effects: records => records('messages').filter(each => JSON.stringify(each).includes('laimed by Dana')).length,
    },
  },
};
