import { inspect } from 'node:util';
import { Secret } from '../../src/sdk/index.ts';
import type { Reply } from '../../test/support/scripted-server.ts';
import {
  clientAt,
  failureOf,
  grant,
  methodOf,
  NOW,
  refused,
  server,
  settingsAt,
  TOKEN,
} from '../../test/support/scripted-slack.ts';
import slack from './index.ts';

describe('connecting', () => {
  const auth = slack.auth;
  if (auth.kind !== 'oauth2') throw new Error('Slack connects by OAuth 2');
  const call = () => ({ settings: settingsAt(server.url), options: {}, signal: new AbortController().signal });
  const install = (more: object = {}) => ({
    json: {
      ok: true,
      access_token: 'xoxb-new',
      token_type: 'bot',
      scope: 'chat:write,im:write',
      bot_user_id: 'U0BOT0001',
      app_id: 'A1',
      team: { id: 'T1', name: 'Acme' },
      ...more,
    },
  });

  test('asks for the bot’s scopes with state and redirect', async () => {
    const url = new URL(
      await auth.authorizeUrl({
        ...call(),
        state: 'state-1',
        redirectUri: 'https://hub/cb',
        scopes: ['chat:write', 'im:write'],
      }),
    );
    expect(url.origin + url.pathname).toBe(`${server.url}/oauth/v2/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'client',
      scope: 'chat:write,im:write',
      state: 'state-1',
      redirect_uri: 'https://hub/cb',
    });
  });

  test('exchanges the code for a bot token that never ends', async () => {
    server.answer(() => install());
    const fresh = await auth.exchange({ ...call(), code: 'c1', redirectUri: 'https://hub/cb', query: {} });
    expect(Object.fromEntries(server.seen[0]?.form ?? [])).toEqual({
      client_id: 'client',
      client_secret: 'client-secret',
      code: 'c1',
      redirect_uri: 'https://hub/cb',
    });
    expect([fresh.accessToken.reveal(), fresh.refreshToken, fresh.expiresAt, fresh.scopes]).toEqual([
      'xoxb-new',
      undefined,
      undefined,
      ['chat:write', 'im:write'],
    ]);
    expect(fresh.extra).toEqual({ teamId: 'T1', appId: 'A1', botUserId: 'U0BOT0001' });
  });

  test('keeps what rotates', async () => {
    server.answer(() => install({ refresh_token: 'xoxe-2', expires_in: 43_200 }));
    const old = { ...grant(), refreshToken: new Secret('xoxe-1') };
    const fresh = await auth.refresh?.({ ...call(), grant: old });
    expect(server.seen[0]?.form.get('grant_type')).toBe('refresh_token');
    expect(server.seen[0]?.form.get('refresh_token')).toBe('xoxe-1');
    expect([fresh?.accessToken.reveal(), fresh?.refreshToken?.reveal()]).toEqual(['xoxb-new', 'xoxe-2']);
    expect(fresh?.expiresAt).toBeGreaterThan(NOW);
  });

  test('without rotation a token that is not accepted any more needs connecting again, without a call', async () => {
    server.answer(() => install());
    expect((await failureOf(auth.refresh?.({ ...call(), grant: grant() }) ?? Promise.resolve())).kind).toBe(
      'unauthorized',
    );
    expect(server.seen).toHaveLength(0);
  });

  test.each<[string, Reply, string]>([
    ['invalid_refresh_token', refused('invalid_refresh_token'), 'unauthorized'],
    ['400 invalid_grant', { status: 400, json: { error: 'invalid_grant' } }, 'unauthorized'],
    ['a wrong secret', refused('bad_client_secret'), 'forbidden'],
    ['an HTML page', { status: 502, text: '<html>' }, 'transient'],
    ['a reset', { fault: 'reset' }, 'transient'],
  ])('a refresh that meets %s is %s', async (_what, reply, kind) => {
    server.answer(() => reply);
    const old = { ...grant(), refreshToken: new Secret('xoxe-1-secret') };
    const error = await failureOf(auth.refresh?.({ ...call(), grant: old }) ?? Promise.resolve());
    expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    expect(inspect(error)).not.toMatch(/xoxe-1-secret|client-secret/);
  });

  test('an install without a bot token is refused', async () => {
    server.answer(() => install({ access_token: undefined }));
    await expect(auth.exchange({ ...call(), code: 'c', redirectUri: 'r', query: {} })).rejects.toMatchObject({
      kind: 'rejected',
    });
  });

  test.each<[string, Reply]>([
    ['works', { json: { ok: true, revoked: true } }],
    ['takes an already dead token for revoked', refused('token_revoked')],
  ])('revoking %s', async (_what, reply) => {
    server.answer(() => reply);
    await auth.revoke?.({ ...call(), grant: grant() });
    expect(server.seen.map(methodOf)).toEqual(['auth.revoke']);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('a revoke that meets an outage is transient', async () => {
    server.answer(() => ({ status: 503 }));
    await expect(auth.revoke?.({ ...call(), grant: grant() })).rejects.toMatchObject({ kind: 'transient' });
  });

  test('says who is connected, and offers channels and people', async () => {
    const asked = { client: clientAt(server.url), signal: new AbortController().signal, settings: {} };
    server.answer(() => ({
      json: {
        ok: true,
        url: 'https://acme.slack.com/',
        team: 'Acme',
        team_id: 'T1',
        user: 'baton',
        user_id: 'U1',
        bot_id: 'B1',
      },
    }));
    expect(await slack.whoAmI?.(asked)).toEqual({
      id: 'T1',
      name: 'Acme',
      user: 'baton',
      url: 'https://acme.slack.com/',
      details: { userId: 'U1', botId: 'B1' },
    });
    server.answer(() => ({
      json: {
        ok: true,
        channels: [
          { id: 'C1', name: 'inbound' },
          { id: 'C2', name: 'random' },
        ],
        response_metadata: { next_cursor: 'n' },
      },
    }));
    expect(await slack.pickLists?.channels?.(asked, { search: '#INB', after: 'a' })).toEqual({
      options: [{ value: 'C1', label: '#inbound' }],
      next: 'n',
    });
    expect(server.seen[0]?.form.get('cursor')).toBe('a');
    server.answer(() => ({
      json: {
        ok: true,
        members: [
          { id: 'U1', real_name: 'Ann', profile: { email: 'ann@acme.co' } },
          { id: 'U2', real_name: 'Gone', deleted: true },
          { id: 'U3', name: 'robot', is_bot: true },
        ],
      },
    }));
    expect(await slack.pickLists?.users?.(asked, {})).toEqual({
      options: [{ value: 'U1', label: 'Ann (ann@acme.co)' }],
    });
  });
});
