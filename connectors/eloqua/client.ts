import { type Account, type ConnectorSettings, type Grant, StepError } from '../../src/sdk/index.ts';
import { sendJson, successOf } from '../../src/sdk/json-call.ts';
import { askWho, type Identity } from './identity.ts';

type Call = {
  method: 'GET' | 'POST' | 'PUT';
  /** Behind `/api/REST/`, e.g. `1.0/data/contacts`. */
  path: string;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  signal: AbortSignal;
};

/** What actions call Eloqua through: one request, its JSON answer (empty for 204), or a CallFailure that `classify` understands. */
export type EloquaClient = {
  instanceUrl: string;
  siteId: string;
  call(call: Call): Promise<Record<string, unknown>>;
  identity(signal: AbortSignal): Promise<Identity>;
};

/** Contacts at `complete` depth with hundreds of fields are long. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Builds the client around a live access token, without I/O.
 * @throws StepError `unauthorized` where the grant does not say in which data centre the site is
 */
export function openClient(open: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): EloquaClient {
  const { grant, settings, timeoutMs } = open;
  const instanceUrl = grant?.instanceUrl;
  if (!grant || !instanceUrl)
    throw new StepError('unauthorized', 'This connection has no address of its Eloqua site. Connect Eloqua again.');
  return {
    instanceUrl,
    siteId: grant.extra?.siteId ?? '',
    identity: signal => askWho(settings, grant.accessToken.reveal(), { signal, timeoutMs }),
    async call({ method, path, query, body, signal }) {
      const url = new URL(`${instanceUrl}/api/REST/${path}`);
      url.search = new URLSearchParams(query).toString();
      const answer = await sendJson({
        method,
        url: url.href,
        headers: { authorization: `Bearer ${grant.accessToken.reveal()}` },
        body,
        timeoutMs,
        signal,
        maxBytes: ANSWER_MAX_BYTES,
        // Only addresses of Eloqua, or of what stands in for it, are kept when connecting (identity.ts).
        allowPrivate: true,
      });
      return successOf(answer, method);
    },
  };
}

/** The site (company) and the user behind the token. */
export async function whoAmI({ client, signal }: { client: EloquaClient; signal: AbortSignal }): Promise<Account> {
  const { siteId, siteName, baseUrl, user } = await client.identity(signal);
  const details = { siteId, userId: user.id, email: user.email };
  return {
    id: siteId,
    name: siteName,
    user: user.name ?? user.email,
    url: baseUrl,
    details: Object.fromEntries(
      Object.entries(details).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}
