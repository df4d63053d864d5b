import type { Request, RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { KeyOwner, KeyStore } from '../../access/keys.ts';
import type { Clock } from '../../clock.ts';
import { bytesAllowed, eventMode, type ParsedItem, parseCloudEvents } from '../../events/cloudevent.ts';
import type { Inbox } from '../../events/inbox.ts';
import { isSigned, signerOf } from '../../events/signature.ts';
import type { FieldError } from '../../field-errors.ts';
import type { Metrics } from '../../metrics.ts';
import type { HubEvent } from '../../model/event.ts';
import { badSignature, bearerOwner } from '../authenticate.ts';
import { readBody } from '../body.ts';
import { Problem } from '../problem.ts';

/** When to shed load: what may wait for its commit at once, and how many events a key may bring in a second. */
export type IngestLimits = { waitingRequests: number; waitingBytes: number; eventsPerSecond?: number };
export const defaultIngestLimits: IngestLimits = { waitingRequests: 2000, waitingBytes: 64 * 1024 * 1024 };

export type IngestServices = {
  keys: KeyStore;
  inbox: Inbox;
  clock: Clock;
  metrics: Metrics;
  ingestLimits?: Partial<IngestLimits>;
};

type Rejected = { index: number; id: string | null; errors: FieldError[] };

/** `POST /v1/events`: CloudEvents in, answered once they are durable. Lean on purpose: every event passes here. */
export function ingest(services: IngestServices): RequestHandler {
  const { inbox, clock, metrics } = services;
  const limits = { ...defaultIngestLimits, ...services.ingestLimits };
  const limiter = limits.eventsPerSecond
    ? new RateLimiterMemory({ points: limits.eventsPerSecond, duration: 1 })
    : undefined;
  const waiting = { requests: 0, bytes: 0 };

  const shed = () => {
    metrics.shed.inc();
    return tooMuch(1, 'More events are waiting to be stored than the hub takes at once. Send them again shortly.');
  };
  const store = async (owner: KeyOwner, events: HubEvent[]) => {
    if (events.length === 0) return { accepted: 0, duplicates: 0 };
    if (waiting.requests >= limits.waitingRequests) throw shed();
    waiting.requests++;
    try {
      return await fromStorage(inbox.accept(owner.workspaceId, events));
    } finally {
      waiting.requests--;
    }
  };

  return async (request, response) => {
    if (waiting.requests >= limits.waitingRequests || waiting.bytes >= limits.waitingBytes) throw shed();
    let bytes = 0;
    try {
      const mode = eventMode(request.headers);
      const { owner, body } = await admitted(services.keys, request, bytesAllowed(mode), piece => {
        bytes += piece;
        waiting.bytes += piece;
      });
      const items = parseCloudEvents(mode, request.headers, body, clock.now());
      const { events, rejected } = sorted(items, owner);
      metrics.events.inc({ outcome: 'rejected' }, rejected.length);
      if (events.length === 0 && rejected.length > 0) throw nothingAccepted(rejected);
      if (limiter) await withinRate(limiter, owner, events.length, metrics);
      const { accepted, duplicates } = await store(owner, events);
      metrics.events.inc({ outcome: 'accepted' }, accepted);
      metrics.events.inc({ outcome: 'duplicate' }, duplicates);
      response.status(202).json({ accepted, duplicates, rejected });
    } finally {
      waiting.bytes -= bytes;
    }
  };
}

/** Reads the body and finds out whose it is: by its signature, else by the bearer key (before anything is read). */
async function admitted(keys: KeyStore, request: Request, limit: number, grew: (bytes: number) => void) {
  if (!isSigned(request.headers) || request.headers.authorization !== undefined) {
    const owner = await fromStorage(bearerOwner(keys, request.headers, 'ingest'));
    return { owner, body: await readBody(request, limit, grew) };
  }
  const body = await readBody(request, limit, grew);
  const owner: KeyOwner | undefined = signerOf(await fromStorage(keys.signers()), request.headers, body);
  if (!owner) throw badSignature();
  return { owner, body };
}

function sorted(items: ParsedItem[], owner: KeyOwner): { events: HubEvent[]; rejected: Rejected[] } {
  const events: HubEvent[] = [];
  const rejected: Rejected[] = [];
  for (const [index, item] of items.entries()) {
    if ('errors' in item) rejected.push({ index, id: item.id, errors: item.errors });
    else events.push(owner.anyAge ? { ...item.event, anyAge: true } : item.event);
  }
  return { events, rejected };
}

function nothingAccepted(rejected: Rejected[]): Problem {
  const [only] = rejected;
  const detail =
    rejected.length === 1
      ? `The event was not accepted: ${only!.errors.map(error => `${error.path} ${error.message}`.trim()).join('; ')}.`
      : `None of the ${rejected.length} events was accepted; "rejected" says why for each.`;
  const errors = rejected.length === 1 ? only!.errors : undefined;
  return new Problem('nothing-accepted', detail, {
    ...(errors && { errors }),
    members: { accepted: 0, duplicates: 0, rejected },
  });
}

async function withinRate(limiter: RateLimiterMemory, owner: KeyOwner, events: number, metrics: Metrics) {
  try {
    // A batch larger than a second's allowance takes all of it, or it could never pass.
    await limiter.consume(`${owner.workspaceId}/${owner.keyId}`, Math.min(events, limiter.points));
  } catch (answer) {
    if (!(answer instanceof RateLimiterRes)) throw answer;
    metrics.shed.inc();
    throw tooMuch(Math.max(1, Math.ceil(answer.msBeforeNext / 1000)), 'This key brings more events than it may.');
  }
}

/** What the database refuses or cannot do is no fault of the request. */
async function fromStorage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const problem = new Problem(
      'unavailable',
      'The hub cannot reach its storage, and took none of these events. Send them again shortly.',
      { headers: { 'Retry-After': '5' } },
    );
    problem.cause = cause;
    throw problem;
  }
}

const tooMuch = (seconds: number, detail: string) =>
  new Problem('too-many-requests', detail, { headers: { 'Retry-After': String(seconds) } });
