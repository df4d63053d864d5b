import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

const subject = 'Call the visitor back';
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
      effects: records => records('Task').filter(task => (task as { Subject?: string }).Subject === subject).length,
    },
  },
};
