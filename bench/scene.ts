import { setTimeout as sleep } from 'node:timers/promises';
import { hubClient } from '../demo/hub-client.ts';
import { findSandboxes } from '../src/sandbox/find.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts';
import { meetingOffered, single } from './events.ts';
import { ADMIN_TOKEN, activate, openHub } from './hub.ts';
import { flood } from './load.ts';
import { settled } from './measure.ts';
import type { ServerProcess } from './processes.ts';
import type { Scenario } from './scenarios.ts';
import type { Storage } from './storages.ts';

/** About what a vendor takes for an answer. */
export const ANSWER_MS = 100;
const CONNECT_MS = 30_000;

/**
 * A hub that is connected to the sandbox of a scenario's vendor, which takes a while to answer. `calls` are the times (ms of
 * `performance.now()`) at which calls came; `holdUntil` keeps every answer back until then.
 */
export type Scene = {
  scenario: Scenario;
  sandbox: Sandbox;
  calls: number[];
  holdUntil(moment: Promise<void>): void;
  storage: Storage;
  server: ServerProcess;
};

/** Puts a scene up in a database of its own, and takes it down again after `work`. */
export async function withScene<T>(
  scenario: Scenario,
  storage: Storage,
  work: (scene: Scene) => Promise<T>,
): Promise<T> {
  const vendor = await startVendorSandbox(scenario);
  try {
    const server = await openHub(storage, { ...vendor.sandbox.settings(), ALLOW_PRIVATE_ADDRESSES: '1' });
    try {
      const signal = AbortSignal.timeout(CONNECT_MS);
      const hub = hubClient(server.url.replace('127.0.0.1', 'localhost'), ADMIN_TOKEN, signal);
      await scenario.connect(hub, vendor.sandbox, signal);
      await activate(server, scenario.workflow);
      return await work({ scenario, ...vendor, storage, server });
    } finally {
      await server.stop();
    }
  } finally {
    await vendor.sandbox.close();
    await storage.drop();
  }
}

async function startVendorSandbox({ vendor, api }: Scenario): Promise<Pick<Scene, 'sandbox' | 'calls' | 'holdUntil'>> {
  const calls: number[] = [];
  let held = Promise.resolve();
  const wait = async (milliseconds: number) => {
    calls.push(performance.now());
    await held;
    await sleep(milliseconds);
  };
  const holdUntil = (moment: Promise<void>) => {
    held = moment;
  };
  const vendors = (await findSandboxes()).filter(found => found.vendor === vendor);
  const sandbox = await startSandbox({ vendors, consent: 'auto', wait });
  sandbox.fault(vendor, { match: { path: api }, times: Number.MAX_SAFE_INTEGER, fault: { delayMs: ANSWER_MS } });
  return { sandbox, calls, holdUntil };
}

/** Sends one event and waits until all that follows from it is done. @returns when it was sent */
export async function sendAlone({ server, storage }: Pick<Scene, 'server' | 'storage'>, event: object) {
  const sentAt = performance.now();
  await flood({ url: server.url, path: '/v1/events', connections: 1 }, [single(event)].values());
  await settled({ storage });
  return sentAt;
}

/** Events of the scenario's workflow, one after the other. @returns for each how long it took until the first call for it, in ms */
export async function offersAlone(scene: Scene, prefix: string, count: number): Promise<number[]> {
  const waits: number[] = [];
  for (let number = 0; number < count; number++) {
    const before = scene.calls.length;
    const sentAt = await sendAlone(scene, meetingOffered(`${prefix}-${number}`));
    waits.push(scene.calls[before]! - sentAt);
  }
  return waits;
}
