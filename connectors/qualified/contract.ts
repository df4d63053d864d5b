import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const body = { code: 'rate_limited', message: 'Enterprise API rate limit exceeded' };

export const contract: ConnectorContract = {
  values: { apiToken: 'qualified-sandbox-token', backfill: '7' },
  controls: { withdrawCredentials: { revokeTokens: true } },
  throttles: [
    { title: '429 with seconds', fault: { status: 429, headers: { 'retry-after': '3' }, body } },
    { title: '429 of too many calls at once', fault: { status: 429, body } },
  ],
  // It only reads: qualified.test.ts says how.
  samples: {},
};
