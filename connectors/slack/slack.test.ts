import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Grant, StepFacts } from '../../src/sdk/index.ts';
import { pressConsent } from '../../test/support/consent.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import type { AlertInput, AlertOutput } from './alert.ts';
import { auth } from './auth.ts';
import slack from './index.ts';
import vendor from './sandbox/index.ts';

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/slack/callback';
const NOW = Date.parse('2026-11-23T09:00:00Z');
const sendAlert = slack.actions.find(({ id }) => id === 'slack.send_alert');

let sandbox: Sandbox;
let grant: Grant;
const call = () => ({ settings: sandbox.settings(), options: {}, signal: new AbortController().signal });

async function connect(): Promise<Grant> {
  const url = await auth.authorizeUrl({ ...call(), state: 'state-1', redirectUri, scopes: auth.scopes });
  const query = Object.fromEntries((await pressConsent(url, 'allow')).searchParams);
  expect(query.state).toBe('state-1');
  return auth.exchange({ ...call(), code: query.code ?? '', redirectUri, query });
}

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  grant = await connect();
});

const clientOf = (held: Grant) => slack.open({ grant: held, settings: sandbox.settings(), timeoutMs: 5_000 });
const facts: Partial<StepFacts> = {
  visitor: { email: 'hanna@northwind.example', fields: { first_name: 'Hanna', company: 'Northwind' }, external: {} },
  conversation: { id: 'c1', url: 'https://app.example/conversations/c1' },
};
const step = (stepKey?: string) => stepOf(clientOf(grant), { facts, now: NOW, stepKey });
const run = async (input: AlertInput, { context } = step()) => (await sendAlert?.run(context, input)) as AlertOutput;
const messages = () => sandbox.records('slack', 'messages') as { channel: string; ts: string; text: string }[];
const inbound = { to: { channel: '#inbound' }, message: 'Hanna is waiting' };

describe('Slack, against its sandbox', () => {
  test('connects through the consent page, says who it is, posts to a channel and a person, and revokes', async () => {
    const account = await slack.whoAmI?.({ ...call(), client: clientOf(grant) });
    expect(account).toMatchObject({ id: grant.extra?.teamId, name: 'Brightline Freight Software' });
    const posted = await run(inbound);
    const direct = await run({ to: { user: 'dana.whitfield@brightline.example' }, message: 'For you' });
    expect(messages()).toMatchObject([
      { channel: posted.channel, ts: posted.ts, text: 'Workflow: Hanna is waiting · Hanna, Northwind' },
      { channel: direct.channel, ts: direct.ts },
    ]);
    await auth.revoke?.({ ...call(), grant });
    expect((await failureOf(slack, run(inbound))).kind).toBe('unauthorized');
    // What the connector asks; the answers are the sandbox's.
    const asked = sandbox.exchanges().map(exchange => ({ ...exchange, only: 'request' }));
    expect(await checkExchanges(asked)).toMatchObject({ passed: true });
  });

  test('a message of 60,000 characters is cut and taken', async () => {
    await run({ ...inbound, title: 't'.repeat(500), message: '<&>'.repeat(20_000) });
    expect(messages()).toHaveLength(1);
  });

  test('keeps tokens that rotate', async () => {
    sandbox.control('slack', { rotateTokens: true });
    const first = await connect();
    const second = (await auth.refresh?.({ ...call(), grant: first })) ?? first;
    expect(second.refreshToken?.reveal()).not.toBe(first.refreshToken?.reveal());
    const dead = auth.refresh?.({ ...call(), grant: first }) ?? Promise.resolve();
    expect((await failureOf(slack, dead)).kind).toBe('unauthorized');
  });

  test.each([
    [{ channel: '#nowhere' }, 'rejected'],
    [{ channel: '#old-campaign' }, 'rejected'],
    [{ user: 'nobody@nowhere.example' }, 'rejected'],
  ])('%j is refused with words', async (to, kind) => {
    expect((await failureOf(slack, run({ to, message: 'm' }))).kind).toBe(kind);
    expect(messages()).toHaveLength(0);
  });

  test('a scope that is missing is named', async () => {
    sandbox.control('slack', { withholdScopes: ['chat:write'] });
    const error = await failureOf(slack, run(inbound));
    expect([error.kind, error.message]).toEqual(['forbidden', expect.stringContaining('needs chat:write')]);
  });

  test('more than a channel takes is throttled with the time to come back', async () => {
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => run(inbound)));
    const refused = all.flatMap(result => (result.status === 'rejected' ? [slack.classify(result.reason)] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 1_000 } });
    expect(messages()).toHaveLength(8 - refused.length);
  });

  test('an alert that landed without an answer is found again by channel name and in a person’s messages', async () => {
    const toDana = { to: { user: 'dana.whitfield@brightline.example' }, message: 'For you' };
    await run(inbound, step('key-of-another-run-0123456789abcdef'));
    sandbox.fault('slack', { match: { path: 'chat.postMessage' }, times: 2, fault: { reset: 'after-apply' } });
    const mine = step('key-of-this-run-0123456789abcdefghij');
    const other = step('key-of-that-run-0123456789abcdefghij');
    expect((await failureOf(slack, run(inbound, mine))).kind).toBe('uncertain');
    expect((await failureOf(slack, run(toDana, other))).kind).toBe('uncertain');
    const replay = sendAlert?.replay;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('send_alert must be findable');
    const item = (stepKey: string, input: AlertInput) => ({
      stepKey,
      firstTriedAt: NOW,
      input,
      facts: mine.context.facts,
    });
    const found = await replay.findMany(mine.context, [
      item('key-of-nobody', inbound),
      item(mine.context.stepKey, inbound),
      item(other.context.stepKey, toDana),
    ]);
    const [, landed, direct] = messages();
    expect(found).toEqual([
      undefined,
      expect.objectContaining({ channel: landed?.channel, ts: landed?.ts }),
      expect.objectContaining({ channel: direct?.channel, ts: direct?.ts }),
    ]);
    const elsewhere = [item('key-elsewhere', { ...inbound, to: { channel: '#enterprise' } })];
    expect(await failureOf(slack, replay.findMany(mine.context, elsewhere))).toMatchObject({ details: { park: true } });
  });

  test('offers the open channels and the people', async () => {
    const asked = { ...call(), client: clientOf(grant) };
    const channels = await slack.pickLists?.channels?.(asked, {});
    expect(channels?.options.map(({ label }) => label)).toEqual(expect.arrayContaining(['#inbound', '#sales-alerts']));
    expect(JSON.stringify(channels)).not.toContain('old-campaign');
    expect((await slack.pickLists?.users?.(asked, { search: 'priya' }))?.options).toHaveLength(1);
  });
});
