import { createHash, randomBytes } from 'node:crypto';
import type { Grant } from '../auth.ts';
import { outages } from './contract-outages.ts';
import { type ContractSubject, type Given, type Tried, verdict } from './contract-subject.ts';

const redirectUri = 'http://127.0.0.1:1/v1/oauth/callback';

/** Goes through the vendor's consent as a person who allows it, and trades the code for a grant. */
export async function consent(subject: ContractSubject): Promise<Grant> {
  const { settings, options } = subject;
  const auth = subject.auth('oauth2');
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const pkce = auth.pkce ? createHash('sha256').update(verifier).digest('base64url') : undefined;
  const asked = { settings, options, redirectUri, state, codeChallenge: pkce, scopes: auth.scopes };
  const back = await allowed(await auth.authorizeUrl(asked));
  const query = Object.fromEntries(back.searchParams);
  if (query.state !== state || !query.code) throw new Error(`the consent brought no code: ${Object.keys(query)}`);
  const codeVerifier = auth.pkce ? verifier : undefined;
  subject.hide(query.code);
  const answered = { code: query.code, query, redirectUri, codeVerifier };
  return subject.use(await auth.exchange({ settings, options, signal: subject.signal(), ...answered }));
}

/** Follows a vendor's redirects like a browser, up to the one that comes back to us. */
async function allowed(authorizeUrl: string): Promise<URL> {
  let url = authorizeUrl;
  for (let hop = 0; hop < 10; hop += 1) {
    const answer = await fetch(url, { redirect: 'manual' });
    const location = answer.headers.get('location');
    if (!location) throw new Error(`the consent page answered ${answer.status}: ${await answer.text()}`);
    url = new URL(location, url).href;
    if (url.startsWith(redirectUri)) return new URL(url);
  }
  throw new Error('the consent page redirects without end');
}

async function refresh(subject: ContractSubject, grant: Grant): Promise<Tried<Grant>> {
  const { settings, options } = subject;
  const auth = subject.auth('oauth2');
  if (!auth.refresh) throw new Error('this connector does not refresh');
  const renew = auth.refresh.bind(auth);
  return subject.attempt(async () => subject.use(await renew({ settings, options, signal: subject.signal(), grant })));
}

async function revoke(subject: ContractSubject, grant: Grant): Promise<Tried<void>> {
  const { settings, options } = subject;
  const auth = subject.auth('oauth2');
  return subject.attempt(async () => auth.revoke?.({ settings, options, signal: subject.signal(), grant }));
}

/** The tests of OAuth: rotation, dead grants, outages that condemn nobody. */
export function oauthTests({ connector, contract, host, subject }: Given): void {
  const vendor = connector.id;
  const { controls = {}, tokenPath } = contract;
  it('has in contract.ts what the tests of OAuth need', () => {
    expect(tokenPath).toMatch(/./);
    expect(controls).toMatchObject({ expireAccessTokens: expect.anything(), revokeGrants: expect.anything() });
  });
  const rotated = async () => {
    if (controls.rotateRefreshTokens) host().control(vendor, controls.rotateRefreshTokens);
    return consent(subject());
  };

  it('refreshes to a token that works, and keeps the new refresh token', async () => {
    const before = await rotated();
    host().control(vendor, controls.expireAccessTokens);
    expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
    const { value: after } = await refresh(subject(), before);
    expect(after?.accessToken.reveal()).not.toBe(before.accessToken.reveal());
    expect(after?.refreshToken?.reveal()).not.toBe(before.refreshToken?.reveal());
    expect((await subject().whoAmI()).value).toBeDefined();
  });

  it('takes a used-up refresh token for a dead grant', async () => {
    const before = await rotated();
    const { value: after } = await refresh(subject(), before);
    expect(verdict(await refresh(subject(), before))).toMatch(/^unauthorized:/);
    expect(after).toBeDefined();
  });

  it.each(outages)('condemns nobody for an outage of the token endpoint: $title', async ({ fault }) => {
    const grant = await rotated();
    host().fault(vendor, { match: { path: tokenPath }, fault });
    expect(verdict(await refresh(subject(), grant))).toMatch(/^transient:/);
    expect((await refresh(subject(), grant)).value).toBeDefined();
  });

  it('sees a revoked grant, both in a call and in a refresh', async () => {
    const grant = await rotated();
    host().control(vendor, controls.revokeGrants);
    expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
    expect(verdict(await refresh(subject(), grant))).toMatch(/^unauthorized:/);
  });

  // Some vendors offer no way to take a token back; the hub then says so to whoever disconnects.
  if (connector.auth.kind === 'oauth2' && connector.auth.revoke)
    it('gives its access back', async () => {
      const grant = await rotated();
      expect((await revoke(subject(), grant)).error).toBeUndefined();
      expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
    });
}
