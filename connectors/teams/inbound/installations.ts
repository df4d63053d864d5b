import { type Places, placesKey, placesOf, rosterKey, rosterOf, type Team, withAnswer } from '../memory.ts';
import { type Activity, conversationOf, happenedAt, isPersonal } from './activity.ts';
import {
  asPerson,
  type Connection,
  changeRoster,
  inTeam,
  introduce,
  keepPerson,
  letGo,
  type Member,
} from './people.ts';

const READ_MS = 60_000;
const PAGE = 500;
/** People of one team that are kept. Those beyond it are asked for when they are needed. */
const MOST_PEOPLE = 2_000;
const AT_ONCE = 20;

/** What may be done once Teams has its answer. */
export type Later = () => Promise<void>;

/** True where the app was taken out of the conversation (an upgrade takes the old one out and is none). */
export const isRemoval = ({ type, action, recipient, membersRemoved, channelData }: Activity): boolean =>
  (type === 'installationUpdate' && action === 'remove') ||
  (type === 'conversationUpdate' &&
    (membersRemoved?.some(({ id }) => id === recipient.id) === true ||
      /^team(Deleted|HardDeleted)$/.test(channelData?.eventType ?? '')));

/** Keeps where the app can be reached, as every activity tells of it anew. Answers what is worth asking Teams for then. */
export async function remember(connection: Connection, activity: Activity): Promise<Later[]> {
  if (isPersonal(activity)) return rememberPerson(connection, activity);
  const teamId = activity.channelData?.team?.id;
  // A channel that does not say its team could not be told to be gone.
  if (!teamId && activity.conversation.conversationType === 'channel') return [];
  const { teams } = await changePlaces(connection, places => {
    if (teamId) updateTeam(places, teamId, activity);
    else places.groups[conversationOf(activity)] = { serviceUrl: activity.serviceUrl };
  });
  if (!teamId) return [];
  return [
    ...(teams[teamId]?.read === false ? [() => readOnce(connection, teamId, activity.serviceUrl)] : []),
    ...memberChanges(connection, teamId, activity),
  ];
}

/** Changes where the app is. @returns where it is now */
const changePlaces = async ({ memory }: Connection, change: (places: Places) => void): Promise<Places> =>
  placesOf(
    await memory.change(placesKey, value => {
      const places = placesOf(value);
      change(places);
      return sizeOf(places) > 0 || value !== undefined ? places : undefined;
    }),
  );

function updateTeam({ teams }: Places, teamId: string, { serviceUrl, channelData }: Activity): void {
  const known: Team = teams[teamId] ?? { serviceUrl, channels: {}, read: false };
  const { team, channel, eventType } = channelData ?? {};
  const channels = { [teamId]: 'General', ...known.channels };
  if (channel && eventType === 'channelDeleted') delete channels[channel.id];
  else if (channel && (channel.name || !(channel.id in channels))) channels[channel.id] = channel.name ?? '';
  teams[teamId] = { ...known, serviceUrl, channels, ...(team?.name && { name: team.name }) };
}

async function rememberPerson(connection: Connection, activity: Activity): Promise<Later[]> {
  const { from, serviceUrl } = activity;
  const conversationId = conversationOf(activity);
  if (!from.id.startsWith('29:')) return [];
  await changePlaces(connection, places => {
    if (!places.people.includes(conversationId)) places.people.push(conversationId);
  });
  const person = await keepPerson(connection, from.id, before => ({
    ...asPerson(from, serviceUrl, before),
    conversationId,
  }));
  return person.email ? [] : [async () => void (await introduce(connection, activity, AbortSignal.timeout(READ_MS)))];
}

const reading = new Set<string>();

/** Teams tells of an installation in two ways at once: the team is asked one time. */
async function readOnce(connection: Connection, teamId: string, serviceUrl: string): Promise<void> {
  const key = `${connection.id} ${teamId}`;
  if (reading.has(key)) return;
  reading.add(key);
  try {
    await readTeam(connection, teamId, serviceUrl);
  } finally {
    reading.delete(key);
  }
}

