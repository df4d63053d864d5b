import type { InstalledConnector } from '../connections/credential.ts';
import type { Database } from '../db/database.ts';
import type { Action } from '../sdk/index.ts';
import { usableConnectors } from '../workflows/review.ts';
import type { RunServices } from './services.ts';

/** What of the installed connectors a workspace can reach at the moment, by the roles that they fill. */
export function createReach(
  database: Database,
  installed: ReadonlyMap<string, InstalledConnector & { missing: string[] }>,
): Pick<RunServices, 'trackTargets' | 'chatsOf' | 'taskActionOf' | 'titleOf'> {
  const connectors = [...installed.values()].map(({ connector }) => connector);
  const missingSettings = (id: string) => installed.get(id)?.missing ?? [];
  const usable = async (workspaceId: string) => {
    const ids = await usableConnectors(database, workspaceId, { connectors, missingSettings });
    return [...installed.values()].filter(({ connector }) => ids.has(connector.id));
  };
  return {
    async trackTargets(workspaceId) {
      return (await usable(workspaceId)).flatMap(({ connector, settings }) => {
        const { track } = connector.roles ?? {};
        return track ? [{ connector, settings, action: track.action as Action, unreachable: track.unreachable }] : [];
      });
    },
    async chatsOf(workspaceId) {
      const chats = (await usable(workspaceId)).flatMap(({ connector: { id, roles } }) =>
        roles?.chat ? [[id, roles.chat.send as Action] as const] : [],
      );
      return new Map(chats);
    },
    async taskActionOf(workspaceId) {
      return (await usable(workspaceId)).find(({ connector }) => connector.roles?.task)?.connector.roles?.task?.id;
    },
    titleOf: id => installed.get(id)?.connector.title ?? id,
  };
}
