import { StepError } from '../../../src/sdk/index.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import { alertView, fakeAlerts, startSlackDesk } from '../../../test/support/slack-hub.ts';
import { users } from '../sandbox/seed.ts';

const desk = await startSlackDesk();
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const dana = 'dana.whitfield@brightline.example';
const luis = 'luis.ortega@brightline.example';
const press = (user: string, action: string, more: object = {}) => desk.act({ press: { user, action, ...more } });
const messages = () => desk.sandbox.records('slack', 'messages') as { text: string; blocks: { type: string }[] }[];

describe('pressing a button of an alert', () => {
  test('claims it for whoever pressed first; everybody else is told privately who has it', async () => {
    const alert = alertView();
    const sent = await desk.send(alert);
    expect(await press(dana, 'alert.claim')).toMatchObject({ status: 200, body: '' });
    expect(await press(luis, 'alert.claim')).toMatchObject({ status: 200 });
    expect(alert).toMatchObject({ state: 'claimed', claimedBy: { name: 'Dana Whitfield', email: dana } });
    expect(desk.sandbox.records('slack', 'privates')).toMatchObject([
      { user: 'U04LUISORT1', text: 'Dana Whitfield has claimed it.' },
    ]);
    await desk.show(alert, sent);
    expect(messages()).toHaveLength(1);
    expect(messages()[0]?.text).toBe('Hot lead: Hanna is waiting · Hanna Berg, Northwind (claimed by Dana Whitfield)');
  });

  test('two hundred at once: one winner, and a hundred and ninety-nine who know it', async () => {
    const alert = alertView();
    await desk.send(alert);
    desk.sandbox.control('slack', { answerSeconds: 60 });
    const presses = Array.from({ length: 200 }, (_, index) =>
      press(users[index % users.length]?.id ?? '', 'alert.claim'),
    );
    await Promise.all(presses);
    await desk.settled();
    const winner = alert.claimedBy?.name;
    expect(desk.told()).toEqual(Array(199).fill(`${winner} has claimed it.`));
    expect(new Set(desk.store.acts.map(({ key }) => key)).size).toBe(200);
  });

  test('snoozes for as long as was chosen, and marks it as not relevant', async () => {
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.snooze', { option: '60' });
    expect(alert).toMatchObject({ state: 'snoozed', snoozedBy: { email: dana } });
    await press(luis, 'alert.dismiss');
    expect(alert).toMatchObject({ state: 'dismissed', dismissedBy: { email: luis } });
    expect(desk.store.acts.map(({ act }) => act)).toEqual([{ kind: 'snooze', minutes: 60 }, { kind: 'dismiss' }]);
  });

  test('is the same press when Slack sends it once more', async () => {
    await desk.send();
    await press(dana, 'alert.claim');
    expect(await desk.act({ deliverAgain: true })).toMatchObject({ status: 200 });
    expect(new Set(desk.store.acts.map(({ key }) => key)).size).toBe(1);
    expect(desk.told()).toEqual([]);
  });

  test('a link only opens an address, and nothing is done', async () => {
    const about = { ...alertView().about, conversationUrl: 'https://app.example/c/1' };
    await desk.send(alertView({ about }));
    expect(await press(dana, 'alert.open.0')).toMatchObject({ status: 200 });
    expect([desk.store.acts, desk.told()]).toEqual([[], []]);
  });

  test('an alert that is gone, or of a workspace that is not connected here, is told in words', async () => {
    const alert = alertView();
    await desk.send(alert);
    desk.store.alerts.clear();
    for (const action of ['alert.claim', 'alert.create_task', 'alert.dismiss'])
      expect(await press(dana, action)).toMatchObject({ status: 200 });
    expect(desk.told()).toEqual(Array(3).fill(expect.stringContaining('not there any more')));
  });

  test('a button of tomorrow is acknowledged and told in words', async () => {
    const elements = [
      { type: 'button', text: { type: 'plain_text', text: 'Dance' }, action_id: 'alert.dance', value: 'x' },
    ];
    const web = desk.client().web(new AbortController().signal);
    await web.chat.postMessage({ channel: '#inbound', text: 'x', blocks: [{ type: 'actions', elements }] as never });
    expect(await press(dana, 'alert.dance')).toMatchObject({ status: 200 });
    expect(desk.told()).toEqual([expect.stringContaining('does not know this button')]);
  });

  test('leads to the right one of several workspaces of the hub', async () => {
    const other = fakeAlerts('Elsewhere');
    desk.state.connections = [other.connection(async () => desk.client()), ...desk.state.connections];
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.claim');
    expect([other.acts.length, desk.store.acts.length, alert.state]).toEqual([0, 1, 'claimed']);
  });

  test('counts without an e-mail address where Slack does not say who it was', async () => {
    const stranger = 'noor.haddad@brightline.example';
    desk.sandbox.control('slack', { withholdScopes: ['users:read'] });
    const alert = alertView();
    await desk.connect();
    await desk.send(alert);
    desk.state.connections = [desk.store.connection(async () => desk.client())].map(each => ({ ...each, id: 'anew' }));
    await press(stranger, 'alert.claim');
    expect(alert.claimedBy).toEqual({ id: 'U04NOORHAL1', name: 'noor' });
    expect(desk.warnings).toMatchObject([{ details: { reason: 'missing_scope' } }]);
  });

  test('counts without an e-mail address where there is no live token to ask with', async () => {
    const client = async () => {
      throw new StepError('unauthorized', 'Connect Slack again.');
    };
    desk.state.connections = [{ ...desk.store.connection(client), id: 'without a token' }];
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.claim');
    expect(alert.claimedBy).toEqual({ id: 'U04DANAWHI1', name: 'dana' });
    expect(desk.warnings).toMatchObject([{ details: { reason: 'unauthorized' } }]);
  });

  test('is answered 503 at once by a hub that cannot reach its database', async () => {
    await desk.send();
    desk.state.down = true;
    expect(await press(dana, 'alert.claim')).toMatchObject({ status: 503 });
    desk.state.down = false;
    expect(await desk.act({ deliverAgain: true })).toMatchObject({ status: 200 });
    expect(desk.store.acts).toHaveLength(1);
  });

  test('in a workspace that nobody connected is told so', async () => {
    await desk.send();
    desk.state.connections = [];
    expect(await press(dana, 'alert.claim')).toMatchObject({ status: 200 });
    expect(desk.told()).toEqual([expect.stringContaining('not connected to Baton')]);
  });
});

