import type { ConnectorRegistry, RegisteredAction } from '../connectors.ts';
import type { Action, Connector } from '../sdk/index.ts';
import type { CheckContext } from '../workflows/check.ts';
import type { CheckedAction } from '../workflows/check-input.ts';
import { setVisitorFieldAction } from './built-in.ts';
import { appAlertAction, trackEventAction } from './effects.ts';
import { pushRecordAction } from './push.ts';

/** Every action that a workflow may name besides `branch` and `jump`: ours, as far as some connector can carry them out, and theirs. */
export function checkedActions({ connectors, actions }: ConnectorRegistry): Map<string, CheckedAction> {
  const some = (role: keyof NonNullable<Connector['roles']>) =>
    [...connectors.values()].some(({ roles }) => roles?.[role]);
  const own: CheckedAction[] = [
    setVisitorFieldAction as CheckedAction,
    appAlertAction,
    ...(some('push') ? [pushRecordAction] : []),
    ...(some('track') ? [trackEventAction] : []),
  ];
  return new Map([
    ...own.map(action => [action.id, action] as const),
    ...[...actions].map(([id, { action }]) => [id, action] as const),
  ]);
}

/** Whose action it is, and whether that must be connected; undefined for our own. */
export const connectorOfAction =
  ({ actions }: ConnectorRegistry): CheckContext['connectorOf'] =>
  actionId => {
    const connector = actions.get(actionId)?.connector;
    if (!connector) return undefined;
    const { id, auth } = connector;
    return { id, needsConnection: auth.kind !== 'none' || (auth.requires ?? []).length > 0 };
  };

/** What no workflow names but steps beside it do: the actions of roles, by their ids. */
export function roleActions({ connectors }: ConnectorRegistry): Map<string, RegisteredAction> {
  const found = [...connectors.values()].flatMap(connector => {
    const { track, chat, task } = connector.roles ?? {};
    return [track?.action, chat?.update, task].flatMap(action =>
      action ? [[action.id, { connector, action: action as Action }] as const] : [],
    );
  });
  return new Map(found);
}
