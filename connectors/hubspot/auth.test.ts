import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Grant } from '../../src/sdk/index.ts';
import { pressConsent } from '../../test/support/consent.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { grantFrom } from '../../test/support/hubspot-sandbox.ts';
import { failureOf } from '../../test/support/step.ts';
import { auth } from './auth.ts';
import hubspot from './index.ts';
import vendor from './sandbox/index.ts';

const clock = { now: Date.now() };
let sandbox: Sandbox;
let grant: Grant;
const call = () => ({ settings: sandbox.settings(), options: {}, signal: AbortSignal.timeout(10_000) });
const redirectUri = 'http://127.0.0.1:3000/v1/oauth/hubspot/callback';

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  grant = await grantFrom(sandbox);
});

const whoAmI = (held: Grant) =>
  hubspot.whoAmI!({ ...call(), client: hubspot.open({ grant: held, settings: call().settings, timeoutMs: 5_000 }) });
const refresh = (held: Grant) => auth.refresh!({ ...call(), grant: held });
const refusedRefresh = (body: object, status = 400) => {
  sandbox.fault('hubspot', { match: { path: '/oauth/2026-03/token' }, fault: { status, body } });
  return failureOf(hubspot, refresh(grant));
};

describe('connecting HubSpot', () => {
  test('asks for the scopes that it needs, and for others where the hub has a use for them', async () => {
    const settings = { ...sandbox.settings(), HUBSPOT_TIMELINE_TEMPLATE_ID: undefined };
    const urlFor = async (more: object, options: Record<string, string>) =>
      new URL(
        await auth.authorizeUrl({
          settings: { ...settings, ...more },
          options,
          state: 's',
          redirectUri,
          codeChallenge: 'c'.repeat(43),
          scopes: auth.scopes,
        }),
      ).searchParams;
    const bare = await urlFor({}, {});
    expect(bare.get('scope')).toBe(
      'oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.objects.owners.read',
    );
    expect(bare.has('optional_scope')).toBe(false);
    expect(bare.get('code_challenge_method')).toBe('S256');
    const all = await urlFor({ HUBSPOT_TIMELINE_TEMPLATE_ID: '1' }, { companies: 'link' });
    expect(all.get('optional_scope')).toBe('crm.objects.companies.read crm.objects.companies.write timeline');
  });

  test('proves who asked: a code without its verifier is worth nothing', async () => {
    const url = await auth.authorizeUrl({
      ...call(),
      state: 's',
      redirectUri,
      codeChallenge: 'c'.repeat(43),
      scopes: auth.scopes,
    });
    const query = Object.fromEntries((await pressConsent(url, 'allow')).searchParams);
    const exchanged = auth.exchange({ ...call(), code: query.code!, redirectUri, codeVerifier: 'wrong', query });
    expect(await failureOf(hubspot, exchanged)).toMatchObject({ kind: 'unauthorized' });
  });

  test('keeps the account with the grant, and follows expires_in', () => {
    expect(grant.extra).toEqual({ hubId: '48211733' });
    expect(grant.expiresAt).toBeGreaterThan(Date.now() + 1_700_000);
    expect(grant.expiresAt).toBeLessThan(Date.now() + 1_801_000);
  });

  test('keeps what was chosen through every refresh', async () => {
    const chosen = await grantFrom(sandbox, { companies: 'link' });
    expect((await refresh(chosen)).extra).toEqual({ hubId: '48211733', companies: 'link' });
  });

  test('says who is connected, and which scopes are missing', async () => {
    expect(await whoAmI(grant)).toEqual({
      id: '48211733',
      name: 'brightline-freight.example',
      user: 'owen.price@brightline.example',
      url: `${sandbox.url}/hubspot/home/48211733`,
      details: { hubId: '48211733', hubDomain: 'brightline-freight.example', userId: '9001', appId: '3141592' },
    });
    const client = hubspot.open({ grant, settings: call().settings, timeoutMs: 5_000 });
    expect(await hubspot.checkRights!({ ...call(), client })).toEqual([]);
    sandbox.control('hubspot', { withholdScopes: ['crm.objects.owners.read', 'timeline'] });
    expect(await hubspot.checkRights!({ ...call(), client })).toEqual([
      expect.stringContaining('Grant the scope crm.objects.owners.read'),
      expect.stringContaining('Grant the scope timeline'),
    ]);
  });
});

describe('refreshing', () => {
  test('keeps whichever refresh token comes back, the same or another', async () => {
    const same = await refresh(grant);
    expect(same.refreshToken?.reveal()).toBe(grant.refreshToken?.reveal());
    sandbox.control('hubspot', { rotateRefreshTokens: true });
    const other = await refresh(same);
    expect(other.refreshToken?.reveal()).not.toBe(grant.refreshToken?.reveal());
    expect((await failureOf(hubspot, refresh(same))).kind).toBe('unauthorized');
  });

  test.each([
    ['the older', { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token', correlationId: 'c1' }],
    [
      'the newer',
      {
        error: 'invalid_grant',
        error_description: 'refresh token is invalid, expired or revoked',
        status: 'BAD_REFRESH_TOKEN',
        message: 'refresh token is invalid, expired or revoked',
      },
    ],
    ['the plain OAuth', { error: 'invalid_grant', error_description: 'refresh token is invalid' }],
  ])('takes a dead grant for one in %s form', async (_form, body) => {
    expect(await refusedRefresh(body)).toMatchObject({
      kind: 'unauthorized',
      details: { vendorMessage: expect.stringContaining('refresh token') },
    });
  });

  test('wrong app credentials are the operator’s to mend, and disconnect nobody', async () => {
    const settings = { ...call().settings, HUBSPOT_CLIENT_SECRET: 'another' };
    const error = await failureOf(hubspot, auth.refresh!({ ...call(), settings, grant }));
    expect(error).toMatchObject({ kind: 'forbidden', details: { park: true } });
    expect(error.message).toContain('HUBSPOT_CLIENT_SECRET');
  });

  test.each([[429], [500], [502], [521]])('HTTP %i is an outage', async status => {
    expect((await refusedRefresh({ message: 'later' }, status)).kind).toMatch(/^(transient|throttled)$/);
    expect((await refresh(grant)).accessToken.reveal()).toMatch(/./);
  });
});

test('revoking ends the access token as well, which lives on by itself at HubSpot', async () => {
  await auth.revoke!({ ...call(), grant });
  expect((await failureOf(hubspot, whoAmI(grant))).kind).toBe('unauthorized');
  expect((await failureOf(hubspot, refresh(grant))).kind).toBe('unauthorized');
  // Once more does no harm.
  await auth.revoke!({ ...call(), grant });
});

test('the endpoints of v1 are never asked, and every exchange keeps to the contract', async () => {
  await whoAmI(await refresh(grant));
  await auth.revoke!({ ...call(), grant });
  await failureOf(hubspot, refresh(grant));
  expect(sandbox.exchanges().filter(({ url }) => url.includes('/oauth/v1/'))).toEqual([]);
  const { passed, output } = await checkExchanges(sandbox.exchanges());
  expect(passed ? '' : output).toBe('');
});
