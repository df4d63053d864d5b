import type { SessionEnd, SessionFacts, Settings } from '../model/session.ts';
import type { AdminTrigger } from '../model/workflow.ts';
import { type Candidate, ruleOf } from './trigger-rules.ts';

/** One condition of a trigger, as a sentence; `at` (epoch ms) is when it came true, where it is something that happened. */
export type ExplainedCondition = { condition: string; met: boolean; at?: number };

/**
 * Why a trigger did or did not start anything in a session, condition by condition: all are met exactly where `occasionsOf`
 * finds an occasion. Of several conversations (pounces, requests, meetings, ends of the session) it tells of the one that
 * came nearest: the first that is met, else the last of equals. `ends` are the ends judged so far.
 */
export function explainTrigger(
  trigger: AdminTrigger,
  facts: SessionFacts,
  ends: SessionEnd[],
  settings: Pick<Settings, 'requiredLeadFields'>,
  knownFields: Record<string, number>,
): ExplainedCondition[] {
  const scope = { facts, ends, settings, knownFields };
  return ruleOf(trigger)(scope)
    .reduce(nearest)
    .checks.map(({ condition, met, moment }) => ({ condition, met, ...(moment ? { at: moment.at } : {}) }));
}

function nearest(best: Candidate, candidate: Candidate): Candidate {
  return unmet(best) === 0 || unmet(best) < unmet(candidate) ? best : candidate;
}

const unmet = ({ checks }: Candidate) => checks.filter(({ met }) => !met).length;
