import type { Actor, InboundConnection } from '../../../src/sdk/index.ts';
import type { TeamsClient } from '../client.ts';
import { identitiesOf, identityKey, type Person, personKey, personOf, rosterKey, rosterOf } from '../memory.ts';
import type { Activity } from './activity.ts';
import { conversationOf, isPersonal } from './activity.ts';
import { inTime } from './in-time.ts';
import { serially } from './serially.ts';

export type Connection = InboundConnection<TeamsClient>;

/** How long whoever pressed a button may wait for us to find out their e-mail address. */
const LOOK_UP_MS = 2_500;

/** A member as Teams tells of one, in the several spellings that it has. */
export type Member = {
  id?: string;
  name?: string;
  email?: string;
  userPrincipalName?: string;
  objectId?: string;
  aadObjectId?: string;
};

/** Keeps what is new about a person, and how the person can be found. */
export async function keepPerson(
  connection: Connection,
  userId: string,
  change: (before: Person | undefined) => Person,
): Promise<Person> {
  const { memory } = connection;
  return serially(`${connection.id} ${userId}`, async () => {
    const before = personOf(await memory.get(personKey(userId)));
    const after = change(before);
    if (JSON.stringify(before) === JSON.stringify(after)) return after;
    await memory.set(personKey(userId), after);
    const found = new Set(before ? identitiesOf(before) : []);
    for (const identity of identitiesOf(after))
      if (!found.has(identity)) await memory.set(identityKey(identity), userId);
    return after;
  });
}

export const asPerson = (member: Member & { id: string }, serviceUrl: string, before: Person | undefined): Person => ({
  userId: member.id,
  name: member.name || before?.name,
  email: member.email || before?.email,
  principalName: member.userPrincipalName || before?.principalName,
  objectId: member.aadObjectId || member.objectId || before?.objectId,
  serviceUrl,
  ...(before?.conversationId && { conversationId: before.conversationId }),
  teams: before?.teams ?? [],
});

/** Forgets a person, and everything that leads to the person. */
export async function forgetPerson({ memory }: Connection, person: Person): Promise<void> {
  await memory.delete(personKey(person.userId));
  for (const identity of identitiesOf(person)) await memory.delete(identityKey(identity));
}

/** Keeps through which team people are known, so that they can be forgotten with it. */
export const changeRoster = (
  connection: Connection,
  teamId: string,
  change: (people: string[]) => string[],
): Promise<void> =>
  serially(`${connection.id} ${teamId}`, async () => {
    const people = rosterOf(await connection.memory.get(rosterKey(teamId)));
    const changed = change(people);
    if (changed.length !== people.length) await connection.memory.set(rosterKey(teamId), changed);
  });

/**
 * Asks Teams for the e-mail address and the names of whoever sent an activity. They are kept where it can be told when to forget them:
 * of people who have the app, and of members of a team with it.
 */
export async function introduce(connection: Connection, activity: Activity, signal: AbortSignal): Promise<Person> {
  const { from, serviceUrl, channelData } = activity;
  const client = await connection.client();
  const told: Member = await client.call(
    { operation: 'for a member of a conversation', write: false, serviceUrl, signal },
    (conversations, bounds) => conversations.getConversationMember(conversationOf(activity), from.id, bounds),
  );
  const member = { ...from, ...told, id: from.id };
  if (isPersonal(activity))
    return keepPerson(connection, from.id, before => ({
      ...asPerson(member, serviceUrl, before),
      conversationId: conversationOf(activity),
    }));
  const teamId = channelData?.team?.id;
  if (!teamId) return asPerson(member, serviceUrl, undefined);
  await changeRoster(connection, teamId, people => [...new Set([...people, from.id])]);
  return keepPerson(connection, from.id, before => inTeam(asPerson(member, serviceUrl, before), teamId));
}

export const inTeam = (person: Person, teamId: string): Person => ({
  ...person,
  teams: [...new Set([...person.teams, teamId])],
});

/** Who sent an activity. Where Teams does not tell the e-mail address in time, the person acts under id and name. */
export async function actorOf(connection: Connection, activity: Activity, withinMs = LOOK_UP_MS): Promise<Actor> {
  const { from } = activity;
  const kept = personOf(await connection.memory.get(personKey(from.id)));
  const person = kept?.email
    ? kept
    : // A token that has to be renewed first is part of the wait.
      await inTime(introduce(connection, activity, AbortSignal.timeout(withinMs)), withinMs).catch(() => kept);
  const name = person?.name ?? from.name;
  const email = person?.email ?? person?.principalName;
  return { id: from.id, ...(name && { name }), ...(email && { email }) };
}
