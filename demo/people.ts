import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { TYPE_PREFIX } from '../src/model/event.ts';
import { matched, type PlaceLine } from './compare.ts';
import type { EveningOptions } from './evening.ts';
import { openPage } from './listen.ts';
import type { CloudEvent } from './play.ts';
import { send } from './send.ts';

const LONGEST_MS = 20_000;
const POLL_MS = 20;
const dana = { name: 'Dana Whitfield', email: 'dana.whitfield@brightline.example' };
const luis = { name: 'Luis Ortega', email: 'luis.ortega@brightline.example' };
const SUBJECT = 'Call Sana about the pilot';

const messages = z.array(z.looseObject({ text: z.string(), channel_name: z.string().optional() }));
const cards = z.array(z.looseObject({ place: z.string(), card: z.unknown() }));
const tasks = z.array(z.looseObject({ Subject: z.string(), OwnerId: z.string(), WhoId: z.string().nullable() }));
const named = z.array(z.looseObject({ Id: z.string(), Name: z.string() }));
const privates = z.array(z.looseObject({ text: z.string() }));
const views = z.array(z.unknown());
const visitor = z.object({ fields: z.record(z.string(), z.unknown()) });

/**
 * Somebody asks for a person: alerts appear in Slack, Teams and the feed, two reps press Claim, the first one gets it and asks for a follow-up
 * task, which lands in Salesforce; the card in Teams shows it, too. Tells it as it happens.
 * @returns what was expected at each place and what is there
 */
export async function playPeople(options: EveningOptions & { siteKey: string }): Promise<PlaceLine[]> {
  const { stage, hub, tell } = options;
  const { sandbox } = stage;
  const records = <Shape extends z.ZodType>(vendor: string, type: string, shape: Shape) =>
    shape.parse(sandbox.records(vendor, type)) as z.output<Shape>;
  const sana = () =>
    records('slack', 'messages', messages).filter(({ text }) => text.includes('Sana from Meridian Reefer'));
  const press = async (user: string, action: string) =>
    sandbox.control('slack', { press: { user, action, text: 'Sana from Meridian Reefer' } });
  const answers = () => records('slack', 'privates', privates).map(({ text }) => text);

  const { events, visitorId } = asks(new Date());
  const page = await openPage(stage.url, { key: options.siteKey, visitorId, origin: sandbox.url }, options.signal);
  const from = performance.now();
  await send([{ form: 'batched', events }], {
    url: stage.url,
    ingestKey: options.ingestKey,
    signal: options.signal,
    progress() {},
  });
  await until(() => sana().length > 0, options.signal);
  tell('Slack', `the alert stands in #inbound ${Math.round(performance.now() - from)} ms after the event was sent`);
  await until(() => records('teams', 'messages', cards).length > 0, options.signal);
  tell('Teams', `a card stands in ${records('teams', 'messages', cards).at(-1)?.place}`);

  await until(() => page.heard.length > 0, options.signal);
  page.close();
  tell('Website', `the listener on her page hears “${page.heard[0] ?? 'nothing'}”`);
  await press(dana.email, 'alert.claim');
  tell('Claim', `${dana.name} presses it first`);
  await press(luis.email, 'alert.claim');
  await until(() => answers().length > 0, options.signal);
  tell('Claim', `${luis.name} presses it, too, and is told: ${answers()[0] ?? 'nothing'}`);
  await press(dana.email, 'alert.create_task');
  await until(() => records('slack', 'views', views).length > 0, options.signal);
  await sandbox.control('slack', { submit: { user: dana.email, values: { subject: SUBJECT } } });
  const made = () => records('salesforce', 'Task', tasks).filter(({ Subject }) => Subject === SUBJECT);
  await until(() => made().length > 0, options.signal);
  tell('Task', `${dana.name} asks for “${SUBJECT}”, and it stands in Salesforce`);
  const card = () => JSON.stringify(records('teams', 'messages', cards).at(-1)?.card);
  await until(() => card().includes(dana.name), options.signal);
  tell('Teams', `the card shows that ${dana.name} has it, as the message in Slack does`);
  await until(() => sana().some(({ text }) => text.includes(dana.name)), options.signal);

  const name = (type: string, id: string | null) =>
    records('salesforce', type, named).find(({ Id }) => Id === id)?.Name;
  const { fields } = await hub.get(`/v1/visitors/${visitorId}`, visitor);
  const feed = await hub.list('/v1/alerts?user=anybody@brightline.example', z.object({ message: z.string() }));
  return [
    { place: 'Website', what: 'events heard on the page', ...matched(['asked_for_person'], page.heard) },
    {
      place: 'Slack',
      what: 'alerts, claimed',
      ...matched(
        [`#inbound, by ${dana.name}`],
        sana().map(
          ({ channel_name, text }) => `#${channel_name}, by ${text.includes(dana.name) ? dana.name : 'nobody'}`,
        ),
      ),
    },
    {
      place: 'Teams',
      what: 'cards, claimed',
      ...matched(
        [`Revenue / Inbound, by ${dana.name}`],
        records('teams', 'messages', cards).map(
          ({ place }) => `${place}, by ${card().includes(dana.name) ? dana.name : 'nobody'}`,
        ),
      ),
    },
    {
      place: 'Salesforce',
      what: 'follow-up tasks',
      ...matched(
        [`${SUBJECT}, on Sana Iqbal, of ${dana.name}`],
        made().map(
          ({ Subject, WhoId, OwnerId }) => `${Subject}, on ${name('Lead', WhoId)}, of ${name('User', OwnerId)}`,
        ),
      ),
    },
    {
      place: 'Baton',
      what: 'told to whoever was second',
      ...matched([`${dana.name} has claimed this already.`], answers()),
    },
    { place: 'Baton', what: 'visitor fields', ...matched([dana.email], [String(fields.notes)]) },
    {
      place: 'Baton',
      what: 'alerts in the feed',
      ...matched(
        ['sana.iqbal@meridian-reefer.example waits in the chat'],
        feed.map(({ message }) => message),
      ),
    },
  ];
}

