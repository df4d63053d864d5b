import type { NextFunction, Request, Response } from 'express';
import { DateTime } from 'luxon';
import type { SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import { answer, Refusal } from './answers.ts';
import type { Identity } from './identity.ts';

const MOST_BODY_BYTES = 1024 * 1024;
const MOST_ADDRESS_BYTES = 8 * 1024;
const WINDOW_MS = 20_000;

export const usualLimits = () => ({ ratePoints: 100, dailyQuota: 50_000, concurrency: 10 });
export type Limits = ReturnType<typeof usualLimits>;

/** The day that the quota is counted by: it begins at midnight in the US Central time zone. */
const dayOf = (at: number): string =>
  DateTime.fromMillis(at, { zone: 'America/Chicago' }).startOf('day').toISO({ suppressMilliseconds: true }) ?? '';

/** What every call passes: sizes, the token in the header, and the limits that all callers of the instance share. */
export function createGate({ identity, now }: { identity: Identity; now(): number }) {
  let limits = usualLimits();
  let recent: number[] = [];
  let running = 0;
  const days = new Map<string, number>();

  function check(request: Request): void {
    if (Buffer.byteLength(request.originalUrl) > MOST_ADDRESS_BYTES)
      throw new Refusal('414', 'Request-URI Too Long', 414);
    if ((request as SandboxRequest).rawBody.length > MOST_BODY_BYTES)
      throw new Refusal('413', 'Request Entity Too Large', 413);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    // A token in the query is no longer looked at.
    if (token === undefined) throw new Refusal('600', 'Access token not specified');
    const state = identity.stateOf(token);
    if (state !== 'live')
      throw state === 'ended' ? new Refusal('602', 'Access token expired') : new Refusal('601', 'Access token invalid');
    if (running >= limits.concurrency) throw new Refusal('615', 'Concurrent access limit reached');
    recent = recent.filter(at => at > now() - WINDOW_MS);
    if (recent.length >= limits.ratePoints)
      throw new Refusal('606', `Max rate limit '${limits.ratePoints}' exceeded with in '20' secs`);
    if (used() >= limits.dailyQuota) throw new Refusal('607', 'Daily quota reached');
  }
  const used = () => days.get(dayOf(now())) ?? 0;

  return {
    /** Calls by the day on which they were made. */
    usage: () => [...days].map(([date, total]) => ({ date, total })),
    today: () => ({ date: dayOf(now()), total: used() }),
    limits: () => ({ ...limits }),
    tighten(over: Partial<Limits>): void {
      limits = { ...limits, ...over };
    },
    reset(): void {
      limits = usualLimits();
      recent = [];
      days.clear();
    },
    handle(request: Request, response: Response, next: NextFunction): void {
      // Whoever waits for midnight reckons from this clock.
      response.set('date', new Date(now()).toUTCString());
      try {
        check(request);
      } catch (error) {
        answer(response, () => {
          throw error;
        });
        return;
      }
      recent.push(now());
      days.set(dayOf(now()), used() + 1);
      running += 1;
      response.on('close', () => {
        running -= 1;
      });
      next();
    },
  };
}
export type Gate = ReturnType<typeof createGate>;
