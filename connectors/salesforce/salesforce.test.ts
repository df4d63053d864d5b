import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Grant, Secret, type StepFacts } from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { grantFrom } from '../../test/support/salesforce-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { auth } from './auth.ts';
import salesforce from './index.ts';
import vendor from './sandbox/index.ts';
import type { TaskInput, TaskOutput } from './task.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const createTask = salesforce.actions.find(({ id }) => id === 'salesforce.create_task');

let sandbox: Sandbox;
let grant: Grant;
const call = () => ({ settings: sandbox.settings(), options: {}, signal: new AbortController().signal });

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  grant = await grantFrom(sandbox);
});

const clientOf = (held: Grant) => salesforce.open({ grant: held, settings: sandbox.settings(), timeoutMs: 5_000 });
const step = (email?: string, stepKey?: string) => {
  const facts: Partial<StepFacts> = { visitor: { email, fields: {}, external: {} } };
  return stepOf(clientOf(grant), { facts, now: NOW, stepKey });
};
const run = async (input: TaskInput, { context } = step()) => (await createTask?.run(context, input)) as TaskOutput;
const tasks = () => sandbox.records('salesforce', 'Task') as Record<string, unknown>[];

describe('Salesforce, against its sandbox', () => {
  test('connects through the consent page, says who it is, writes a task on the Contact, refreshes and revokes', async () => {
    const client = clientOf(grant);
    const account = await salesforce.whoAmI?.({ ...call(), client });
    expect(account).toMatchObject({ id: expect.stringMatching(/^00D/), url: grant.instanceUrl });

    const one = step('hanna.verbeek@northwind-freight.example');
    const output = await run({ subject: 'Follow up', description: 'Hello', dueInDays: 2, status: 'Not Started' }, one);
    expect(tasks()).toMatchObject([
      {
        Id: output.taskId,
        Subject: 'Follow up',
        WhoId: output.whoId,
        ActivityDate: '2026-11-25',
        Status: 'Not Started',
      },
    ]);
    expect(output.whoType).toBe('Contact');
    expect(tasks()[0]?.Description).toBe(`Hello\n\nBaton step ${one.context.stepKey}`);

    const refreshed = await auth.refresh?.({ ...call(), grant });
    expect(refreshed?.accessToken.reveal()).not.toBe(grant.accessToken.reveal());
    await auth.revoke?.({ ...call(), grant: refreshed ?? grant });
    expect((await failureOf(salesforce, run({ subject: 's' }))).kind).toBe('unauthorized');
    expect((await failureOf(salesforce, auth.refresh?.({ ...call(), grant }) ?? Promise.resolve())).kind).toBe(
      'unauthorized',
    );
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('takes the Lead where no Contact has the e-mail, and nobody where neither has', async () => {
    expect((await run({ subject: 's' }, step('amara.diallo@lumen-robotics.example'))).whoType).toBe('Lead');
    const nobody = step("o'brien\\'@nobody.example");
    expect(await run({ subject: 's' }, nobody)).not.toHaveProperty('whoId');
    expect(nobody.notes.join()).toContain('WhoId is empty');
  });

  test('keeps a refresh token that rotates', async () => {
    sandbox.control('salesforce', { rotateRefreshTokens: true });
    const second = (await auth.refresh?.({ ...call(), grant })) ?? grant;
    expect(second.refreshToken?.reveal()).not.toBe(grant.refreshToken?.reveal());
    const third = await auth.refresh?.({ ...call(), grant: second });
    expect(third?.accessToken).toBeInstanceOf(Secret);
    expect((await failureOf(salesforce, auth.refresh?.({ ...call(), grant }) ?? Promise.resolve())).kind).toBe(
      'unauthorized',
    );
  });

  test('a task that landed without an answer is found again, on whichever page, and a twin is not taken for it', async () => {
    const input = { subject: 'It\'s 100% \\ "odd"\nsubject', description: 'same text' };
    await run(input, step(undefined, 'key-of-another-run-0123456789abcdef'));
    sandbox.fault('salesforce', { match: { method: 'POST', path: '/sobjects/Task' }, fault: { reset: 'after-apply' } });
    const mine = step(undefined, 'key-of-this-run-0123456789abcdefghij');
    expect((await failureOf(salesforce, run(input, mine))).kind).toBe('uncertain');
    expect(tasks()).toHaveLength(2);
    sandbox.control('salesforce', { queryPageSize: 1 });
    const replay = createTask?.replay;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('create_task must be findable');
    const item = (stepKey: string) => ({ stepKey, firstTriedAt: NOW, input, facts: mine.context.facts });
    const found = await replay.findMany(mine.context, [item('key-of-nobody'), item(mine.context.stepKey)]);
    expect(found).toEqual([undefined, expect.objectContaining({ taskId: tasks()[1]?.Id })]);
  });

  test('what the org refuses names the input', async () => {
    const error = await failureOf(salesforce, run({ subject: 's', whatId: '001000000000009AAA' }));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: expect.any(String) } });
    sandbox.control('salesforce', { dailyLimit: 0 });
    expect(await failureOf(salesforce, run({ subject: 's' }))).toMatchObject({
      kind: 'throttled',
      details: { retryAfterMs: 15 * 60_000 },
    });
  });

  test('offers the active users as owners', async () => {
    const list = await salesforce.pickLists?.owners?.({ ...call(), client: clientOf(grant) }, { search: 'a' });
    expect(list?.options.map(({ label }) => label)).toEqual(expect.arrayContaining([expect.stringMatching(/^Dana/)]));
    expect(JSON.stringify(list)).not.toContain('Milo');
  });
});
