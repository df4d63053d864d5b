import type { ConnectorRegistry } from '../connectors.ts';
import { triggerPairs } from '../model/workflow.ts';
import { checkedActions } from '../runs/catalogue.ts';
import type { Action, Connector } from '../sdk/index.ts';
import { availability } from '../workflows/availability.ts';
import { code, table } from './markdown.ts';

/** What every workflow document may hold besides actions; both fit everything. */
const flow = [
  { id: 'branch', title: 'Branch', fits: {} },
  { id: 'jump', title: 'Jump to a step', fits: {} },
];
const note = (source: string) => `<!-- Written by \`npm run generate\` from ${source}. Change that, not this. -->`;

/** The documents that follow from the code: text by path from the root. */
export function generatedDocuments(registry: ConnectorRegistry): Map<string, string> {
  return new Map([
    ['connectors/README.md', connectorsReadme([...registry.connectors.values()])],
    ['docs/actions.md', actionsTable(registry)],
  ]);
}

function connectorsReadme(connectors: Connector[]): string {
  return `${note('the connectors themselves')}

# Connectors

Each folder here is one connector: everything about one vendor, and nothing outside of it knows the vendor's name.
[The guide](../docs/connector-guide.md) says how to add one.

${table(
  ['connector', 'what it does', 'how it is connected', 'settings'],
  connectors.map(connector => [
    `[${connector.title}](${connector.id})`,
    connector.description,
    authOf(connector),
    settingsOf(connector).map(code).join(' '),
  ]),
)}

## Actions

What a repeat does decides what happens after a lost answer: see [the guide](../docs/connector-guide.md#what-happens-when-it-runs-again).

${table(
  ['action', 'what it does', 'fits', 'when run again'],
  connectors.flatMap(({ actions }) =>
    actions.map(action => [code(action.id), action.description, fitsOf(action), replayOf(action)]),
  ),
)}
`;
}

function actionsTable(registry: ConnectorRegistry): string {
  const rows = availability([...flow, ...checkedActions(registry).values()]);
  return `${note('the availability beside each action')}

# Which action fits which trigger

Saving a workflow refuses an action that does not fit its trigger and timing.

${table(
  ['trigger', 'timing', ...rows.map(({ action }) => code(action))],
  triggerPairs.map(({ type, timing }, index) => [
    code(type),
    code(timing),
    ...rows.map(({ pairs }) => (pairs[index]?.fits ? 'yes' : '–')),
  ]),
)}
`;
}

function authOf({ auth }: Connector): string {
  if (auth.kind === 'none') return 'needs no connection';
  if (auth.kind === 'key') return 'values that an admin types in';
  const scopes = auth.scopes.map(code).join(' ');
  return `OAuth 2${auth.pkce ? ' with PKCE' : ''}${scopes && `: ${scopes}`}`;
}

function settingsOf({ settings }: Connector): string[] {
  return settings && 'shape' in settings ? Object.keys(settings.shape as Record<string, unknown>) : [];
}

/** Every trigger, or those that are left out, or those that are left: whichever is shorter to read. */
function fitsOf(action: Action): string {
  const pairs = availability([action])[0]?.pairs ?? [];
  const named = (wanted: boolean) =>
    pairs.filter(pair => pair.fits === wanted).map(({ type, timing }) => `${code(type)} ${code(timing)}`);
  const [fitting, others] = [named(true), named(false)];
  if (others.length === 0) return 'every trigger';
  return fitting.length <= others.length ? `only ${fitting.join(', ')}` : `every trigger but ${others.join(', ')}`;
}

function replayOf({ replay }: Action): string {
  if (replay === 'safe') return 'changes nothing more';
  if (replay === 'keyed') return 'the receiver knows the step key';
  if ('findMany' in replay) return `looked for first, ${replay.graceSeconds} s after the call could last have landed`;
  return replay.whenUnsure === 'park' ? 'a person decides' : 'repeated: it does no harm';
}
