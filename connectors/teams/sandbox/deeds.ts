import { type Button, buttonsOf, type Element } from './cards.ts';
import type { Answer, Hub } from './hub.ts';
import type { Forgery } from './keys.ts';
import { bot, type Person, type Team, tenantId } from './seed.ts';
import { cardOf, type Message, type Place, personalId, type Store } from './store.ts';

type Context = { store: Store; hub: Hub; serviceUrl: string; now(): number };
export type Press = {
  user: string;
  /** The title or the verb of the button. */
  button: string;
  /** The id of the message, or a part of what its card says; the newest one where absent. */
  message?: string;
  inputs?: Record<string, string>;
  /** As a client sends it that knows no Action.Execute. */
  submit?: boolean;
  forgery?: Forgery;
};

/** What people do in Teams, and what the app is told of it. */
export const createDeeds = ({ store, hub, serviceUrl, now }: Context) => {
  let count = 0;
  const base = (from: Person, place: Place) => {
    const at = new Date(now()).toISOString();
    count += 1;
    const team = 'team' in place && { id: place.team.id, name: place.team.name, aadGroupId: place.team.aadGroupId };
    return {
      id: `f:${now()}${String(count).padStart(5, '0')}`,
      timestamp: at,
      localTimestamp: at.replace('Z', '+00:00'),
      serviceUrl,
      channelId: 'msteams',
      from: { id: from.id, name: from.name, aadObjectId: from.aadObjectId },
      conversation: {
        id: place.id,
        tenantId,
        conversationType: team ? 'channel' : 'personal',
        ...(team && { isGroup: true }),
      },
      recipient: bot,
      entities: [{ type: 'clientInfo', locale: 'en-US', country: 'US', platform: 'Web' }],
      channelData: {
        tenant: { id: tenantId },
        ...(team && { team }),
        ...('channel' in place && { channel: { id: place.channel.id } }),
      },
      locale: 'en-US',
    };
  };
  const personOf = (user: string): Person => {
    const person = store.person(user);
    if (!person) throw new Error(`nobody here is '${user}'`);
    return person;
  };
  const teamOf = (name: string): Team => {
    const team = store.team(name);
    if (!team) throw new Error(`there is no team '${name}'`);
    return team;
  };

  /** The app comes to a place or leaves it: Teams tells of both in two ways. */
  const move = async (from: Person, place: Place, added: boolean): Promise<(Answer | undefined)[]> => {
    const { channelData, ...activity } = base(from, place);
    const eventType = 'team' in place ? { eventType: added ? 'teamMemberAdded' : 'teamMemberRemoved' } : {};
    const second = base(from, place);
    return [
      await hub.deliver({
        type: 'conversationUpdate',
        ...(added ? { membersAdded: [{ id: bot.id }] } : { membersRemoved: [{ id: bot.id }] }),
        ...activity,
        channelData: { ...channelData, ...eventType },
      }),
      await hub.deliver({ type: 'installationUpdate', action: added ? 'add' : 'remove', ...second }),
    ];
  };

  const deeds = {
    /** Installs the app in a team, or for a person. */
    install: (where: { team: string } | { user: string }): Promise<(Answer | undefined)[]> => {
      if ('user' in where) {
        const person = personOf(where.user);
        store.withPeople.add(person.id);
        return move(person, store.place(personalId(person)), true);
      }
      const team = teamOf(where.team);
      store.inTeams.add(team.id);
      return move(personOf(team.members[0] ?? ''), store.place(team.id), true);
    },
    remove: async (where: { team: string } | { user: string }): Promise<(Answer | undefined)[]> => {
      if ('user' in where) {
        const person = personOf(where.user);
        store.withPeople.delete(person.id);
        return move(person, store.place(personalId(person)), false);
      }
      const team = teamOf(where.team);
      store.inTeams.delete(team.id);
      return move(personOf(team.members[0] ?? ''), store.place(team.id), false);
    },
    /** An administrator takes the app away from everybody. */
    removeEverywhere: async (): Promise<(Answer | undefined)[]> => {
      const answers: (Answer | undefined)[] = [];
      for (const user of [...store.withPeople]) answers.push(...(await deeds.remove({ user })));
      for (const team of [...store.inTeams]) answers.push(...(await deeds.remove({ team })));
      return answers;
    },
    /** Somebody presses a button of a card. What the hub answers is shown to that person alone. */
    press: async ({
      user,
      button,
      message: wanted,
      inputs = {},
      submit = false,
      forgery,
    }: Press): Promise<Answer | undefined> => {
      const person = personOf(user);
      const message = messageWith(store, wanted);
      const pressed = buttonOf(message.shownTo.get(person.id)?.card ?? cardOf(message)!, button);
      const data = dataOf(pressed, inputs);
      const activity = { ...base(person, store.place(message.conversationId)), replyToId: message.id };
      const { fallback } = pressed.action as { fallback?: Element };
      if (submit)
        return hub.deliver(
          { type: 'message', ...activity, value: { ...(fallback?.data as object), ...data } },
          forgery,
        );
      const { verb } = pressed.action;
      const value = { action: { type: 'Action.Execute', title: pressed.action.title, verb, data }, trigger: 'manual' };
      const answer = await hub.deliver({ type: 'invoke', name: 'adaptiveCard/action', ...activity, value }, forgery);
      show(message, person, answer);
      return answer;
    },
    /** Somebody writes to the app, in private or in a channel where it is mentioned. */
    say: async ({
      user,
      text,
      channel,
    }: {
      user: string;
      text: string;
      channel?: string;
    }): Promise<Answer | undefined> => {
      const person = personOf(user);
      const place = channel ? placeNamed(store, channel) : store.place(personalId(person));
      const mention = { type: 'mention', mentioned: bot, text: `<at>${bot.name}</at>` };
      const words = channel ? `${mention.text} ${text}` : text;
      store.post(place, { type: 'message', text: words }, person);
      const { entities, ...activity } = base(person, place);
      return hub.deliver({
        type: 'message',
        text: words,
        textFormat: 'plain',
        ...activity,
        entities: channel ? [...entities, mention] : entities,
      });
    },
    /** Somebody joins or leaves a team that has the app. */
    member: ({
      team: name,
      user,
      joins,
    }: {
      team: string;
      user: string;
      joins: boolean;
    }): Promise<Answer | undefined> => {
      const [team, person] = [teamOf(name), personOf(user)];
      team.members = joins ? [...new Set([...team.members, person.id])] : team.members.filter(id => id !== person.id);
      const { channelData, ...activity } = base(person, store.place(team.id));
      const account = [{ id: person.id, aadObjectId: person.aadObjectId }];
      return hub.deliver({
        type: 'conversationUpdate',
        ...(joins ? { membersAdded: account } : { membersRemoved: account }),
        ...activity,
        channelData: { ...channelData, eventType: joins ? 'teamMemberAdded' : 'teamMemberRemoved' },
      });
    },
    /** A channel is made, renamed or deleted. */
    channel: ({ team: name, id, to }: { team: string; id: string; to?: string }): Promise<Answer | undefined> => {
      const team = teamOf(name);
      const known = team.channels.find(channel => channel.id === id);
      const eventType = to === undefined ? 'channelDeleted' : known ? 'channelRenamed' : 'channelCreated';
      team.channels = [
        ...team.channels.filter(channel => channel.id !== id),
        ...(to === undefined ? [] : [{ id, name: to }]),
      ];
      const { channelData, ...activity } = base(personOf(team.members[0] ?? ''), store.place(team.id));
      return hub.deliver({
        type: 'conversationUpdate',
        ...activity,
        channelData: { ...channelData, eventType, channel: { id, name: to ?? known?.name } },
      });
    },
  };
  return deeds;
};
export type Deeds = ReturnType<typeof createDeeds>;

