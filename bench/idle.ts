import { pounceSent } from './events.ts';
import { activate, tellVendor } from './hub.ts';
import { quantiles, type Size } from './measure.ts';
import { salesforceTasks } from './scenarios.ts';
import { offersAlone, sendAlone, withScene } from './scene.ts';
import type { Storage } from './storages.ts';
import { startVendor } from './vendor.ts';

type Quantiles = { p50: number; p99: number };

/**
 * How long an idle hub takes to make the first call for an event, in milliseconds from sending it: to a vendor with a connection,
 * a budget and batches, and to a plain receiver of webhooks.
 */
export type Idle = { vendor: Quantiles; plain: Quantiles };

/** By turns an event for the one and for the other, so that both meet the machine in the same mood. */
export async function measureIdle(storage: Storage, { alone }: Size): Promise<Idle> {
  const plain = await startVendor();
  try {
    return await withScene(salesforceTasks, storage, async scene => {
      await activate(scene.server, tellVendor(plain.url, 'pounce_sent'));
      const byTurns = async (prefix: string) => {
        const waits = { vendor: [] as number[], plain: [] as number[] };
        for (let number = 0; number < alone; number++) {
          waits.vendor.push(...(await offersAlone(scene, `${prefix}-vendor-${number}`, 1)));
          const id = `${prefix}-plain-${number}`;
          const sentAt = await sendAlone(scene, pounceSent(id));
          waits.plain.push(plain.arrivals.get(id)! - sentAt);
        }
        return waits;
      };
      await byTurns('warm');
      const waits = await byTurns('idle');
      return { vendor: quantiles(waits.vendor), plain: quantiles(waits.plain) };
    });
  } finally {
    await plain.close();
  }
}

/** The figures as lines. */
export function idleLines({ vendor, plain }: Idle): string {
  const shown = ({ p50, p99 }: Quantiles) => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;
  return [
    `Event to first call when idle, p50 / p99: Salesforce ${shown(vendor)}, a plain receiver of webhooks, by turns with it, ${shown(plain)};`,
    `connection, budget and batching add ${(vendor.p50 - plain.p50).toFixed(1)} ms.`,
  ].join('\n');
}
