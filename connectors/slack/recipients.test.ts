import type { StepFacts } from '../../src/sdk/index.ts';
import { alertView, startSlackDesk } from '../../test/support/slack-hub.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import type { AlertInput, AlertOutput } from './alert.ts';
import slack from './index.ts';

const desk = await startSlackDesk();
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const sendAlert = slack.actions.find(({ id }) => id === 'slack.send_alert');
const update = slack.roles?.chat?.update;
const dana = 'dana.whitfield@brightline.example';
const fallback = { channel: '#sales-alerts' };
type Message = { ts: string; channel_name?: string; user_id?: string; text: string; blocks: object[] };
const messages = () => desk.sandbox.records('slack', 'messages') as Message[];

const stepWith = (facts: Partial<StepFacts> = {}, stepKey?: string) => {
  const step = stepOf(desk.client(), { facts: { alert: alertView(), ...facts }, now: desk.clock.now, stepKey });
  return { ...step, context: { ...step.context, settings: desk.settings } };
};
const send = async (input: Partial<AlertInput>, step = stepWith()) => {
  const output = await sendAlert?.run(step.context, { to: { channel: '#inbound' }, message: 'm', ...input });
  return { output: output as AlertOutput, notes: step.notes };
};
const find = (input: Partial<AlertInput>, { context }: ReturnType<typeof stepWith>) => {
  const replay = sendAlert?.replay;
  if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('send_alert must be findable');
  const whole = { to: { channel: '#inbound' }, message: 'm', ...input };
  const { stepKey, facts } = context;
  return replay.findMany(context, [{ stepKey, facts, firstTriedAt: desk.clock.now, input: whole }]);
};
const recipient = (email?: string) => ({ recipient: { role: 'record_owner' as const, ...(email && { email }) } });
const toOwner = { to: { role: 'record_owner' as const } };

describe('whom an alert goes to', () => {
  test('the person of a role, matched by e-mail', async () => {
    await send(toOwner, stepWith(recipient('Dana.Whitfield@Brightline.example')));
    expect(messages()).toMatchObject([{ user_id: 'U04DANAWHI1' }]);
  });

  test.each<[string, Partial<AlertInput>, Partial<StepFacts>, string]>([
    ['nobody has the role', toOwner, recipient(), 'The person’s record has no owner with an e-mail address.'],
    ['the person is not in Slack', toOwner, recipient('x@y.example'), 'could not be told (users_not_found).'],
    ['an e-mail is nobody’s', { to: { user: 'x@y.example' } }, {}, 'could not be told (users_not_found).'],
    ['a user id is nobody’s', { to: { user: 'U0NOBODY1' } }, {}, 'could not be told (user_not_found).'],
  ])('goes to the fallback where %s, and the note says why', async (_what, input, facts, why) => {
    const { notes } = await send({ ...input, fallback }, stepWith(facts));
    expect(messages()).toMatchObject([{ channel_name: 'sales-alerts' }]);
    expect(notes).toEqual([expect.stringContaining(why)]);
    expect(notes[0]).toContain('#sales-alerts');
  });

  test.each([{ to: { user: dana } }, { to: { user: 'U04DANAWHI1' } }])(
    'goes to the fallback where the person has left, whom Slack would still take messages for: %j',
    async input => {
      await desk.act({ deactivate: dana });
      await send({ ...input, fallback });
      expect(messages()).toMatchObject([{ channel_name: 'sales-alerts' }]);
    },
  );

  test('without a fallback the step says what to do, and nothing is posted', async () => {
    await desk.act({ deactivate: dana });
    const gone = await failureOf(slack, send({ to: { user: 'U04DANAWHI1' } }));
    expect(gone).toMatchObject({ kind: 'rejected', details: { field: 'to.user' } });
    const nobody = await failureOf(slack, send(toOwner, stepWith(recipient())));
    expect(nobody).toMatchObject({ kind: 'rejected', details: { field: 'fallback' } });
    expect(nobody.message).toContain('Give the step a fallback channel');
    expect(messages()).toEqual([]);
  });

  test('what is wrong with the app is no reason for the fallback', async () => {
    desk.sandbox.control('slack', { withholdScopes: ['users:read.email'] });
    const error = await failureOf(slack, send({ to: { user: dana }, fallback }));
    expect([error.kind, error.message]).toEqual(['forbidden', expect.stringContaining('needs users:read.email')]);
    expect(messages()).toEqual([]);
  });

  test('an alert whose answer was lost is found with the person or in the fallback channel, and is not sent twice', async () => {
    for (const to of [{ user: dana }, { user: 'x@y.example' }]) {
      const step = stepWith({}, `step-key-to-${to.user.replaceAll(/\W/g, '-')}`.padEnd(40, '0'));
      desk.sandbox.fault('slack', { match: { path: 'chat.postMessage' }, fault: { reset: 'after-apply' } });
      expect((await failureOf(slack, send({ to, fallback }, step))).kind).toBe('uncertain');
      const [found] = await find({ to, fallback }, step);
      expect(found).toMatchObject({
        placement: { ts: messages().find(({ ts }) => ts === (found as AlertOutput).ts)?.ts },
      });
    }
    expect(messages()).toHaveLength(2);
    expect(await find({ to: { user: 'x@y.example' }, fallback }, stepWith({}, 'n'.repeat(40)))).toEqual([undefined]);
  });

  test('an archived channel is refused with words', async () => {
    await desk.act({ archive: 'inbound' });
    const error = await failureOf(slack, send({}));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: 'is_archived', field: 'to.channel' } });
  });

  test('has no buttons where nobody could press them, and says so', async () => {
    const step = stepWith();
    step.context.settings = { ...desk.settings, SLACK_SIGNING_SECRET: undefined };
    const { notes } = await send({}, step);
    expect(JSON.stringify(messages())).not.toContain('alert.claim');
    expect(notes).toEqual([expect.stringContaining('SLACK_SIGNING_SECRET')]);
  });
});

