import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = path.join(root, 'test', 'fixtures', 'typed-connectors');
const folder = mkdtempSync(path.join(tmpdir(), 'suite-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Test = { fullName: string; status: string };
let tests: Test[] = [];

/** The suite as `connectors new` and every connector run it, on connectors of our own. */
beforeAll(async () => {
  const outcome = path.join(folder, 'outcome.json');
  await new Promise<void>(resolve => {
    const words = ['bin/jest.mjs', 'test/contract/connectors.test.ts', '--json', `--outputFile=${outcome}`];
    const env = { ...process.env, CONNECTORS_DIRECTORY: directory };
    execFile(process.execPath, words, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, () => resolve());
  });
  tests = JSON.parse(readFileSync(outcome, 'utf8')).testResults[0].assertionResults;
}, 120_000);

const of = (connector: string, status: string) =>
  tests
    .filter(test => test.fullName.startsWith(`${connector} `) && test.status === status)
    .map(({ fullName }) => fullName.replace(`${connector} `, ''))
    .sort();

test.each([
  ['keyed', 'typed values exchanges the typed values again for a token that works, once the last one has ended'],
  ['keyed', 'keyed.push says that its credential is not accepted any more, and changes nothing'],
  ['password', 'typed values takes a wrong secret for wrong credentials'],
  ['anonymous', 'anonymous.push makes one effect where the connection is reset after the effect landed'],
])('a right connector of the kind %s passes, and is asked whether it %s', (connector, title) => {
  expect(of(connector, 'failed')).toEqual([]);
  expect(of(connector, 'passed')).toContain(title);
});

test('a connector that holds an outage for a wrong secret, says its token and has no sample of its push is told all of it', () => {
  expect(of('careless', 'failed')).toEqual([
    'careless.push has a sample in contract.ts',
    'has never said a secret in an error, a note or a log line',
    'typed values condemns nobody for an outage of the token endpoint: HTTP 503',
    'typed values condemns nobody for an outage of the token endpoint: a page instead of an answer',
    'typed values condemns nobody for an outage of the token endpoint: a reset connection',
  ]);
});

test('a connector that never asks for another token, and whose contract names no token endpoint, is told both', () => {
  expect(of('stubborn', 'failed')).toEqual(
    expect.arrayContaining([
      'typed values exchanges the typed values again for a token that works, once the last one has ended',
      'typed values has in contract.ts what the tests of an exchange need',
      'typed values takes a wrong secret for wrong credentials',
    ]),
  );
});
