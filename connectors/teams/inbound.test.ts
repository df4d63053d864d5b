import { jest } from '@jest/globals';
import { messages as inbound } from './inbound/index.ts';
import { placesKey, placesOf } from './memory.ts';
import { forgeries } from './sandbox/keys.ts';
import { alertOf, INBOUND, useTeams } from './test-world.ts';

const { sandbox, does, send, step, messages, desk, hub, clock } = useTeams();
type Answer = { status: number; body: { type?: string; value?: unknown; error?: string; message?: string } };
const press = async (user: string, button: string, more: object = {}): Promise<Answer> =>
  (await does({ press: { user, button, ...more } })) as Answer;
const places = async () => placesOf(await hub.recall(placesKey));
const inRevenue = async () => {
  await does({ install: { team: 'Revenue' } });
  return send({ channel: INBOUND });
};

describe('who may call', () => {
  // The library prints what it refuses.
  beforeEach(() => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each(forgeries)('a call with a wrong token (%s) is answered with 401 and changes nothing', async forgery => {
    await inRevenue();
    const answer = await press('Dana Whitfield', 'claim', { forgery });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatch(/^The token is not accepted/);
    expect(desk().heard).toEqual([]);
  });

  test.each([
    ['of another channel', { channelId: 'emulator' }],
    ['of the channel that the library trusts on other terms', { channelId: 'AseChannel' }],
    ['that names no service address', { serviceUrl: '' }],
    ['without a sender', { from: undefined }],
  ])('an activity %s is not taken, though its token holds', async (_what, change) => {
    const activity = {
      type: 'message',
      id: '1',
      channelId: 'msteams',
      serviceUrl: sandbox().settings().TEAMS_SERVICE_URL,
      from: { id: '29:1' },
      recipient: { id: '28:1' },
      conversation: { id: 'a:1' },
      ...change,
    };
    expect(await does({ deliver: { ...activity } })).toMatchObject({ status: 400 });
  });

  test('a call whose keys cannot be had is to be repeated, and the operator is told', async () => {
    const settings = { ...sandbox().settings(), TEAMS_OPENID_METADATA_URL: 'http://127.0.0.1:1/keys' };
    const delivery = await lastDelivery();
    const warnings: string[] = [];
    const answer = await inbound.answer(
      { ...delivery, method: 'POST', url: '/', ip: '', receivedAt: 0, signal: new AbortController().signal },
      { settings, warn: (message: string) => warnings.push(message), now: () => 0 } as never,
    );
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(warnings).toEqual([expect.stringContaining('keys')]);
  });

  const lastDelivery = async () => {
    await does({ say: { user: 'Dana Whitfield', text: 'help' } });
    const call = sandbox()
      .exchanges()
      .findLast(({ direction }) => direction === 'inbound');
    return { headers: call!.requestHeaders, body: Buffer.from(call!.requestBody ?? '') };
  };
});

describe('where the app is', () => {
  test('is kept with the team’s channels and people, and forgotten when it is removed', async () => {
    await does({ install: { team: 'Revenue' } });
    expect(Object.values((await places()).teams)).toMatchObject([
      { name: 'Revenue', channels: { [INBOUND]: 'Inbound' } },
    ]);
    await does({ install: { team: 'Enterprise' } });
    await does({ remove: { team: 'Revenue' } });
    expect(Object.values((await places()).teams)).toMatchObject([{ name: 'Enterprise' }]);
    // Priya is in the other team as well; Dana was only known through this one.
    await send({ user: 'priya.raman@brightline.example' });
    await expect(send({ user: 'dana.whitfield@brightline.example' })).rejects.toThrow('must install the app');
    expect(JSON.stringify([...hub.memory])).not.toContain('dana');
    expect(hub.state.lost).toEqual([]);
    await does({ remove: { team: 'Enterprise' } });
    await does({ install: { team: 'Revenue' } });
  });

  test('follows channels that are made, renamed and deleted', async () => {
    await does({ install: { team: 'Revenue' } });
    const id = '19:partners000000000000000000000001@thread.tacv2';
    await does({ channel: { team: 'Revenue', id, to: 'Partners' } });
    await send({ channel: 'Revenue / Partners' });
    await does({ channel: { team: 'Revenue', id, to: 'Alliances' } });
    await send({ channel: 'Revenue / Alliances' });
    await expect(send({ channel: 'Revenue / Partners' })).rejects.toThrow('has no channel “Partners”');
    await does({ channel: { team: 'Revenue', id } });
    await expect(send({ channel: 'Revenue / Alliances' })).rejects.toThrow('has no channel');
  });

  test('forgets with a team even those whom it only knows from a press', async () => {
    await inRevenue();
    for (const key of hub.memory.keys()) if (/^(person|identity|roster):/.test(key)) hub.memory.delete(key);
    await press('Dana Whitfield', 'claim');
    expect(JSON.stringify([...hub.memory])).toContain('dana.whitfield');
    await does({ remove: { team: 'Revenue' } });
    expect(JSON.stringify([...hub.memory])).not.toContain('dana');
    await does({ install: { team: 'Revenue' } });
  });

  test('is looked up anew where what followed an installation was lost', async () => {
    sandbox().fault('teams', { times: 2, match: { path: '/v3/teams/' }, fault: { status: 503 } });
    await does({ install: { team: 'Revenue' } });
    expect(hub.state.warnings).toHaveLength(2);
    await send({ channel: 'Revenue / Meetings' });
    expect(messages()).toMatchObject([{ place: 'Revenue / Meetings' }]);
    await does({ say: { user: 'Luis Ortega', text: 'status', channel: 'Revenue / Inbound' } });
    expect(Object.values((await places()).teams)).toMatchObject([{ read: true }]);
  });

  test('follows people who join and leave a team', async () => {
    await does({ install: { team: 'Revenue' } });
    await does({ member: { team: 'Revenue', user: 'Greta Lindqvist', joins: true } });
    await send({ user: 'greta.lindqvist@brightline.example' });
    expect(messages()[0]?.place).toBe('Greta Lindqvist');
    await does({ member: { team: 'Revenue', user: 'Greta Lindqvist', joins: false } });
    await expect(send({ user: 'greta.lindqvist@brightline.example' })).rejects.toThrow('must install the app');
  });

  test('is nowhere any more once the last place is gone: then the connection has ended', async () => {
    await does({ install: { team: 'Revenue' } });
    await does({ install: { user: 'Dana Whitfield' } });
    await does({ remove: { user: 'Dana Whitfield' } });
    expect(hub.state.lost).toEqual([]);
    await does({ remove: 'everywhere' });
    expect(hub.state.lost).toEqual([expect.stringContaining('Install it again')]);
    expect(await places()).toEqual({ teams: {}, groups: {}, people: [] });
    await does({ install: { team: 'Revenue' } });
    await does({ install: { user: 'Dana Whitfield' } });
  });

  test('two hundred people who install it at once are all kept', async () => {
    const activity = (number: number) => ({
      type: 'installationUpdate',
      action: 'add',
      id: `f:${number}`,
      channelId: 'msteams',
      serviceUrl: sandbox().settings().TEAMS_SERVICE_URL,
      from: { id: `29:${number}`, name: `Person ${number}` },
      recipient: { id: '28:1' },
      conversation: { id: `a:${number}`, conversationType: 'personal' },
      channelData: { tenant: { id: sandbox().settings().TEAMS_TENANT_ID } },
    });
    await Promise.all(
      Array.from({ length: 200 }, (_, number) => sandbox().control('teams', { deliver: activity(number) })),
    );
    await hub.settled();
    expect((await places()).people).toHaveLength(200);
  });
});

describe('a press', () => {
  test('claims for whoever pressed, with the e-mail address that Teams knows, and shows the new card', async () => {
    await inRevenue();
    const answer = await press('Priya Raman', 'Claim');
    expect(answer).toMatchObject({
      status: 200,
      body: { statusCode: 200, type: 'application/vnd.microsoft.card.adaptive' },
    });
    expect(JSON.stringify(answer.body.value)).toContain('Priya Raman has it');
    expect(JSON.stringify(answer.body.value)).not.toContain('"refresh"');
    expect(desk().heard).toMatchObject([
      {
        act: { kind: 'claim' },
        by: { id: '29:1brightline-03-priya', name: 'Priya Raman', email: 'priya.raman@brightline.example' },
      },
    ]);
  });

  test('by two hundred people at once has one winner, and everybody else is told who it is', async () => {
    await inRevenue();
    const { activity } = JSON.parse(JSON.stringify({ activity: await pressActivity() }));
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, number) =>
        sandbox().control('teams', {
          deliver: { ...activity, id: `f:${number}`, from: { id: `29:${number}`, name: `Person ${number}` } },
        }),
      ),
    );
    const bodies = (answers as Answer[]).map(({ body }) => body);
    const won = bodies.filter(({ type }) => type === 'application/vnd.microsoft.card.adaptive');
    const told = bodies.filter(({ type }) => type === 'application/vnd.microsoft.activity.message');
    expect([won.length, told.length]).toEqual([1, 199]);
    const winner = desk().alerts.get('alert-1')?.claimedBy?.name;
    expect(new Set(told.map(({ value }) => value))).toEqual(new Set([`${winner} has it already. It is taken.`]));
  });

  test('that Teams repeats is done once and answered the same', async () => {
    await inRevenue();
    const first = await press('Dana Whitfield', 'claim');
    const again = (await does({ deliverAgain: true })) as Answer;
    expect(again).toEqual(first);
    expect(new Set(desk().heard.map(({ key }) => key)).size).toBe(1);
    expect(desk().alerts.get('alert-1')?.version).toBe(2);
    await press('Luis Ortega', 'snooze', { inputs: { minutes: '60' } });
    expect(new Set(desk().heard.map(({ key }) => key)).size).toBe(2);
  });

  test('asks for a task, snoozes and marks as not relevant', async () => {
    await inRevenue();
    await press('Dana Whitfield', 'Create the task', { inputs: { subject: '  Call  Ada ', dueDate: '2026-11-27' } });
    await press('Dana Whitfield', 'Snooze', { inputs: { minutes: '240' } });
    await press('Dana Whitfield', 'Yes, not relevant');
    expect(desk().heard.map(({ act }) => act)).toEqual([
      { kind: 'create_task', subject: 'Call Ada', dueDate: '2026-11-27' },
      { kind: 'snooze', minutes: 240 },
      { kind: 'dismiss' },
    ]);
  });

  test.each([
    [{ verb: 'create_task', data: { alertId: 'alert-1', subject: ' ' } }, 'Say what is to be done.'],
    [{ verb: 'create_task', data: { alertId: 'alert-1', subject: 'x', dueDate: 'soon' } }, 'The due date is no day.'],
    [{ verb: 'snooze', data: { alertId: 'alert-1', minutes: '-5' } }, 'Choose when the alert is to come back.'],
    [{ verb: 'claim', data: { alertId: 'of-another-workspace' } }, 'Baton does not know this alert (any more).'],
    [{ verb: 'claim', data: {} }, 'Baton cannot read this button.'],
    [
      { verb: 'explode', data: { alertId: 'alert-1' } },
      'This button is of an older version of Baton and does nothing any more.',
    ],
  ])('that cannot be done is answered with words: %j', async (action, words) => {
    await inRevenue();
    const activity = {
      ...(await pressActivity()),
      value: { action: { type: 'Action.Execute', ...action }, trigger: 'manual' },
    };
    const answer = (await does({ deliver: activity })) as Answer;
    expect(answer).toMatchObject({
      status: 200,
      body: { type: 'application/vnd.microsoft.activity.message', value: words },
    });
    expect(desk().heard).toEqual([]);
  });

  test('from a client that sends presses as messages counts as well; what was not done is said in a message', async () => {
    await inRevenue();
    expect(await press('Dana Whitfield', 'claim', { submit: true })).toMatchObject({ status: 200 });
    expect(messages()).toHaveLength(1);
    await press('Luis Ortega', 'claim', { submit: true });
    expect(messages().at(-1)?.activity.text).toBe('Dana Whitfield has it already. It is taken.');
    expect(desk().heard.map(({ act }) => act.kind)).toEqual(['claim', 'claim']);
  });

  test('counts without an e-mail address where Teams does not tell it', async () => {
    await inRevenue();
    for (const key of hub.memory.keys()) if (key.startsWith('person:')) hub.memory.delete(key);
    sandbox().fault('teams', { match: { path: '/members/' }, fault: { status: 429 } });
    await press('Dana Whitfield', 'claim');
    expect(desk().heard).toMatchObject([{ by: { id: '29:1brightline-01-dana', name: 'Dana Whitfield' } }]);
    expect(desk().heard[0]?.by.email).toBeUndefined();
  });

  test('in a tenant that nobody has connected is acknowledged with what is missing', async () => {
    await inRevenue();
    const tenant = { id: '99999999-0000-4000-8000-000000000000' };
    const answer = (await does({ deliver: { ...(await pressActivity()), channelData: { tenant } } })) as Answer;
    expect(answer).toMatchObject({ status: 200, body: { type: 'application/vnd.microsoft.activity.message' } });
    expect(String(answer.body.value)).toContain(tenant.id);
    expect(hub.state.warnings).toEqual([expect.stringContaining(tenant.id)]);
    const told = await does({
      deliver: { ...(await pressActivity()), type: 'message', name: undefined, channelData: { tenant } },
    });
    expect(told).toMatchObject({ status: 200, body: { message: expect.stringContaining('not connected') } });
  });

  /** The invoke that a press of Claim makes, not sent. */
  const pressActivity = async () => {
    const [message] = messages();
    const { settings } = sandbox();
    return {
      type: 'invoke',
      name: 'adaptiveCard/action',
      id: `f:${clock.now}`,
      channelId: 'msteams',
      serviceUrl: settings().TEAMS_SERVICE_URL,
      from: { id: '29:1brightline-01-dana', name: 'Dana Whitfield' },
      recipient: { id: `28:${settings().TEAMS_APP_ID}` },
      conversation: { id: `${INBOUND};messageid=${message?.id}`, conversationType: 'channel', isGroup: true },
      replyToId: message?.id,
      channelData: {
        tenant: { id: settings().TEAMS_TENANT_ID },
        team: { id: '19:revenue000000000000000000000001@thread.tacv2' },
      },
      value: { action: { type: 'Action.Execute', verb: 'claim', data: { alertId: 'alert-1' } }, trigger: 'manual' },
    };
  };
});

