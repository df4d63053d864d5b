import { type ActionContext, StepError } from '../../src/sdk/index.ts';
import { type AlertInput, channelName } from './alert.ts';
import type { TeamsClient } from './client.ts';
import { TeamsFailure } from './errors.ts';
import {
  identityKey,
  type Person,
  type Places,
  personKey,
  personOf,
  placesKey,
  placesOf,
  type Team,
  withAnswer,
} from './memory.ts';

/** Somewhere a message can be sent to: a conversation that is there, or a person with whom one must be begun. */
export type Place = { serviceUrl: string } & ({ conversationId: string } | { userId: string });

type Context = Pick<ActionContext<TeamsClient>, 'client' | 'recall' | 'signal' | 'facts'>;

/** How many teams are asked for a person that nobody has told of: each one is a call. */
const TEAMS_ASKED = 10;

const nowhere = (message: string, field: string) => new StepError('rejected', message, { field });
const install = 'Upload and install the app in Teams first (connectors/teams/README.md).';

/** @throws StepError `rejected` for a channel where the app is not, as far as can be told without asking Teams */
export async function channelPlace(context: Context, text: string, field: string): Promise<Place> {
  const name = channelName(text);
  if (!name) throw nowhere('The channel is neither a link, an id nor “Team / Channel”.', field);
  const places = placesOf(await context.recall(placesKey));
  return 'id' in name ? byId(context, places, name, field) : byName(context, places, name, field);
}

function byId(
  { client }: Context,
  places: Places,
  { id, tenantId }: { id: string; tenantId?: string },
  field: string,
): Place {
  if (tenantId && tenantId !== client.tenantId)
    throw nowhere(`The channel’s link is of another tenant (${tenantId}) than the connected one.`, field);
  const team = Object.values(places.teams).find(({ channels }) => id in channels);
  // A channel that nobody told of may be new. Teams knows, at the address where it keeps this tenant.
  return { conversationId: id, serviceUrl: team?.serviceUrl ?? anyAddress(places) ?? client.serviceUrl };
}

const anyAddress = ({ teams, groups }: Places): string | undefined =>
  [...Object.values(teams), ...Object.values(groups)][0]?.serviceUrl;

async function byName(
  context: Context,
  places: Places,
  { team, channel }: { team: string; channel: string },
  field: string,
): Promise<Place> {
  const same = (one: string | undefined, other: string) => one?.trim().toLowerCase() === other.toLowerCase();
  const teams = (await completed(context, places)).filter(([, { name }]) => same(name, team));
  if (teams.length === 0)
    throw nowhere(
      `The app is in no team named “${team}”. Add it there (Manage team, Apps), or name the channel by its link.`,
      field,
    );
  const found = teams.flatMap(([teamId, { channels, serviceUrl }]) =>
    Object.entries(channels)
      .filter(([id, name]) => (channel === '' ? id === teamId : same(name, channel)))
      .map(([conversationId]) => ({ conversationId, serviceUrl })),
  );
  const [first, ...more] = found;
  if (!first)
    throw nowhere(`The team “${team}” has no channel “${channel}” that the app knows. Name it by its link.`, field);
  if (more.length > 0)
    throw nowhere(`Several channels are named “${team} / ${channel}”. Name the one by its link.`, field);
  return first;
}

/** All teams with the app. One whose channels have not been read (a crash, an ended connection) is asked for them now. */
async function completed({ client, signal }: Context, { teams }: Places): Promise<[string, Team][]> {
  const known: [string, Team][] = [];
  let asked = 0;
  for (const [id, team] of Object.entries(teams)) {
    if (team.read || asked >= TEAMS_ASKED) known.push([id, team]);
    else {
      asked += 1;
      known.push([id, withAnswer(team, id, await client.team({ id, name: team.name }, team.serviceUrl, signal))]);
    }
  }
  return known;
}

/**
 * Where a person is reached; undefined where nobody with the app is known by this e-mail address, principal name or object id.
 * Somebody who only is a member of a team with the app can be written to as well.
 */
export async function personPlace(context: Context, identity: string): Promise<Place | undefined> {
  const userId = await context.recall(identityKey(identity));
  const person = typeof userId === 'string' ? personOf(await context.recall(personKey(userId))) : undefined;
  if (person) return placeOf(person);
  const { teams } = placesOf(await context.recall(placesKey));
  for (const [teamId, { serviceUrl }] of Object.entries(teams).slice(0, TEAMS_ASKED)) {
    const member = await memberOf(context, teamId, serviceUrl, identity);
    if (member) return { userId: member, serviceUrl };
  }
  return undefined;
}

const placeOf = ({ conversationId, userId, serviceUrl }: Person): Place =>
  conversationId ? { conversationId, serviceUrl } : { userId, serviceUrl };

async function memberOf({ client, signal }: Context, teamId: string, serviceUrl: string, identity: string) {
  try {
    const member = await client.call(
      { operation: 'for a member of a team', write: false, serviceUrl, signal },
      (conversations, bounds) => conversations.getConversationMember(teamId, identity, bounds),
    );
    return member.id;
  } catch (error) {
    // Not a member, or the app is not in that team any more: the next one may know.
    const status = error instanceof TeamsFailure ? error.failure.status : undefined;
    if (status === 400 || status === 403 || status === 404) return undefined;
    throw error;
  }
}

/**
 * Where an alert goes. A person who cannot be found is replaced by the fallback channel, where there is one.
 * @throws StepError `rejected` that says who or what is not known, and what to do
 */
export async function placeFor(
  context: Context,
  { to, fallback }: Pick<AlertInput, 'to' | 'fallback'>,
): Promise<{ place: Place; instead?: string }> {
  if ('channel' in to) return { place: await channelPlace(context, to.channel, 'to.channel') };
  const wanted = 'user' in to ? to.user : context.facts.recipient?.email;
  const place = wanted ? await personPlace(context, wanted) : undefined;
  if (place) return { place };
  const why = wanted
    ? `Nobody who uses the app in Teams is known as ${wanted}.`
    : `Nobody was found for ${'role' in to ? to.role.replaceAll('_', ' ') : 'this step'}.`;
  if (fallback)
    return {
      place: await channelPlace(context, fallback.channel, 'fallback.channel'),
      instead: `${why} The fallback channel got the alert.`,
    };
  const advice = wanted
    ? `The person must install the app, or be a member of a team that has it. ${install}`
    : 'Name a fallback channel.';
  throw nowhere(`${why} ${advice}`, 'user' in to ? 'to.user' : 'to.role');
}
