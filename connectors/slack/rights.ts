import type { ConnectorSettings } from '../../src/sdk/index.ts';
import { auth } from './auth.ts';
import type { SlackClient } from './client.ts';

const uses: Record<string, string> = {
  'chat:write': 'posting alerts',
  'chat:write.public': 'posting to public channels that the app is not in',
  'channels:read': 'the list of public channels',
  'channels:history': 'finding an alert again in a public channel after a lost answer',
  'groups:read': 'the list of private channels that the app is in',
  'groups:history': 'finding an alert again in a private channel after a lost answer',
  'im:write': 'writing to a person',
  'im:history': 'finding an alert to a person again after a lost answer',
  'users:read': 'the list of people, and who pressed a button',
  'users:read.email': 'finding a person by e-mail',
  commands: 'the slash command /baton',
};

/** The scopes that the token lacks, each with what it is for and what to do. Slack says with every answer what a token may do. */
export async function checkRights({
  client,
  signal,
}: {
  client: SlackClient;
  signal: AbortSignal;
  settings: ConnectorSettings;
}): Promise<string[]> {
  const { response_metadata } = await client.web(signal).auth.test();
  const held = response_metadata?.scopes;
  if (!held) return [];
  return auth.scopes
    .filter(scope => !held.includes(scope))
    .map(
      scope =>
        `The scope ${scope} is missing (${uses[scope] ?? 'calls of this connector'}): add it to the Slack app under OAuth & Permissions, and connect Slack again.`,
    );
}