/** Waits until it is so, or long enough: what is missing then shows in the comparison. */
export async function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  const from = performance.now();
  while (!isSo() && performance.now() - from < LONGEST_MS) await pause(POLL_MS, undefined, { signal });
}

function asks(now: Date): { events: CloudEvent[]; visitorId: string } {
  const play = `${Math.floor(now.getTime() / 1000).toString(36)}-asks`;
  const visitorId = `${play}-b1`;
  const event = (number: number, type: string, data: object): CloudEvent => ({
    specversion: '1.0',
    id: `${play}-e${number}`,
    source: `https://www.brightline.example/recorded/${play}`,
    type: TYPE_PREFIX + type,
    time: new Date(now.getTime() + number).toISOString(),
    datacontenttype: 'application/json',
    data: { sessionId: `${play}-s`, visitorId, conversationId: `${play}-c1`, ...data },
  });
  const fields = { first_name: 'Sana', last_name: 'Iqbal', company: 'Meridian Reefer', title: 'Chief of Operations' };
  return {
    visitorId,
    events: [
      event(1, 'page.viewed', {
        url: 'https://www.brightline.example/pilot',
        title: 'Start a pilot',
        utm: { campaign: 'pilot-autumn' },
      }),
      event(2, 'conversation.started', { url: `https://app.example/conversations/${play}` }),
      event(3, 'message.sent', {
        messageId: `${play}-m1`,
        senderType: 'visitor',
        text: 'Can somebody tell me how a pilot works?',
        visitor: { email: 'sana.iqbal@meridian-reefer.example', fields },
      }),
      event(4, 'chat.requested', { requestId: `${play}-r1`, requestedBy: 'visitor' }),
    ],
  };
}
