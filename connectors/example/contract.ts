import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

export const contract: ConnectorContract = {
  tokenPath: '/oauth/token',
  controls: { expireAccessTokens: { expireAccessTokens: true }, revokeGrants: { revokeGrants: true } },
  throttles: [
    {
      title: '429 with seconds',
      fault: { status: 429, headers: { 'retry-after': '3' }, body: { error: 'slow_down' } },
    },
    {
      title: '429 with a date',
      fault: {
        status: 429,
        headers: { date: 'Mon, 23 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 10:00:20 GMT' },
      },
    },
    { title: '429 alone', fault: { status: 429 } },
  ],
  samples: {
    'example.create_note': {
      input: { title: 'A visitor is waiting', text: 'Hello, is anybody there?' },
      effect: { method: 'POST', path: '/api/notes' },
      effects: records => records('notes').length,
    },
  },
};
