import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { loadConnectors, registryOf } from '../connectors.ts';
import type { Action, Connector } from '../sdk/index.ts';
import { generatedDocuments } from './generated.ts';

test('the generated documents say what the code does (npm run generate writes them anew)', async () => {
  for (const [file, text] of generatedDocuments(await loadConnectors()))
    expect([file, await readFile(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8')]).toEqual([
      file,
      text,
    ]);
});

describe('the tables', () => {
  const action = (over: Partial<Action>): Action => ({
    id: 'crm.act',
    title: 'Act',
    description: 'Acts a|b.',
    input: z.object({}),
    output: z.object({}),
    fits: {},
    replay: 'safe',
    run: async () => ({}),
    ...over,
  });
  const connector = (actions: Action[]): Connector => ({
    id: 'crm',
    title: 'CRM',
    description: 'People.',
    auth: { kind: 'none' },
    settings: z.object({ CRM_URL: z.string().optional() }),
    limits: { callTimeoutMs: 5_000 },
    open: () => ({}),
    classify: error => error as never,
    actions,
  });
  /** Without the blanks that only align columns. */
  const textOf = (file: string, over: Partial<Action>) =>
    generatedDocuments(registryOf([connector([action(over)])]))
      .get(file)
      ?.replace(/ +/g, ' ');

  it.each<[string, Partial<Action>, string]>([
    ['everything', { fits: {} }, 'every trigger'],
    ['one trigger', { fits: { only: [{ type: 'meeting_booked' }] } }, 'only `meeting_booked` `immediately`'],
    ['all but one', { fits: { except: [{ type: 'pounce_sent' }] } }, 'every trigger but `pounce_sent` `immediately`'],
  ])('say what an action fits: %s', (_what, over, words) => {
    expect(textOf('connectors/README.md', over)).toContain(
      `| \`crm.act\` | Acts a\\|b. | ${words} | changes nothing more |`,
    );
  });

  it.each<[Action['replay'], string]>([
    ['keyed', 'the receiver knows the step key'],
    [{ findMany: async () => [], graceSeconds: 7 }, 'looked for first, 7 s'],
    [{ whenUnsure: 'park' }, 'a person decides'],
    [{ whenUnsure: 'retry' }, 'it does no harm'],
  ])('say how an action replays: %j', (replay, words) => {
    expect(textOf('connectors/README.md', { replay })).toContain(words);
  });

  it('have a line for each of the 19 pairs and a column for each action, the built-in ones first', () => {
    const text = textOf('docs/actions.md', { fits: { only: [{ type: 'lead_captured' }] } }) ?? '';
    const lines = text.split('\n').filter(line => line.startsWith('| `'));
    expect(lines).toHaveLength(19);
    expect(lines.filter(line => line.endsWith('| yes | yes | yes | yes |'))).toEqual([
      expect.stringContaining('lead_captured'),
    ]);
  });
});