describe('a message', () => {
  test('is answered with a short help, and with alerts', async () => {
    desk().alerts.set(
      'alert-1',
      alertOf({ state: 'claimed', claimedBy: { id: 'x', email: 'dana.whitfield@brightline.example' } }),
    );
    await does({ install: { user: 'Dana Whitfield' } });
    await does({ say: { user: 'Dana Whitfield', text: 'what can you do?' } });
    expect(messages().at(-1)?.activity.text).toContain('**mine**');
    for (const text of ['alerts', 'Mine ']) {
      await does({ say: { user: 'Dana Whitfield', text } });
      expect(JSON.stringify(messages().at(-1)?.card)).toContain('Ada wants to talk');
    }
    await does({ say: { user: 'Luis Ortega', text: 'mine' } });
    expect(messages().at(-1)?.activity.text).toBe('You have not claimed any alert.');
  });

  test('in a channel is answered there, with what the app is connected to', async () => {
    await does({ install: { team: 'Revenue' } });
    await does({ say: { user: 'Luis Ortega', text: 'status', channel: 'Revenue / Inbound' } });
    expect(messages().at(-1)).toMatchObject({
      place: 'Revenue / Inbound',
      activity: { text: expect.stringContaining('I am in 1 team') },
    });
  });

  test('that cannot be answered is acknowledged all the same', async () => {
    await does({ install: { user: 'Dana Whitfield' } });
    sandbox().fault('teams', { match: { method: 'POST', path: '/activities' }, fault: { status: 503 } });
    expect(await does({ say: { user: 'Dana Whitfield', text: 'help' } })).toMatchObject({ status: 200 });
    expect(hub.state.warnings).toEqual([expect.stringContaining('could not be done')]);
  });
});

