import { SlackError } from './errors.ts';
import type { OAuth } from './oauth.ts';
import type { Views } from './views.ts';
import type { Place, Workspace } from './workspace.ts';

/** One call of the Web API: arguments as sent (a form's are all text), and what the token may do. */
export type Call = { args: Record<string, unknown>; scopes: string[]; token: string };
export type Api = { workspace: Workspace; oauth: OAuth; views: Views; limit(channelId: string): void };
export type Method = (call: Call) => Record<string, unknown>;

export const needs = (call: Call, scope: string): void => {
  if (!call.scopes.includes(scope))
    throw new SlackError('missing_scope', { needed: scope, provided: call.scopes.join(',') });
};
export const textOf = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : String(value);
export const flagOf = (value: unknown): boolean => value === true || value === 'true' || value === '1';

export const jsonOf = (value: unknown, error: string): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new SlackError(error);
  }
};

export const channelOf = (args: Call['args']): string => {
  const channel = textOf(args.channel);
  if (!channel) throw new SlackError('channel_not_found');
  return channel;
};

/** A private channel that the app is not in. */
export const hidden = (place: Place): boolean => place.channel?.isPrivate === true && !place.channel.botIsMember;
