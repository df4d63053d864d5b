import {
  browserOf,
  type ConnectingHub,
  type ShownConnection,
  startConnectingHub,
} from '../../../test/support/connecting.ts';
import { invalidGrant } from '../../../test/support/fake-vendor.ts';
import { StepError } from '../../sdk/index.ts';

describe('the API of connections', () => {
  let hub: ConnectingHub;
  beforeEach(async () => {
    hub = await startConnectingHub();
  });
  afterEach(() => hub.close());

  describe('typed values', () => {
    const create = (values: Record<string, unknown>) =>
      hub.send('POST', '/v1/connections', { body: { connector: 'keyed', values } });

    it('connect an account; the secret ones are never shown again', async () => {
      const answer = await create({ measurementId: 'G-123', apiSecret: 'typed-secret-77' });
      expect(answer).toMatchObject({
        status: 201,
        body: { status: 'active', account: { name: 'Acme website' }, options: { measurementId: 'G-123' } },
      });
      const { id } = answer.body as ShownConnection;
      const test = await hub.send('POST', `/v1/connections/${id}/test`);
      expect(test.body).toEqual({ ok: true, account: { id: 'property-1', name: 'Acme website' } });
      hub.vendor.secrets.push('typed-secret-77');
      expect(await hub.placesOfSecrets([answer, test, await hub.send('GET', `/v1/connections/${id}`)])).toEqual([]);
    });

    it('are checked by the connector’s own fields', async () => {
      const answer = await create({ measurementId: 'G', other: 'x' });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        errors: expect.arrayContaining([
          { path: 'values.measurementId', message: 'must have 3 characters or more' },
          { path: 'values.apiSecret', message: 'is required' },
          { path: 'values.other', message: 'is not known here' },
        ]),
      });
    });

    it('are refused with the vendor’s reason, and not for a vendor with a consent page', async () => {
      expect(await create({ measurementId: 'G-123', apiSecret: 'wrong-secret' })).toMatchObject({
        status: 400,
        body: { detail: 'The API secret is wrong.' },
      });
      const other = await hub.send('POST', '/v1/connections', { body: { connector: 'fake', values: {} } });
      expect(other).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Open /v1/connect/fake') } });
      expect(await hub.connections()).toEqual([]);
    });
  });

  describe('a connection', () => {
    const test = async (id: string) => (await hub.send('POST', `/v1/connections/${id}/test`)).body;

    it('is tested with a live credential, renewed once where it is refused', async () => {
      const { id } = await hub.connect();
      expect(await test(id)).toEqual({ ok: true, account: hub.vendor.account });
      hub.vendor.live.clear();
      expect(await test(id)).toEqual({ ok: true, account: hub.vendor.account });
      expect(hub.vendor.calls.filter(call => call.startsWith('refresh'))).toHaveLength(1);
    });

    it('names the failure of a test, and needs reconnecting where the renewed credential is refused, too', async () => {
      const { id } = await hub.connect();
      hub.vendor.refusesAll = true;
      expect(await test(id)).toEqual({
        ok: false,
        failure: { kind: 'unauthorized', message: 'Session expired or invalid.' },
      });
      expect(await hub.connections()).toMatchObject([
        { status: 'needs_reconnect', reason: 'Acme must be connected again: Session expired or invalid.' },
      ]);
      expect(hub.vendor.calls.filter(call => call.startsWith('refresh'))).toHaveLength(1);
    });

    it('needs reconnecting where the grant was revoked', async () => {
      const { id } = await hub.connect();
      hub.vendor.live.clear();
      hub.vendor.faults.push(invalidGrant());
      expect(await test(id)).toMatchObject({
        ok: false,
        failure: { kind: 'unauthorized', message: expect.stringContaining('invalid_grant') },
      });
      expect(await hub.connections()).toMatchObject([{ status: 'needs_reconnect' }]);
    });

    it('is taken back at the vendor when it is disconnected', async () => {
      const { id } = await hub.connect();
      const answer = await hub.send('DELETE', `/v1/connections/${id}`);
      expect(answer.body).toMatchObject({ revoked: true, connection: { status: 'disconnected' } });
      expect(hub.vendor.revoked).toEqual(['refresh-token-1-7b1e']);
      expect(await hub.database.read('SELECT sealed FROM connections')).toEqual([{ sealed: null }]);
      expect(await test(id)).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
    });

    it('is forgotten also where the vendor does not answer, and the answer says so', async () => {
      const { id } = await hub.connect();
      hub.vendor.faults.push(new StepError('transient', 'HTTP 503.'));
      const answer = await hub.send('DELETE', `/v1/connections/${id}`);
      expect(answer.body).toMatchObject({
        revoked: false,
        message:
          'Fake CRM did not confirm that the credential was taken back: HTTP 503. The hub has forgotten the credential; take it back in Fake CRM itself.',
        connection: { status: 'disconnected' },
      });
    });

    it('is out of another workspace’s reach', async () => {
      const { id } = await hub.connect();
      const { token } = await hub.keys.create('other', { kind: 'admin', name: 'theirs' });
      const headers = { authorization: `Bearer ${token}` };
      const answers = [
        await hub.send('GET', `/v1/connections/${id}`, { headers }),
        await hub.send('POST', `/v1/connections/${id}/test`, { headers }),
        await hub.send('DELETE', `/v1/connections/${id}`, { headers }),
      ];
      expect(answers.map(answer => answer.status)).toEqual([404, 404, 404]);
      expect((await hub.send('GET', '/v1/connections', { headers })).body).toEqual({ data: [], next: null });
      expect(await hub.connections()).toMatchObject([{ id, status: 'active' }]);
    });
  });

  it('lists in pages', async () => {
    await hub.connect();
    await hub.send('POST', '/v1/connections', {
      body: { connector: 'keyed', values: { measurementId: 'G-123', apiSecret: 'typed-secret-77' } },
    });
    const first = (await hub.send('GET', '/v1/connections?limit=1')).body as { data: ShownConnection[]; next: string };
    const second = await hub.send('GET', `/v1/connections?limit=1&after=${first.next}`);
    expect(first.data).toHaveLength(1);
    expect(second.body).toMatchObject({ data: [{ connector: 'keyed' }], next: null });
  });

  it('keeps every token and every one-time secret out of clear rows, log lines and answers', async () => {
    const link = (await hub.send('POST', '/v1/connect-links', { body: { connector: 'fake' } })).body as { url: string };
    const opened = await hub.send('GET', new URL(link.url).pathname);
    const browser = browserOf(opened);
    const oneTime = [link.url.split('/').at(-1)!, browser.state, browser.cookie.split('=')[1]!];
    expect(await hub.placesOfSecrets([], oneTime)).toEqual([]);
    const page = await hub.comeBack(browser, { code: 'code-from-the-vendor' });
    const [connection] = await hub.connections();
    hub.vendor.live.clear();
    const test = await hub.send('POST', `/v1/connections/${connection!.id}/test`);
    expect((await hub.placesOfSecrets([page], ['Acme'])).length).toBeGreaterThan(1);
    expect(await hub.placesOfSecrets([page, test])).toEqual([]);
    const deleted = await hub.send('DELETE', `/v1/connections/${connection!.id}`);
    const verifier = hub.vendor.calls[0]!.split(' ')[2]!;
    expect(hub.vendor.secrets).toHaveLength(4);
    expect(await hub.placesOfSecrets([page, test, deleted], [...oneTime, verifier, 'code-from-the-vendor'])).toEqual(
      [],
    );
  });
});
