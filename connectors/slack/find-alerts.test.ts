import type { Reply } from '../../test/support/scripted-server.ts';
import {
  contextFor,
  failureOf,
  methodOf,
  NOW,
  refused,
  run,
  STEP_KEY,
  sendAlert,
  server,
  toChannel,
} from '../../test/support/scripted-slack.ts';
import type { AlertInput } from './alert.ts';

describe('an alert whose answer was lost', () => {
  const item = (stepKey: string, to: AlertInput['to'] = { channel: 'C0INBOUND1' }) => ({
    stepKey,
    firstTriedAt: NOW,
    input: { to, message: 'm' },
    facts: contextFor().context.facts,
  });
  const find = (items: ReturnType<typeof item>[]) => {
    const replay = sendAlert?.replay;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('send_alert must be findable');
    return replay.findMany(contextFor().context, items);
  };
  const history = (messages: object[], next_cursor = ''): Reply => ({
    json: { ok: true, messages, has_more: next_cursor !== '', response_metadata: { next_cursor } },
  });
  const message = (ts: string, step_key: unknown, event_type = 'baton_step') => ({
    ts,
    metadata: { event_type, event_payload: { step_key } },
  });

  test('is found by its step key; twins of other runs are not taken for it', async () => {
    const stored: object[] = [];
    server.answer(request => {
      if (methodOf(request) === 'chat.postMessage') {
        stored.push({ ts: '17.1', metadata: JSON.parse(request.form.get('metadata') ?? '') });
        return { fault: 'reset' };
      }
      return history([message('17.0', `${STEP_KEY}x`), message('17.2', STEP_KEY, 'other'), { ts: '17.3' }, ...stored]);
    });
    expect((await failureOf(run(toChannel))).kind).toBe('uncertain');
    const found = await find([item('another-key'), item(STEP_KEY)]);
    expect(found).toEqual([
      undefined,
      {
        channel: 'C0INBOUND1',
        ts: '17.1',
        permalink: 'https://acme.slack.com/archives/C0INBOUND1/p171',
        placement: { channel: 'C0INBOUND1', ts: '17.1' },
      },
    ]);
    const asked = server.seen.at(-1)?.form;
    expect(asked?.get('include_all_metadata')).toBe('true');
    expect(Number(asked?.get('oldest'))).toBe(NOW / 1000 - 120);
  });

  test('is found on a later page, in a channel known by name and with a person', async () => {
    server.answer(request => {
      const { form } = request;
      if (methodOf(request) === 'conversations.list')
        return form.get('cursor')
          ? { json: { ok: true, channels: [{ id: 'C0INBOUND1', name: 'inbound' }] } }
          : { json: { ok: true, channels: [{ id: 'C0OTHER01', name: 'x' }], response_metadata: { next_cursor: 'n' } } };
      if (methodOf(request) === 'conversations.open') return { json: { ok: true, channel: { id: 'D0ANN0001' } } };
      if (form.get('channel') === 'D0ANN0001') return history([message('18.1', 'key-2')]);
      return form.get('cursor') ? history([message('17.1', 'key-1')]) : history([], 'more');
    });
    const found = await find([item('key-1', { channel: '#inbound' }), item('key-2', { user: 'U0ANN0001' })]);
    expect(found).toMatchObject([{ ts: '17.1' }, { channel: 'D0ANN0001', ts: '18.1' }]);
  });

  test('is looked up once per channel for many steps', async () => {
    server.answer(() => history([]));
    await find(Array.from({ length: 50 }, (_, index) => item(`key-${index}`)));
    expect(server.seen).toHaveLength(1);
  });

  test('waits for a person where the channel cannot be read', async () => {
    server.answer(() => refused('not_in_channel'));
    const error = await failureOf(find([item(STEP_KEY)]));
    expect(error).toMatchObject({ kind: 'uncertain', details: { park: true, vendorCode: 'not_in_channel' } });
    expect(error.message).toContain('/invite @Baton');
  });

  test('is found however long after the first try it was posted, and no further page is read then', async () => {
    server.answer(() => history([message('1763999999.1', STEP_KEY)], 'more'));
    expect(await find([item(STEP_KEY)])).toMatchObject([{ ts: '1763999999.1' }]);
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.form.has('latest')).toBe(false);
  });

  test('is asked for again later where Slack limits the history', async () => {
    server.answer(() => ({ ...refused('ratelimited'), status: 429, headers: { 'retry-after': '60' } }));
    expect(await failureOf(find([item(STEP_KEY)]))).toMatchObject({
      kind: 'throttled',
      details: { retryAfterMs: 60_000 },
    });
  });
});
