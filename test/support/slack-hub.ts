import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { AlertInput, AlertOutput } from '../../connectors/slack/alert.ts';
import { auth } from '../../connectors/slack/auth.ts';
import type { SlackClient } from '../../connectors/slack/client.ts';
import slack from '../../connectors/slack/index.ts';
import vendor from '../../connectors/slack/sandbox/index.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import type {
  AlertAct,
  AlertOutcome,
  AlertView,
  Grant,
  InboundConnection,
  InboundHub,
  InboundRequest,
} from '../../src/sdk/index.ts';
import { pressConsent } from './consent.ts';
import { stepOf } from './step.ts';

export const MORNING = Date.parse('2026-11-23T09:00:00Z');

/** An alert as the engine would make it. */
export const alertView = (more: Partial<AlertView> = {}): AlertView => ({
  id: randomUUID(),
  title: 'Hot lead',
  message: 'Hanna is waiting',
  state: 'open',
  version: 1,
  about: {
    visitor: { name: 'Hanna Berg', company: 'Northwind', email: 'hanna@northwind.example', known: true },
    lastMessages: [{ from: 'Hanna Berg', text: 'Can we talk about prices?', time: '2026-11-23T08:59:00Z' }],
    records: [],
  },
  offers: ['claim', 'create_task', 'snooze', 'dismiss'],
  createdAt: MORNING,
  tasks: [],
  joined: [],
  ...more,
});

/** One workspace's alerts, by the rules that the engine keeps: the first claim wins, and a key counts once. */
export function fakeAlerts(name: string) {
  const alerts = new Map<string, AlertView>();
  const answered = new Map<string, AlertOutcome>();
  const acts: { id: string; act: AlertAct; by: object; key: string }[] = [];
  const lost: string[] = [];
  const account = { id: 'T04BRIGHT1', name };
  const decide = (id: string, act: AlertAct, by: NonNullable<AlertView['claimedBy']>): AlertOutcome => {
    const alert = alerts.get(id);
    if (!alert) return { done: false, reason: 'There is no such alert.', alert };
    if (alert.state === 'dismissed') return { done: false, reason: 'It was marked as not relevant.', alert };
    if (act.kind === 'claim' && alert.claimedBy)
      return { done: false, reason: `${alert.claimedBy.name} has claimed it.`, alert };
    if (act.kind === 'claim') Object.assign(alert, { state: 'claimed', claimedBy: by, claimedAt: MORNING });
    if (act.kind === 'dismiss') Object.assign(alert, { state: 'dismissed', dismissedBy: by, offers: [] });
    if (act.kind === 'snooze')
      Object.assign(alert, { state: 'snoozed', snoozedBy: by, snoozedUntil: MORNING + act.minutes * 60_000 });
    if (act.kind === 'create_task')
      alert.tasks.push({ subject: act.subject, by, ...(act.dueDate && { dueDate: act.dueDate }) });
    alert.version += 1;
    return { done: true, alert };
  };
  const connection = (client: () => Promise<SlackClient>): InboundConnection<SlackClient> => ({
    id: `connection of ${name}`,
    workspaceId: name,
    account,
    client,
    lost: async why => void lost.push(why),
    memory: {
      get: async () => undefined,
      set: async () => undefined,
      delete: async () => undefined,
      change: async () => undefined,
    },
    alerts: {
      get: async id => alerts.get(id),
      act: async (id, act, by, key) => {
        acts.push({ id, act, by, key });
        const outcome = answered.get(key) ?? decide(id, act, by);
        answered.set(key, outcome);
        return outcome;
      },
      recent: async ({ limit, claimedBy }) =>
        [...alerts.values()]
          .filter(alert => !claimedBy || [alert.claimedBy?.id, alert.claimedBy?.email].includes(claimedBy))
          .slice(0, limit),
    },
  });
  return { alerts, acts, lost, connection };
}

