import { checkExchanges } from '../../test/support/contracts.ts';
import { failureOf } from '../../test/support/step.ts';
import teams from './index.ts';
import { alertOf, INBOUND, TENANT, useTeams } from './test-world.ts';

const { sandbox, call, client, connect, does, send, step, messages, desk, hub, grant } = useTeams();
const update = teams.roles!.chat!.update;

describe('a connected tenant', () => {
  test('is known by its id, and its token ends when Microsoft says', async () => {
    const before = Date.now();
    const { expiresAt = 0 } = await connect();
    expect(expiresAt - before).toBeGreaterThanOrEqual(3_599_000);
    expect(expiresAt - before).toBeLessThan(3_610_000);
    expect(await teams.whoAmI?.({ ...call(), client: client() })).toMatchObject({ id: TENANT });
  });

  test('is the one of TEAMS_TENANT_ID where none is typed in, and some one is needed', async () => {
    const auth = teams.auth.kind === 'key' ? teams.auth : undefined;
    expect((await auth?.exchange?.({ ...call(), values: {} }))?.extra).toEqual({ tenantId: TENANT });
    const settings = { ...call().settings, TEAMS_TENANT_ID: undefined };
    const nobody = auth!.exchange!({ ...call(), settings, values: {} });
    expect(await failureOf(teams, nobody)).toMatchObject({ kind: 'rejected', details: { field: 'tenantId' } });
  });

  test.each([
    [{ TEAMS_APP_PASSWORD: 'wrong' }, 'AADSTS7000215', 'TEAMS_APP_PASSWORD is wrong'],
    [
      { TEAMS_APP_ID: '11111111-2222-4333-8444-555555555555' },
      'AADSTS700016',
      'Check the tenant’s id and TEAMS_APP_ID',
    ],
  ])('is refused with what to do: %j', async (wrong, code, advice) => {
    const auth = teams.auth.kind === 'key' ? teams.auth : undefined;
    const settings = { ...call().settings, ...wrong };
    const error = await failureOf(teams, auth!.exchange!({ ...call(), settings, values: { tenantId: TENANT } }));
    expect(error).toMatchObject({
      kind: 'unauthorized',
      details: { vendorCode: code, vendorRequestId: expect.any(String) },
    });
    expect(error.message).toContain(advice);
  });
});

