import { alertView, startSlackDesk } from '../../../test/support/slack-hub.ts';

const desk = await startSlackDesk();
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const dana = 'dana.whitfield@brightline.example';
const say = async (text: string) => {
  const { status, body } = await desk.act({ command: { user: dana, text } });
  expect(status).toBe(200);
  const answer = JSON.parse(body);
  expect(answer.response_type).toBe('ephemeral');
  return JSON.stringify(answer);
};

describe('/baton', () => {
  test.each(['', 'help', ' HELP '])('%j says what it can do', async text => {
    expect(await say(text)).toMatch(/alerts.*mine.*status/s);
  });

  test('says so of what it does not know, and takes nothing of it for markup', async () => {
    expect(await say('<!channel> dance')).toContain('&lt;!channel&gt; dance');
  });

  test('alerts: the latest ones and how they stand', async () => {
    expect(await say('alerts')).toContain('There are none.');
    for (const title of ['One', 'Two & <three>']) {
      const alert = alertView({ title });
      desk.store.alerts.set(alert.id, alert);
    }
    const answer = await say('alerts');
    expect(answer).toContain('*Two &amp; &lt;three&gt;*');
    expect(answer).toContain('waiting for somebody');
  });

  test('mine: what I have claimed, and nothing else', async () => {
    const mine = alertView({ title: 'Mine', state: 'claimed', claimedBy: { id: 'U04DANAWHI1', name: 'Dana' } });
    const other = alertView({ title: 'Other', state: 'claimed', claimedBy: { id: 'U04LUISORT1', name: 'Luis' } });
    for (const alert of [mine, other]) desk.store.alerts.set(alert.id, alert);
    const answer = await say('mine');
    expect([answer.includes('*Mine*'), answer.includes('*Other*')]).toEqual([true, false]);
  });

  test('status: whether the connection works, with numbers', async () => {
    const alert = alertView();
    desk.store.alerts.set(alert.id, alert);
    expect(await say('status')).toMatch(/Brightline.*it works.*1 wait/s);
    desk.sandbox.fault('slack', {
      match: { path: 'auth.test' },
      fault: { status: 200, body: { ok: false, error: 'token_revoked' } },
    });
    expect(await say('status')).toContain('connected again');
    desk.sandbox.fault('slack', { match: { path: 'auth.test' }, fault: { status: 503 } });
    expect(await say('status')).toContain('cannot be reached');
  });

  test('in a workspace that nobody connected says so', async () => {
    desk.state.connections = [];
    expect(await say('alerts')).toContain('not connected to Baton');
  });

  test('without its database says nothing, and Slack says that it failed', async () => {
    desk.state.down = true;
    expect(await desk.act({ command: { user: dana, text: 'alerts' } })).toMatchObject({ status: 503 });
    expect(desk.told()).toEqual([expect.stringContaining('failed')]);
  });
});
