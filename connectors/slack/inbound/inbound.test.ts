import type { InboundRequest } from '../../../src/sdk/index.ts';
import { MORNING, signedCall, startSlackDesk } from '../../../test/support/slack-hub.ts';
import slack from '../index.ts';
import { interactionIn } from './body.ts';
import { received } from './index.ts';

const desk = await startSlackDesk();
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const secret = desk.settings.SLACK_SIGNING_SECRET ?? '';
const form = 'application/x-www-form-urlencoded';
type Made = { path?: string; type?: string; body?: string; at?: number; headers?: Record<string, string> };
const signed = ({ path = '/slack/events', body = JSON.stringify(proof), at = MORNING, ...more }: Made = {}) =>
  signedCall(secret, { path, body, at, ...more });
const proof = { token: 't', type: 'url_verification', challenge: 'abc' };
const answerTo = (request: InboundRequest) => desk.answer(request);
const statusOf = async (request: InboundRequest) => (await answerTo(request)).status;
const event = (inner: object, more: object = {}) =>
  signed({
    body: JSON.stringify({
      type: 'event_callback',
      team_id: 'T04BRIGHT1',
      event_id: 'Ev1',
      event_time: MORNING / 1000,
      event: inner,
      ...more,
    }),
  });

describe('a call that claims to be Slack’s', () => {
  test('proves the address', async () => {
    expect(await answerTo(signed())).toEqual({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'abc' });
  });

  test('is taken as Slack signs its own published example', async () => {
    const [at, published] = [1531420618_000, '8f742231b10e8888abcd99yyyzzz85a5'];
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const request = signedCall(published, { path: '/slack/commands', type: form, body, at });
    request.headers['x-slack-signature'] = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
    const hub = { ...desk.hub, settings: { ...desk.settings, SLACK_SIGNING_SECRET: published }, now: () => at };
    const commands = slack.inbound?.find(({ path }) => path === '/slack/commands');
    expect(await commands?.answer(request, hub)).toMatchObject({ status: 200 });
    request.body = Buffer.from(body.replace('roadrunner', 'coyote'));
    expect(await commands?.answer(request, hub)).toMatchObject({ status: 401 });
  });

  const without = (name: string) => {
    const request = signed();
    delete request.headers[name];
    return request;
  };
  const withHeader = (name: string, value: string) => {
    const request = signed();
    request.headers[name] = value;
    return request;
  };
  test.each<[string, InboundRequest]>([
    ['signed with another secret', signedCall('another', { path: '/slack/events', body: '{}', at: MORNING })],
    ['changed on the way', { ...signed(), body: Buffer.from(JSON.stringify({ ...proof, challenge: 'xyz' })) }],
    ['older than five minutes', signed({ at: MORNING - 301_000 })],
    ['dated more than five minutes ahead', signed({ at: MORNING + 301_000 })],
    ['without a signature', without('x-slack-signature')],
    ['without a time', without('x-slack-request-timestamp')],
    ['with a signature of another form', withHeader('x-slack-signature', 'v0=abc')],
    ['with another version of signature', withHeader('x-slack-signature', `v1=${'0'.repeat(64)}`)],
    ['with a time that is none', withHeader('x-slack-request-timestamp', 'now')],
    ['with two times', withHeader('x-slack-request-timestamp', `${MORNING / 1000}, ${MORNING / 1000}`)],
    ['with two signatures', withHeader('x-slack-signature', `v0=${'0'.repeat(64)}, v0=${'0'.repeat(64)}`)],
  ])('is refused with 401 when it is %s', async (_what, request) => {
    expect(await statusOf(request)).toBe(401);
    expect(desk.store.acts).toEqual([]);
  });

  test('may be off by four minutes in either direction', async () => {
    expect(await statusOf(signed({ at: MORNING - 240_000 }))).toBe(200);
    expect(await statusOf(signed({ at: MORNING + 240_000 }))).toBe(200);
  });

  test('is refused where the app has no signing secret', async () => {
    const hub = { ...desk.hub, settings: { ...desk.settings, SLACK_SIGNING_SECRET: undefined } };
    const unsigned = signedCall('', { path: '/slack/events', body: JSON.stringify(proof), at: MORNING });
    expect(await slack.inbound?.[0]?.answer(unsigned, hub)).toMatchObject({ status: 401 });
    for (const { requires } of slack.inbound ?? []) expect(requires).toEqual(['SLACK_SIGNING_SECRET']);
  });

  const payload = (body: unknown) => new URLSearchParams({ payload: JSON.stringify(body) }).toString();
  const user = { id: 'U1' };
  const press = { type: 'button', action_id: 'alert.claim', action_ts: '1.1', block_id: 'b', value: 'a' };
  test.each<[string, Made]>([
    ['nothing', { body: '' }],
    ['no JSON', { body: '{' }],
    ['an event by its prototype only', { body: '{"__proto__":{"type":"url_verification","challenge":"x"}}' }],
    [
      'a payload twice, the last of which is none',
      { path: '/slack/interactions', type: form, body: 'payload=%7B%7D&payload=x' },
    ],
    ['a list', { body: '[]' }],
    ['an event of no kind', { body: '{"type":"surprise"}' }],
    ['an event without an event', { body: '{"type":"event_callback","team_id":"T","event_id":"E","event_time":1}' }],
    [
      'an event that is null',
      { body: '{"type":"event_callback","team_id":"T","event_id":"E","event_time":1,"event":null}' },
    ],
    ['an event as a form', { type: form }],
    ['an event as text', { type: 'text/plain' }],
    ['a press that is JSON', { path: '/slack/interactions', body: JSON.stringify({ type: 'block_actions' }) }],
    ['a form without payload', { path: '/slack/interactions', type: form, body: 'x=1' }],
    ['a payload that is no JSON', { path: '/slack/interactions', type: form, body: 'payload=%7B' }],
    [
      'a press of nothing',
      { path: '/slack/interactions', type: form, body: payload({ type: 'block_actions', user, actions: [] }) },
    ],
    [
      'a press by nobody',
      { path: '/slack/interactions', type: form, body: payload({ type: 'block_actions', actions: [press] }) },
    ],
    ['a command that is JSON', { path: '/slack/commands', body: JSON.stringify({ command: '/baton' }) }],
    ['a command of nobody', { path: '/slack/commands', type: form, body: 'command=%2Fbaton&text=' }],
  ])('is refused with 400 when it is %s', async (_what, made) => {
    expect(await statusOf(signed(made))).toBe(400);
  });

  test.each<[string, Made]>([
    ['a check of the certificate', { path: '/slack/commands', type: form, body: 'ssl_check=1&token=t' }],
    ['a content type with a charset', { type: 'application/json; charset=utf-8' }],
    [
      'a closed form',
      {
        path: '/slack/interactions',
        type: form,
        body: payload({ type: 'view_closed', team: { id: 'T04BRIGHT1' }, user, view: { id: 'V1' } }),
      },
    ],
    [
      'a shortcut',
      {
        path: '/slack/interactions',
        type: form,
        body: payload({ type: 'shortcut', team: { id: 'T04BRIGHT1' }, user, callback_id: 'x' }),
      },
    ],
  ])('is acknowledged when it is %s', async (_what, made) => {
    expect(await statusOf(signed(made))).toBe(200);
  });

  test('that takes too long is refused in time, and what it began goes on', async () => {
    const { connections } = desk.state;
    let open = () => {};
    const opened = new Promise<void>(resolve => {
      open = resolve;
    });
    const hub = { ...desk.hub, connections: () => opened.then(() => connections) };
    const body = payload({
      type: 'block_actions',
      team: { id: 'T04BRIGHT1', domain: 'b' },
      user: { id: 'U04DANAWHI1' },
      actions: [{ ...press, value: 'nowhere' }],
      response_url: `${desk.settings.SLACK_API_URL}none`,
    });
    const late = await received(signed({ path: '/slack/interactions', type: form, body }), hub, interactionIn, 10);
    expect(late.status).toBe(503);
    open();
    await late.after?.();
    expect(desk.store.acts).toMatchObject([{ id: 'nowhere', act: { kind: 'claim' } }]);
  });

  test('answers nobody but Slack, whatever address stands in it', async () => {
    const body = payload({
      type: 'block_actions',
      team: { id: 'T04BRIGHT1', domain: 'b' },
      user: { id: 'U04DANAWHI1' },
      actions: [{ ...press, value: 'nowhere' }],
      response_url: 'https://hooks.slack.com.evil.example/actions/1',
    });
    const answer = await answerTo(signed({ path: '/slack/interactions', type: form, body }));
    expect(answer.status).toBe(200);
    await desk.settled();
    expect(desk.warnings).toMatchObject([{ details: { reason: expect.stringContaining('not one of Slack’s') } }]);
  });
});

