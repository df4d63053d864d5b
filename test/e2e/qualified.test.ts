import qualified from '../../connectors/qualified/index.ts';
import vendor from '../../connectors/qualified/sandbox/index.ts';
import type { Conversation, Message } from '../../connectors/qualified/sandbox/records.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Connector } from '../../src/sdk/index.ts';
import { databaseKinds } from '../support/databases.ts';
import { MORNING, startHub, type TestHub } from '../support/hub.ts';

const hour = 3_600_000;

describe.each(databaseKinds)('Qualified connected to a hub on %s', kind => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let hub: TestHub;
  let id: string;
  beforeAll(async () => {
    sandbox = await startSandbox({ vendors: [vendor], now: () => hub.clock.now() });
    const environment = sandbox.settings();
    hub = await startHub([qualified as Connector], { kind, pollMs: hour, config: { environment } });
  });
  afterAll(async () => {
    await hub.close();
    await sandbox.close();
  });

  const workflow = (timing: string) => ({
    name: `With a rep, ${timing}`,
    trigger: { type: 'conversation_with_rep', timing },
    steps: [
      { id: 'note', action: 'set_visitor_field', input: { field: 'notes', value: '{{ conversation.transcript }}' } },
    ],
  });
  const repSessions = () => {
    const messages = sandbox.records('qualified', 'messages') as Message[];
    const talks = (sandbox.records('qualified', 'conversations') as Conversation[]).filter(talk => {
      const by = messages.filter(({ conversationId }) => conversationId === talk.id).map(each => each.senderType);
      return by.includes('user') && by.includes('visitor');
    });
    return [...new Set(talks.map(({ sessionId }) => sessionId))].sort();
  };

  it('refuses what is no token, and no place to begin, by its field', async () => {
    const post = (values: object) => hub.api('POST', '/v1/connections', { connector: 'qualified', values });
    expect(await post({ apiToken: 'mistyped' })).toMatchObject({ status: 400 });
    expect(await post({ apiToken: 'x', backfill: 'since May' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'values.backfill', message: expect.stringContaining('a date such as') }] },
    });
    expect(await post({ apiToken: 'x', backfill: '2026-02-31' })).toMatchObject({ status: 400 });
  });

  it('reads what happened and starts what follows from the ends of sessions, and nothing at once', async () => {
    const after = await hub.activate(workflow('after_conversation_ends') as never);
    await hub.activate(workflow('immediately') as never);
    sandbox.control('qualified', { seed: { leads: 60, sessions: 80 } });
    hub.clock.set(MORNING);
    const values = { apiToken: 'qualified-sandbox-token', backfill: '8' };
    const made = await hub.api('POST', '/v1/connections', { connector: 'qualified', values });
    expect(made).toMatchObject({ status: 201, body: { account: { name: 'Qualified' }, options: { backfill: '8' } } });
    expect(JSON.stringify(made.body)).not.toContain(values.apiToken);
    ({ id } = made.body as { id: string });
    sandbox.records('qualified', 'sessions');
    hub.clock.advance(3 * hour);
    await hub.app.poll();
    await hub.settle();
    hub.clock.advance(60_000);
    await hub.settleAll();
    const runs = await hub.app.database.read<{ session_id: string; workflow_id: string; status: string }>(
      'SELECT session_id, workflow_id, status FROM runs ORDER BY session_id',
    );
    expect(runs.map(run => run.session_id)).toEqual(repSessions());
    expect(runs.every(run => run.workflow_id === after && run.status === 'succeeded')).toBe(true);
    const session = await hub.api('GET', `/v1/sessions/${runs[0]!.session_id}`);
    expect(JSON.stringify(session.body)).toContain('it comes from an import or a poll, which is never immediate');
    expect(await hub.api('GET', `/v1/connections/${id}/source`)).toMatchObject({
      body: { state: 'up_to_date', rejected: 0 },
    });
  });

  it('says which scopes its token lacks', async () => {
    sandbox.control('qualified', { withholdScopes: ['lead:view', 'meeting:view'] });
    const rights = await hub.api('GET', `/v1/connections/${id}/rights`);
    expect(rights).toMatchObject({
      body: { ok: false, missing: [expect.stringContaining('lead:view'), expect.stringContaining('meeting:view')] },
    });
    hub.clock.advance(hour);
    await hub.app.poll();
    expect(await hub.api('GET', `/v1/connections/${id}/source`)).toMatchObject({
      body: {
        state: 'failing',
        error: { kind: 'forbidden', message: expect.stringContaining('lead:view'), vendorCode: 'insufficient_scope' },
      },
    });
    sandbox.control('qualified', { withholdScopes: [] });
    hub.clock.advance(hour);
    await hub.app.poll();
    expect(await hub.api('GET', `/v1/connections/${id}/source`)).toMatchObject({ body: { state: 'up_to_date' } });
  });

  it('takes the next token of the same team for the same account', async () => {
    const { token } = sandbox.control('qualified', { revokeTokens: true, newToken: true }) as { token: string };
    hub.clock.advance(hour);
    await hub.app.poll();
    expect(await hub.api('GET', `/v1/connections/${id}`)).toMatchObject({ body: { status: 'needs_reconnect' } });
    const again = await hub.api('POST', '/v1/connections', { connector: 'qualified', values: { apiToken: token } });
    expect(again).toMatchObject({ status: 201, body: { id, status: 'active' } });
    await hub.app.poll();
    expect(await hub.api('GET', `/v1/connections/${id}/source`)).toMatchObject({
      body: { state: 'up_to_date', error: null },
    });
  });
});
