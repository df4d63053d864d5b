import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectorFolders, connectorsDirectory, loadConnectors } from '../../src/connectors.ts';
import { findSandboxes } from '../../src/sandbox/find.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { ConnectorContract, SandboxHost } from '../../src/sdk/testing/contract.ts';
import { connectorContract } from '../../src/sdk/testing/contract-suite.ts';

// `connectors new` tries a fresh folder with this very file.
const directory = process.env.CONNECTORS_DIRECTORY ?? connectorsDirectory;
const { connectors } = await loadConnectors(directory);
const vendors = await findSandboxes(directory);
const contracts = new Map<string, ConnectorContract>();
for (const folder of connectorFolders(directory)) {
  const file = path.join(directory, folder, 'contract.ts');
  if (existsSync(file)) contracts.set(folder, (await import(pathToFileURL(file).href)).contract);
}

let sandbox: Sandbox;
let time = Date.parse('2026-11-23T10:00:00Z');
const now = () => time;
const advance = (ms: number) => {
  time += ms;
};
beforeAll(async () => {
  // Every request counts here, also those that no vendor's contract covers.
  const counted = vendors.map(vendor => ({ ...vendor, uncovered: () => false }));
  sandbox = await startSandbox({ vendors: counted, consent: 'auto', now });
});
afterAll(() => sandbox.close());
const host = (): SandboxHost => ({ ...sandbox, now, advance });

test('every connector that can be connected has a sandbox and a contract', () => {
  const connectable = [...connectors.values()].filter(({ auth }) => auth.kind !== 'none').map(({ id }) => id);
  expect([...contracts.keys()]).toEqual(expect.arrayContaining(connectable));
  expect(vendors.map(({ vendor }) => vendor)).toEqual(expect.arrayContaining([...contracts.keys()]));
});

describe.each([...contracts])('%s', (id, contract) => {
  connectorContract(connectors.get(id)!, contract, host);
});
