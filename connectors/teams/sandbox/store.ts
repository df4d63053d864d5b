import type { Element } from './cards.ts';
import { noConversation, notInRoster, Refusal } from './errors.ts';
import {
  type Channel,
  installedPeople,
  installedTeams,
  type Person,
  people,
  teams as seedTeams,
  type Team,
} from './seed.ts';

export type Activity = {
  type: string;
  text?: string;
  attachments?: { contentType: string; content: Element }[];
} & Record<string, unknown>;
export type Message = {
  id: string;
  conversationId: string;
  activity: Activity;
  sentAt: number;
  /** Who wrote it; the bot where absent. */
  from?: Person;
  updates: number;
  /** What an answer to a press showed to one person alone, until the message changes for everybody. */
  shownTo: Map<string, { card?: Element; notice?: string }>;
};
export type Place = { id: string; title: string } & ({ team: Team; channel: Channel } | { person: Person });

/** A person's own conversation with the bot. */
export const personalId = (person: Person): string => `a:1personal-${person.aadObjectId}`;
const threadOf = (id: string): string => id.split(';')[0] ?? id;

/** What the tenant holds: where the app is installed, and every message. */
export const createStore = (now: () => number) => {
  const inTeams = new Set(installedTeams);
  const withPeople = new Set(installedPeople);
  let messages: Message[] = [];
  let teams = structuredClone(seedTeams);
  let last = 0;

  const places = (): Place[] => [
    ...teams.flatMap(team =>
      team.channels.map(channel => ({ id: channel.id, title: `${team.name} / ${channel.name}`, team, channel })),
    ),
    ...people.map(person => ({ id: personalId(person), title: person.name, person })),
  ];
  const teamsOf = ({ id }: Person): Team[] => teams.filter(team => inTeams.has(team.id) && team.members.includes(id));

  const store = {
    inTeams,
    withPeople,
    places,
    teams: (): Team[] => teams,
    person: (key: string): Person | undefined => {
      const wanted = key.toLowerCase();
      return people.find(({ id, aadObjectId, email, userPrincipalName, name }) =>
        [id, aadObjectId, email, userPrincipalName, name].some(each => each.toLowerCase() === wanted),
      );
    },
    team: (key: string): Team | undefined =>
      teams.find(({ id, name }) => id === key || name.toLowerCase() === key.toLowerCase()),
    /** Where a conversation id leads, thread or not. @throws Refusal ConversationNotFound */
    place(id: string): Place {
      const found = places().find(place => place.id === threadOf(id));
      if (!found) throw noConversation();
      return found;
    },
    /** The same, where the app may write. @throws Refusal BotNotInConversationRoster */
    open(id: string): Place {
      const place = store.place(id);
      if ('team' in place ? !inTeams.has(place.team.id) : !store.reaches(place.person)) throw notInRoster();
      return place;
    },
    /** The app may write to whoever has it, or is in a team with it. */
    reaches: (person: Person): boolean => withPeople.has(person.id) || teamsOf(person).length > 0,
    membersOf: (place: Place): Person[] =>
      'person' in place ? [place.person] : people.filter(({ id }) => place.team.members.includes(id)),
    post(place: Place, activity: Activity, from?: Person): Message {
      last = Math.max(last + 1, now());
      const message: Message = {
        id: String(last),
        conversationId: place.id,
        activity,
        sentAt: now(),
        updates: 0,
        shownTo: new Map(),
        ...(from && { from }),
      };
      messages.push(message);
      return message;
    },
    /** @throws Refusal 404 where it is not there (any more) */
    message(conversationId: string, id: string): Message {
      const found = messages.find(each => each.id === id && each.conversationId === threadOf(conversationId));
      if (!found) throw new Refusal(404, 'ActivityNotFound', 'The activity was not found.');
      return found;
    },
    update(message: Message, activity: Activity): void {
      message.activity = activity;
      message.updates += 1;
      message.shownTo.clear();
    },
    remove(message: Message): void {
      messages = messages.filter(each => each !== message);
    },
    /** Oldest first. */
    messages: (): Message[] => messages,
    /** Where the app is installed stays. */
    reset(): void {
      teams = structuredClone(seedTeams);
      messages = [];
    },
  };
  return store;
};
export type Store = ReturnType<typeof createStore>;

export const cardOf = ({ activity }: Message): Element | undefined =>
  activity.attachments?.find(({ contentType }) => contentType === 'application/vnd.microsoft.card.adaptive')?.content;
