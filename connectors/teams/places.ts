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

type Found = { conversationId: string; serviceUrl: string };
type Name = { team: string; channel: string };

async function byName(context: Context, places: Places, name: Name, field: string): Promise<Place> {
  const { team, channel } = name;
  const known = Object.entries(places.teams);
  const told = channelsNamed(known, name);
  const found = told.length > 0 ? told : channelsNamed(await completed(context, known), name);
  const [first, ...more] = found;
  if (more.length > 0)
    throw nowhere(`Several channels are named “${team} / ${channel}”. Name the one by its link.`, field);
  if (first) return first;
  if (known.some(([, { name }]) => same(name, team)))
    throw nowhere(`The team “${team}” has no channel “${channel}” that the app knows. Name it by its link.`, field);
  throw nowhere(
    `The app is in no team named “${team}”. Add it there (Manage team, Apps), or name the channel by its link.`,
    field,
  );
}

const same = (one: string | undefined, other: string) => one?.trim().toLowerCase() === other.toLowerCase();

const channelsNamed = (teams: [string, Team][], { team, channel }: Name): Found[] =>
  teams
    .filter(([, { name }]) => same(name, team))
    .flatMap(([teamId, { channels, serviceUrl }]) =>
      Object.entries(channels)
        .filter(([id, name]) => (channel === '' ? id === teamId : same(name, channel)))
        .map(([conversationId]) => ({ conversationId, serviceUrl })),
    );

/** The teams whose channels have not been read (a crash, an ended connection), asked for them now. */
async function completed({ client, signal }: Context, teams: [string, Team][]): Promise<[string, Team][]> {
  const answered: [string, Team][] = [];
  for (const [id, team] of teams.filter(([, { read }]) => !read).slice(0, TEAMS_ASKED)) {
    const answer = await unlessAbsent(client.team({ id, name: team.name }, team.serviceUrl, signal));
    if (answer) answered.push([id, withAnswer(team, id, answer)]);
  }
  return answered;
}

/** Undefined where Teams says that there is no such thing, or none that the app may see: the next team may know. */
async function unlessAbsent<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    const status = error instanceof TeamsFailure ? error.failure.status : undefined;
    if (status === 400 || status === 403 || status === 404) return undefined;
    throw error;
  }
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
  const about = { operation: 'for a member of a team', write: false, serviceUrl, signal };
  const asked = client.call(about, (conversations, bounds) =>
    conversations.getConversationMember(teamId, identity, bounds),
  );
  return (await unlessAbsent(asked))?.id;
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
