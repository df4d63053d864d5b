import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { HubClient } from './hub-client.ts';
import type { CloudEvent } from './play.ts';
import { send } from './send.ts';
import type { Stage } from './stage.ts';

const POLL_MS = 100;
const LONGEST_MS = 30_000;
const page = z.object({ data: z.array(z.unknown()) });

type Playing = { stage: Stage; hub: HubClient; ingestKey: string; signal: AbortSignal };

/** Sends events in one request and waits until nothing is under way any more, half a minute at most. */
export async function playAndSettle({ stage, hub, ingestKey, signal }: Playing, events: CloudEvent[]): Promise<void> {
  await send([{ form: 'batched', events }], { url: stage.url, ingestKey, signal, progress() {} });
  await settle({ hub, signal });
}

/** Waits until no event is unplanned and no run under way, half a minute at most. */
export async function settle({ hub, signal }: Pick<Playing, 'hub' | 'signal'>): Promise<void> {
  const isThere = async (path: string) => (await hub.get(`${path}&limit=1`, page)).data.length > 0;
  const from = performance.now();
  while ((await isThere('/v1/events?status=new')) || (await isThere('/v1/runs?status=running'))) {
    if (performance.now() - from > LONGEST_MS) return;
    await pause(POLL_MS, undefined, { signal });
  }
}
