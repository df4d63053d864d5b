import type { EventType, HubEvent } from '../../src/model/event.ts';
import { noFacts, type SessionFacts } from '../../src/model/session.ts';
import { factsOf, foldInto } from '../../src/sessions/facts.ts';

/** Where test sessions begin: a Monday morning, epoch ms. */
export const MORNING = Date.UTC(2026, 10, 23, 9);
export const MINUTE = 60_000;

/** `minute` after the morning began, in epoch ms. */
export const at = (minute: number): number => MORNING + minute * MINUTE;

/** What happened at a minute: `[minute, type, data]`. */
export type Happening = [minute: number, type: EventType, data?: Record<string, unknown>];

/** The happenings as accepted events `e1`, `e2`, … of the source `site`, received when they happened. */
export function eventsOf(happenings: Happening[]): HubEvent[] {
  return happenings.map(([minute, type, data = {}], index) => ({
    id: `e${index + 1}`,
    source: 'site',
    type,
    time: at(minute),
    receivedAt: at(minute),
    data,
  })) as HubEvent[];
}

/** The facts of these events, folded in the order given. */
export function foldAll(events: HubEvent[]): SessionFacts {
  return events.reduce((facts, event) => foldInto(facts, factsOf(event)), noFacts());
}
