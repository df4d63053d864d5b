import { setTimeout } from 'node:timers/promises';
import type { Inbound, InboundHub, InboundRequest } from '../../src/sdk/index.ts';
import { type Admitted, admit } from './admit.ts';
import { readableBy, refuse } from './answers.ts';
import { createPlaces, type Most } from './limits.ts';
import { type Published, pageId, topicOf } from './visitor.ts';

export type ListenOptions = {
  most: Most;
  /** Shorter than the minute after which proxies give up on a silent line. */
  heartbeatMs: number;
  /** Between 0 and 1. */
  random(): number;
};
export const listenDefaults: ListenOptions = {
  most: { perVisitor: 20, perHousehold: 200, perKey: 20_000 },
  heartbeatMs: 20_000,
  random: Math.random,
};

/** Clocks of several processes may differ by so much. A page passes over what it has had already. */
const CLOCKS_DIFFER_MS = 2_000;
const RETRY_MS = { least: 2_000, spread: 6_000 };

/**
 * Where a stream goes on: behind a message (its number), or, where a page has had none yet, with what was published since (`@` and
 * epoch ms).
 */
const cursorOf = (text: string | null | undefined): string | undefined =>
  text && /^@?\d{1,15}$/.test(text) ? text : undefined;

/** `GET /v1/listen`: what workflows track for a visitor, as server-sent events. */
export function createListen({ most, heartbeatMs, random }: ListenOptions = listenDefaults): Inbound {
  const places = createPlaces(most);
  return {
    methods: ['GET'],
    path: '/v1/listen',
    summary: 'What workflows track for a visitor, as server-sent events for the page (`?key=&visitor=`)',
    async answer(request, hub) {
      const page = await admit(request, hub);
      if ('refusal' in page) return refuse(page.refusal);
      const query = new URL(request.url).searchParams;
      const visitor = pageId.safeParse(query.get('visitor'));
      if (!visitor.success)
        return refuse({ kind: 'invalid-request', detail: 'visitor is missing, or no id of a visitor.' }, page.origin);
      const close = places.open({ key: page.key, visitor: visitor.data, ip: request.ip });
      if (!close)
        return refuse(
          {
            kind: 'too-many-requests',
            detail: 'Too many pages of this visitor, address or site are listening.',
            retryAfterSeconds: 60,
          },
          page.origin,
        );
      request.signal.addEventListener('abort', close, { once: true });
      const given = cursorOf(request.headers['last-event-id']) ?? cursorOf(query.get('after'));
      const retryMs = RETRY_MS.least + Math.round(random() * RETRY_MS.spread);
      const from = given ?? `@${hub.now()}`;
      return {
        status: 200,
        headers: {
          ...readableBy(page.origin),
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
          // Nothing else comes over this line: a hub that stops need not wait for it.
          connection: 'close',
        },
        body: stream({ request, hub, page, visitor: visitor.data, from, retryMs, heartbeatMs, close }),
      };
    },
  };
}

type Open = {
  request: InboundRequest;
  hub: InboundHub;
  page: Admitted;
  visitor: string;
  /** Where it goes on, as the page is told. */
  from: string;
  retryMs: number;
  heartbeatMs: number;
  close(): void;
};

/** Ends when the page goes, when the hub stops, and at the first heartbeat after the key was revoked. */
async function* stream({ request, hub, page, visitor, from, retryMs, heartbeatMs, close }: Open) {
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const since = from.startsWith('@') ? Number(from.slice(1)) - CLOCKS_DIFFER_MS : 0;
  // Behind number 0: everything that has not expired.
  const after = from.startsWith('@') ? '0' : from;
  const messages = hub.subscribe(page.workspaceId, topicOf(visitor), { after, signal })[Symbol.asyncIterator]();
  let next = messages.next();
  // Where the page goes before it is waited for, nobody else would hear of it.
  next.catch(() => undefined);
  try {
    yield `retry: ${retryMs}\nid: ${from}\nevent: listening\ndata: {}\n\n`;
    for (;;) {
      const heard = await orSilence(next, heartbeatMs, signal);
      if (heard === 'silence') {
        if (signal.aborted || 'refusal' in (await admit(request, hub))) return;
        yield ': still here\n\n';
        continue;
      }
      if (heard.done) return;
      const { name, data, at } = heard.value.data as Published;
      if (at >= since) yield `id: ${heard.value.id}\ndata: ${JSON.stringify({ name, data })}\n\n`;
      next = messages.next();
    }
  } finally {
    close();
    stop.abort();
    await messages.return?.();
  }
}

/** What comes, or that for a while nothing has. */
async function orSilence<T>(next: Promise<T>, ms: number, signal: AbortSignal): Promise<T | 'silence'> {
  const heard = new AbortController();
  const until = AbortSignal.any([signal, heard.signal]);
  const silence = setTimeout(ms, 'silence' as const, { signal: until, ref: false }).catch(() => 'silence' as const);
  try {
    return await Promise.race([next, silence]);
  } finally {
    heard.abort();
  }
}
