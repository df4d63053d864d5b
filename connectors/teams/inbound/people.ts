import type { Actor, InboundConnection } from '../../../src/sdk/index.ts';
import type { TeamsClient } from '../client.ts';
import { identitiesOf, identityKey, type Person, personKey, personOf } from '../memory.ts';
import type { Activity } from './activity.ts';
import { conversationOf, isPersonal } from './activity.ts';
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

/** Asks Teams for the e-mail address and the names of whoever sent an activity, and keeps them. */
export async function introduce(connection: Connection, activity: Activity, signal: AbortSignal): Promise<Person> {
  const { from, serviceUrl } = activity;
  const client = await connection.client();
  const member: Member = await client.call(
    { operation: 'for a member of a conversation', write: false, serviceUrl, signal },
    (conversations, bounds) => conversations.getConversationMember(conversationOf(activity), from.id, bounds),
  );
  return keepPerson(connection, from.id, before => ({
    ...asPerson({ ...from, ...member, id: from.id }, serviceUrl, before),
    ...(isPersonal(activity) && { conversationId: conversationOf(activity) }),
  }));
}

/** Who sent an activity. Where Teams does not tell the e-mail address in time, the person acts under id and name. */
export async function actorOf(connection: Connection, activity: Activity): Promise<Actor> {
  const { from } = activity;
  const kept = personOf(await connection.memory.get(personKey(from.id)));
  const person = kept?.email
    ? kept
    : await introduce(connection, activity, AbortSignal.timeout(LOOK_UP_MS)).catch(() => kept);
  const name = person?.name ?? from.name;
  const email = person?.email ?? person?.principalName;
  return { id: from.id, ...(name && { name }), ...(email && { email }) };
}
