import { TYPE_PREFIX } from '../src/model/event.ts';
import { triggerPairs } from '../src/model/workflow.ts';
import { type Chance, chanceOf } from './chance.ts';
import { anotherVisitor } from './names.ts';
import { type CloudEvent, type Expected, type Play, playScript } from './play.ts';
import { offsetMs, type Script } from './script.ts';

const MINUTE = 60_000;
const HOURS_4 = 240 * MINUTE;
/** So many visits are under way at once: few enough that all events of a session arrive close together. */
const AT_ONCE = 6;

export type StartCount = { trigger: string; timing: string; count: number };
/** What the whole morning must lead to: the sum of what was worked out by hand for its plays. */
export type MorningTotals = Omit<Expected, 'starts'> & {
  plays: number;
  sessions: number;
  conversations: number;
  /** Different events; `doubled` of them are sent twice, `delayed` ones are sent after events that happened later. */
  events: number;
  doubled: number;
  delayed: number;
  /** All 19 pairs, in the order of the model. */
  starts: StartCount[];
};
export type Morning = { source: string; events: CloudEvent[]; plays: Play[]; expected: MorningTotals };

/**
 * The four hours before `until` on the demo's website, as events in sending order: scripts played again and again by changing
 * visitors until there were so many `conversations`. Every session is over before `until`, by the clock too.
 *
 * Sent is not what happened, but what a replay looks like: a few visits at a time, so that the events of one session arrive
 * within moments of each other (a hub that hears nothing of a session for longer takes an old one for ended), with about
 * 5 % of the events doubled and some behind later ones. Events that tell who the visitor is are never held back: what an
 * immediate workflow writes would depend on it, and expectations could not name the text.
 */
export function buildMorning(options: {
  scripts: Script[];
  seed: number;
  until: Date;
  conversations: number;
}): Morning {
  const chance = chanceOf(options.seed);
  const stamp = Math.floor(options.until.getTime() / 1000).toString(36);
  const source = `https://www.brightline.example/recorded/${stamp}-${options.seed}`;
  const plays = castPlays(options.scripts, options.conversations, chance)
    .map((cast, index) => {
      const id = `${stamp}-${String(index + 1).padStart(3, '0')}`;
      return playScript(cast.script, {
        id,
        source,
        visitor: cast.visitor,
        startsAt: startOf(cast.script, options.until, chance),
      });
    })
    .sort((a, b) => a.startsAt - b.startsAt || (a.id < b.id ? -1 : 1));
  const groups = Array.from({ length: Math.ceil(plays.length / AT_ONCE) }, (_, index) =>
    plays.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  const sent = groups.map(group => sendingOrder(group, chance));
  return {
    source,
    plays,
    events: sent.flatMap(group => group.events),
    expected: totals(plays, sum(sent, 'doubled'), sum(sent, 'delayed')),
  };
}

type Cast = Pick<Play, 'script' | 'visitor'>;

/** Every script once, by the visitor it was written with; then again by weight, in mixed order, by others. */
function castPlays(scripts: Script[], conversations: number, chance: Chance): Cast[] {
  const again = scripts.flatMap(script => Array<Script>(script.weight - 1).fill(script));
  const plays: Cast[] = scripts.map(script => ({ script, visitor: script.visitor }));
  let left = conversations - scripts.reduce((count, script) => count + conversationsOf(script), 0);
  let others = chance.below(100);
  while (left > 0 && again.length > 0) {
    for (const script of chance.shuffled(again)) {
      if (left <= 0) break;
      plays.push({ script, visitor: anotherVisitor(script.visitor, others++) });
      left -= conversationsOf(script);
    }
  }
  return plays;
}

function conversationsOf(script: Script): number {
  return script.events.filter(event => event.type === 'conversation.started').length;
}

/** A whole second such that the play begins in the four hours before `until`, and is over two minutes before it. */
function startOf(script: Script, until: Date, chance: Chance): number {
  const offsets = [...script.events, ...script.expect.ends].map(({ at }) => offsetMs(at));
  const room = HOURS_4 - 2 * MINUTE - Math.max(...offsets);
  const start = until.getTime() - HOURS_4 + chance.below(room);
  return Math.ceil(start / 1000) * 1000;
}

function sendingOrder(plays: Play[], chance: Chance) {
  const order = plays
    .flatMap(play => play.events)
    .sort((a, b) => (a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? -1 : 1));
  const sent: { event: CloudEvent; place: number }[] = [];
  let doubled = 0;
  let delayed = 0;
  for (const [place, event] of order.entries()) {
    const late = !('visitor' in event.data) && chance.happens(0.06);
    if (late) delayed++;
    const own = late ? place + 1.5 + chance.below(6) : place;
    sent.push({ event, place: own });
    if (!chance.happens(0.05)) continue;
    doubled++;
    sent.push({ event, place: own + 0.5 + chance.below(10) });
  }
  return { events: sent.sort((a, b) => a.place - b.place).map(({ event }) => event), doubled, delayed };
}

function totals(plays: Play[], doubled: number, delayed: number): MorningTotals {
  const expected = plays.map(play => play.expected);
  const starts = expected.flatMap(play => play.starts);
  return {
    plays: plays.length,
    sessions: plays.reduce((count, { script }) => count + new Set(script.expect.ends.map(end => end.session)).size, 0),
    conversations: plays.reduce((count, { script }) => count + conversationsOf(script), 0),
    events: plays.reduce((count, play) => count + play.events.length, 0),
    doubled,
    delayed,
    starts: triggerPairs.map(({ type, timing }) => ({
      trigger: type,
      timing,
      count: starts
        .filter(start => start.trigger === type && start.timing === timing)
        .reduce((count, start) => count + start.times.length, 0),
    })),
    tasks: expected.flatMap(play => play.tasks),
    alerts: expected.flatMap(play => play.alerts),
    fields: expected.flatMap(play => play.fields),
  };
}

function sum<Name extends string>(items: Record<Name, number>[], name: Name): number {
  return items.reduce((total, item) => total + item[name], 0);
}

/** The short name of an event's type: `message.sent` for `com.qualified.message.sent`. */
export const shortType = (event: CloudEvent): string => event.type.slice(TYPE_PREFIX.length);
