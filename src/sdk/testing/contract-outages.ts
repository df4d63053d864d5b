import type { FaultScript } from './contract.ts';

/** What a token endpoint answers while it is down. None of it says anything about the credential. */
export const outages: { title: string; fault: FaultScript['fault'] }[] = [
  { title: 'HTTP 503', fault: { status: 503 } },
  {
    title: 'a page instead of an answer',
    fault: { status: 502, malformed: '<html><body>Bad gateway</body></html>' },
  },
  { title: 'a reset connection', fault: { reset: 'before' } },
];
