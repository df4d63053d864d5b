import type { ConnectorContract } from '../../src/sdk/testing/contract.ts';

export const contract: ConnectorContract = {
  values: ({ GA_MEASUREMENT_ID = '', GA_API_SECRET = '' }) => ({
    measurementId: GA_MEASUREMENT_ID,
    apiSecret: GA_API_SECRET,
  }),
  neverRefused: 'Google Analytics answers 2xx to everything, and drops what comes with a wrong id or secret.',
  throttles: [{ title: '429, of something in between', fault: { status: 429, headers: { 'retry-after': '7' } } }],
  samples: {
    'google-analytics.send_event': {
      input: { name: 'conversation_with_rep', parameters: { campaign: 'Autumn', value: 3, currency: 'EUR' } },
      facts: { session: { id: 's1', gaClientId: '1712345678.1698765432' } },
      effect: { method: 'POST', path: '/mp/collect' },
      effects: records => records('events').length,
    },
  },
};
