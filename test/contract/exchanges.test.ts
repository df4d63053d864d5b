import { jest } from '@jest/globals';
import { checkExchanges } from '../support/contracts.ts';

const exchange = (status: number) => ({
  vendor: 'slack',
  method: 'POST',
  url: 'https://slack.com/api/chat.postMessage',
  requestHeaders: { authorization: 'Bearer xoxb-1', 'content-type': 'application/json' },
  requestBody: { channel: 'C0', text: 'hi' },
  status,
  responseHeaders: { 'content-type': 'application/json' },
  responseBody: { ok: false, error: 'channel_not_found' },
});

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

test('an exchange that keeps to its contract passes, and one that breaks it is named', async () => {
  const good = await checkExchanges([exchange(200)]);
  expect(good.passed).toBe(true);
  if (!good.ran) return;
  const bad = await checkExchanges([exchange(200), exchange(404)]);
  expect(bad).toMatchObject({ passed: false, output: expect.stringContaining('status 404') });
});

test('without the contracts it says so in one line and passes over them', async () => {
  const said: unknown[] = [];
  const warn = jest.spyOn(console, 'warn').mockImplementation(sentence => said.push(sentence));
  Object.assign(process.env, { CONTRACTS_DIR: '/nowhere', REQUIRE_SERVICES: '', CI: '' });
  expect(await checkExchanges([exchange(404)])).toMatchObject({ ran: false, passed: true });
  expect(said).toEqual(["The vendors' contracts are not at /nowhere (CONTRACTS_DIR): the exchanges were not checked."]);
  warn.mockRestore();
});

test.each([{ REQUIRE_SERVICES: '1' }, { CI: 'true' }])('with %j their absence is a failure', async required => {
  Object.assign(process.env, { CONTRACTS_DIR: '/nowhere', ...required });
  await expect(checkExchanges([exchange(200)])).rejects.toThrow('/nowhere');
});