test('a visitor’s words mention nobody, format nothing and lead nowhere', async () => {
  const words =
    '<at>everyone</at> **bold** [click](https://evil.example) <script>alert(1)</script> {{DATE(2026-01-01T00:00:00Z)}} \u202egnp.exe';
  desk().alerts.set(
    'alert-1',
    alertOf({
      title: words,
      message: words,
      about: {
        ...alertOf().about,
        visitor: { name: words, known: false },
        page: { url: 'javascript:alert(1)', title: words },
        conversationUrl: 'javascript:alert(1)',
      },
    }),
  );
  await does({ install: { team: 'Revenue' } });
  await send({ channel: INBOUND }, {}, step());
  const [message] = messages();
  const card = JSON.stringify(message?.card);
  const blocks = [...card.matchAll(/"type":"TextBlock","text":"([^"]*)"/g)].map(([, text]) => text);
  for (const text of blocks)
    expect(text).toMatch(/^(since )?\{\{DATE\([\d:TZ-]+, SHORT\)\}\} \{\{TIME\([\d:TZ-]+\)\}\}$/);
  expect(message?.activity).not.toHaveProperty('entities');
  expect(card).not.toContain('entities');
  expect(card).not.toMatch(/"url":"(?!https:)/);
  expect(card).not.toContain('\u202e');
  expect(card).not.toContain('{{DATE(2026-01-01');
  const page = await (await fetch(sandbox().url)).text();
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).not.toMatch(/<script|href="javascript|<at>/);
});
