import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { type Arrived, arrivedAlerts, arrivedTasks, type Records } from './arrived.ts';
import { type Comparison, compare } from './compare.ts';
import type { HubClient } from './hub-client.ts';
import type { Morning } from './morning.ts';
import type { Sent } from './send.ts';

const POLL_MS = 250;
const LONGEST_MS = 90_000;
/** Nothing under way for so long, and still something missing: it will not come any more. */
const QUIET_MS = 10_000;

const anything = z.object({ data: z.array(z.unknown()) });
const run = z.object({
  id: z.string(),
  workflowId: z.string(),
  status: z.string(),
  trigger: z.object({ type: z.string(), timing: z.string() }),
  occasion: z.object({ key: z.string() }),
  error: z.string().optional(),
});
const visitor = z.object({ fields: z.record(z.string(), z.unknown()) });
const settings = z.object({ lateEventSeconds: z.number() });

/** How far it has come. `seconds` since the last event was sent. */
export type State = {
  seconds: number;
  /** Seconds until the hub stops to wait for late events of the last sessions; 0 when it has. */
  lateSeconds: number;
  unplanned: boolean;
  open: boolean;
  tasks: number;
  alerts: { channel: string; count: number; expected: number }[];
};

/** What is watched, and what it is compared with. */
export type Watched = {
  hub: HubClient;
  records: Records;
  morning: Morning;
  sent: Sent;
  workflows: Map<string, string>;
  signal: AbortSignal;
  progress(state: State): void;
};

/**
 * Looks again and again until everything expected is there and nothing is under way any more, or it is plain that more will
 * not come, or 90 seconds are over.
 * @returns what is there by then, compared with what should be
 */
export async function watch(watched: Watched): Promise<{ arrived: Arrived; comparison: Comparison; seconds: number }> {
  const { hub, morning, signal } = watched;
  const { lateEventSeconds } = await hub.get('/v1/settings', settings);
  const from = performance.now();
  const since = (start: number) => performance.now() - start;
  let quietFrom = from;
  for (;;) {
    const state = await look(watched, since(from) / 1000, lateEventSeconds);
    watched.progress(state);
    const quiet = !state.unplanned && !state.open && state.lateSeconds === 0;
    if (!quiet) quietFrom = performance.now();
    const over = since(from) > LONGEST_MS || since(quietFrom) > QUIET_MS;
    if (quiet || over) {
      const arrived = await collect(watched);
      const comparison = compare(morning.plays, morning.expected, arrived);
      if (comparison.good || over) return { arrived, comparison, seconds: state.seconds };
    }
    await pause(POLL_MS, undefined, { signal });
  }
}

async function look({ hub, records, morning }: Watched, seconds: number, late: number): Promise<State> {
  const isThere = async (path: string) => (await hub.get(`${path}&limit=1`, anything)).data.length > 0;
  const alerts = arrivedAlerts(records);
  const channels = Map.groupBy(morning.expected.alerts, ({ channel }) => channel);
  return {
    seconds,
    lateSeconds: Math.max(0, late - seconds),
    unplanned: await isThere('/v1/events?status=new'),
    open: await isThere('/v1/runs?status=running'),
    tasks: arrivedTasks(records).length,
    alerts: [...channels].sort().map(([channel, { length: expected }]) => ({
      channel,
      expected,
      count: alerts.filter(alert => alert.channel === channel).length,
    })),
  };
}

async function collect({ hub, records, morning, sent, workflows }: Watched): Promise<Arrived> {
  const runs = await hub.list('/v1/runs', run);
  const fields = new Map<string, Record<string, unknown>>();
  for (const { visitorId } of morning.expected.fields)
    fields.set(visitorId, (await hub.get(`/v1/visitors/${encodeURIComponent(visitorId)}`, visitor)).fields);
  return {
    accepted: sent.accepted,
    duplicates: sent.duplicates,
    runs: runs.map(({ id, workflowId, status, trigger, occasion, error }) => ({
      id,
      workflow: workflows.get(workflowId) ?? workflowId,
      trigger: trigger.type,
      timing: trigger.timing,
      occasion: occasion.key,
      status,
      ...(error !== undefined && { error }),
      ...(!workflows.has(workflowId) && { builtIn: true as const }),
    })),
    tasks: arrivedTasks(records),
    alerts: arrivedAlerts(records),
    fields,
  };
}
