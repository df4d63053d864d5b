import { type AdminTrigger, type Timing, type Trigger, triggerPairs } from '../model/workflow.ts';
import type { Action, Fits } from '../sdk/connector.ts';

const matches = (pattern: { type?: Trigger['type']; timing?: Timing }, trigger: Trigger) =>
  (pattern.type === undefined || pattern.type === trigger.type) &&
  (pattern.timing === undefined || pattern.timing === trigger.timing);

/** Whether an action may stand in a workflow with this trigger: named by `only` (where given) and not by `except`. */
export function fits(rule: Fits, trigger: Trigger): boolean {
  const allowed = rule.only === undefined || rule.only.some(pattern => matches(pattern, trigger));
  return allowed && !(rule.except ?? []).some(pattern => matches(pattern, trigger));
}

export type AvailabilityRow = {
  action: string;
  title: string;
  /** In the order of `triggerPairs`: all 19 of them. */
  pairs: (AdminTrigger & { fits: boolean })[];
};

/** The whole matrix, one row per action: what the table in the docs is generated from. */
export function availability(actions: Iterable<Pick<Action, 'id' | 'title' | 'fits'>>): AvailabilityRow[] {
  return Array.from(actions, action => ({
    action: action.id,
    title: action.title,
    pairs: triggerPairs.map(({ type, timing }) => ({ type, timing, fits: fits(action.fits, { type, timing }) })),
  }));
}
