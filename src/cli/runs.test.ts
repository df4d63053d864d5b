import { baton } from '../../test/support/command.ts';
import { fakeHub } from '../../test/support/fake-hub.ts';

const hub = fakeHub();
const secret = 'an-admin-token-of-32-characters!!';
const run = (...words: string[]) => baton(words, { BATON_URL: hub.url, ADMIN_TOKEN: secret });

describe('runs', () => {
  const one = {
    id: 'r1',
    workflowId: 'w1',
    workflowVersion: 3,
    status: 'failed',
    trigger: { type: 'meeting_booked', timing: 'immediately' },
    occasion: {},
    sessionId: 's1',
    visitorId: 'v1',
    startedAt: '2026-11-23T10:00:00.000Z',
    finishedAt: '2026-11-23T10:00:05.000Z',
    error: 'tell failed',
    steps: [
      {
        id: 'tell',
        action: 'webhook.send',
        visit: 1,
        status: 'failed',
        input: {},
        output: null,
        notes: ['a note'],
        attempts: [{ at: '2026-11-23T10:00:01.000Z', kind: 'rejected', reason: 'HTTP 404', vendorRequestId: 'q1' }],
      },
    ],
  };

  it('are listed by what was asked for', async () => {
    hub.answers = { 'GET /v1/runs': () => ({ body: { data: [one], next: 'more' } }) };
    const { out } = await run('runs', 'list', '--status', 'failed', '--workflow', 'w1', '--limit', '1');
    expect(out).toMatch(/r1 +failed +2026-11-23T10:00:00\.000Z +meeting_booked immediately +w1 +tell failed/);
    expect(hub.heard.map(({ path: asked }) => asked)).toEqual(['/v1/runs?status=failed&workflow=w1&limit=1']);
  });

  it('are shown step by step, try by try', async () => {
    hub.answers = { 'GET /v1/runs/r1': () => ({ body: one }) };
    const { out } = await run('runs', 'show', 'r1');
    expect(out).toContain('r1: failed (tell failed)');
    expect(out).toContain('tell (webhook.send): failed\n  2026-11-23T10:00:01.000Z  rejected: HTTP 404 [q1]\n  a note');
  });

  it('run again', async () => {
    hub.answers = { 'POST /v1/runs/r1/retry': () => ({ body: { ...one, status: 'running' } }) };
    expect((await run('runs', 'retry', 'r1')).out).toBe('r1 runs again: running');
  });

  it('show what the hub refuses', async () => {
    hub.answers = { 'POST /v1/runs/r1/retry': () => ({ status: 409, body: { detail: 'The run has succeeded.' } }) };
    expect(await run('runs', 'retry', 'r1')).toMatchObject({ code: 1, err: 'The run has succeeded.' });
  });
});
