// npm run demo: the whole product with the vendors' sandbox, played and compared. `--once` ends it when that is done.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { runDemo } from './run.ts';
import { createScreen, type Screen } from './screen.ts';
import type { Stage } from './stage.ts';

const INTERRUPTED = 130;
const USAGE = `npm run demo [-- options]
  --once               exit when done: 0 where everything arrived, 1 where something is missing
  --conversations N    how many there are in the morning (220)
  --seed N             another order, other visitors (7)
PORT is the hub's port; without it a free one is taken.`;

const interrupt = new AbortController();
// A terminal and a launcher may both pass a signal on: further ones change nothing.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort(signal));
process.exit(await main(createScreen(process.stdout), interrupt.signal));

/** @returns the exit code */
async function main(screen: Screen, signal: AbortSignal): Promise<number> {
  const wanted = readArguments();
  if (typeof wanted === 'string') {
    console.error(`${wanted}\n\n${USAGE}`);
    return 2;
  }
  try {
    const { PORT: port, LOG_LEVEL: logLevel } = process.env;
    const { good, stage } = await runDemo({ ...wanted, screen, signal, port, logLevel });
    if (!wanted.once) await stayUp(screen, stage, signal);
    await stage.stop();
    return good ? 0 : 1;
  } catch (error) {
    if (signal.aborted) screen.say('Stopped.');
    else screen.say(`${screen.paint('red', '✘')} ${error instanceof Error ? error.message : String(error)}`);
    return signal.aborted ? INTERRUPTED : 1;
  }
}

async function stayUp(screen: Screen, { url, sandbox, adminToken }: Stage, signal: AbortSignal): Promise<void> {
  screen.say(`\n${screen.paint('bold', 'Look around')}`);
  screen.say(`  ${sandbox.url}/  what arrived, as people see it at each vendor; the buttons in Slack and Teams work`);
  screen.say(`  ${sandbox.url}/website/  a website with the script in it: what its visitors do, and what it hears`);
  screen.say(`  ${url}/docs  the API: workflows, runs with their steps, visitors, connections`);
  screen.say(`  admin token: ${adminToken}`);
  screen.say(`  curl -H 'Authorization: Bearer ${adminToken}' \\\n    '${url}/v1/runs?limit=1'`);
  screen.say('\nCtrl-C stops everything and removes what was stored.');
  if (!signal.aborted) await once(signal, 'abort');
  screen.say('Stopping.');
}

/** What is wanted, or what is wrong with it. */
function readArguments(): { once: boolean; conversations: number; seed: number } | string {
  const number = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { once: { type: 'boolean' }, conversations: number, seed: number } });
    const { once = false, conversations = '220', seed = '7' } = values;
    for (const [name, text] of Object.entries({ conversations, seed }))
      if (!/^\d{1,5}$/.test(text)) return `--${name} must be a whole number up to 99999, not “${text}”.`;
    return { once, conversations: Number(conversations), seed: Number(seed) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
