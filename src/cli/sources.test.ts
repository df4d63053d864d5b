import { baton } from '../../test/support/command.ts';
import { fakeHub } from '../../test/support/fake-hub.ts';

const hub = fakeHub();
const run = (...words: string[]) =>
  baton(words, { BATON_URL: hub.url, ADMIN_TOKEN: 'an-admin-token-of-32-characters!!' });

describe('sources', () => {
  const one = {
    connectionId: 'c1',
    connector: 'feed',
    state: 'catching_up',
    polledAt: '2026-11-23T10:00:00.000Z',
    nextAt: '2026-11-23T10:00:01.000Z',
    progress: { done: 30, total: 120, message: 'Leads: up to 3 November.' },
    note: 'A stretch is read once more.',
    error: null,
    accepted: 12,
    duplicates: 3,
    rejected: 0,
  };

  it('are listed with how far they have been read', async () => {
    hub.answers = { 'GET /v1/sources': () => ({ body: { data: [one], next: null } }) };
    expect((await run('sources', 'list')).out).toMatch(/c1 +feed +catching_up +25 % +12 +2026-11-23T10:00:01\.000Z/);
  });

  it('are shown with what is known and what is wrong', async () => {
    const error = { at: '2026-11-23T10:00:00.000Z', kind: 'forbidden', message: 'Grant lead:view.' };
    hub.answers = { 'GET /v1/connections/c1/source': () => ({ body: { ...one, state: 'failing', error } }) };
    expect((await run('sources', 'show', 'c1')).out.split('\n')).toEqual([
      'c1 (feed): failing, 25 % read',
      'Leads: up to 3 November.',
      'last answer 2026-11-23T10:00:00.000Z, next 2026-11-23T10:00:01.000Z',
      '12 events taken, 3 were there already, 0 were none',
      'A stretch is read once more.',
      '2026-11-23T10:00:00.000Z  forbidden: Grant lead:view.',
    ]);
  });

  it('are read once more from a day on', async () => {
    hub.answers = { 'POST /v1/connections/c1/source/restart': () => ({ body: one }) };
    expect((await run('sources', 'restart', 'c1', '--since', '2026-06-01')).code).toBe(0);
    expect(hub.heard[0]!.body).toEqual({ since: '2026-06-01T00:00:00Z' });
    expect((await run('sources', 'restart', 'c1')).code).toBe(2);
  });
});
