import type { Trigger } from '../model/workflow.ts';
import type { Fits, TrackInput, TrackMistake } from '../sdk/connector.ts';
import { fits } from './availability.ts';
import { type CheckedAction, inputFindings } from './check-input.ts';
import type { Finding } from './check-schema.ts';
import { isTemplate } from './references.ts';

/** What the built-in actions that address roles can reach, by connector: used when saving, whether it is connected or not. */
export type RoleTargets = {
  tracks: { id: string; fits: Fits; mistakes?(input: TrackInput): TrackMistake[] }[];
  chats: { id: string; send: CheckedAction }[];
  pushes: { id: string; push: CheckedAction }[];
};

export const trackAction = 'track_event';
export const appAlertActionId = 'app_alert';

type Asked = { action: string; input: Record<string, unknown>; trigger: Trigger | undefined };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const plain = (value: unknown): boolean =>
  isRecord(value) || Array.isArray(value) ? Object.values(value).every(plain) : !isTemplate(value);

/** Connectors any of which would have to be connected for the step to reach anything; none where something can be reached. */
export function missingRole(
  { action, input, trigger }: Asked,
  roles: RoleTargets,
  connected: ReadonlySet<string>,
): string[] {
  if (action === trackAction) {
    const fitting = roles.tracks.filter(track => !trigger || fits(track.fits, trigger)).map(({ id }) => id);
    return fitting.some(id => connected.has(id)) ? [] : fitting;
  }
  if (action !== appAlertActionId || !isRecord(input.chat)) return [];
  const { connector } = input.chat;
  const ids = roles.chats.map(({ id }) => id);
  if (typeof connector === 'string') return ids.includes(connector) && !connected.has(connector) ? [connector] : [];
  return ids.some(id => connected.has(id)) ? [] : ids;
}

/** What is wrong with the options of a push to a destination that is known. Paths are relative to the input. */
export function pushFindings(input: Record<string, unknown>, destination: string, { pushes }: RoleTargets): Finding[] {
  const found = pushes.find(({ id }) => id === destination);
  if (!found || !isRecord(input.options)) return [];
  return inputFindings(found.push, { ...input.options, destination }, () => true).map(({ path, message }) => ({
    path: ['options', ...path],
    message,
  }));
}

/** What is wrong with the input in the eyes of those who are to take it. Paths are relative to the input. */
export function roleFindings({ action, input }: Asked, roles: RoleTargets, connected: ReadonlySet<string>): Finding[] {
  if (action === trackAction && typeof input.name === 'string' && plain(input)) {
    const takers = roles.tracks.filter(({ id }) => connected.has(id));
    return takers.flatMap(({ mistakes }) => mistakes?.(input as TrackInput) ?? []);
  }
  if (action !== appAlertActionId || !isRecord(input.chat)) return [];
  const { connector, ...theirs } = input.chat;
  const usable = roles.chats.filter(({ id }) => (connector === undefined ? connected.has(id) : id === connector));
  if (typeof connector === 'string' && usable.length === 0) {
    const possible = roles.chats.map(({ id }) => id).join(', ');
    return [{ path: ['chat', 'connector'], message: `\`${connector}\` is no chat. Possible: ${possible}.` }];
  }
  if (usable.length !== 1) return [];
  const found = inputFindings(usable[0]!.send, { ...theirs, message: 'A message' }, () => true);
  return found.map(({ path, message }) => ({ path: ['chat', ...path], message }));
}
