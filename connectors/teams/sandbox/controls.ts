import * as z from 'zod';
import type { Deeds } from './deeds.ts';
import type { Hub } from './hub.ts';
import { forgeries } from './keys.ts';
import type { Login } from './login.ts';
import type { Rates } from './rates.ts';
import type { Store } from './store.ts';

const name = z.string().min(1);
const where = z.union([z.strictObject({ team: name }), z.strictObject({ user: name })]);

const settings = z.strictObject({
  expireAccessTokens: z.literal(true).optional().meta({ description: 'every token is refused from now on' }),
  withdrawCredentials: z
    .boolean()
    .optional()
    .meta({ description: 'the client secret has expired, and its tokens with it' }),
  rateLimit: z.boolean().optional().meta({ description: 'the limits per conversation (on unless switched off)' }),
  hubUrl: z
    .url()
    .optional()
    .meta({ description: 'where the app is: the bot’s messaging endpoint without /teams/messages' }),
});

/** One thing that somebody does; the answer is what the hub said. */
const deed = z.union([
  z.strictObject({ install: where }),
  z.strictObject({ remove: z.union([where, z.literal('everywhere')]) }),
  z.strictObject({
    press: z.strictObject({
      user: name.meta({ description: 'id, e-mail address or name' }),
      button: name.meta({ description: 'title or verb' }),
      message: z
        .string()
        .optional()
        .meta({ description: 'its id, or a part of what the card says; the newest one otherwise' }),
      inputs: z.record(z.string(), z.string()).optional(),
      submit: z.boolean().optional().meta({ description: 'as a client that knows no Action.Execute' }),
      forgery: z.enum(forgeries).optional(),
    }),
  }),
  z.strictObject({ say: z.strictObject({ user: name, text: z.string(), channel: z.string().optional() }) }),
  z.strictObject({ member: z.strictObject({ team: name, user: name, joins: z.boolean() }) }),
  z.strictObject({
    channel: z.strictObject({
      team: name,
      id: name,
      to: z.string().optional().meta({ description: 'its name; absent where it is deleted' }),
    }),
  }),
  z.strictObject({ deleteMessage: name.meta({ description: 'the id of a message' }) }),
  z.strictObject({
    deliver: z.looseObject({ serviceUrl: z.string() }).meta({ description: 'an activity as it stands' }),
    forgery: z.enum(forgeries).optional(),
  }),
  z.strictObject({ deliverAgain: z.literal(true).meta({ description: 'the last call once more, as a retry' }) }),
]);
type Deed = z.infer<typeof deed>;

type Parts = { store: Store; login: Login; rates: Rates; hub: Hub; deeds: Deeds; address: { hub: string } };

/** What an administrator and the people of the tenant do. What concerns the hub answers a promise. */
export const createControls = (parts: Parts) => {
  const { login, rates, address } = parts;
  return (body: unknown): unknown => {
    const done = deed.safeParse(body);
    if (done.success) return act(parts, done.data);
    const { expireAccessTokens, withdrawCredentials, rateLimit, hubUrl } = settings.parse(body);
    if (withdrawCredentials !== undefined) login.controls.withdrawn = withdrawCredentials;
    if (expireAccessTokens || withdrawCredentials) login.expireAll();
    if (rateLimit !== undefined) rates.controls.rateLimit = rateLimit;
    if (hubUrl) address.hub = hubUrl;
    return { ...rates.controls, ...login.controls, hubUrl: address.hub };
  };
};

function act({ deeds, hub, store }: Parts, deed: Deed): unknown {
  if ('install' in deed) return deeds.install(deed.install);
  if ('remove' in deed) return deed.remove === 'everywhere' ? deeds.removeEverywhere() : deeds.remove(deed.remove);
  if ('press' in deed) return deeds.press(deed.press);
  if ('say' in deed) return deeds.say(deed.say);
  if ('member' in deed) return deeds.member(deed.member);
  if ('channel' in deed) return deeds.channel(deed.channel);
  if ('deliver' in deed) return hub.deliver(deed.deliver, deed.forgery);
  if ('deliverAgain' in deed) return hub.again();
  const message = store.messages().find(({ id }) => id === deed.deleteMessage);
  if (!message) throw new Error(`there is no message '${deed.deleteMessage}'`);
  store.remove(message);
  return {};
}
