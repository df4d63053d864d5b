import * as z from 'zod';
import { failedRuns, isGood, matched, type PlaceLine } from './compare.ts';
import { connect, connectByValues } from './connect.ts';
import type { HubClient } from './hub-client.ts';
import { playPeople, until } from './people.ts';
import { newIn, readPlaces } from './places.ts';
import { printPlaces, printRecord } from './report.ts';
import { indented, type Screen } from './screen.ts';
import { playAndSettle, settle } from './settle.ts';
import type { Stage } from './stage.ts';
import { buildAct, loadAct } from './visits.ts';
import { activateAll, deactivateAll, switchBuiltIns } from './workflows.ts';

const run = z.object({ id: z.string(), workflowId: z.string(), status: z.string(), error: z.string().optional() });
const sentences = z.record(z.string(), z.array(z.string()));
/** The business unit of the sandbox's Account Engagement. */
const BUSINESS_UNIT = '0Uv5e0000004CQSCA2';

/** What the evening is played with. */
export type EveningOptions = {
  stage: Stage;
  hub: HubClient;
  ingestKey: string;
  screen: Screen;
  tell(title: string, text: string): void;
  signal: AbortSignal;
};

/**
 * The third act: HubSpot, three marketing automation platforms, analytics and mail are connected; conversations and meetings reach all of them.
 * Prints what was expected at each place and what stands there.
 * @returns whether it is the same
 */
export async function playEvening(options: EveningOptions): Promise<boolean> {
  const { stage, screen, tell, hub } = options;
  screen.say(`\n${screen.paint('bold', 'An evening with everybody else')}\n`);
  const { workflows, siteKey } = await prepare(options);
  const records = (vendor: string, type: string) => stage.sandbox.records(vendor, type);
  const before = readPlaces(records);
  const from = performance.now();
  const { visits, first, later, expected } = buildAct('evening', loadAct('evening', sentences), new Date());
  tell('Playing', `${visits.length} visits: ${first.length} events, and then ${later.length} that change their mind`);
  await playAndSettle(options, first);
  tell('Waiting', 'the hub gives late events a few seconds before it judges how a session ended');
  const sessions = () => newIn(before, readPlaces(records))['Google Analytics events']?.length ?? 0;
  await until(() => sessions() >= (expected['Google Analytics events']?.length ?? 0), options.signal);
  await settle(options);
  await playAndSettle(options, later);
  tell('Done', `in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  const arrived = newIn(before, readPlaces(records));
  screen.say(`\n${screen.paint('bold', 'People hear of it, and act')}\n`);
  const people = await playPeople({ ...options, siteKey });
  await settle(options);
  const runs = (await hub.list('/v1/runs', run))
    .filter(({ workflowId }) => workflows.has(workflowId))
    .map(one => ({ ...one, workflow: workflows.get(one.workflowId)! }));
  const lines: PlaceLine[] = [
    ...Object.keys(arrived).map(name => ({ ...placed(name), ...matched(expected[name] ?? [], arrived[name] ?? []) })),
    ...people,
    { place: 'Baton', what: 'runs that did not succeed', ...failedRuns(runs) },
  ];
  printPlaces(screen, 'What stands at each of them that did not before', lines);
  printSome(screen, arrived);
  return lines.every(isGood);
}

/** `HubSpot contacts` as a place and what stands there. */
function placed(name: string): { place: string; what: string } {
  const [, place = name, what = 'sent'] =
    /^(HubSpot|Marketo|Account Engagement|Eloqua|Google Analytics) (.+)$/.exec(name) ?? [];
  return { place, what };
}

/** Connects and activates. @returns the names of the evening's workflows by their ids, and the key of the website */
async function prepare({
  stage,
  hub,
  tell,
  screen,
  signal,
}: EveningOptions): Promise<{ workflows: Map<string, string>; siteKey: string }> {
  const consents = [
    await connect(hub, 'hubspot', signal),
    await connect(hub, 'pardot', signal, { options: { businessUnit: BUSINESS_UNIT } }),
    await connect(hub, 'eloqua', signal),
  ];
  for (const { connector, account, consentPage } of consents) {
    tell('Connected', `${connector}: ${account}`);
    screen.say(indented(`by way of ${consentPage}`, 11));
  }
  for (const [connector, values] of Object.entries(typedValues(stage)))
    tell('Typed in', `${connector}: ${await connectByValues(hub, connector, values)}`);
  stage.sandbox.control('slack', { hubUrl: stage.url });
  stage.sandbox.control('teams', { hubUrl: stage.url });
  await stage.sandbox.control('teams', { install: { team: 'Revenue' } });
  tell('Installed', 'the app in the team Revenue, as an owner of the team does');
  const active = (await hub.list('/v1/workflows', z.object({ id: z.string(), status: z.string() }))).filter(
    ({ status }) => status === 'active',
  );
  await deactivateAll(
    hub,
    active.map(({ id }) => id),
  );
  const own = await activateAll(hub, 'workflows-evening');
  const builtIn = await switchBuiltIns(hub, 'activate', 'hubspot');
  tell('Activated', `${own.size} workflows, and ${builtIn.size} that comes with HubSpot; all others are switched off`);
  const site = { kind: 'site', name: 'Demo: the website', origins: [stage.sandbox.url] };
  const { key: siteKey } = await hub.post('/v1/keys', site, z.object({ key: z.string() }));
  stage.sandbox.control('website', { hub: stage.url, key: siteKey });
  return { workflows: new Map([...own, ...builtIn]), siteKey };
}

/** What an admin types in, from what the sandbox's vendors hand out. */
function typedValues({ sandbox }: Stage): Record<string, Record<string, unknown>> {
  const values = sandbox.settings();
  return {
    marketo: {
      baseUrl: values.MARKETO_BASE_URL,
      clientId: values.MARKETO_CLIENT_ID,
      clientSecret: values.MARKETO_CLIENT_SECRET,
    },
    teams: {},
    'google-analytics': { measurementId: values.GA_MEASUREMENT_ID, apiSecret: values.GA_API_SECRET },
  };
}

function printSome(screen: Screen, arrived: Record<string, string[]>): void {
  screen.say(`\n${screen.paint('bold', 'A few of them, as people read them there')}`);
  for (const place of ['HubSpot meetings', 'Marketo people', 'Mails']) {
    const [title, ...details] = arrived[place]?.[0]?.split(', ') ?? [];
    if (title) printRecord(screen, `${place}: ${title}`, details);
  }
}
