import { failureOf, type HttpAnswer, send } from '../../src/sdk/http.ts';
import type { Account, ConnectorSettings, Grant } from '../../src/sdk/index.ts';
import { StepError } from '../../src/sdk/index.ts';
import { CollectFailure } from './errors.ts';

/** One event of one visitor, as the Measurement Protocol takes it. */
export type Payload = {
  client_id: string;
  timestamp_micros?: number;
  user_agent?: string;
  events: { name: string; params: Record<string, string | number> }[];
  validation_behavior?: 'ENFORCE_RECOMMENDATIONS';
};

export type AnalyticsClient = {
  measurementId: string;
  /** One POST to /mp/collect, or to the validation server, which counts nothing and says what is wrong. @throws CollectFailure */
  post(path: '/mp/collect' | '/debug/mp/collect', payload: Payload, signal: AbortSignal): Promise<HttpAnswer>;
};

type Opening = { grant?: Grant; settings: ConnectorSettings; timeoutMs: number };

/** Builds the client around the typed values, without I/O. */
export function openClient({ grant, settings, timeoutMs }: Opening): AnalyticsClient {
  const measurementId = grant?.extra?.measurementId ?? '';
  const base = (settings.GA_COLLECT_URL ?? '').replace(/\/+$/, '');
  return {
    measurementId,
    async post(path, payload, signal) {
      const query = new URLSearchParams({
        measurement_id: measurementId,
        api_secret: grant?.accessToken.reveal() ?? '',
      });
      try {
        return await send({
          method: 'POST',
          url: `${base}${path}?${query}`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(payload),
          timeoutMs,
          signal,
          // The address is the operator's (GA_COLLECT_URL).
          allowPrivate: true,
          maxBytes: 64 * 1024,
        });
      } catch (error) {
        const { sent, code } = failureOf(error);
        throw new CollectFailure({ counted: path === '/mp/collect', sent, reason: code });
      }
    },
  };
}

type Validation = { validationMessages?: { fieldPath?: string; description?: string; validationCode?: string }[] };

/**
 * Asks the validation server about an event of ours: that Google can be reached and takes what is sent. Whether the measurement id and
 * the secret are right it does not look at, and nothing else does either, so the account says so.
 */
export async function whoAmI({ client, signal }: { client: AnalyticsClient; signal: AbortSignal }): Promise<Account> {
  const answer = await client.post(
    '/debug/mp/collect',
    {
      client_id: '1.1',
      validation_behavior: 'ENFORCE_RECOMMENDATIONS',
      events: [{ name: 'baton_connection_test', params: { engagement_time_msec: 1 } }],
    },
    signal,
  );
  const { validationMessages } = readValidation(answer);
  const [first] = validationMessages ?? [];
  if (first)
    throw new StepError('rejected', `Google Analytics does not take events as they are sent: ${first.description}`, {
      vendorCode: first.validationCode,
      vendorMessage: first.description,
    });
  const { measurementId } = client;
  return {
    id: measurementId,
    name: measurementId,
    details: {
      apiSecret:
        'Not checked: Google Analytics answers the same whether the measurement id and the API secret are right or not. Look for an event in its Realtime report.',
    },
  };
}

function readValidation(answer: HttpAnswer): Validation {
  if (answer.status === 200 && answer.complete) {
    try {
      const json: unknown = JSON.parse(answer.body);
      if (typeof json === 'object' && json !== null && 'validationMessages' in json) return json as Validation;
    } catch {
      // Told below, with every other answer that is none.
    }
  }
  throw new CollectFailure({
    counted: false,
    sent: true,
    status: answer.status,
    reason: 'no answer of the validation server',
  });
}
