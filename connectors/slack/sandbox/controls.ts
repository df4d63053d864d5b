import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Hub } from './hub.ts';
import type { OAuth } from './oauth.ts';
import type { Person } from './person.ts';
import type { Rates } from './rates.ts';
import { appId, botUserId, team, verificationToken } from './seed.ts';
import type { Views } from './views.ts';
import type { Workspace } from './workspace.ts';

const name = z.string().min(1);

const grants = z.strictObject({
  expireAccessTokens: z.literal(true).optional().meta({ description: 'every token answers token_expired' }),
  revokeGrants: z.literal(true).optional().meta({ description: 'every token answers token_revoked; no event is sent' }),
  rotateTokens: z
    .boolean()
    .optional()
    .meta({ description: 'new installs get a token of 12 hours and a refresh token' }),
  withholdScopes: z.array(z.string()).optional().meta({ description: 'scopes that tokens lack, whatever was granted' }),
  rateLimit: z.boolean().optional().meta({ description: 'one message a second in a channel (on unless switched off)' }),
  hubUrl: z
    .url()
    .optional()
    .meta({ description: 'where the request URLs of the app begin; else where it was connected from' }),
  answerSeconds: z
    .number()
    .min(1)
    .max(120)
    .optional()
    .meta({ description: 'how long the app may take to answer a call (3)' }),
});

/** One thing that somebody does; the answer is what came of it. */
const deeds = z.union([
  z.strictObject({
    press: z.strictObject({
      user: name.meta({ description: 'id or e-mail address' }),
      action: name.meta({ description: 'action_id of the button or menu' }),
      option: z.string().optional().meta({ description: 'value or label of the choice, for a menu' }),
      channel: z.string().optional(),
      ts: z.string().optional(),
      text: z.string().optional().meta({ description: 'what the message says; the newest such message is meant' }),
    }),
  }),
  z.strictObject({
    submit: z.strictObject({ user: name, values: z.record(z.string(), z.string()).optional() }).meta({
      description: 'sends the form that this person has open; values by block_id',
    }),
  }),
  z.strictObject({ command: z.strictObject({ user: name, text: z.string(), channel: z.string().optional() }) }),
  z.strictObject({ deliverAgain: z.literal(true).meta({ description: 'the last call once more, as a retry' }) }),
  z.strictObject({ uninstall: z.literal(true).meta({ description: 'an admin removes the app; the events are sent' }) }),
  z.strictObject({ revokeToken: z.literal(true).meta({ description: 'the bot token is revoked; the event is sent' }) }),
  z.strictObject({ deactivate: name.meta({ description: 'a person leaves: id or e-mail address' }) }),
  z.strictObject({ archive: name.meta({ description: 'a channel is archived: name or id' }) }),
  z.strictObject({ deleteMessage: z.strictObject({ channel: name, ts: name }) }),
]);

/** What the sandbox as a whole is set to. `acting` is whose buttons the page presses. */
export type Settings = { hubUrl?: string; acting?: string; answerSeconds: number };

type Parts = {
  workspace: Workspace;
  oauth: OAuth;
  rates: Rates;
  hub: Hub;
  views: Views;
  person: Person;
  settings: Settings;
  now(): number;
};

/** What an administrator of the workspace, or somebody in it, does. Answers the controls as they are, or a promise of what came of a deed. */
export const createControls = (parts: Parts) => {
  const { workspace, oauth, rates, hub, views, person, settings, now } = parts;
  const envelope = (event: object) => ({
    token: verificationToken,
    team_id: team.id,
    api_app_id: appId,
    event: { ...event, event_ts: workspace.nextTs() },
    type: 'event_callback',
    event_id: `Ev04${randomBytes(5).toString('hex').toUpperCase()}`,
    event_time: Math.floor(now() / 1000),
    authorizations: [],
    is_ext_shared_channel: false,
  });
  const revoked = () => hub.event(envelope({ type: 'tokens_revoked', tokens: { oauth: [], bot: [botUserId] } }));
  const seen = async (user: string, answer: Promise<{ status: number; body: string } | undefined>) => {
    const { id } = person.personOf(user);
    const before = workspace.privates().length;
    const said = await answer;
    const told = workspace.privates().slice(before);
    return {
      status: said?.status ?? null,
      body: said?.body ?? '',
      told: told.filter(each => each.user === id).map(({ text }) => text),
      form: views.of(id) ?? null,
    };
  };

  const deed = async (input: unknown): Promise<unknown> => {
    const wish = deeds.parse(input);
    if ('press' in wish) return seen(wish.press.user, person.press(clean(wish.press)));
    if ('submit' in wish) return seen(wish.submit.user, person.submit(clean(wish.submit)));
    if ('command' in wish) return seen(wish.command.user, person.command(clean(wish.command)));
    if ('deliverAgain' in wish) return (await hub.again()) ?? null;
    if ('uninstall' in wish) {
      oauth.end('account_inactive');
      await revoked();
      await hub.event(envelope({ type: 'app_uninstalled' }));
    } else if ('revokeToken' in wish) {
      oauth.end('token_revoked');
      await revoked();
    } else if ('deactivate' in wish) person.personOf(wish.deactivate).deleted = true;
    else if ('archive' in wish) {
      const { channel } = workspace.addressee(wish.archive);
      if (channel) channel.isArchived = true;
    } else workspace.deleteMessage(workspace.addressee(wish.deleteMessage.channel).id, wish.deleteMessage.ts);
    return {};
  };

  return (input: unknown): unknown => {
    const parsed = grants.safeParse(input);
    if (!parsed.success) {
      const known = typeof input === 'object' && input !== null && Object.keys(input).some(key => key in grants.shape);
      return known ? grants.parse(input) : deed(input);
    }
    const { expireAccessTokens, revokeGrants, rateLimit, hubUrl, answerSeconds, ...more } = parsed.data;
    if (expireAccessTokens) oauth.expireAccessTokens();
    if (revokeGrants) oauth.end('token_revoked');
    if (rateLimit !== undefined) rates.controls.rateLimit = rateLimit;
    if (hubUrl !== undefined) settings.hubUrl = hubUrl.replace(/\/$/, '');
    if (answerSeconds !== undefined) settings.answerSeconds = answerSeconds;
    Object.assign(oauth.controls, more);
    return {
      ...rates.controls,
      ...oauth.controls,
      answerSeconds: settings.answerSeconds,
      hubUrl: settings.hubUrl ?? oauth.installedFrom() ?? null,
    };
  };
};

/** Without what was left out, which zod keeps as undefined. */
const clean = <Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
