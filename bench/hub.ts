import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKeyStore } from '../src/access/keys.ts';
import { DEFAULT_WORKSPACE, ensureDefaultWorkspace } from '../src/access/workspaces.ts';
import { systemClock } from '../src/clock.ts';
import { loadKeys } from '../src/connections/keys.ts';
import { createVault } from '../src/connections/vault.ts';
import { openDatabase } from '../src/db/database.ts';
import type { WorkflowDocument } from '../src/model/workflow.ts';
import { createWorkflowStore } from '../src/workflows/store.ts';
import { INGEST_KEY } from './load.ts';
import { type ServerProcess, startProcess } from './processes.ts';
import type { Storage } from './storages.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The thinnest run there is: one step, whose connector needs no connection. */
const workflow = (vendorUrl: string): WorkflowDocument => ({
  name: 'Tell the vendor',
  trigger: { type: 'meeting_booked', timing: 'immediately' },
  steps: [
    {
      id: 'tell',
      action: 'webhook.send',
      input: { url: vendorUrl, body: { id: '{{ event.id }}', visitor: '{{ visitor.email }}' } },
    },
  ],
});

/** Starts a whole hub (web, worker and clock in one process) whose one active workflow calls the vendor for every meeting booked. */
export async function startHub(storage: Storage, vendorUrl: string): Promise<ServerProcess> {
  await seed(storage, vendorUrl);
  const environment = {
    DATABASE_URL: '',
    REDIS_URL: '',
    ...storage.environment,
    INGEST_KEY,
    ALLOW_PRIVATE_ADDRESSES: '1',
    LOG_LEVEL: 'info',
  };
  return startProcess(main, ['all'], environment, path.join(storage.directory, 'hub.log'));
}

async function seed({ environment, directory }: Storage, vendorUrl: string): Promise<void> {
  const url = environment.DATABASE_URL;
  const database = await openDatabase(url ? { url } : { directory });
  await ensureDefaultWorkspace(database, systemClock);
  const sealer = createVault(await loadKeys({ directory, production: false }));
  const keys = createKeyStore({ database, clock: systemClock, sealer });
  await keys.create(DEFAULT_WORKSPACE, { kind: 'signing', name: 'Benchmark' });
  const workflows = createWorkflowStore({ database, clock: systemClock });
  const { id, version, status } = await workflows.create(DEFAULT_WORKSPACE, workflow(vendorUrl));
  await workflows.setStatus(DEFAULT_WORKSPACE, id, { version, status }, 'active');
  await database.close();
}
