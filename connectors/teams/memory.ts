import { createHash } from 'node:crypto';
import * as z from 'zod';

const team = z.object({
  name: z.string().optional(),
  serviceUrl: z.string(),
  /** By id. The first channel of a team has the team's own id, and often no name. */
  channels: z.record(z.string(), z.string()),
  /** False until the channels and the people of the team have been asked for. */
  read: z.boolean(),
});
export type Team = z.infer<typeof team>;

const places = z.object({
  teams: z.record(z.string(), team),
  /** Group chats and meetings, by conversation id. */
  groups: z.record(z.string(), z.object({ serviceUrl: z.string() })),
  /** Conversation ids of the people who have installed the app. */
  people: z.array(z.string()),
});
/** Where in a tenant the app is installed: one value, so that it can be told when it is nowhere any more. */
export type Places = z.infer<typeof places>;

const person = z.object({
  /** The person's id for this app, `29:…`. */
  userId: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  principalName: z.string().optional(),
  objectId: z.string().optional(),
  serviceUrl: z.string(),
  /** Where the app is installed for the person. */
  conversationId: z.string().optional(),
  /** Teams with the app of which the person is a member. */
  teams: z.array(z.string()),
});
export type Person = z.infer<typeof person>;

/** A team with what Teams answered about it. Its first channel has the team's own id, and often no name. */
export function withAnswer(
  team: Team,
  teamId: string,
  { name, channels }: { name?: string; channels: { id?: string; name?: string }[] },
): Team {
  const named = channels.flatMap(({ id, name }) => (id ? [[id, name || (id === teamId ? 'General' : '')]] : []));
  const known = team.name ?? name;
  return { ...team, ...(known && { name: known }), channels: Object.fromEntries(named), read: true };
}

/** Keys are bounded: e-mail addresses and ids may be longer than a key, so they are hashed. */
const digest = (text: string): string => createHash('sha256').update(text.toLowerCase()).digest('base64url');

export const placesKey = 'places';
export const personKey = (userId: string): string => `person:${digest(userId)}`;
/** Leads from an e-mail address, principal name or object id to the id under which the person is kept. */
export const identityKey = (identity: string): string => `identity:${digest(identity)}`;
/** The ids of the people who are known through a team. */
export const rosterKey = (teamId: string): string => `roster:${digest(teamId)}`;

export const noPlaces = (): Places => ({ teams: {}, groups: {}, people: [] });
export const placesOf = (value: unknown): Places => places.safeParse(value).data ?? noPlaces();
export const personOf = (value: unknown): Person | undefined => person.safeParse(value).data;
export const rosterOf = (value: unknown): string[] => z.array(z.string()).safeParse(value).data ?? [];

/** Everything that a person can be asked for by. */
export const identitiesOf = ({ email, principalName, objectId }: Person): string[] => [
  ...new Set([email, principalName, objectId].flatMap(each => (each ? [each.toLowerCase()] : []))),
];
