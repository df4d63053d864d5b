import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const message = 'ada@example.com is waiting';

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
      input: { to: { channel: '#inbound' }, message },
      effect: { method: 'POST', path: '/api/chat.postMessage' },
      effects: records => records('messages').filter(each => JSON.stringify(each).includes(message)).length,
    },
  },
};
