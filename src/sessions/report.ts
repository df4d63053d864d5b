import type { Database } from '../db/database.ts';
import { type SessionRow, Sessions, type VerdictRow, Verdicts, Visitors } from '../db/entities.ts';
import type { Settings } from '../model/session.ts';
import { isAdminTrigger, type Trigger } from '../model/workflow.ts';
import { type ExplainedCondition, explainTrigger } from '../workflows/explain.ts';
import type { StoredWorkflow } from '../workflows/store.ts';
import { anonymous } from './book.ts';
import { sessionEnds } from './clock.ts';
import { knownFields } from './visitors.ts';

export type SessionOutcome = 'started' | 'skipped' | 'not_started';
/** Why an active workflow ran or did not run for a session, condition by condition. */
export type Explanation = {
  workflow: { id: string; name: string; version: number };
  trigger: Trigger;
  outcome: SessionOutcome;
  reason: string;
  runIds: string[];
  conditions: ExplainedCondition[];
};

/** @returns the session, or undefined where the workspace has none of that id */
export const findSession = async (
  database: Database,
  workspaceId: string,
  id: string,
): Promise<SessionRow | undefined> => (await database.reader.findOneBy(Sessions, { workspaceId, id })) ?? undefined;

/**
 * Why / why not, for each of these workflows.
 * @param now epoch ms: ends of the session that lie ahead do not count yet
 */
export async function explainSession(
  database: Database,
  session: SessionRow,
  workflows: StoredWorkflow[],
  settings: Settings,
  now: number,
): Promise<Explanation[]> {
  const { workspaceId } = session;
  const verdicts = await database.reader.find(Verdicts, {
    where: { workspaceId, sessionId: session.id },
    order: { at: 'ASC', id: 'ASC' },
  });
  const visitorId = session.visitorId ?? anonymous(session.id);
  const visitor = await database.reader.findOneBy(Visitors, { workspaceId, id: visitorId });
  const ends = sessionEnds(session.facts, settings, { imported: session.imported === 1 }).filter(end => end.at <= now);
  return workflows.flatMap(workflow => {
    const { trigger } = workflow.document;
    // What starts on internal triggers does not come of sessions.
    if (!isAdminTrigger(trigger)) return [];
    const conditions = explainTrigger(trigger, session.facts, ends, settings, knownFields(visitor ?? undefined));
    const own = verdicts.filter(verdict => verdict.workflowId === workflow.id);
    return {
      workflow: { id: workflow.id, name: workflow.document.name, version: workflow.version },
      trigger,
      ...outcomeOf(own, conditions),
      runIds: own.flatMap(verdict => verdict.runId ?? []),
      conditions,
    };
  });
}

function outcomeOf(
  verdicts: VerdictRow[],
  conditions: ExplainedCondition[],
): { outcome: SessionOutcome; reason: string } {
  const decisive = verdicts.find(verdict => verdict.outcome === 'started') ?? verdicts.at(-1);
  if (decisive) return { outcome: decisive.outcome, reason: decisive.reason };
  const unmet = conditions.filter(condition => !condition.met).map(condition => condition.condition);
  const reason =
    unmet.length > 0
      ? `not met: ${unmet.join('; ')}`
      : 'every condition is met, but the workflow was not active when that was judged, or it is still to be judged';
  return { outcome: 'not_started', reason };
}