/** The connector between Slack's sandbox and a small hub that listens over HTTP, as the real one would. */
export async function startSlackDesk() {
  const clock = { now: MORNING };
  const sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now });
  const settings = slack.settings?.parse(sandbox.settings()) ?? {};
  const warnings: { message: string; details?: Record<string, unknown> }[] = [];
  const store = fakeAlerts('Brightline');
  let grant: Grant;
  const client = () => slack.open({ grant, settings, timeoutMs: 5_000 });
  const state = { connections: [store.connection(async () => client())], down: false };
  const hub = {
    settings,
    now: () => clock.now,
    warn: (message: string, details?: Record<string, unknown>) => void warnings.push({ message, details }),
    connections: async (accountId: string) => {
      if (state.down) throw new Error('the database does not answer');
      return accountId === 'T04BRIGHT1' ? state.connections : [];
    },
  } as unknown as InboundHub<SlackClient>;
  const afterwards: Promise<void>[] = [];

  const answer = async (request: InboundRequest) => {
    const path = new URL(request.url).pathname;
    const inbound = slack.inbound?.find(each => each.path === path);
    if (!inbound) return { status: 404 };
    const answered = await inbound.answer(request, hub);
    const { after } = answered;
    if (after) afterwards.push(after());
    return answered;
  };
  const server = createServer(async (request, response) => {
    const address = `http://hub.test${request.url}`;
    const received = requestOf(address, await buffer(request), request.headers, clock.now);
    const { status, headers, body } = await answer(received);
    response.writeHead(status, { ...(typeof body === 'object' && { 'content-type': 'application/json' }), ...headers });
    response.end(typeof body === 'object' ? JSON.stringify(body) : body);
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const connect = async () => {
    const redirectUri = `${url}/v1/oauth/slack/callback`;
    const call = { settings, options: {}, signal: new AbortController().signal };
    const consent = await auth.authorizeUrl({ ...call, state: 's', redirectUri, scopes: auth.scopes });
    const query = Object.fromEntries((await pressConsent(consent, 'allow')).searchParams);
    grant = await auth.exchange({ ...call, code: query.code ?? '', redirectUri, query });
  };
  await connect();

  /** Sends an alert as a step would, and keeps it where presses find it. */
  const send = async (alert = alertView(), to: AlertInput['to'] = { channel: '#inbound' }): Promise<AlertOutput> => {
    store.alerts.set(alert.id, alert);
    const { context } = stepOf(client(), { facts: { alert }, now: clock.now, stepKey: randomUUID().padEnd(40, 'k') });
    const action = slack.actions.find(({ id }) => id === 'slack.send_alert');
    return (await action?.run({ ...context, settings }, { to, message: alert.message })) as AlertOutput;
  };
  /** Shows the alert as it stands, as the engine does after an act. */
  const show = async (alert: AlertView, { placement }: AlertOutput) => {
    const { context } = stepOf(client(), { facts: { alert }, now: clock.now });
    await slack.roles?.chat?.update.run(
      { ...context, settings },
      { alertId: alert.id, version: alert.version, placement },
    );
  };
  /** Whatever was put off until the answer had left. */
  const settled = async () => {
    while (afterwards.length > 0) await Promise.all(afterwards.splice(0));
  };
  const act = async (deed: object) => {
    const seen = (await sandbox.control('slack', deed)) as { status: number; body: string };
    await settled();
    return seen;
  };
  return {
    clock,
    sandbox,
    settings,
    url,
    hub,
    state,
    store,
    warnings,
    client,
    connect,
    send,
    show,
    settled,
    act,
    answer,
    told: () => (sandbox.records('slack', 'privates') as { user: string; text: string }[]).map(({ text }) => text),
    form: () => (sandbox.records('slack', 'views') as { errors: Record<string, string>; blocks: never[] }[])[0],
    reset() {
      sandbox.reset();
      sandbox.control('slack', { rateLimit: false });
      store.alerts.clear();
      store.acts.length = 0;
      store.lost.length = 0;
      warnings.length = 0;
      clock.now = MORNING;
      state.down = false;
      state.connections = [store.connection(async () => client())];
    },
    async close() {
      server.closeAllConnections();
      await new Promise(closed => server.close(closed));
      await sandbox.close();
    },
  };
}

const requestOf = (url: string, body: Buffer, headers: IncomingHttpHeaders, receivedAt: number): InboundRequest => ({
  method: 'POST',
  url,
  headers: headers as Record<string, string>,
  body,
  ip: '127.0.0.1',
  receivedAt,
  signal: new AbortController().signal,
});

/** A call as Slack signs it. `at` is epoch ms. */
export function signedCall(
  secret: string,
  call: { path: string; type?: string; body: string; at: number; headers?: Record<string, string> },
): InboundRequest {
  const timestamp = String(Math.floor(call.at / 1000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${call.body}`).digest('hex');
  const headers = {
    'content-type': call.type ?? 'application/json',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
    ...call.headers,
  };
  return requestOf(`http://hub.test${call.path}`, Buffer.from(call.body), headers, call.at);
}
