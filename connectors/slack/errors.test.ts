import { inspect } from 'node:util';
import { webApi } from '@slack/bolt';
import { StepError } from '../../src/sdk/index.ts';
import { type Reply, startScriptedServer } from '../../test/support/scripted-server.ts';
import { failureOf, refused, run, server, TOKEN, toChannel } from '../../test/support/scripted-slack.ts';
import slack from './index.ts';

describe('what Slack answers decides what happens next', () => {
  test.each([
    ['channel_not_found', 'rejected', '/invite @Baton', 'to.channel'],
    ['is_archived', 'rejected', 'archived', 'to.channel'],
    ['not_in_channel', 'forbidden', '/invite @Baton', 'to.channel'],
    ['restricted_action', 'forbidden', 'workspace admin', undefined],
    ['msg_too_long', 'rejected', 'Shorten', 'message'],
    ['no_text', 'rejected', 'text', 'message'],
    ['invalid_blocks', 'rejected', 'layout', 'message'],
    ['missing_scope', 'forbidden', 'Reinstall', undefined],
    ['not_authed', 'unauthorized', 'Connect Slack again', undefined],
    ['invalid_auth', 'unauthorized', 'Connect Slack again', undefined],
    ['token_revoked', 'unauthorized', 'Connect Slack again', undefined],
    ['token_expired', 'unauthorized', 'Connect Slack again', undefined],
    ['account_inactive', 'unauthorized', 'Connect Slack again', undefined],
    ['ratelimited', 'throttled', 'by itself', undefined],
    ['internal_error', 'uncertain', 'looked for first', undefined],
    ['fatal_error', 'uncertain', 'looked for first', undefined],
    ['service_unavailable', 'uncertain', 'looked for first', undefined],
    ['request_timeout', 'uncertain', 'looked for first', undefined],
    ['a_word_of_tomorrow', 'rejected', 'Change the step', undefined],
  ])('%s is %s, in one request, with words for an admin', async (error, kind, words, field) => {
    server.answer(() => refused(error));
    const failure = await failureOf(run(toChannel));
    expect({ kind: failure.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    expect(failure.message).toContain(words);
    expect(failure.details).toMatchObject({ vendorCode: error, ...(field && { field }) });
  });

  test('a missing scope is named, and so is what Slack says about blocks', async () => {
    server.answer(() => ({
      ...refused('missing_scope', { needed: 'chat:write', provided: 'im:write' }),
      headers: { 'x-slack-req-id': 'req-1' },
    }));
    const scope = await failureOf(run(toChannel));
    expect(scope.message).toContain('missing_scope, needs chat:write.');
    expect(scope.details.vendorRequestId).toBe('req-1');
    server.answer(() => refused('invalid_blocks', { response_metadata: { messages: ['[ERROR] no such block'] } }));
    expect((await failureOf(run(toChannel))).message).toContain('[ERROR] no such block');
  });

  test('429 says when to come back, with and without Retry-After, and holds no other call back', async () => {
    const limited = { status: 429, json: { ok: false, error: 'ratelimited' } };
    server.answer(() => ({ ...limited, headers: { 'retry-after': '7' } }));
    expect(await failureOf(run(toChannel))).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 7_000 } });
    server.answer(() => limited);
    expect(await failureOf(run(toChannel))).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 30_000 } });
    server.answer(() => ({ status: 429, text: 'slow down' }));
    expect((await failureOf(run(toChannel))).kind).toBe('throttled');
    expect(server.seen).toHaveLength(1);
  });

  test('nobody with that e-mail is the recipient’s field', async () => {
    server.answer(() => refused('users_not_found'));
    const failure = await failureOf(run({ to: { user: 'ann@acme.co' }, message: 'm' }));
    expect(failure).toMatchObject({ kind: 'rejected', details: { field: 'to.user' } });
  });

  const lost: [string, Reply][] = [
    ['an HTML page with 200', { text: '<html>Down for maintenance</html>' }],
    ['an HTML page with 500', { status: 500, text: '<html>Down for maintenance</html>' }],
    ['503 without a body', { status: 503 }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, text: '{"ok": tr' }],
    ['a reset connection', { fault: 'reset' }],
    ['an answer that breaks off', { headers: { 'content-length': '500' }, text: '{"ok":true}', fault: 'cut' }],
    ['Slack’s own trouble', refused('internal_error')],
  ];
  test.each(lost)(
    '%s leaves a message uncertain and a look-up transient, in one request each',
    async (_what, reply) => {
      server.answer(() => reply);
      const write = await failureOf(run(toChannel));
      expect({ kind: write.kind, requests: server.seen.length }).toEqual({ kind: 'uncertain', requests: 1 });
      server.answer(() => reply);
      const lookUp = await failureOf(run({ to: { user: 'ann@acme.co' }, message: 'm' }));
      expect({ kind: lookUp.kind, requests: server.seen.length }).toEqual({ kind: 'transient', requests: 1 });
      expect(write.message + lookUp.message).not.toMatch(/maintenance|<html/);
    },
  );

  test('silence and a stalled body end at the timeout of the call', async () => {
    server.answer(() => ({ fault: 'hang' }));
    expect((await failureOf(run(toChannel, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
    server.answer(() => ({ headers: { 'content-length': '500' }, text: '{' }));
    expect((await failureOf(run(toChannel, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
  });

  test('a refused connection is transient even for a message: nothing left', async () => {
    const gone = await startScriptedServer();
    await gone.close();
    expect((await failureOf(run(toChannel, {}, { url: gone.url }))).kind).toBe('transient');
  });

  test.each([
    [undefined, 'defect'],
    [null, 'defect'],
    ['text', 'defect'],
    [new Error(`oops ${TOKEN}`), 'defect'],
    [new webApi.WebAPIRateLimitedError(3), 'throttled'],
    [new webApi.WebAPIHTTPError(502, 'Bad Gateway', {}, TOKEN), 'uncertain'],
    [new webApi.WebAPIRequestError(new Error(`fetch failed ${TOKEN}`)), 'uncertain'],
    [new webApi.WebAPIPlatformError({ ok: false, error: 'token_revoked' }), 'unauthorized'],
    [new StepError('rejected', 'ours'), 'rejected'],
  ])('classify takes anything that is thrown (%#) and shows no secret', (thrown, kind) => {
    const error = slack.classify(thrown);
    expect(error.kind).toBe(kind);
    expect(inspect([error, error.cause, error.details])).not.toContain('verysecret');
  });
});
