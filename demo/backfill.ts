import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { failedRuns, isGood, matched, type PlaceLine } from './compare.ts';
import { connectByValues } from './connect.ts';
import type { EveningOptions } from './evening.ts';
import { printPlaces } from './report.ts';
import { cutTo, WIDTH } from './screen.ts';
import { settle } from './settle.ts';
import { activateAll, deactivateAll } from './workflows.ts';

const LEADS = 2_000;
const SESSIONS = 300;
/** Qualified lists a session half an hour after its end. */
const HOLD_MS = 30 * 60_000;
const LONGEST_MS = 60_000;
const POLL_MS = 150;
const TOKEN = 'qualified-sandbox-token';

const source = z.object({
  connectionId: z.string(),
  state: z.string(),
  progress: z.object({ done: z.number(), total: z.number().nullable(), message: z.string() }).nullable(),
  error: z.looseObject({ message: z.string() }).nullable(),
});
const sessions = z.array(z.looseObject({ id: z.string(), endedAt: z.string() }));
const messages = z.array(z.looseObject({ conversationId: z.string(), senderType: z.string().nullable() }));
const conversations = z.array(z.looseObject({ id: z.string(), sessionId: z.string() }));
const run = z.object({
  id: z.string(),
  workflowId: z.string(),
  status: z.string(),
  error: z.string().optional(),
  sessionId: z.string().nullable(),
});
const events = z.object({ type: z.string(), data: z.looseObject({ sessionId: z.string().nullish() }) });

/**
 * The last act: what happened before is read from Qualified's own API, with progress, and starts what waits for the ends of sessions.
 * @returns whether every session and conversation with a rep came over once
 */
export async function playBackfill(options: EveningOptions): Promise<boolean> {
  const { stage, hub, screen, tell, signal } = options;
  const { sandbox } = stage;
  screen.say(`\n${screen.paint('bold', 'What happened before: read from Qualified')}\n`);
  const active = (await hub.list('/v1/workflows', z.object({ id: z.string(), status: z.string() }))).filter(
    ({ status }) => status === 'active',
  );
  await deactivateAll(
    hub,
    active.map(({ id }) => id),
  );
  const workflows = await activateAll(hub, 'workflows-backfill');
  sandbox.control('qualified', { seed: { leads: LEADS, sessions: SESSIONS, days: 6 } });
  tell('Typed in', `qualified: ${await connectByValues(hub, 'qualified', { apiToken: TOKEN, backfill: '7' })}`);
  const from = performance.now();
  const begun = Date.now();
  for (;;) {
    const [reading] = await hub.list('/v1/sources', source);
    if (reading?.state === 'up_to_date' || performance.now() - from > LONGEST_MS) break;
    const { done = 0, total = null, message = 'begins' } = reading?.progress ?? {};
    const far = total === null ? '' : `${done} of ${total}: `;
    screen.progress(cutTo(`  ${reading?.error?.message ?? far + message}`, WIDTH));
    await pause(POLL_MS, undefined, { signal });
  }
  tell('Read in', `in ${((performance.now() - from) / 1000).toFixed(1)} s; a session comes half an hour after its end`);

  const all = <Shape extends z.ZodType>(type: string, shape: Shape) =>
    shape.parse(sandbox.records('qualified', type)) as z.output<Shape>;
  const theirs = new Set(
    all('sessions', sessions).flatMap(({ id, endedAt }) => (Date.parse(endedAt) <= begun - HOLD_MS ? id : [])),
  );
  const withRep = sessionsWithRep(all('messages', messages), all('conversations', conversations)).filter(id =>
    theirs.has(id),
  );
  const ours = async () =>
    (await hub.list('/v1/runs', run))
      .filter(({ workflowId, sessionId }) => workflows.has(workflowId) && theirs.has(sessionId ?? ''))
      .map(one => ({ ...one, workflow: workflows.get(one.workflowId)! }));
  while ((await ours()).length < withRep.length && performance.now() - from < LONGEST_MS) {
    screen.progress('  the ends of the sessions are judged');
    await pause(POLL_MS, undefined, { signal });
  }
  await settle(options);
  const ended = (await hub.list('/v1/events?type=session.ended', events)).flatMap(({ data }) => data.sessionId ?? []);
  const runs = await ours();
  const lines: PlaceLine[] = [
    {
      place: 'Baton',
      what: 'sessions, ended once each',
      ...matched(
        [...theirs],
        ended.filter(id => theirs.has(id)),
      ),
    },
    {
      place: 'Baton',
      what: 'runs, one per session with a rep',
      ...matched(
        withRep,
        runs.flatMap(({ sessionId }) => sessionId ?? []),
      ),
    },
    { place: 'Baton', what: 'runs that did not succeed', ...failedRuns(runs) },
  ];
  printPlaces(screen, 'What was read in', lines);
  return lines.every(isGood);
}

/** Worked out of the vendor's own records: visitor and live rep have both written in one conversation of the session. */
function sessionsWithRep(said: z.output<typeof messages>, talks: z.output<typeof conversations>): string[] {
  const by = Map.groupBy(said, ({ conversationId }) => conversationId);
  const withRep = talks.filter(({ id }) => {
    const senders = (by.get(id) ?? []).map(({ senderType }) => senderType);
    return senders.includes('user') && senders.includes('visitor');
  });
  return [...new Set(withRep.map(({ sessionId }) => sessionId))];
}
