import * as z from 'zod';
import { playAfternoon } from './afternoon.ts';
import { playBackfill } from './backfill.ts';
import { chanceOf } from './chance.ts';
import { connect } from './connect.ts';
import { playEvening } from './evening.ts';
import { type HubClient, hubClient } from './hub-client.ts';
import { buildMorning, type MorningTotals } from './morning.ts';
import { printComparison, printRecords } from './report.ts';
import { indented, type Screen } from './screen.ts';
import { loadScripts } from './script.ts';
import { deliveries, send } from './send.ts';
import { type Stage, startStage } from './stage.ts';
import { type State, watch } from './watch.ts';
import { activateAll, switchBuiltIns } from './workflows.ts';

export type DemoOptions = {
  screen: Screen;
  /** How many conversations the morning has, at least one per script. */
  conversations: number;
  /** The same seed plays the same morning. */
  seed: number;
  port?: string;
  logLevel?: string;
  storeIn?: string;
  /** Ends the demo at any time; `runDemo` then rejects with its reason, and nothing is left behind. */
  signal: AbortSignal;
};
/** `good`: everything arrived, and nothing else. The stage is still up; whoever gets it stops it. */
export type DemoResult = { good: boolean; stage: Stage };

const key = z.object({ key: z.string() });

/** What both acts are played with: the names of the morning's workflows by their ids, and a key that may bring what is hours old. */
type Prepared = { hub: HubClient; ingestKey: string; workflows: Map<string, string> };

/**
 * Plays the whole product: starts hub and sandbox, connects both vendors through their consent pages, activates the sample
 * workflows, sends a morning of conversations over HTTP, waits for what comes of it, and compares that with the expectations;
 * then an afternoon with all that Salesforce takes.
 * @throws Error where it cannot be played at all; what was started is stopped by then
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { screen } = options;
  screen.say(`${screen.paint('bold', 'Baton: a morning on a website')}\n`);
  const stage = await startStage(options);
  try {
    return { good: await play(stage, options), stage };
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

async function play(stage: Stage, options: DemoOptions): Promise<boolean> {
  const { screen } = options;
  const tell = teller(screen);
  const { hub, ingestKey, workflows } = await prepare(stage, options);
  const morning = await playMorning(stage, options, { hub, ingestKey, workflows });
  const afternoon = await playAfternoon({ ...options, stage, hub, ingestKey, morning: workflows, tell });
  const evening = await playEvening({ ...options, stage, hub, ingestKey, tell });
  const backfill = await playBackfill({ ...options, stage, hub, ingestKey, tell });
  const good = morning && afternoon && evening && backfill;
  const verdict = good
    ? screen.paint('green', '✔ Everything that was worked out by hand has arrived, each once, and nothing else.')
    : screen.paint('red', '✘ Not everything arrived as it should: the lines above say what.');
  screen.say(`\n${verdict}`);
  return good;
}

/** @returns whether what came of the morning is what was worked out by hand */
async function playMorning(
  stage: Stage,
  options: DemoOptions,
  { hub, ingestKey, workflows }: Prepared,
): Promise<boolean> {
  const { screen, seed, signal } = options;
  const tell = teller(screen);
  const morning = buildMorning({ ...options, scripts: loadScripts(), until: new Date() });
  const { expected } = morning;
  tell(
    'Playing',
    `${expected.conversations} conversations in ${expected.sessions} sessions: ${expected.events} events, ${expected.doubled} of them doubled, ${expected.delayed} out of order`,
  );
  const all = morning.events.length;
  const sent = await send(deliveries(morning.events, chanceOf(seed)), {
    url: stage.url,
    ingestKey,
    signal,
    progress: count => screen.progress(`  ${bar(count / all)} ${count} of ${all} events sent`),
  });
  const rate = Math.round(all / sent.seconds);
  tell('Sent', `${sent.requests} requests in ${sent.seconds.toFixed(1)} s, ${rate} events a second`);

  const tellOnce = once(text => tell('Waiting', text));
  const { arrived, comparison, seconds } = await watch({
    hub,
    records: (vendor, type) => stage.sandbox.records(vendor, type),
    morning,
    sent,
    workflows,
    signal,
    progress: state => {
      tellOnce(waitingFor(state));
      screen.progress(`  ${progressLine(state, expected)}`);
    },
  });
  tell('Done', `${seconds.toFixed(1)} s after the last event`);
  printComparison(screen, comparison);
  printRecords(screen, arrived);
  return comparison.good;
}

/** Connects the vendors, activates the workflows (their names by id), and makes a key that may bring what is hours old. */
async function prepare(stage: Stage, { screen, signal }: DemoOptions): Promise<Prepared> {
  const tell = teller(screen);
  tell('Started', `the hub at ${stage.url}, the vendors' sandbox at ${stage.sandbox.url}`);
  const hub = hubClient(stage.url, stage.adminToken, signal);
  for (const connector of ['salesforce', 'slack']) {
    const { account, consentPage } = await connect(hub, connector, signal);
    tell('Connected', `${connector}: ${account}`);
    screen.say(indented(`by way of ${consentPage}`, 11));
  }
  // They would start on the morning's meetings, too; their turn comes in the afternoon.
  await switchBuiltIns(hub, 'deactivate');
  const samples = await activateAll(hub, 'workflows');
  const counters = await activateAll(hub, 'counters');
  const workflows = new Map([...samples, ...counters]);
  tell(
    'Activated',
    `${samples.size} sample workflows; ${counters.size} more that only count, so that all ${workflows.size} trigger pairs have one`,
  );
  const wanted = { kind: 'ingest', name: 'Demo: recorded morning', anyAge: true };
  const { key: ingestKey } = await hub.post('/v1/keys', wanted, key);
  return { hub, ingestKey, workflows };
}

const teller = (screen: Screen) => (title: string, text: string) =>
  screen.say(`${screen.paint('cyan', title.padEnd(11))}${text}`);

/** What holds things up, in words. */
function waitingFor({ unplanned, lateSeconds, alerts }: State): string | undefined {
  if (unplanned) return undefined;
  if (lateSeconds > 0) return 'the hub gives late events a few seconds before it judges how a session ended';
  if (alerts.some(({ count, expected }) => count < expected))
    return 'Slack takes one message a second in a channel, and the hub keeps to it: alerts trickle in';
  return undefined;
}

function progressLine({ tasks, alerts, seconds }: State, expected: MorningTotals): string {
  const channels = alerts.map(({ channel, count, expected }) => `${channel} ${count}/${expected}`);
  return [`${seconds.toFixed(0).padStart(2)} s`, `tasks ${tasks}/${expected.tasks.length}`, ...channels].join('  ');
}

const bar = (share: number) => '█'.repeat(Math.round(share * 20)).padEnd(20, '░');

/** Tells every different text once. */
function once(tell: (text: string) => void): (text: string | undefined) => void {
  const known = new Set<string>();
  return text => {
    if (text === undefined || known.has(text)) return;
    known.add(text);
    tell(text);
  };
}
