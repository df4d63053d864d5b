import type { FailureKind } from '../model/run.ts';

/** What failed, and what has been tried. All times are epoch milliseconds. */
export type Failure = {
  kind: FailureKind;
  /** Tries made so far that count, this one included (`throttled` and `released` ones do not count). At least 1. */
  tries: number;
  firstTriedAt: number;
  now: number;
  /** A number of [0, 1), new for every decision. */
  random: number;
  /** What the vendor said about when to come back. */
  retryAfterMs?: number;
  /** `unauthorized` only: the access token has been refreshed once for this step already. */
  refreshed?: boolean;
  /** The connector asks that a person decides (StepErrorDetails.park). */
  park?: boolean;
};

/**
 * retry: try again at `dueAt`; `counts` says whether the try that failed is one of the limited ones · give_up: the step fails ·
 * refresh: get a new access token and try again at once, free of charge · settle: find out by the action's `replay`, not before `dueAt`, whether it landed ·
 * park: a person must act first. `reason` is a sentence for the timeline; the vendor's own words stand beside it.
 */
export type RetryDecision =
  | { action: 'retry'; dueAt: number; counts: boolean; reason: string }
  | { action: 'settle'; dueAt: number; reason: string }
  | { action: 'give_up' | 'refresh' | 'park'; reason: string };

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const retryLimits = {
  baseMs: 2 * second,
  capMs: 10 * minute,
  tries: 20,
  deadlineMs: 24 * hour,
  /** A throttled call waits at least and at most so long, whatever the vendor said; `unsaidMs` where it said nothing. */
  throttled: { leastMs: second, mostMs: 24 * hour, unsaidMs: 30 * second },
};

/** Decides what follows a failure. The table of kinds is in docs/errors.md. */
export function retryDecision(failure: Failure): RetryDecision {
  if (failure.park) return { action: 'park', reason: 'Waiting for a person to decide what to do with this step.' };
  switch (failure.kind) {
    case 'rejected':
      return { action: 'give_up', reason: 'Not tried again: the same request would be refused again.' };
    case 'forbidden':
      return { action: 'give_up', reason: 'Not tried again: the connected account is not allowed to do this.' };
    case 'defect':
      return {
        action: 'give_up',
        reason: 'Not tried again: this failure is not understood, so repeating it could do harm.',
      };
    case 'unauthorized':
      return failure.refreshed
        ? {
            action: 'park',
            reason: 'The new credential was refused as well: waiting until the connection is made again.',
          }
        : { action: 'refresh', reason: 'The credential was refused: tried again at once with a new one.' };
    case 'uncertain':
      return afterUncertain(failure);
    case 'released':
      return {
        action: 'retry',
        dueAt: failure.now,
        counts: false,
        reason: 'Given back while the hub was shutting down.',
      };
    case 'throttled':
      return afterThrottle(failure);
    case 'transient':
      return afterTransient(failure);
  }
}

/** When to call again a vendor that limits calls: its own time, plus up to a tenth of it (one second at least) so that what waits does not return all at once. */
export function throttledUntil({ now, random, retryAfterMs }: Pick<Failure, 'now' | 'random' | 'retryAfterMs'>): {
  dueAt: number;
  wait: number;
} {
  const { leastMs, mostMs, unsaidMs } = retryLimits.throttled;
  const wait = Math.min(Math.max(finite(retryAfterMs) ?? unsaidMs, leastMs), mostMs);
  return { dueAt: now + wait + Math.floor(random * Math.max(wait / 10, second)), wait };
}

function afterThrottle(failure: Failure): RetryDecision {
  const { dueAt, wait } = throttledUntil(failure);
  const said = failure.retryAfterMs === undefined ? 'did not say for how long' : `asked to wait ${duration(wait)}`;
  return {
    action: 'retry',
    dueAt,
    counts: false,
    reason: `The vendor limits how often it may be called and ${said}: tried again at ${time(dueAt)}; this costs no try.`,
  };
}

/** Full jitter: anything between nothing and the exponential backoff, and never before the time that the vendor asked for. */
function afterTransient({ tries, firstTriedAt, now, random, retryAfterMs }: Failure): RetryDecision {
  const limits = retryLimits;
  if (tries >= limits.tries) return { action: 'give_up', reason: `Given up after ${tries} tries, which is the limit.` };
  const backoff = Math.min(limits.capMs, limits.baseMs * 2 ** Math.max(0, tries - 1));
  const dueAt = now + Math.max(0, finite(retryAfterMs) ?? 0) + Math.floor(random * backoff);
  if (dueAt - firstTriedAt > limits.deadlineMs)
    return {
      action: 'give_up',
      reason: `Given up: the first try was at ${time(firstTriedAt)}, and ${duration(limits.deadlineMs)} is the limit.`,
    };
  return {
    action: 'retry',
    dueAt,
    counts: true,
    reason: `Surely not applied: try ${tries + 1} of ${limits.tries} at ${time(dueAt)}.`,
  };
}

/** Backs off as after a failure that was surely not applied, and then finds out by the action's `replay`. */
function afterUncertain(failure: Failure): RetryDecision {
  const next = afterTransient(failure);
  if (next.action !== 'retry') {
    return { action: 'give_up', reason: `${next.reason} It may have been applied all the same: check at the vendor.` };
  }
  return {
    action: 'settle',
    dueAt: next.dueAt,
    reason: 'It may have been applied: to be looked up before anything is sent again.',
  };
}

const finite = (value: number | undefined) => (Number.isFinite(value) ? value : undefined);
const time = (at: number) => new Date(at).toISOString();

function duration(ms: number): string {
  if (ms >= 2 * hour) return `${Math.round(ms / hour)} hours`;
  if (ms >= 2 * minute) return `${Math.round(ms / minute)} minutes`;
  return `${Math.ceil(ms / second)} s`;
}
