import { type ConnectorSettings, StepError } from '../../src/sdk/index.ts';
import { CallFailure, jsonOf, sendJson } from '../../src/sdk/json-call.ts';
import { wordsOf } from './failure.ts';

/** Whose token it is, and where the data centre is that holds the site. */
export type Identity = {
  siteId: string;
  siteName: string;
  /** Without a trailing slash, e.g. https://secure.p03.eloqua.com. */
  baseUrl: string;
  user: { id?: string; name?: string; email?: string };
};

export const loginUrl = (settings: ConnectorSettings): string =>
  (settings.ELOQUA_LOGIN_URL ?? 'https://login.eloqua.com').replace(/\/$/, '');

/**
 * Asks `/id`, which is throttled: only when connecting, when a token is renewed, and when somebody asks who is connected.
 * @throws CallFailure, or StepError: `unauthorized` where the token is not known, `rejected` for an address that is not Eloqua's
 */
export async function askWho(
  settings: ConnectorSettings,
  accessToken: string,
  call: { signal: AbortSignal; timeoutMs: number },
): Promise<Identity> {
  const answer = await sendJson({
    method: 'GET',
    url: `${loginUrl(settings)}/id`,
    headers: { authorization: `Bearer ${accessToken}` },
    // Which host it is was decided by the operator.
    allowPrivate: true,
    ...call,
  });
  const json = jsonOf(answer);
  const facts = { write: false, answer, json };
  // It answers a token that it does not know with a success.
  if (answer.status === 200 && /not authenticated/i.test(wordsOf(facts) ?? ''))
    throw new StepError(
      'unauthorized',
      'Eloqua does not know the access token (Not authenticated). Connect Eloqua again.',
    );
  const { site, user, urls } = (json ?? {}) as Record<string, Record<string, unknown> | undefined>;
  if (answer.status !== 200 || site?.id === undefined || typeof urls?.base !== 'string') throw new CallFailure(facts);
  const text = (value: unknown) => (value === undefined || value === null ? undefined : String(value));
  return {
    siteId: String(site.id),
    siteName: String(site.name ?? site.id),
    baseUrl: trustedBase(urls.base, settings),
    user: { id: text(user?.id), name: text(user?.displayName ?? user?.username), email: text(user?.emailAddress) },
  };
}

/** The token goes to this address on every call, so it must be Eloqua's own, or the configured stand-in's. */
export function trustedBase(base: string, settings: ConnectorSettings): string {
  const { protocol, hostname = '', origin } = URL.parse(base) ?? {};
  const standIn = URL.parse(loginUrl(settings))?.origin;
  if (origin && (origin === standIn || (protocol === 'https:' && /(^|\.)eloqua\.com$/i.test(hostname))))
    return base.replace(/\/$/, '');
  throw new StepError(
    'rejected',
    'Eloqua named an address for this site that is not one of its own; nothing was kept.',
  );
}
