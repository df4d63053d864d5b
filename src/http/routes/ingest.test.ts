import { jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { INGEST_KEY, NOW, startHub, type TestHub } from '../../../test/support/http.ts';
import { DEFAULT_WORKSPACE } from '../../access/workspaces.ts';
import { Events, Keys, Workspaces } from '../../db/entities.ts';

const structured = { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${INGEST_KEY}` };
const batched = { ...structured, 'content-type': 'application/cloudevents-batch+json' };
const event = (id: string, change: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id,
  source: '//site.example',
  type: 'com.qualified.page.viewed',
  time: '2026-11-20T09:59:00Z',
  data: { url: 'https://site.example/' },
  ...change,
});

describe('POST /v1/events', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await startHub();
  });
  afterEach(() => hub.close());
  const post = (body: unknown, headers: Record<string, string> = structured) =>
    hub.send('POST', '/v1/events', { body, headers });
  const stored = () => hub.database.reader.find(Events, { order: { seq: 'ASC' } });

  it('answers 202 once the event is stored', async () => {
    const answer = await post(event('e1'));
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, duplicates: 0, rejected: [] } });
    expect(await stored()).toMatchObject([
      {
        workspaceId: 'default',
        eventId: 'e1',
        source: '//site.example',
        type: 'page.viewed',
        receivedAt: NOW,
        anyAge: 0,
      },
    ]);
  });

  it('counts a repeat of source and id as a duplicate, which changes nothing', async () => {
    await post(event('e1'));
    const again = await post([event('e1', { data: { url: '/other' } }), event('e2'), event('e2')], batched);
    expect(again.body).toEqual({ accepted: 1, duplicates: 2, rejected: [] });
    expect((await stored()).map(row => row.data)).toEqual([
      { url: 'https://site.example/' },
      { url: 'https://site.example/' },
    ]);
  });

  it('takes 997 of a thousand and says what is wrong with three', async () => {
    const items: unknown[] = Array.from({ length: 1000 }, (_, index) => event(`e${index}`));
    items[10] = event('', {});
    items[500] = event('e500', { type: 'com.qualified.nothing' });
    items[999] = 'nonsense';
    const answer = await post(items, batched);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      accepted: 997,
      duplicates: 0,
      rejected: [
        { index: 10, id: null, errors: [{ path: 'id' }] },
        { index: 500, id: 'e500', errors: [{ path: 'type' }] },
        { index: 999, id: null, errors: [{ path: '' }] },
      ],
    });
    expect(await hub.database.reader.count(Events)).toBe(997);
  });

  it('answers 400 with every reason where nothing could be accepted', async () => {
    const single = await post(event('e1', { data: {} }));
    expect(single.status).toBe(400);
    expect(single.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(single.body).toMatchObject({
      type: 'urn:baton:problem:nothing-accepted',
      status: 400,
      errors: [{ path: 'data.url', message: 'is required' }],
      rejected: [{ index: 0, id: 'e1' }],
    });
    const batch = await post([event('a', { time: 'x' }), {}], batched);
    expect(batch).toMatchObject({ status: 400, body: { rejected: [{ index: 0 }, { index: 1 }] } });
  });

  it('takes the binary form', async () => {
    const answer = await post(
      { url: '/x' },
      {
        authorization: structured.authorization,
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': 'b%2F1',
        'ce-source': '/site',
        'ce-type': 'com.qualified.page.viewed',
      },
    );
    expect(answer.status).toBe(202);
    expect(await stored()).toMatchObject([{ eventId: 'b/1', data: { url: '/x' } }]);
  });

  it.each([
    ['malformed JSON', '{"specversion": "1.0",', structured, 400],
    ['an object as a batch', event('e'), batched, 400],
    ['an empty body', '', structured, 400],
    ['another content type', 'x', { ...structured, 'content-type': 'text/plain' }, 415],
    ['a compressed body', 'x', { ...structured, 'content-encoding': 'gzip' }, 415],
    ['no key', event('e'), { 'content-type': structured['content-type'], authorization: '' }, 401],
    ['an unknown key', event('e'), { ...structured, authorization: `Bearer ${'x'.repeat(40)}` }, 401],
    ['more than 1000 events', Array(1001).fill(event('e')), batched, 413],
  ])('answers %s with a problem', async (_, body, headers, status) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, type: expect.stringMatching(/^urn:baton:problem:/) });
    expect(await hub.database.reader.count(Events)).toBe(0);
  });

  it('refuses an admin key, and says so', async () => {
    const { token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'admin', name: 'console' });
    expect((await post(event('e'), { ...structured, authorization: `Bearer ${token}` })).status).toBe(403);
  });

  it('takes an event of just under 1 MiB and refuses a larger one; a batch may have 4 MiB', async () => {
    const sized = (id: string, bytes: number) => {
      const empty = Buffer.byteLength(JSON.stringify(event(id, { data: { url: '' } })));
      return JSON.stringify(event(id, { data: { url: 'x'.repeat(bytes - empty) } }));
    };
    const mebibyte = 1024 * 1024;
    expect((await post(sized('e1', mebibyte))).status).toBe(202);
    expect(await post(sized('e2', mebibyte + 1))).toMatchObject({ status: 413, body: { status: 413 } });
    expect((await post(`[${sized('e3', mebibyte)},${sized('e4', mebibyte)}]`, batched)).status).toBe(202);
    expect((await post(`[${' '.repeat(4 * mebibyte)}]`, batched)).status).toBe(413);
    expect((await post(event('e5'))).status).toBe(202);
  });

  it('takes keys made in the workspace, until they are revoked', async () => {
    const { key, token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'ingest', name: 'site', anyAge: true });
    const headers = { ...structured, authorization: `Bearer ${token}` };
    expect((await post(event('e1'), headers)).status).toBe(202);
    expect(await stored()).toMatchObject([{ anyAge: 1 }]);
    expect(await hub.keys.revoke('another', key.id)).toBe(false);
    expect((await post(event('e2'), headers)).status).toBe(202);
    expect(await hub.keys.revoke(DEFAULT_WORKSPACE, key.id)).toBe(true);
    expect((await post(event('e3'), headers)).status).toBe(401);
  });

  it('stores events in the workspace of the key', async () => {
    await hub.database.write(({ manager }) =>
      manager.insert(Workspaces, { id: 'other', name: 'Other', settings: {}, createdAt: NOW }),
    );
    const { token } = await hub.keys.create('other', { kind: 'ingest', name: 'site' });
    await post(event('e1'));
    const answer = await post(event('e1'), { ...structured, authorization: `Bearer ${token}` });
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect((await stored()).map(row => row.workspaceId)).toEqual(['default', 'other']);
  });

  describe('signed by Standard Webhooks', () => {
    // The library's own clock.
    beforeEach(() => {
      jest.spyOn(Date, 'now').mockReturnValue(NOW);
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });
    const body = JSON.stringify(event('signed'));
    const signedBy = (secret: string, at: Date, text = body) => ({
      'content-type': structured['content-type'],
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('msg_1', at, text),
    });
    const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000);
    /** Without the admin token that `send` adds. */
    const postSigned = async (headers: Record<string, string>, text = body) =>
      (await fetch(`${hub.url}/v1/events`, { method: 'POST', headers, body: text })).status;

    it('is taken with a signing secret in use, and no longer once it is revoked', async () => {
      const { key, token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'site' });
      await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'another' });
      expect(token).toMatch(/^whsec_/);
      expect(await postSigned(signedBy(token, minutesAgo(0)))).toBe(202);
      expect((await stored()).map(row => row.eventId)).toEqual(['signed']);
      await hub.keys.revoke(DEFAULT_WORKSPACE, key.id);
      expect(await postSigned(signedBy(token, minutesAgo(0)))).toBe(401);
    });

    it('is refused where the signature is old, ahead, of another body or of another secret', async () => {
      const { token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'site' });
      const stranger = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
      const good = signedBy(token, minutesAgo(0));
      expect(await postSigned(signedBy(token, minutesAgo(6)))).toBe(401);
      expect(await postSigned(signedBy(token, minutesAgo(-6)))).toBe(401);
      expect(await postSigned(good, body.replace('signed', 'forged'))).toBe(401);
      expect(await postSigned(signedBy(stranger, minutesAgo(0)))).toBe(401);
      expect(await postSigned({ ...good, 'webhook-signature': 'v1' })).toBe(401);
      expect(await postSigned({ ...good, 'webhook-timestamp': 'now' })).toBe(401);
      expect(await postSigned({ ...good, 'webhook-id': 'msg_2' })).toBe(401);
      expect(await postSigned(signedBy(token, minutesAgo(4)))).toBe(202);
      expect(await postSigned(signedBy(token, minutesAgo(-4)))).toBe(202);
    });

    it('is taken beside a signing secret that does not open any more', async () => {
      const { token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'site' });
      const { key } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'lost' });
      await hub.database.write(({ manager }) => manager.update(Keys, { id: key.id }, { sealed: 'another row|x' }));
      expect(await postSigned(signedBy(token, minutesAgo(0)))).toBe(202);
      expect(hub.logged.join()).toContain(key.id);
    });

    it('does not take a signing secret as a bearer key', async () => {
      const { token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'site' });
      expect((await post(event('e'), { ...structured, authorization: `Bearer ${token}` })).status).toBe(401);
    });
  });
});

describe('ingest under load', () => {
  it('answers 429 with Retry-After while too much waits, and takes events again afterwards', async () => {
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    let reached = () => {};
    const waiting = new Promise<void>(resolve => {
      reached = resolve;
    });
    const hub = await startHub(() => ({
      ingestLimits: { waitingRequests: 1 },
      inbox: {
        async accept(_, events) {
          reached();
          await held;
          return { accepted: events.length, duplicates: 0 };
        },
      },
    }));
    const post = (id: string) => hub.send('POST', '/v1/events', { body: event(id), headers: structured });
    const first = post('e1');
    await waiting;
    const second = await post('e2');
    expect(second).toMatchObject({ status: 429, body: { type: 'urn:baton:problem:too-many-requests' } });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    release();
    expect((await first).status).toBe(202);
    expect((await post('e3')).status).toBe(202);
    await hub.close();
  });

  it('holds a key to its rate where one is set', async () => {
    const hub = await startHub(() => ({ ingestLimits: { eventsPerSecond: 2 } }));
    const statuses = [];
    for (const id of ['e1', 'e2', 'e3'])
      statuses.push((await hub.send('POST', '/v1/events', { body: event(id), headers: structured })).status);
    expect(statuses).toEqual([202, 202, 429]);
    await hub.close();
  });

  it('answers 503 with Retry-After where the key cannot be looked up', async () => {
    const hub = await startHub(({ keys }) => ({ keys: { ...keys, find: () => Promise.reject(new Error('gone')) } }));
    const answer = await hub.send('POST', '/v1/events', { body: event('e1'), headers: structured });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    await hub.close();
  });

  it('answers 503 with Retry-After where the events cannot be stored, and keeps the cause to itself', async () => {
    const hub = await startHub(() => ({
      inbox: { accept: () => Promise.reject(new Error('disk full at /var/secret')) },
    }));
    const answer = await hub.send('POST', '/v1/events', { body: event('e1'), headers: structured });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(hub.logged.join()).toContain('disk full');
    await hub.close();
  });
});
