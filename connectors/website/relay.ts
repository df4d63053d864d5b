import type { Inbound, InboundAnswer, InboundHub, InboundRequest } from '../../src/sdk/index.ts';
import { type Admitted, admit } from './admit.ts';
import { type Refusal, readableBy, refuse } from './answers.ts';
import { createMeter, createTally, type Meter, type Rates } from './limits.ts';
import { judge, report, type SiteEvent } from './reported.ts';

const MAX_BYTES = 16 * 1024;
const MAX_DEPTH = 32;
/** `perVisitorADay`: events and KiB together, of one visitor and in one session. All of it is kept in one place and read as a whole. */
type RelayRates = Rates & { perVisitorADay: number };
export const relayDefaults: RelayRates = { perKey: 12_000, perHousehold: 600, perVisitorADay: 3_000 };

/** `POST /v1/relay`: what pages report, taken in for what it is worth. */
export function createRelay(given: Partial<RelayRates> = {}): Inbound {
  const rates = { ...relayDefaults, ...given };
  const limits = { meter: createMeter(rates), tally: createTally(rates.perVisitorADay) };
  return {
    methods: ['POST', 'OPTIONS'],
    path: '/v1/relay',
    summary: 'What pages report of their visitors (`?key=`)',
    maxBytes: MAX_BYTES,
    async answer(request, hub) {
      const page = await admit(request, hub);
      if ('refusal' in page) return refuse(page.refusal);
      return request.method === 'OPTIONS' ? allowed(page.origin) : take(request, hub, page, limits);
    },
  };
}

/** What a browser asks before it sends JSON. It need not ask where it sends text. */
const allowed = (origin: string): InboundAnswer => ({
  status: 204,
  headers: {
    ...readableBy(origin),
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '7200',
  },
});

type Rejected = { index: number; errors: { path: string; message: string }[] };

type Limits = { meter: Meter; tally: ReturnType<typeof createTally> };

async function take(
  request: InboundRequest,
  hub: InboundHub,
  page: Admitted,
  { meter, tally }: Limits,
): Promise<InboundAnswer> {
  const { key, origin, workspaceId } = page;
  const read = readReport(request);
  // What cannot be read counts, too: it costs as much.
  const wait = await meter.take(key, request.ip, 'refusal' in read ? 1 : read.events.length);
  if (wait !== undefined) return refuse(tooMuch('More is reported than is taken in a minute.', wait), origin);
  if ('refusal' in read) return refuse(read.refusal, origin);
  const { visitorId, sessionId } = read;
  const names = [`${workspaceId} visitor ${visitorId}`, ...(sessionId ? [`${workspaceId} session ${sessionId}`] : [])];
  const points = read.events.length + Math.floor(request.body.length / 1024);
  const waitToday = tally.take(names, points, request.receivedAt);
  if (waitToday !== undefined)
    return refuse(tooMuch('More is reported of one visitor or session than is taken in a day.', waitToday), origin);
  const userAgent = request.headers['user-agent'];
  const judged = judge(read, { key, origin, userAgent, receivedAt: request.receivedAt });
  const events = judged.flatMap(each => ('event' in each ? [each.event] : []));
  const rejected: Rejected[] = judged.flatMap((each, index) =>
    'errors' in each ? [{ index, errors: each.errors }] : [],
  );
  if (events.length === 0) return refuse(nothingAccepted(rejected), origin);
  const taken = await hub.ingest(workspaceId, `site:${origin}`, events).catch((error: Error) => {
    // Of the error only its words: the rest may hold what was to be stored.
    hub.warn('what a page reported could not be stored', { reason: error.message });
    return undefined;
  });
  if (!taken)
    return refuse(
      { kind: 'unavailable', detail: 'The hub cannot reach its storage. Send this again.', retryAfterSeconds: 5 },
      origin,
    );
  rejected.push(
    ...refusedByHub(
      taken.rejected,
      judged.map(each => ('event' in each ? each.event : undefined)),
    ),
  );
  const { accepted, duplicates } = taken;
  if (accepted + duplicates === 0) return refuse(nothingAccepted(rejected), origin);
  return {
    status: 202,
    headers: { ...readableBy(origin), 'cache-control': 'no-store' },
    body: { accepted, duplicates, rejected },
  };
}

const tooMuch = (detail: string, retryAfterSeconds: number): Refusal => ({
  kind: 'too-many-requests',
  detail,
  retryAfterSeconds,
});

function nothingAccepted(rejected: Rejected[]): Refusal {
  const { path, message } = rejected[0]!.errors[0]!;
  const detail = `Nothing was accepted: ${path} ${message}`.trim();
  return { kind: 'nothing-accepted', detail: `${detail}.`, members: { accepted: 0, duplicates: 0, rejected } };
}

function refusedByHub(refused: { id: string; reason: string }[], events: (SiteEvent | undefined)[]): Rejected[] {
  return refused.map(({ id, reason }) => ({
    index: events.findIndex(event => event?.id === id),
    errors: [{ path: '', message: reason }],
  }));
}

/** Reads the body, which is JSON whatever it is called: a beacon can only say that it is text. */
function readReport({ headers, body }: InboundRequest) {
  const invalid = (detail: string) => ({ refusal: { kind: 'invalid-request', detail } satisfies Refusal });
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'text/plain')
    return {
      refusal: {
        kind: 'unsupported-media-type',
        detail: 'Send JSON as application/json or text/plain.',
      } satisfies Refusal,
    };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return invalid('The body is not JSON in UTF-8.');
  }
  if (isDeeperThan(MAX_DEPTH, json)) return invalid(`The body is nested more than ${MAX_DEPTH} levels deep.`);
  const parsed = report.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  return invalid(`${path.join('.') || 'The body'}: ${message}.`);
}

/** 16 KiB hold thousands of brackets, and what walks them could run out of stack. */
function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap(each => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