describe('asking for a follow-up task', () => {
  const submit = (values: object, user = dana) => desk.act({ submit: { user, values } });

  test('opens a form that knows the person, and makes one task of it', async () => {
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.create_task');
    const form = desk.form();
    expect(JSON.stringify(form?.blocks)).toContain('Follow up with Hanna Berg');
    expect(JSON.stringify(form?.blocks)).toContain('2026-11-24');
    expect(JSON.stringify(form?.blocks)).toContain('Can we talk about prices?');
    expect(await submit({ subject: 'Send the price list', due: '2026-11-27' })).toMatchObject({
      status: 200,
      body: '',
    });
    await desk.act({ deliverAgain: true });
    expect(desk.form()).toBeUndefined();
    expect(alert.tasks).toEqual([
      { subject: 'Send the price list', dueDate: '2026-11-27', by: expect.objectContaining({ email: dana }) },
    ]);
  });

  test('shows in the form what is wrong with it, and takes it once that is mended', async () => {
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.create_task');
    await submit({ subject: '   ' });
    expect(desk.form()?.errors).toEqual({ subject: 'Say what is to be done.' });
    await submit({ subject: 'Call', due: '2026-11-01' });
    expect(desk.form()?.errors).toEqual({ due: 'This day is over. Choose a later one.' });
    expect(desk.store.acts).toEqual([]);
    await submit({ subject: 'Call', due: '' });
    expect(alert.tasks).toMatchObject([{ subject: 'Call' }]);
  });

  test('says in place of the form that the alert is gone meanwhile, or not to be had any more', async () => {
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.create_task');
    alert.state = 'dismissed';
    await submit({ subject: 'Call' });
    expect(JSON.stringify(desk.form()?.blocks)).toContain('It was marked as not relevant. No task was made.');
    await press(luis, 'alert.create_task');
    desk.store.alerts.clear();
    expect(await submit({ subject: 'Call' }, luis)).toMatchObject({ status: 200 });
    expect(JSON.stringify(desk.sandbox.records('slack', 'views'))).toContain('not there any more');
  });

  test('does not stay refused after what stood in the way is gone: a form that was refused cannot be sent again, and a new one works', async () => {
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.create_task');
    alert.state = 'dismissed';
    await submit({ subject: 'Call' });
    alert.state = 'open';
    // The old form's answer is settled for good, so it must not stand there to be sent again.
    await expect(submit({ subject: 'Call' })).rejects.toThrow('no form open that can be sent');
    await press(dana, 'alert.create_task');
    await submit({ subject: 'Call' });
    expect(alert.tasks).toMatchObject([{ subject: 'Call' }]);
  });

  test('can be sent again where the hub did not answer', async () => {
    const alert = alertView();
    await desk.send(alert);
    await press(dana, 'alert.create_task');
    desk.state.down = true;
    expect(await submit({ subject: 'Call' })).toMatchObject({ status: 503 });
    desk.state.down = false;
    await submit({ subject: 'Call' });
    expect(alert.tasks).toHaveLength(1);
  });

  test('a form that cannot be opened any more is told in words', async () => {
    await desk.send();
    desk.sandbox.fault('slack', {
      match: { path: 'views.open' },
      fault: { body: { ok: false, error: 'expired_trigger_id' } },
    });
    await press(dana, 'alert.create_task');
    expect(desk.told()).toEqual([expect.stringContaining('Press the button once more')]);
  });

  test('is not offered where the alert does not offer it', async () => {
    const alert = alertView();
    await desk.send(alert);
    alert.offers = ['claim'];
    await press(dana, 'alert.create_task');
    expect([desk.form(), desk.told().length]).toEqual([undefined, 1]);
  });
});

test('every exchange of a day with people in it keeps to the vendor’s contract', async () => {
  const alert = alertView();
  const sent = await desk.send(alert);
  await press(dana, 'alert.create_task');
  await desk.act({ submit: { user: dana, values: { subject: 'Call', due: '2026-11-27' } } });
  await press(dana, 'alert.claim');
  await press(luis, 'alert.claim');
  await press(dana, 'alert.snooze', { option: '15' });
  await desk.show(alert, sent);
  await press(luis, 'alert.dismiss');
  await desk.act({ command: { user: dana, text: 'alerts' } });
  await desk.act({ uninstall: true });
  const exchanges = desk.sandbox.exchanges();
  expect(exchanges.filter(({ direction }) => direction === 'inbound').length).toBeGreaterThanOrEqual(8);
  const { passed, output } = await checkExchanges(exchanges);
  expect(passed ? '' : output).toBe('');
  await desk.connect();
});