describe('an alert', () => {
  test('goes to a channel by name, by link and by id, once the app has told where it is', async () => {
    await does({ install: { team: 'Revenue' } });
    const link = `https://teams.microsoft.com/l/channel/${encodeURIComponent(INBOUND)}/Inbound?groupId=g&tenantId=${TENANT}`;
    for (const channel of ['Revenue / Inbound', 'revenue/inbound', link, INBOUND]) {
      const { placement, url } = await send({ channel });
      expect(placement).toMatchObject({ conversationId: INBOUND, serviceUrl: expect.stringContaining('/emea/') });
      expect(url).toContain(`/l/message/${encodeURIComponent(INBOUND)}/${placement.activityId}?tenantId=${TENANT}`);
    }
    expect(messages().map(({ place }) => place)).toEqual(Array(4).fill('Revenue / Inbound'));
    expect(messages()[0]?.activity).not.toHaveProperty('text');
  });

  test('goes to a person who has the app, and to one who only is in a team with it', async () => {
    await does({ install: { team: 'Revenue' } });
    await does({ install: { user: 'Dana Whitfield' } });
    await send({ user: 'Dana.Whitfield@brightline.example' });
    await send({ user: 'luis.ortega@brightline.example' });
    await send({ user: 'priya.raman@brightline.example' });
    await send({ user: 'praman@brightline.example' });
    await send({ user: '0a7d4c10-1f2e-4b3a-8c5d-000000000004' });
    expect(messages().map(({ place }) => place)).toEqual([
      'Dana Whitfield',
      'Luis Ortega',
      'Priya Raman',
      'Priya Raman',
      'Noor Haddad',
    ]);
    // Dana's conversation was told of; the others had to be begun.
    const begun = sandbox()
      .exchanges()
      .filter(({ url }) => url.endsWith('/v3/conversations'));
    expect(begun).toHaveLength(4);
  });

  test('finds a member of whom nobody told by asking the teams', async () => {
    await does({ install: { team: 'Revenue' } });
    for (const key of hub.memory.keys()) if (key.startsWith('identity:')) hub.memory.delete(key);
    await send({ user: 'luis.ortega@brightline.example' });
    expect(messages()[0]?.place).toBe('Luis Ortega');
  });

  test.each([
    ['a team without the app', { channel: 'Enterprise / Named accounts' }, 'to.channel', 'no team named “Enterprise”'],
    ['a channel that is not there', { channel: 'Revenue / Nowhere' }, 'to.channel', 'has no channel “Nowhere”'],
    [
      'a link of another tenant',
      {
        channel: `https://teams.microsoft.com/l/channel/${encodeURIComponent(INBOUND)}/x?tenantId=11111111-2222-4333-8444-555555555555`,
      },
      'to.channel',
      'another tenant',
    ],
    ['a person without the app', { user: 'greta.lindqvist@brightline.example' }, 'to.user', 'must install the app'],
    ['a role that nobody has', { role: 'rep' as const }, 'to.role', 'Name a fallback channel'],
  ])('names %s and says what to do', async (_what, to, field, advice) => {
    await does({ install: { team: 'Revenue' } });
    const error = await failureOf(teams, send(to));
    expect(error).toMatchObject({ kind: 'rejected', details: { field } });
    expect(error.message).toContain(advice);
    expect(messages()).toEqual([]);
  });

  test('says that the app must be added, where Teams says that it is not in a channel', async () => {
    await does({ install: { team: 'Revenue' } });
    const error = await failureOf(teams, send({ channel: '19:accounts00000000000000000000001@thread.tacv2' }));
    expect(error).toMatchObject({
      kind: 'forbidden',
      details: { vendorCode: 'BotNotInConversationRoster', field: 'to', vendorRequestId: expect.any(String) },
    });
    expect(error.message).toContain('Add the app to the team');
    const unknown = await failureOf(teams, send({ channel: '19:nowhere@thread.tacv2' }));
    expect(unknown).toMatchObject({ kind: 'rejected', details: { vendorCode: 'ConversationNotFound' } });
  });

  test('goes to the fallback channel where the person cannot be found or written to', async () => {
    await does({ install: { team: 'Revenue' } });
    await does({ install: { user: 'greta.lindqvist@brightline.example' } });
    const fallback = { channel: 'Revenue / Inbound' };
    const nobody = step();
    await send({ role: 'record_owner' }, { fallback }, nobody);
    expect(nobody.notes[0]).toContain('record owner');
    await send(
      { role: 'rep' },
      { fallback },
      step({ recipient: { role: 'rep', email: 'luis.ortega@brightline.example' } }),
    );
    sandbox().fault('teams', {
      match: { method: 'POST', path: '/activities' },
      fault: { status: 403, body: { error: { code: 'MessageWritesBlocked', message: 'blocked' } } },
    });
    const blocked = step();
    await send({ user: 'greta.lindqvist@brightline.example' }, { fallback }, blocked);
    expect(blocked.notes).toEqual([expect.stringContaining('fallback channel')]);
    expect(messages().map(({ place }) => place)).toEqual(['Revenue / Inbound', 'Luis Ortega', 'Revenue / Inbound']);
  });

  test('changes the message that it is to join, and sends a new one where that was deleted', async () => {
    await does({ install: { team: 'Revenue' } });
    const { placement } = await send({ channel: INBOUND });
    const joined = alertOf({ version: 2, joined: [{ title: 'Again', message: 'She is back', at: 0 }] });
    const second = await send({ channel: INBOUND }, {}, step({ alert: { ...joined, placement } }));
    expect(second.placement).toEqual(placement);
    expect(messages()).toMatchObject([{ updates: 1 }]);
    expect(JSON.stringify(messages()[0]?.card)).toContain('She is back');
    await does({ deleteMessage: placement.activityId });
    const third = step({ alert: { ...joined, placement } });
    expect((await send({ channel: INBOUND }, {}, third)).placement).not.toEqual(placement);
    expect(third.notes).toEqual([expect.stringContaining('deleted')]);
  });

  test('shows what was done with it, and says so where its message has been deleted', async () => {
    await does({ install: { team: 'Revenue' } });
    const { placement } = await send({ channel: INBOUND });
    const claimed = alertOf({ version: 2, state: 'claimed', claimedBy: { name: 'Dana Whitfield' }, claimedAt: 0 });
    const input = { alertId: 'alert-1', version: 2, placement };
    expect(await update.run(step({ alert: claimed }).context, input)).toEqual({ shown: true });
    expect(JSON.stringify(messages()[0]?.card)).toContain('Dana Whitfield has it');
    await does({ deleteMessage: placement.activityId });
    const late = step({ alert: claimed });
    expect(await update.run(late.context, input)).toEqual({ shown: false });
    expect(late.notes).toHaveLength(1);
  });

  test('that Teams splits, or whose answer holds no id, is uncertain and waits for a person', async () => {
    await does({ install: { team: 'Revenue' } });
    sandbox().fault('teams', { match: { method: 'POST', path: '/activities' }, fault: { status: 201, body: {} } });
    const error = await failureOf(teams, send({ channel: INBOUND }));
    expect(error).toMatchObject({ kind: 'uncertain', details: { park: true } });
    const { replay } = teams.actions[0]!;
    expect(replay).toEqual({ whenUnsure: 'park' });
  });

  test.each([
    [502, 'uncertain'],
    [504, 'uncertain'],
    [412, 'transient'],
    [413, 'rejected'],
  ])('that is answered with %i is %s, after one request', async (status, kind) => {
    await does({ install: { team: 'Revenue' } });
    const before = sandbox().exchanges().length;
    sandbox().fault('teams', { times: 5, match: { method: 'POST', path: '/activities' }, fault: { status } });
    expect((await failureOf(teams, send({ channel: INBOUND }))).kind).toBe(kind);
    expect(sandbox().exchanges().length - before).toBe(1);
  });

  test('is held back where a conversation takes no more', async () => {
    await does({ install: { team: 'Revenue' } });
    sandbox().control('teams', { rateLimit: true });
    const all = await Promise.allSettled(Array.from({ length: 9 }, () => send({ channel: INBOUND })));
    const refused = all.flatMap(result => (result.status === 'rejected' ? [teams.classify(result.reason)] : []));
    expect(refused).toHaveLength(2);
    for (const error of refused) expect(error).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 1_000 } });
    const limit = (channel: string) => teams.actions[0]?.limit?.({ to: { channel }, message: 'm' });
    expect(limit('Revenue / Inbound')).toEqual(limit('revenue/inbound'));
  });

  test('of a thousand things is still one that Teams takes', async () => {
    await does({ install: { team: 'Revenue' } });
    const long = 'ü😀 <at>everyone</at> **x** '.repeat(3_000);
    desk().alerts.set(
      'alert-1',
      alertOf({
        title: long,
        message: long.slice(0, 60_000),
        about: {
          visitor: { name: long, title: long, company: long, email: long, phone: long, known: true },
          summary: long,
          lastMessages: Array.from({ length: 50 }, () => ({ from: long, text: long, time: '' })),
          page: { url: `https://www.example.com/${'p'.repeat(3_000)}`, title: long },
          campaign: long,
          records: Array.from({ length: 50 }, (_, index) => ({ title: long, url: `https://crm.example.com/${index}` })),
        },
        tasks: Array.from({ length: 50 }, () => ({ subject: long, by: { name: long } })),
        joined: Array.from({ length: 50 }, () => ({ title: long, message: long, at: 0 })),
      }),
    );
    const told = step();
    await send({ channel: INBOUND }, {}, told);
    expect(told.notes).toEqual(['The message was too long for a Teams card and was cut.']);
    expect(Buffer.byteLength(JSON.stringify(messages()[0]?.activity))).toBeLessThan(28 * 1024);
    expect(JSON.stringify(messages()[0]?.card).isWellFormed()).toBe(true);
  });
});

