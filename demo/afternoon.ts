import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { changesBetween, createdIn, readOrg } from './changes.ts';
import { failedRuns, isGood, matched, type PlaceLine } from './compare.ts';
import { connect } from './connect.ts';
import type { HubClient } from './hub-client.ts';
import { printPlaces, printRecord } from './report.ts';
import { indented, type Screen } from './screen.ts';
import { send } from './send.ts';
import type { Stage } from './stage.ts';
import { buildAct, type Changes, loadVisits } from './visits.ts';
import { activateAll, deactivateAll, switchBuiltIns } from './workflows.ts';

const POLL_MS = 100;
const LONGEST_MS = 30_000;
const REP = { name: 'Dana Whitfield', email: 'dana.whitfield@brightline.example' };

const anything = z.unknown();
const page = z.object({ data: z.array(anything) });
const run = z.object({ id: z.string(), workflowId: z.string(), status: z.string(), error: z.string().optional() });
const controls = z.object({ dailyUsed: z.int() });

/** What the afternoon is played with; `morning` are the names of the morning's workflows by their ids. */
export type AfternoonOptions = {
  stage: Stage;
  hub: HubClient;
  ingestKey: string;
  morning: Map<string, string>;
  screen: Screen;
  tell(title: string, text: string): void;
  signal: AbortSignal;
};

/**
 * The second act: a rep connects her own Salesforce, one more workflow pushes people, and those that come with Salesforce keep
 * meetings, e-mails and opt-outs. Prints what was expected of it and what stands in Salesforce.
 * @returns whether it is the same
 */
export async function playAfternoon(options: AfternoonOptions): Promise<boolean> {
  const { stage, screen, tell } = options;
  screen.say(`\n${screen.paint('bold', 'An afternoon with Salesforce')}\n`);
  const workflows = await prepare(options);
  const records = (vendor: string, type: string) => stage.sandbox.records(vendor, type);
  const callsSoFar = () => controls.parse(stage.sandbox.control('salesforce', {})).dailyUsed;
  const before = readOrg(records);
  const callsBefore = callsSoFar();
  const from = performance.now();
  const { visits, first, later, expected } = buildAct('afternoon', loadVisits(), new Date());
  tell('Playing', `${visits.length} visits: ${first.length} events, and then ${later.length} that change their mind`);
  await playAndSettle(options, first);
  const between = readOrg(records);
  await playAndSettle(options, later);
  tell('Done', `in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  const after = readOrg(records);
  const runs = (await options.hub.list('/v1/runs', run))
    .filter(({ workflowId }) => workflows.has(workflowId))
    .map(one => ({ ...one, workflow: workflows.get(one.workflowId)! }));
  const { eventsDeleted } = changesBetween(between, after);
  const arrived = { ...changesBetween(before, after), eventsDeleted };
  const lines: PlaceLine[] = [
    ...salesforceLines(expected, arrived),
    { place: 'Baton', what: 'runs that did not succeed', ...failedRuns(runs) },
  ];
  printPlaces(screen, 'What Salesforce holds now', lines);
  printNew(screen, arrived, createdIn(before, after, 'Event'));
  screen.say();
  tell('Calls', `${callsSoFar() - callsBefore} calls of the Salesforce API for ${runs.length} runs`);
  return lines.every(isGood);
}

/** @returns the names of the afternoon's workflows by their ids */
async function prepare({ stage, hub, morning, screen, tell, signal }: AfternoonOptions): Promise<Map<string, string>> {
  // What an admin of the org and her own browser do: the opt-out may be seen, and she is signed in as herself.
  const showFields = { Lead: ['HasOptedOutOfEmail'], Contact: ['HasOptedOutOfEmail'] };
  stage.sandbox.control('salesforce', { signInAs: REP.email, showFields });
  const { account, consentPage } = await connect(hub, 'salesforce', signal, REP.email);
  tell('Connected', `${REP.name}’s own Salesforce, by a personal link`);
  screen.say(indented(`${account}, by way of ${consentPage}`, 11));
  await hub.patch('/v1/settings', { defaultPushDestination: 'salesforce' }, anything);
  await deactivateAll(hub, [...morning.keys()]);
  const own = await activateAll(hub, 'workflows-salesforce');
  const builtIn = await switchBuiltIns(hub, 'activate');
  const ended = `the ${morning.size} of the morning are switched off`;
  tell('Activated', `${own.size} more workflow and ${builtIn.size} that come with Salesforce; ${ended}`);
  return new Map([...own, ...builtIn]);
}

/** Sends events in one request and waits until nothing is under way any more, half a minute at most. */
async function playAndSettle(
  { hub, stage, ingestKey, signal }: AfternoonOptions,
  events: Parameters<typeof send>[0][number]['events'],
): Promise<void> {
  await send([{ form: 'batched', events }], { url: stage.url, ingestKey, signal, progress() {} });
  const isThere = async (path: string) => (await hub.get(`${path}&limit=1`, page)).data.length > 0;
  const from = performance.now();
  while ((await isThere('/v1/events?status=new')) || (await isThere('/v1/runs?status=running'))) {
    if (performance.now() - from > LONGEST_MS) return;
    await pause(POLL_MS, undefined, { signal });
  }
}

const titles: Record<keyof Changes, string> = {
  leadsCreated: 'Leads created',
  leadsChanged: 'Leads changed',
  contactsCreated: 'Contacts created',
  contactsChanged: 'Contacts changed',
  members: 'campaign members',
  tasks: 'tasks',
  events: 'events of meetings',
  eventsDeleted: 'events of cancelled meetings, deleted',
};

const salesforceLines = (expected: Changes, arrived: Changes): PlaceLine[] =>
  (Object.keys(titles) as (keyof Changes)[]).map(name => ({
    place: 'Salesforce',
    what: titles[name],
    ...matched(expected[name], arrived[name]),
  }));

/** A few of the new records as a person reads them there; a sentence is a title and its details. */
function printNew(
  screen: Screen,
  { leadsCreated, members, events }: Changes,
  meetings: Record<string, unknown>[],
): void {
  const print = (type: string, sentence: string | undefined, more: string[] = []) => {
    const [title, ...details] = sentence?.split(', ') ?? [];
    if (title) printRecord(screen, `Salesforce ${type}: ${title}`, [...details, ...more]);
  };
  screen.say(`\n${screen.paint('bold', 'A few of them, as people read them there')}`);
  print('lead', leadsCreated[0]);
  print('campaign member', members[0]);
  print('event', events[0], String(meetings[0]?.Description ?? '').split('\n'));
}
