import type { ConnectorRegistry } from '../connectors.ts';
import type { CheckContext } from '../workflows/check.ts';
import type { CheckedAction } from '../workflows/check-input.ts';
import { setVisitorFieldAction } from './built-in.ts';
import { pushRecordAction } from './push.ts';

/** Every action that a workflow may name besides `branch` and `jump`: ours, as far as some connector can carry them out, and theirs. */
export function checkedActions({ connectors, actions }: ConnectorRegistry): Map<string, CheckedAction> {
  const pushes = [...connectors.values()].some(({ roles }) => roles?.push);
  const own: CheckedAction[] = [setVisitorFieldAction as CheckedAction, ...(pushes ? [pushRecordAction] : [])];
  return new Map([
    ...own.map(action => [action.id, action] as const),
    ...[...actions].map(([id, { action }]) => [id, action] as const),
  ]);
}

/** Whose action it is, and whether that must be connected; undefined for our own. */
export const connectorOfAction =
  ({ actions }: ConnectorRegistry): CheckContext['connectorOf'] =>
  id => {
    const connector = actions.get(id)?.connector;
    return connector && { id: connector.id, needsConnection: connector.auth.kind !== 'none' };
  };
