import type { Answers } from './answers.ts';
import type { ActionElement, InputElement } from './elements.ts';
import type { Answer, Hub } from './hub.ts';
import { appId, team, type User, verificationToken } from './seed.ts';
import type { OpenView, Views } from './views.ts';
import { viewShape } from './views.ts';
import type { Message, Workspace } from './workspace.ts';

type Parts = { workspace: Workspace; hub: Hub; views: Views; answers: Answers };
/** Which button, and of which message: the newest that has it, where neither place nor time is given. */
export type Press = { user: string; action: string; channel?: string; ts?: string; option?: string; text?: string };
type Found = { place: string; message: Message; blockId: string; element: ActionElement };

const noAnswer = 'This app did not answer in time. Try again.';
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const common = (user: User) => ({
  team: { id: team.id, domain: team.domain },
  user: { id: user.id, username: user.name, name: user.name, team_id: team.id },
  api_app_id: appId,
  token: verificationToken,
  is_enterprise_install: false,
});

/** What people of the workspace do with the app's messages, forms and command. Each answers what the app said, if anything. */
export const createPerson = ({ workspace, hub, views, answers }: Parts) => {
  /** By id or e-mail address. */
  const personOf = (name: string): User => {
    const user = workspace.user(name) ?? workspace.userByEmail(name);
    if (!user) throw new Error(`nobody here is '${name}'`);
    return user;
  };
  const places = (): string[] => [...workspace.channels(), ...workspace.directs()].map(({ id }) => id);
  const placeName = (id: string): string =>
    workspace.channels().find(channel => channel.id === id)?.name ?? 'directmessage';

  const find = ({ action, channel, ts, text }: Press): Found => {
    const all = (channel ? [workspace.addressee(channel).id] : places()).flatMap(place =>
      workspace.messages(place).map(message => ({ place, message })),
    );
    const wanted = all.filter(
      ({ message }) => (!ts || message.ts === ts) && (!text || JSON.stringify(message).includes(text)),
    );
    for (const { place, message } of wanted.toSorted((a, b) => Number(b.message.ts) - Number(a.message.ts)))
      for (const block of message.blocks ?? []) {
        const elements =
          block.type === 'actions'
            ? block.elements
            : block.type === 'section' && block.accessory
              ? [block.accessory]
              : [];
        const element = elements.find(each => 'action_id' in each && each.action_id === action);
        if (element && element.type !== 'image') return { place, message, blockId: block.block_id ?? '', element };
      }
    throw new Error(`no message has a button '${action}'${text ? ` and the text '${text}'` : ''}`);
  };

  const press = async (wish: Press): Promise<Answer | undefined> => {
    const user = personOf(wish.user);
    const { place, message, blockId, element } = find(wish);
    const payload = {
      type: 'block_actions',
      ...common(user),
      trigger_id: views.trigger(user.id),
      response_url: answers.issue('actions', { place, user: user.id, ts: message.ts }),
      container: { type: 'message', message_ts: message.ts, channel_id: place, is_ephemeral: false },
      channel: { id: place, name: placeName(place) },
      message,
      state: { values: {} },
      actions: [{ ...pressed(element, wish.option), block_id: blockId, action_ts: workspace.nextTs() }],
    };
    const answer = await hub.send(form('/slack/interactions', { payload: JSON.stringify(payload) }));
    if (!hub.taken(answer)) workspace.tell(place, user.id, { text: noAnswer });
    return answer;
  };

  const submit = async (wish: { user: string; values?: Record<string, string> }): Promise<Answer | undefined> => {
    const user = personOf(wish.user);
    const view = views.of(user.id);
    if (!view?.view.submit) throw new Error(`${user.realName} has no form open that can be sent`);
    const values = valuesOf(view, wish.values ?? {});
    view.trouble = undefined;
    view.typed = wish.values ?? {};
    const answer = await hub.send(
      form('/slack/interactions', {
        payload: JSON.stringify({
          type: 'view_submission',
          ...common(user),
          trigger_id: views.trigger(user.id),
          view: viewShape(view, values),
          response_urls: [],
        }),
      }),
    );
    if (!hub.taken(answer)) view.trouble = 'We had some trouble connecting. Try again?';
    else respond(view, parsed(answer?.body ?? ''));
    return answer;
  };

  const respond = (open: OpenView, body: unknown): void => {
    const { response_action, errors, view } = (body ?? {}) as Record<string, unknown>;
    if (response_action === 'errors') {
      const inputs = open.view.blocks.flatMap(block => (block.type === 'input' ? [block.block_id] : []));
      const known = Object.entries(errors ?? {}).filter(([block]) => inputs.includes(block));
      open.errors = Object.fromEntries(known.map(([block, message]) => [block, String(message)]));
      if (known.length === 0) open.trouble = 'We had some trouble connecting. Try again?';
    } else if (response_action === 'update') views.update({ id: open.id }, view);
    else views.close(open.id);
  };

  const command = async (wish: { user: string; text: string; channel?: string }): Promise<Answer | undefined> => {
    const user = personOf(wish.user);
    const place = workspace.addressee(wish.channel ?? '#inbound').id;
    const answer = await hub.send(
      form('/slack/commands', {
        token: verificationToken,
        team_id: team.id,
        team_domain: team.domain,
        channel_id: place,
        channel_name: placeName(place),
        user_id: user.id,
        user_name: user.name,
        command: '/baton',
        text: wish.text,
        api_app_id: appId,
        is_enterprise_install: 'false',
        response_url: answers.issue('commands', { place, user: user.id }),
        trigger_id: views.trigger(user.id),
      }),
    );
    if (!hub.taken(answer)) workspace.tell(place, user.id, { text: '/baton failed: the app did not answer in time.' });
    else if (answer?.body) answers.show({ place, user: user.id }, parsed(answer.body) ?? { text: answer.body });
    return answer;
  };

  return { personOf, press, submit, command };
};
export type Person = ReturnType<typeof createPerson>;

