import { Not } from 'typeorm';
import { alertDesk, type DeskServices } from '../alerts/acts.ts';
import { recentAlerts } from '../alerts/list.ts';
import { alertView } from '../alerts/view.ts';
import type { InstalledConnector } from '../connections/credential.ts';
import { memoryOf } from '../connections/memory.ts';
import { accountOf } from '../connections/store.ts';
import type { Tokens } from '../connections/tokens.ts';
import { type ConnectionRow, Connections } from '../db/entities.ts';
import { parseEvent } from '../events/cloudevent.ts';
import type { Inbox } from '../events/inbox.ts';
import type { Log } from '../log.ts';
import { type HubEvent, TYPE_PREFIX } from '../model/event.ts';
import type { InboundConnection, InboundHub } from '../sdk/inbound.ts';

export type InboundServices = DeskServices & {
  tokens: Tokens;
  inbox: Inbox;
  keys: { site(token: string): Promise<{ workspaceId: string; origins: string[] } | undefined> };
  log: Log;
};

/** What one connector's inbound calls may do in the hub. */
export function inboundHub(services: InboundServices, { connector, settings }: InstalledConnector): InboundHub {
  const { database, clock, feed, inbox, keys, log } = services;
  return {
    settings,
    now: () => clock.now(),
    warn: (message, details) => log.warn({ connector: connector.id, ...details }, message),
    async connections(accountId) {
      const rows = await database.reader.findBy(Connections, { connector: connector.id, status: Not('disconnected') });
      const shared = rows.filter(row => row.userEmail === null && accountOf(row).id === accountId);
      return shared.map(row => inboundConnection(services, { connector, settings }, row));
    },
    site: siteKey => keys.site(siteKey),
    async ingest(workspaceId, source, given) {
      const rejected: { id: string; reason: string }[] = [];
      const events = given.flatMap(({ id, type, time, data }): HubEvent[] => {
        const at = time === undefined ? {} : { time: new Date(time).toISOString() };
        const item = parseEvent({ specversion: '1.0', id, source, type: TYPE_PREFIX + type, ...at, data }, clock.now());
        if ('event' in item) return [item.event];
        const reason = item.errors.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
        rejected.push({ id, reason });
        return [];
      });
      return { ...(await inbox.accept(workspaceId, events)), rejected };
    },
    subscribe: (workspaceId, topic, options) => feed.subscribe({ workspaceId, topic }, options),
  };
}

function inboundConnection(
  services: InboundServices,
  { connector, settings }: InstalledConnector,
  row: ConnectionRow,
): InboundConnection {
  const { tokens, database } = services;
  const { workspaceId } = row;
  const desk = alertDesk(services, workspaceId);
  return {
    id: row.id,
    workspaceId,
    account: accountOf(row),
    async client() {
      const { grant } = await tokens.fresh(row);
      return connector.open({ grant, settings, timeoutMs: connector.limits.callTimeoutMs });
    },
    async lost(why, since) {
      const now = await database.reader.findOneBy(Connections, { id: row.id, workspaceId });
      // It may have been connected anew between what the vendor tells and its being told.
      if (!now || (since !== undefined && now.updatedAt > since)) return;
      await tokens.refuse(now, now.version, why);
    },
    memory: memoryOf(services, row),
    alerts: {
      async get(id) {
        const alert = await desk.get(id);
        return alert ? alertView(alert) : undefined;
      },
      act: (id, act, by, key) => desk.act(id, act, by, `${connector.id} ${key}`, connector.id),
      recent: async options => (await recentAlerts(database, workspaceId, options)).map(alertView),
    },
  };
}
