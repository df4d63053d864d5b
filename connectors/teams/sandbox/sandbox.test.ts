import { ConnectorClient } from 'botframework-connector';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import vendor from './index.ts';
import { people, teams, tenantId } from './seed.ts';

const clock = { now: Date.parse('2026-11-23T09:00:00Z') };
let sandbox: Sandbox;
let token = '';
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  sandbox.control('teams', { rateLimit: true });
  token = String((await ask()).body.access_token);
});

const ask = async (change: Record<string, string> = {}, tenant = tenantId) => {
  const { TEAMS_LOGIN_URL, TEAMS_APP_ID = '', TEAMS_APP_PASSWORD = '' } = sandbox.settings();
  const form = {
    grant_type: 'client_credentials',
    client_id: TEAMS_APP_ID,
    client_secret: TEAMS_APP_PASSWORD,
    scope: 'https://api.botframework.com/.default',
    ...change,
  };
  const answer = await fetch(`${TEAMS_LOGIN_URL}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
/** Microsoft's own client, with its repeats: what it refuses after them is what the sandbox said. */
const conversations = () => {
  const credentials = {
    async signRequest(request: Parameters<ConstructorParameters<typeof ConnectorClient>[0]['signRequest']>[0]) {
      request.headers.set('authorization', `Bearer ${token}`);
      return request;
    },
  };
  return new ConnectorClient(credentials, { baseUri: sandbox.settings().TEAMS_SERVICE_URL }).conversations;
};
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => 'it was accepted',
    ({ statusCode, code }: { statusCode?: number; code?: string }) => `${statusCode} ${code}`,
  );
const inbound = teams[0]!.channels[1]!.id;
const card = (content: object) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
});
const fine = { type: 'AdaptiveCard', version: '1.5', body: [{ type: 'TextBlock', text: 'hi' }] };

test.each([
  [{ client_secret: 'wrong' }, tenantId, 401, 7000215],
  [{ client_id: 'wrong' }, tenantId, 400, 700016],
  [{ scope: 'https://graph.microsoft.com/.default' }, tenantId, 400, 1002012],
  [{ grant_type: 'password' }, tenantId, 400, 70003],
  [{}, '11111111-2222-4333-8444-555555555555', 400, 90002],
])('a token is refused for %j of tenant %s', async (change, tenant, status, code) => {
  expect(await ask(change, tenant)).toMatchObject({
    status,
    body: { error_codes: [code], correlation_id: expect.any(String) },
  });
});

test('a message is posted, changed and deleted, and members are told', async () => {
  const { id = '' } = await conversations().sendToConversation(inbound, card(fine));
  await conversations().updateActivity(inbound, id, card({ ...fine, body: [] }));
  expect(sandbox.records('teams', 'messages')).toMatchObject([
    { id, place: 'Revenue / Inbound', updates: 1, card: { body: [] } },
  ]);
  await conversations().deleteActivity(inbound, id);
  expect(sandbox.records('teams', 'messages')).toEqual([]);
  expect(await refusalOf(conversations().updateActivity(inbound, id, card(fine)))).toBe('404 ActivityNotFound');
  expect(await conversations().getConversationMembers(inbound)).toHaveLength(4);
});

test.each([
  ['a card with an unknown element', inbound, card({ ...fine, body: [{ type: 'TextBox' }] }), '400 BadSyntax'],
  ['a card of a version that Teams does not show', inbound, card({ ...fine, version: '1.9' }), '400 BadSyntax'],
  [
    'a card with seven buttons',
    inbound,
    card({ ...fine, actions: Array(7).fill({ type: 'Action.Submit' }) }),
    '400 BadSyntax',
  ],
  ['an input without an id', inbound, card({ ...fine, body: [{ type: 'Input.Text' }] }), '400 BadSyntax'],
  ['nothing at all', inbound, { type: 'message' }, '400 BadSyntax'],
  ['a message that is too long', inbound, { type: 'message', text: 'x'.repeat(30_000) }, '413 MessageSizeTooBig'],
  ['a channel without the app', teams[1]!.id, card(fine), '403 BotNotInConversationRoster'],
  ['a channel that is not there', '19:nowhere@thread.tacv2', card(fine), '404 ConversationNotFound'],
])('%s is refused', async (_what, conversation, activity, refusal) => {
  expect(await refusalOf(conversations().sendToConversation(conversation, activity))).toBe(refusal);
  expect(sandbox.records('teams', 'messages')).toEqual([]);
});

test('a text beside a card is split, and no id comes back', async () => {
  const answer = await conversations().sendToConversation(inbound, { ...card(fine), text: 'beside' });
  expect(answer.id).toBeUndefined();
});

test('a person is written to only where the app reaches the person', async () => {
  const begin = (index: number) =>
    conversations().createConversation({ members: [{ id: people[index]!.id, name: '' }], tenantId } as never);
  expect((await begin(1)).id).toMatch(/^a:1/);
  expect((await begin(1)).id).toBe((await begin(1)).id);
  expect(await refusalOf(begin(5))).toBe('403 BotNotInConversationRoster');
});

test('a token ends by itself, and the limits of a conversation are kept', async () => {
  const url = `${sandbox.settings().TEAMS_SERVICE_URL}v3/conversations/${encodeURIComponent(inbound)}/activities`;
  const post = () =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(card(fine)),
    });
  const statuses = [];
  for (let sent = 0; sent < 8; sent += 1) statuses.push((await post()).status);
  expect(statuses).toEqual([...Array(7).fill(201), 429]);
  clock.now += 1_001;
  expect((await post()).status).toBe(201);
  const refused = await post();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  clock.now += 3_600_000;
  expect((await post()).status).toBe(401);
});

test('buttons on the page press, as whoever is chosen there', async () => {
  const action = { type: 'Action.Execute', title: 'Claim', verb: 'claim', data: { alertId: 'a' } };
  await conversations().sendToConversation(inbound, card({ ...fine, actions: [action] }));
  const form = (path: string, fields: Record<string, string>) =>
    fetch(`${sandbox.url}/teams/page/${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });
  sandbox.control('teams', { hubUrl: 'http://127.0.0.1:1' });
  await form('user', { user: people[1]!.id });
  const [message] = sandbox.records('teams', 'messages') as { id: string }[];
  expect((await form('press', { message: message!.id, button: 'Claim' })).status).toBe(303);
  const page = await (await fetch(sandbox.url)).text();
  expect(page).toContain('Something went wrong. Try again.');
  expect(page).toContain(`<option value="${people[1]!.id}" selected>`);
  const delivery = sandbox.exchanges().at(-1);
  expect(JSON.parse(delivery?.requestBody ?? '')).toMatchObject({ type: 'invoke', from: { name: 'Luis Ortega' } });
  expect((await form('press', { message: message!.id, button: 'Nothing' })).status).toBe(400);
});