test('every exchange of a day keeps to the vendor’s contract, in both directions', async () => {
  await does({ install: { team: 'Revenue' } });
  await does({ install: { user: 'Dana Whitfield' } });
  for (const state of ['open', 'claimed', 'snoozed', 'dismissed'] as const) {
    const by = { name: 'Dana' };
    desk().alerts.set(
      'alert-1',
      alertOf({
        state,
        claimedBy: by,
        claimedAt: 0,
        snoozedBy: by,
        snoozedUntil: 9,
        dismissedBy: by,
        tasks: [
          { subject: 'Call', dueDate: '2026-11-27', by, url: 'https://crm.example.com/t' },
          { subject: 'Write', by },
        ],
        joined: [{ title: 'Later', message: 'again', at: 5 }],
      }),
    );
    await send({ channel: 'Revenue / Inbound' });
  }
  desk().alerts.set('alert-1', alertOf());
  const { placement } = await send({ user: 'luis.ortega@brightline.example' });
  await update.run(step().context, { alertId: 'alert-1', version: 2, placement });
  await does({ press: { user: 'Dana Whitfield', button: 'claim' } });
  await does({ press: { user: 'Luis Ortega', button: 'claim' } });
  for (const text of ['alerts', 'mine', 'status', 'help']) await does({ say: { user: 'Dana Whitfield', text } });
  await does({ say: { user: 'Luis Ortega', text: 'alerts', channel: 'Revenue / Inbound' } });
  await does({ remove: { user: 'Dana Whitfield' } });
  await teams.whoAmI?.({ ...call(), client: client() });
  await failureOf(teams, send({ channel: '19:nowhere@thread.tacv2' }));
  sandbox().control('teams', { expireAccessTokens: true });
  await failureOf(teams, send({ channel: INBOUND }));
  expect(grant().accessToken).toBeDefined();
  const exchanges = sandbox().exchanges();
  expect(exchanges.some(({ direction }) => direction === 'inbound')).toBe(true);
  const { passed, output } = await checkExchanges(exchanges);
  expect(passed ? '' : output).toBe('');
});