describe('the end of a connection', () => {
  test.each([
    [{ type: 'app_uninstalled' }, 'uninstalled'],
    [{ type: 'tokens_revoked', tokens: { bot: ['U1'], oauth: [] } }, 'revoked'],
  ])('%j needs connecting again', async (inner, word) => {
    expect(await statusOf(event(inner))).toBe(200);
    expect(desk.store.lost).toEqual([expect.stringContaining(word)]);
  });

  test.each([
    ['a person’s token alone', event({ type: 'tokens_revoked', tokens: { oauth: ['U1'] } })],
    ['another workspace', event({ type: 'app_uninstalled' }, { team_id: 'T0ELSEWHERE' })],
    ['an event that nobody asked for', event({ type: 'channel_rename' })],
  ])('%s ends nothing', async (_what, request) => {
    expect(await statusOf(request)).toBe(200);
    expect(desk.store.lost).toEqual([]);
  });

  test('says when it was, so that a connection made anew meanwhile is left alone', async () => {
    const told: unknown[] = [];
    const [connection] = desk.state.connections;
    desk.state.connections = [{ ...connection!, lost: async (_why, since) => void told.push(since) }];
    await answerTo(event({ type: 'app_uninstalled' }));
    expect(told).toEqual([MORNING + 999]);
  });

  test('is sent again by Slack where the hub cannot take it', async () => {
    desk.state.down = true;
    expect(await statusOf(event({ type: 'app_uninstalled' }))).toBe(503);
    expect(desk.store.lost).toEqual([]);
  });

  test('too many events are a line in the log', async () => {
    const body = JSON.stringify({ type: 'app_rate_limited', team_id: 'T04BRIGHT1', minute_rate_limited: 1 });
    expect(await statusOf(signed({ body }))).toBe(200);
    expect(desk.warnings).toMatchObject([{ details: { team: 'T04BRIGHT1' } }]);
  });
});
