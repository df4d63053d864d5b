import type { Actor, InboundConnection } from '../../../src/sdk/index.ts';
import type { TeamsClient } from '../client.ts';
import { identitiesOf, identityKey, type Person, personKey, personOf, rosterKey, rosterOf } from '../memory.ts';
import type { Activity } from './activity.ts';
import { conversationOf, isPersonal } from './activity.ts';
import { inTime } from './in-time.ts';

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
  { memory }: Connection,
  userId: string,
  change: (before: Person | undefined) => Person,
): Promise<Person> {
  let before: Person | undefined;
  const kept = await memory.change(personKey(userId), value => {
    before = personOf(value);
    return asKept(change(before));
  });
  const found = new Set(before ? identitiesOf(before) : []);
  const person = kept as Person;
  for (const identity of identitiesOf(person))
    if (!found.has(identity)) await memory.set(identityKey(identity), userId);
  return person;
}

/** Without what is not known, as it comes back from where it is kept. */
const asKept = (person: Person): Person => JSON.parse(JSON.stringify(person)) as Person;

/** Takes away a reason to know a person. Whom nothing keeps any more is forgotten, with everything that leads to the person. */
export async function letGo(
  { memory }: Connection,
  userId: string,
  without: (before: Person) => Person,
): Promise<void> {
  let before: Person | undefined;
  const kept = await memory.change(personKey(userId), value => {
    before = personOf(value);
    const after = before && without(before);
    return after && (after.teams.length > 0 || after.conversationId) ? asKept(after) : undefined;
  });
  if (kept === undefined && before)
    for (const identity of identitiesOf(before)) await memory.delete(identityKey(identity));
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

/** Keeps through which team people are known, so that they can be forgotten with it. */
export const changeRoster = (
  { memory }: Connection,
  teamId: string,
  change: (people: string[]) => string[],
): Promise<unknown> =>
  memory.change(rosterKey(teamId), value => {
    const people = change(rosterOf(value));
    return people.length > 0 ? people : undefined;
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