/** Asks a team for its channels and its people. */
async function readTeam(connection: Connection, teamId: string, serviceUrl: string): Promise<void> {
  const client = await connection.client();
  const signal = AbortSignal.timeout(READ_MS);
  const known = placesOf(await connection.memory.get(placesKey)).teams[teamId]?.name;
  const answer = await client.team({ id: teamId, name: known }, serviceUrl, signal);
  const people: string[] = [];
  let continuationToken: string | undefined;
  do {
    // The library's types ask even for the first page with a continuation.
    const continuation = continuationToken ? { continuationToken } : {};
    const page = await client.call(
      { operation: 'for the members of a team', write: false, serviceUrl, signal },
      (conversations, bounds) =>
        conversations.getConversationPagedMembers(teamId, { pageSize: PAGE, ...continuation, ...bounds } as never),
    );
    const members = (page.members ?? []) as Member[];
    await keepMembers(connection, teamId, serviceUrl, members);
    people.push(...members.flatMap(({ id }) => id ?? []));
    continuationToken = page.continuationToken || undefined;
  } while (continuationToken && people.length < MOST_PEOPLE);
  await changeRoster(connection, teamId, before => [...new Set([...before, ...people])]);
  const { teams } = await changePlaces(connection, places => {
    const team = places.teams[teamId];
    if (team) places.teams[teamId] = withAnswer(team, teamId, answer);
  });
  // It was removed while it was being read.
  if (!teams[teamId]) await forgetRoster(connection, teamId);
}

async function keepMembers(connection: Connection, teamId: string, serviceUrl: string, members: Member[]) {
  for (let first = 0; first < members.length; first += AT_ONCE)
    await Promise.all(
      members.slice(first, first + AT_ONCE).map(async member => {
        const { id } = member;
        if (!id) return;
        await keepPerson(connection, id, before => inTeam(asPerson({ ...member, id }, serviceUrl, before), teamId));
      }),
    );
}

/** People who came to a team with the app or left it. */
function memberChanges(connection: Connection, teamId: string, activity: Activity): Later[] {
  const { recipient, membersAdded = [], membersRemoved = [] } = activity;
  const added = membersAdded.filter(({ id }) => id !== recipient.id);
  const removed = membersRemoved.filter(({ id }) => id !== recipient.id);
  return [
    ...added.map(account => async () => {
      await introduce(connection, { ...activity, from: account }, AbortSignal.timeout(READ_MS));
    }),
    ...removed.map(({ id }) => async () => {
      await leaveTeam(connection, teamId, id);
      await changeRoster(connection, teamId, people => people.filter(each => each !== id));
    }),
  ];
}

const leaveTeam = (connection: Connection, teamId: string, userId: string): Promise<void> =>
  letGo(connection, userId, person => ({ ...person, teams: person.teams.filter(each => each !== teamId) }));

/** The app was taken out of a conversation. Where it is in none any more, the connection has ended. */
export async function forget(connection: Connection, activity: Activity): Promise<Later[]> {
  const teamId = activity.channelData?.team?.id;
  const conversationId = conversationOf(activity);
  let before = 0;
  const places = await changePlaces(connection, places => {
    before = sizeOf(places);
    if (isPersonal(activity)) places.people = places.people.filter(each => each !== conversationId);
    else if (teamId) delete places.teams[teamId];
    else delete places.groups[conversationId];
  });
  const nowhere = before > 0 && sizeOf(places) === 0;
  if (isPersonal(activity)) await forgetConversation(connection, activity.from.id);
  if (nowhere)
    await connection.lost(
      'The app was removed from the last place in this Microsoft Teams tenant. Install it again, and connect Microsoft Teams again.',
      happenedAt(activity),
    );
  return teamId ? [() => forgetRoster(connection, teamId)] : [];
}

const sizeOf = ({ teams, groups, people }: Places): number =>
  Object.keys(teams).length + Object.keys(groups).length + people.length;

const forgetConversation = (connection: Connection, userId: string): Promise<void> =>
  letGo(connection, userId, ({ conversationId: _gone, ...person }) => person);

async function forgetRoster(connection: Connection, teamId: string): Promise<void> {
  for (const userId of rosterOf(await connection.memory.get(rosterKey(teamId))))
    await leaveTeam(connection, teamId, userId);
  await connection.memory.delete(rosterKey(teamId));
}
