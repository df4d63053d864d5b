import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Actor,
  AlertAct,
  AlertOutcome,
  AlertView,
  ConnectorSettings,
  InboundConnection,
  InboundHub,
} from '../../src/sdk/index.ts';
import type { TeamsClient } from './client.ts';
import { messages } from './inbound/index.ts';

export type Heard = { id: string; act: AlertAct; by: Actor; key: string };

/** Alerts as an engine keeps them: the first claim wins, and the same key again answers the same. */
export function alertDesk(alerts: Map<string, AlertView>) {
  const heard: Heard[] = [];
  const outcomes = new Map<string, AlertOutcome>();
  const act = (id: string, wanted: AlertAct, by: Actor): AlertOutcome => {
    const alert = alerts.get(id);
    if (!alert) return { done: false, reason: 'This alert is not known.', alert: undefined };
    if (wanted.kind === 'claim' && alert.claimedBy) return { done: false, reason: 'It is taken.', alert };
    const change: Partial<AlertView> = {
      claim: { state: 'claimed' as const, claimedBy: by, claimedAt: alert.createdAt },
      dismiss: { state: 'dismissed' as const, dismissedBy: by },
      snooze: { state: 'snoozed' as const, snoozedBy: by, snoozedUntil: alert.createdAt + 900_000 },
      create_task: { tasks: [...alert.tasks, { subject: '', by, ...(wanted.kind === 'create_task' && wanted) }] },
    }[wanted.kind];
    const next = { ...alert, ...change, version: alert.version + 1 };
    alerts.set(id, next);
    return { done: true, alert: next };
  };
  return {
    heard,
    alerts,
    async act(id: string, wanted: AlertAct, by: Actor, key: string): Promise<AlertOutcome> {
      heard.push({ id, act: wanted, by, key });
      const outcome = outcomes.get(key) ?? act(id, wanted, by);
      outcomes.set(key, outcome);
      return outcome;
    },
  };
}

type Options = {
  settings(): ConnectorSettings;
  /** The tenants that are connected. */
  tenants: string[];
  client(): Promise<TeamsClient>;
  desk(): ReturnType<typeof alertDesk>;
};

/** What the connector's inbound side needs of a hub, over HTTP, with nothing of the engine behind it. */
export function testHub({ settings, tenants, client, desk }: Options) {
  const memory = new Map<string, string>();
  const state = { url: '', lost: [] as string[], warnings: [] as string[], after: Promise.resolve() };
  const connection = (tenantId: string): InboundConnection<TeamsClient> => ({
    id: `connection-${tenantId}`,
    workspaceId: 'w1',
    account: { id: tenantId, name: tenantId },
    client,
    lost: async why => void state.lost.push(why),
    memory: {
      get: async key => JSON.parse(memory.get(key) ?? 'null'),
      set: async (key, value) => {
        if (key.length > 255) throw new Error('the key is too long');
        memory.set(key, JSON.stringify(value));
      },
      delete: async key => void memory.delete(key),
      async change(key, to) {
        const kept = memory.get(key);
        const value = to(kept === undefined ? undefined : JSON.parse(kept));
        if (value === undefined) memory.delete(key);
        else memory.set(key, JSON.stringify(value));
        return value;
      },
    },
    alerts: {
      get: async id => desk().alerts.get(id),
      act: (id, act, by, key) => desk().act(id, act, by, key),
      recent: async ({ limit, claimedBy }) =>
        [...desk().alerts.values()]
          .filter(alert => !claimedBy || alert.claimedBy?.email === claimedBy || alert.claimedBy?.id === claimedBy)
          .slice(0, limit),
    },
  });
  const hub: InboundHub<TeamsClient> = {
    settings: {},
    now: () => 0,
    warn: (message, details) => state.warnings.push(`${message} ${JSON.stringify(details)}`),
    connections: async accountId => (tenants.includes(accountId) ? [connection(accountId)] : []),
    site: async () => undefined,
    ingest: async () => ({ accepted: 0, duplicates: 0, rejected: [] }),
    subscribe: () => {
      throw new Error('nothing is published here');
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await messages
      .answer(
        {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers as Record<string, string>,
          body: Buffer.concat(chunks),
          ip: '127.0.0.1',
          receivedAt: 0,
          signal: new AbortController().signal,
        },
        { ...hub, settings: settings() },
      )
      .catch((error: unknown) => {
        state.warnings.push(String(error));
        return { status: 500, headers: {}, body: undefined, after: undefined };
      });
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    const before = state.after;
    state.after = before.then(() => answer.after?.());
  });
  return {
    state,
    memory,
    recall: async (key: string) => JSON.parse(memory.get(key) ?? 'null') as unknown,
    async start(): Promise<string> {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return state.url;
    },
    /** Everything that answers have left for later is done. */
    settled: () => state.after,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
    reset(): void {
      memory.clear();
      Object.assign(state, { lost: [], warnings: [] });
    },
  };
}
