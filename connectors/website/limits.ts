import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Whom an address stands for: a single IPv4 address, or the /64 that a household has of IPv6. Undefined for private and loopback
 * addresses: those are of a proxy in front or of a desk beside, and a limit there would hit everybody at once.
 */
export function householdOf(ip: string): string | undefined {
  const plain = withoutPort(ip);
  if (!ipaddr.isValid(plain)) return plain;
  const address = ipaddr.process(plain);
  if (address.range() !== 'unicast') return undefined;
  return address.kind() === 'ipv4' ? address.toString() : `${address.toByteArray().slice(0, 8).join('.')}/64`;
}

/** Some proxies write the port along: `203.0.113.7:51234`, `[2001:db8::7]:51234`. */
const withoutPort = (ip: string): string =>
  /^(?:([\d.]+)|\[([\da-f:.]+)\])(?::\d+)?$/i.exec(ip)?.slice(1).find(Boolean) ?? ip;

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

const DAY_MS = 24 * 3_600_000;
/** Some 15 MB at the most. */
const MOST_NAMES = 50_000;

/**
 * Counts by name over a day, so that nothing that a single name stands for grows without end. Of 50,000 names: the one that was counted
 * longest ago is forgotten first.
 */
export function createTally(perDay: number) {
  const counts = new Map<string, { count: number; since: number }>();
  const countOf = (name: string, now: number) => {
    const known = counts.get(name);
    return known && now - known.since < DAY_MS ? known : { count: 0, since: now };
  };
  return {
    /** Counts `points` for each of the names. @returns the seconds until there is room, where one has none: then nothing is counted */
    take(names: string[], points: number, now: number): number | undefined {
      const found = names.map(name => [name, countOf(name, now)] as const);
      const full = found.filter(([, { count }]) => count > 0 && count + points > perDay);
      if (full.length > 0) return Math.ceil((Math.max(...full.map(([, { since }]) => since)) + DAY_MS - now) / 1000);
      for (const [name, known] of found) {
        counts.delete(name);
        if (counts.size >= MOST_NAMES) counts.delete(counts.keys().next().value!);
        counts.set(name, { ...known, count: known.count + points });
      }
      return undefined;
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