describe('an alert that joins another one’s message', () => {
  const joinedTo = (placement: Record<string, string>, stepKey = 'j'.repeat(40)) =>
    stepWith({ alert: { ...alertView({ message: 'Both' }), placement } }, stepKey);

  test('changes that message, which stays marked by the step that sent it', async () => {
    const first = stepWith({}, 'f'.repeat(40));
    const { output } = await send({}, first);
    const joined = await send({}, joinedTo(output.placement));
    expect(joined.output).toEqual(output);
    expect(messages()).toMatchObject([{ text: 'Hot lead: Both · Hanna Berg, Northwind' }]);
    expect(await find({}, first)).toMatchObject([{ ts: output.ts }]);
  });

  test('may be done again where its answer was lost', async () => {
    const { output } = await send({});
    const step = joinedTo(output.placement);
    desk.sandbox.fault('slack', { match: { path: 'chat.update' }, fault: { reset: 'after-apply' } });
    expect((await failureOf(slack, send({}, step))).kind).toBe('uncertain');
    expect(await find({}, step)).toEqual([undefined]);
    await send({}, step);
    expect(messages()).toHaveLength(1);
  });

  test('is sent as a message of its own where that one was deleted, once, whatever gets lost', async () => {
    const { output } = await send({});
    await desk.act({ deleteMessage: { channel: output.channel, ts: output.ts } });
    const step = joinedTo(output.placement);
    desk.sandbox.fault('slack', { match: { path: 'chat.postMessage' }, fault: { reset: 'after-apply' } });
    expect((await failureOf(slack, send({}, step))).kind).toBe('uncertain');
    const [found] = await find({}, step);
    expect(found).toMatchObject({ ts: messages()[0]?.ts });
    expect(step.notes).toEqual([expect.stringContaining('is gone')]);
    expect(messages()).toHaveLength(1);
  });
});

test('an alert is not lost where a setting of the workspace lets nobody change the message that it was to join', async () => {
  const { output } = await send({});
  const step = stepWith({ alert: { ...alertView({ message: 'Both' }), placement: output.placement } });
  desk.sandbox.fault('slack', {
    match: { path: 'chat.update' },
    fault: { body: { ok: false, error: 'edit_window_closed' } },
  });
  await send({}, step);
  expect(messages().map(({ text }) => text)).toContain('Hot lead: Both · Hanna Berg, Northwind');
  expect(step.notes).toEqual([expect.stringContaining('sent as a new one')]);
});

describe('showing a changed alert', () => {
  const show = async (placement: Record<string, string>) => {
    const alert = alertView({ state: 'claimed', version: 2, claimedBy: { name: 'Dana' } });
    return update?.run(stepWith({ alert }).context, { alertId: alert.id, version: 2, placement });
  };

  test('changes the message where it is, as often as it is asked', async () => {
    const { output } = await send({});
    for (let times = 0; times < 2; times += 1) await show(output.placement);
    expect(messages()).toMatchObject([
      { text: 'Hot lead: Hanna is waiting · Hanna Berg, Northwind (claimed by Dana)' },
    ]);
    expect(update?.replay).toBe('safe');
  });

  test.each<[string, (placed: AlertOutput) => object, string]>([
    ['message was deleted', ({ channel, ts }) => ({ deleteMessage: { channel, ts } }), 'message_not_found'],
    ['channel is archived', ({ channel }) => ({ archive: channel }), 'is_inactive'],
  ])('is given up for good, with words, where the %s', async (_what, deed, code) => {
    const { output } = await send({});
    await desk.act(deed(output));
    const error = await failureOf(slack, show(output.placement));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: code } });
    expect(error.message).toContain('not shown there any more');
    expect(error.details.field).toBeUndefined();
  });

  test('of a channel that is not there is given up for good', async () => {
    expect(await failureOf(slack, show({ channel: 'C0NOWHERE1', ts: '1.1' }))).toMatchObject({ kind: 'rejected' });
  });

  test('without its alert or place is our own mistake', async () => {
    expect((await failureOf(slack, show({}))).kind).toBe('defect');
  });
});

test('names each scope that is missing, with what it is for and what to do', async () => {
  const asked = { client: desk.client(), signal: new AbortController().signal, settings: desk.settings };
  expect(await slack.checkRights?.(asked)).toEqual([]);
  desk.sandbox.control('slack', { withholdScopes: ['commands'] });
  expect(await slack.checkRights?.(asked)).toEqual([expect.stringMatching(/commands.*\/baton.*connect Slack again/)]);
});
