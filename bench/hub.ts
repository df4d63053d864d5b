import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { WorkflowDocument } from '../src/model/workflow.ts';
import { INGEST_KEY } from './load.ts';
import { type ServerProcess, startProcess } from './processes.ts';
import type { Storage } from './storages.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const ADMIN_TOKEN = 'bench-admin-token-0123456789abcdef012345';

/** The thinnest run there is: one step, whose connector needs no connection. */
export const tellVendor = (vendorUrl: string, type: 'meeting_booked' | 'pounce_sent'): WorkflowDocument => ({
  name: 'Tell the vendor',
  trigger: { type, timing: 'immediately' },
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
  const hub = await openHub(storage, { ALLOW_PRIVATE_ADDRESSES: '1' });
  await activate(hub, tellVendor(vendorUrl, 'meeting_booked'));
  return hub;
}

/** A whole hub without a workflow. `environment` are further settings of it. */
export async function openHub(storage: Storage, environment: Record<string, string>): Promise<ServerProcess> {
  const settings = {
    DATABASE_URL: '',
    REDIS_URL: '',
    ...storage.environment,
    ADMIN_TOKEN,
    INGEST_KEY,
    LOG_LEVEL: 'info',
    ...environment,
  };
  const hub = await startProcess(main, ['all'], settings, path.join(storage.directory, 'hub.log'));
  await ask(hub, '/v1/keys', { kind: 'signing', name: 'Benchmark' });
  return hub;
}

export async function activate(hub: ServerProcess, document: WorkflowDocument): Promise<void> {
  const { id } = (await ask(hub, '/v1/workflows', document)) as { id: string };
  await ask(hub, `/v1/workflows/${id}/activate`);
}

async function ask({ url }: ServerProcess, route: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
  const answer = await request(url + route, {
    method: 'POST',
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  const said = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`POST ${route} was answered ${answer.statusCode}: ${said}`);
  return JSON.parse(said);
}
