import { checkExchanges } from '../../test/support/contracts.ts';
import { stepOf } from '../../test/support/step.ts';
import marketo from './index.ts';
import { action, type Instance, push, pushed, startInstance, visitor } from './test-instance.ts';

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ everything: false });
});
afterAll(() => instance.close());
beforeEach(() => instance.reset());

test('a morning with Marketo keeps to its contract: who is connected, people, a list, a program, an activity', async () => {
  const client = await instance.client();
  const asking = { client, settings: instance.settings(), signal: AbortSignal.timeout(5_000) };
  expect(await marketo.whoAmI!(asking)).toEqual({
    id: client.instance,
    name: `Marketo ${client.instance}`,
    user: 'baton-api@brightline.example',
  });
  await marketo.mappable!.describe(asking, 'Lead');
  for (const list of ['lists', 'programs', 'activityTypes', 'partitions']) await marketo.pickLists![list]!(asking, {});
  await marketo.pickLists!.programStatuses!(asking, { search: '1107' });

  const run = (id: string, input: object, facts: object) =>
    action(id).run(stepOf(client, { facts }).context, action(id).input.parse(input));
  const known = visitor('hanna.verbeek@northwind-freight.example', { phone: '+31 6 1' });
  const { recordId } = await push.run(
    stepOf(client, { facts: visitor('ana@acme.example', { title: 'Buyer' }) }).context,
    {},
  );
  await push.run(stepOf(client, { facts: known }).context, {});
  await run('add_to_list', { listId: '1021' }, pushed(recordId));
  await run('add_to_program', { programId: '1107', status: 'Engaged' }, pushed(recordId));
  await run('add_to_program', { programId: '1107', status: 'Visited' }, pushed(recordId));
  await run('add_activity', { activityType: 'websiteConversation', primaryValue: 'Pricing' }, pushed(recordId));
  await run('add_to_list', { listId: '1021' }, pushed('999')).catch(() => {});
  await run('add_to_list', { listId: '7' }, pushed(recordId)).catch(() => {});
  instance.control('marketo', { expireAccessTokens: true });
  await marketo.whoAmI!(asking).catch(() => {});

  expect(instance.exchanges().length).toBeGreaterThan(12);
  const checked = await checkExchanges(instance.exchanges());
  expect(checked.passed ? '' : checked.output).toBe('');
});

test('the page shows people with their lists and programs, and the log, and nothing that came in is markup', async () => {
  const client = await instance.client();
  const facts = visitor('<i>@acme.example', { first_name: '<b>Ana</b>', company: 'A & B' });
  const { recordId } = await push.run(stepOf(client, { facts }).context, {});
  const run = (id: string, input: object) =>
    action(id).run(stepOf(client, { facts: pushed(recordId) }).context, action(id).input.parse(input));
  const empty = await (await fetch(instance.url)).text();
  expect(empty).toContain('No activity has been added yet.');
  await run('add_to_list', { listId: '1021' });
  await run('add_to_program', { programId: '1107', status: 'Engaged' });
  await run('add_activity', { activityType: 'bookedDemo', primaryValue: '<script>alert(1)</script>' });
  const page = await (await fetch(instance.url)).text();
  for (const text of [
    '&lt;b&gt;Ana&lt;/b&gt;',
    'A &amp; B',
    'Chatted on the website',
    'Website Conversations: Engaged',
    'Booked Demo',
    '&lt;script&gt;',
  ])
    expect(page).toContain(text);
  expect(page).not.toMatch(/<script>|<b>Ana/);
});

test('the sandbox prints what an admin types in, and where the hub may go for it', () => {
  expect(instance.settings()).toEqual({
    MARKETO_BASE_URL: `${instance.url}/marketo`,
    MARKETO_CLIENT_ID: expect.any(String),
    MARKETO_CLIENT_SECRET: expect.any(String),
  });
});