const form = (path: string, fields: Record<string, string>) => ({
  path,
  type: 'form' as const,
  body: new URLSearchParams(fields).toString(),
});

/** What a press reports of the element. Throws where the person chose nothing that is offered. */
const pressed = (element: ActionElement, chosen: string | undefined): Record<string, unknown> => {
  const { type, action_id } = element;
  if (element.type === 'button')
    return {
      type,
      action_id,
      text: element.text,
      ...(element.value !== undefined && { value: element.value }),
      ...(element.style && { style: element.style }),
      ...(element.url && { url: element.url }),
    };
  if (element.type === 'datepicker') return { type, action_id, selected_date: chosen ?? null };
  const option = element.options.find(each => each.value === chosen || each.text.text === chosen);
  if (!option) throw new Error(`'${String(chosen)}' is not among the choices of ${action_id}`);
  const placeholder = element.type === 'static_select' && element.placeholder;
  return { type, action_id, selected_option: option, ...(placeholder && { placeholder }) };
};

/** The values of a form, by block: what was typed, else what it began with. Throws what the vendor's form would say. */
const valuesOf = (open: OpenView, typed: Record<string, string>): Record<string, Record<string, unknown>> => {
  const values: Record<string, Record<string, unknown>> = {};
  for (const block of open.view.blocks) {
    if (block.type !== 'input') continue;
    const id = block.block_id ?? '';
    const value = typed[id] ?? initial(block.element) ?? '';
    if (value === '' && !block.optional) throw new Error(`${block.label.text}: please complete this required field`);
    values[id] = { [block.element.action_id ?? '']: stateOf(block.element, value) };
  }
  const unknown = Object.keys(typed).find(id => !(id in values));
  if (unknown !== undefined) throw new Error(`the form has no field '${unknown}'`);
  return values;
};

const initial = (element: InputElement): string | undefined => {
  if (element.type === 'plain_text_input') return element.initial_value;
  return element.type === 'datepicker' ? element.initial_date : element.initial_option?.value;
};

const stateOf = (element: InputElement, value: string): Record<string, unknown> => {
  if (element.type === 'datepicker') return { type: element.type, selected_date: value || null };
  if (element.type === 'static_select')
    return { type: element.type, selected_option: element.options.find(each => each.value === value) ?? null };
  const { max_length, min_length } = element;
  if (max_length !== undefined && value.length > max_length)
    throw new Error(`this is longer than the ${max_length} characters that fit`);
  if (min_length !== undefined && value.length < min_length) throw new Error(`this needs ${min_length} characters`);
  return { type: element.type, value: value || null };
};