function placeNamed(store: Store, title: string): Place {
  const place = store.places().find(each => each.title === title || each.id === title);
  if (!place) throw new Error(`there is no channel '${title}'`);
  return place;
}

function messageWith(store: Store, wanted: string | undefined): Message {
  const found = store
    .messages()
    .filter(message => cardOf(message))
    .findLast(
      message => wanted === undefined || message.id === wanted || JSON.stringify(cardOf(message)).includes(wanted),
    );
  if (!found) throw new Error(wanted === undefined ? 'no card has arrived' : `no card says '${wanted}'`);
  return found;
}

function buttonOf(card: Element, wanted: string): Button {
  const buttons = buttonsOf(card).filter(({ action }) => action.type === 'Action.Execute');
  const found = buttons.find(({ action }) => action.title === wanted || action.verb === wanted);
  const names = buttons.map(({ action }) => String(action.title)).join(', ');
  if (!found) throw new Error(`the card has no button '${wanted}', but ${names || 'none'}`);
  return found;
}

/** What a client sends with a press: the button's own data, and every input. It holds back while one that is required is empty. */
function dataOf({ action, inputs }: Button, given: Record<string, string>): Record<string, unknown> {
  const values = inputs.map(input => [String(input.id), given[String(input.id)] ?? input.value] as const);
  const empty = inputs.find((input, index) => input.isRequired === true && !values[index]?.[1]);
  if (empty) throw new Error(String(empty.errorMessage ?? `${String(empty.id)} is required`));
  return { ...(action.data as object), ...Object.fromEntries(values.filter(([, value]) => value !== undefined)) };
}

function show(message: Message, person: Person, answer: Answer | undefined): void {
  const { type, value } = (answer?.body ?? {}) as { type?: unknown; value?: unknown };
  if (answer?.status === 200 && type === 'application/vnd.microsoft.card.adaptive')
    message.shownTo.set(person.id, { card: value as Element });
  else if (answer?.status === 200 && type === 'application/vnd.microsoft.activity.message')
    message.shownTo.set(person.id, { ...message.shownTo.get(person.id), notice: String(value) });
  else message.shownTo.set(person.id, { notice: 'Something went wrong. Try again.' });
}
