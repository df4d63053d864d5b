import { fakeChat } from './support/fake-chat.ts';
import { startHub, type TestHub } from './support/hub.ts';

let hub: TestHub;
const start = async (environment: Record<string, string> = {}) => {
  hub = await startHub([fakeChat().connector], { config: { environment } });
};
afterEach(() => hub.close());
const call = (path: string, init: RequestInit = {}) => fetch(hub.url + path, init);

test('a vendor’s call reaches its connector, whose answer goes back', async () => {
  await start();
  const refused = await call('/chat/press', { method: 'POST', body: '{}' });
  expect([refused.status, await refused.json()]).toEqual([401, { error: 'signature' }]);
});

test('a body that is too large is refused before the connector sees it', async () => {
  await start();
  const answer = await call('/chat/press', { method: 'POST', body: 'x'.repeat(1001) });
  expect(answer.status).toBe(413);
});

test('what a connector throws is logged and answered without its message', async () => {
  await start();
  const headers = { 'x-signature': 'right' };
  const answer = await call('/chat/press', { method: 'POST', headers, body: 'no json' });
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('JSON');
});

test('an address is there only where its settings are, and only for its methods', async () => {
  await start();
  expect((await call('/chat/needs')).status).toBe(404);
  expect((await call('/chat/press')).status).toBe(404);
  await hub.close();
  await start({ CHAT_SETTING: 'yes' });
});
