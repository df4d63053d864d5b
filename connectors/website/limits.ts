import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Whom an address stands for: a single IPv4 address, or the /64 that a household has of IPv6. Undefined for private and loopback
 * addresses: those are of a proxy in front or of a desk beside, and a limit there would hit everybody at once.
 */
export function householdOf(ip: string): string | undefined {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.range() !== 'unicast') return undefined;
  return address.kind() === 'ipv4' ? address.toString() : `${address.toByteArray().slice(0, 8).join('.')}/64`;
}

/** How many events a minute one key and one household may bring, per process. */
export type Rates = { perKey: number; perHousehold: number };

export type Meter = {
  /** @returns the seconds until there is room again, where there is none now */
  take(key: string, ip: string, points: number): Promise<number | undefined>;
};

/** Counts what comes in by the minute. What one household may not send does not count against its key. */
export function createMeter({ perKey, perHousehold }: Rates): Meter {
  const keys = new RateLimiterMemory({ points: perKey, duration: 60 });
  const households = new RateLimiterMemory({ points: perHousehold, duration: 60 });
  const consume = async (limiter: RateLimiterMemory, name: string, points: number) => {
    try {
      await limiter.consume(name, points);
      return undefined;
    } catch (full) {
      if (!(full instanceof RateLimiterRes)) throw full;
      return Math.max(1, Math.ceil(full.msBeforeNext / 1000));
    }
  };
  return {
    async take(key, ip, points) {
      const household = householdOf(ip);
      const waitForHousehold = household && (await consume(households, household, points));
      return waitForHousehold || consume(keys, key, points);
    },
  };
}

/** How many may be open at once, per process. */
export type Most = { perVisitor: number; perHousehold: number; perKey: number };

/** Counts what is open. `open` answers how to give the place back (any number of times), or undefined where all are taken. */
export function createPlaces({ perVisitor, perHousehold, perKey }: Most) {
  const taken = new Map<string, number>();
  return {
    open({ key, visitor, ip }: { key: string; visitor: string; ip: string }): (() => void) | undefined {
      const household = householdOf(ip);
      const places: [name: string, most: number][] = [
        [`key ${key}`, perKey],
        [`visitor ${key} ${visitor}`, perVisitor],
        ...(household ? [[`household ${household}`, perHousehold] as [string, number]] : []),
      ];
      if (places.some(([name, most]) => (taken.get(name) ?? 0) >= most)) return undefined;
      for (const [name] of places) taken.set(name, (taken.get(name) ?? 0) + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        for (const [name] of places) {
          const left = taken.get(name)! - 1;
          if (left > 0) taken.set(name, left);
          else taken.delete(name);
        }
      };
    },
    /** How many names are counted: none once everything is closed. */
    get size() {
      return taken.size;
    },
  };
}
