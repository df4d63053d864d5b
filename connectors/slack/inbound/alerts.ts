import type { AlertAct, AlertOutcome, AlertView } from '../../../src/sdk/index.ts';
import { actorOf } from './actors.ts';
import type { Connection, Hub } from './call.ts';

export const GONE = 'This alert is not there any more: it was deleted, or it belongs to another workspace.';

/** The connection whose workspace has this alert: one Slack workspace may be connected to several of the hub's. */
export async function ownerOf(
  connections: Connection[],
  alertId: string,
): Promise<{ connection: Connection; alert: AlertView } | undefined> {
  for (const connection of connections) {
    const alert = await connection.alerts.get(alertId);
    if (alert) return { connection, alert };
  }
  return undefined;
}

/** Does what somebody pressed. `key` is Slack's own name for the press, so that a repeated delivery changes nothing. */
export async function actOn(
  hub: Hub,
  connections: Connection[],
  press: { alertId: string; act: AlertAct; user: { id: string; name?: string }; key: string },
): Promise<AlertOutcome> {
  const [only, ...more] = connections;
  const connection = more.length > 0 ? (await ownerOf(connections, press.alertId))?.connection : only;
  if (!connection) return { done: false, reason: GONE, alert: undefined };
  const by = await actorOf(hub, connection, press.user);
  return connection.alerts.act(press.alertId, press.act, by, press.key);
}
