import { type ConnectorSettings, type Grant, StepError } from '../../src/sdk/index.ts';
import { sendJson, successOf } from '../../src/sdk/json-call.ts';

type Call = {
  method: 'GET' | 'POST';
  /** Behind `/api/v5/objects/`. */
  path: string;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  signal: AbortSignal;
};
export type Answer = { status: number; body: Record<string, unknown> };
type Usage = { used: number; limit: number };

/**
 * What actions call Account Engagement through: one request, its JSON answer (no body for 204), or a CallFailure that `classify`
 * understands.
 */
export type PardotClient = {
  apiUrl: string;
  businessUnitId: string;
  call(call: Call): Promise<Answer>;
  /** The Salesforce user behind the token, as the identity service tells. */
  userInfo(signal: AbortSignal): Promise<Answer>;
};

/**
 * Builds the client around a live access token, without I/O.
 * @throws StepError `unauthorized` where the grant does not say which business unit it is for
 */
export function openClient(open: {
  grant?: Grant;
  settings: ConnectorSettings;
  timeoutMs: number;
  onUsage?(usage: Usage): void;
}): PardotClient {
  const { grant, settings, timeoutMs, onUsage } = open;
  const businessUnitId = grant?.extra?.businessUnitId;
  if (!grant || !businessUnitId)
    throw new StepError('unauthorized', 'This connection has no business unit. Connect Account Engagement again.');
  const apiUrl = (grant.extra?.apiUrl ?? settings.PARDOT_API_URL ?? 'https://pi.pardot.com').replace(/\/$/, '');
  const authorization = `Bearer ${grant.accessToken.reveal()}`;

  const exchange = async (call: Omit<Call, 'path' | 'query'> & { url: string; headers?: Record<string, string> }) => {
    const answer = await sendJson({
      ...call,
      headers: { authorization, ...call.headers },
      timeoutMs,
      // Which hosts there are is decided by the operator and when connecting (hosts.ts).
      allowPrivate: true,
    });
    const usage = usageOf(answer.headers['x-api-usage']);
    if (usage) onUsage?.(usage);
    return { status: answer.status, body: successOf(answer, call.method) };
  };

  return {
    apiUrl,
    businessUnitId,
    call({ path, query, ...call }) {
      const url = new URL(`${apiUrl}/api/v5/objects/${path}`);
      url.search = new URLSearchParams(query).toString();
      const headers = {
        'pardot-business-unit-id': businessUnitId,
        'x-return-api-usage': '1',
      };
      return exchange({ ...call, url: url.href, headers });
    },
    userInfo: signal => exchange({ method: 'GET', url: `${grant.instanceUrl}/services/oauth2/userinfo`, signal }),
  };
}

/** Calls of the current day and how many the edition has, e.g. `18/25000`. */
export function usageOf(header: string | undefined): Usage | undefined {
  const [, used, limit] = /(\d+)\s*\/\s*(\d+)/.exec(header ?? '') ?? [];
  return used && limit ? { used: Number(used), limit: Number(limit) } : undefined;
}
