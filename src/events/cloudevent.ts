import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { type FieldError, fieldErrors, plainMessages } from '../field-errors.ts';
import { mediaType, parseJson } from '../http/body.ts';
import { Problem } from '../http/problem.ts';
import { MAX_DEPTH, safeJson } from '../json.ts';
import { type EventType, eventData, eventTypes, type HubEvent, rfc3339, TYPE_PREFIX } from '../model/event.ts';
import { nearest } from '../workflows/nearest.ts';

export const MAX_EVENT_BYTES = 1024 * 1024;
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;
export const MAX_BATCH_EVENTS = 1000;

export type EventMode = 'structured' | 'batch' | 'binary';
/** One event of a request: taken, or what is wrong with it. `id` is its CloudEvents id where it has a readable one. */
export type ParsedItem = { event: HubEvent } | { id: string | null; errors: FieldError[] };

/**
 * Which of the three forms of the CloudEvents HTTP binding a request has, from its headers.
 * @throws Problem `unsupported-media-type` where it has none of them
 */
export function eventMode(headers: IncomingHttpHeaders): EventMode {
  const type = mediaType(headers['content-type']);
  const name = type?.name;
  const mode =
    name === 'application/cloudevents+json'
      ? 'structured'
      : name === 'application/cloudevents-batch+json'
        ? 'batch'
        : name === 'application/json'
          ? 'binary'
          : undefined;
  if (!mode)
    throw new Problem(
      'unsupported-media-type',
      'Send application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce-* headers.',
    );
  if (type?.charset && !['utf-8', 'utf8', 'us-ascii'].includes(type.charset))
    throw new Problem('unsupported-media-type', 'Send JSON in UTF-8.');
  return mode;
}

export const bytesAllowed = (mode: EventMode): number => (mode === 'batch' ? MAX_BATCH_BYTES : MAX_EVENT_BYTES);

/**
 * Reads a CloudEvents 1.0 request. Every item is judged by itself.
 * @param received the hub's clock (epoch ms), which stands in for a missing `time`
 * @throws Problem where the request as a whole cannot be read (no JSON, no UTF-8, no array, too many events)
 */
export function parseCloudEvents(
  mode: EventMode,
  headers: IncomingHttpHeaders,
  body: Buffer,
  received: number,
): ParsedItem[] {
  if (mode === 'binary') return [binaryItem(headers, body, received)];
  const json = parseJson(body);
  if (mode === 'structured') return [parseEvent(json, received)];
  if (!Array.isArray(json)) throw new Problem('invalid-request', 'A batch must be a JSON array of events.');
  if (json.length > MAX_BATCH_EVENTS)
    throw new Problem('too-large', `A batch may have ${MAX_BATCH_EVENTS} events at most; this one has ${json.length}.`);
  return json.map(item => parseEvent(item, received, body.length > MAX_EVENT_BYTES));
}

const uriReference = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const text = z.string();
const attributes = z.object({
  specversion: z.literal('1.0'),
  id: text
    .min(1)
    .max(255)
    .refine(id => id.isWellFormed() && !id.includes('\0'), 'holds a character that cannot be stored'),
  source: text
    .min(1)
    .max(512)
    .regex(uriReference, 'must be a URI reference such as //app.example.com/chat: no spaces, other signs as %XX'),
  type: text.transform((type, context) => {
    const known = shortType(type);
    if (known) return known;
    context.addIssue({ code: 'custom', message: unknownType(type) });
    return z.NEVER;
  }),
  time: text
    .transform(time => time.toUpperCase())
    .pipe(rfc3339)
    .transform(time => Date.parse(time))
    .nullish(),
  datacontenttype: text
    .refine(
      type => mediaType(type)?.name === 'application/json',
      'must be application/json; data of another kind is not taken',
    )
    .nullish(),
  dataschema: text.min(1).nullish(),
  subject: text.min(1).nullish(),
});

function shortType(type: string): EventType | undefined {
  const name = type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : '';
  return Object.hasOwn(eventData, name) ? (name as EventType) : undefined;
}

function unknownType(type: string): string {
  const meant = nearest(type.replace(/^com\.qualified\./i, '').toLowerCase(), eventTypes);
  return `is not a type known here${meant ? `; did you mean ${TYPE_PREFIX}${meant}?` : ` (they start with ${TYPE_PREFIX})`}`;
}

type Content = { value: unknown } | { errors: FieldError[] };

/**
 * One event in structured form, taken or refused with reasons.
 * @param measure whether the event's own size may be over the limit for one event, as it may in a large batch
 */
export function parseEvent(item: unknown, received: number, measure = false): ParsedItem {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return { id: null, errors: [{ path: '', message: 'must be a JSON object: one event' }] };
  const { data, data_base64: base64, ...rest } = item as Record<string, unknown>;
  return itemOf(rest, contentOf(data, base64), received, measure);
}

/** `data`, or the JSON inside `data_base64`. */
function contentOf(data: unknown, base64: unknown): Content {
  if (base64 === undefined || base64 === null) return { value: data };
  const wrong = (message: string): Content => ({ errors: [{ path: 'data_base64', message }] });
  if (data !== undefined && data !== null) return wrong('must not stand beside data');
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return wrong('must be standard base64');
  try {
    return { value: parseJson(Buffer.from(base64, 'base64')) };
  } catch (error) {
    if (error instanceof Problem) return wrong(`must hold JSON. ${error.message}`);
    throw error;
  }
}

/** Attributes come from `ce-*` headers, percent-encoded and perhaps in quotes; the body is the data. */
function binaryItem(headers: IncomingHttpHeaders, body: Buffer, received: number): ParsedItem {
  const found: Record<string, unknown> = { datacontenttype: headers['content-type'] };
  const errors: FieldError[] = [];
  for (const [name, header] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || typeof header !== 'string') continue;
    try {
      found[name.slice(3)] = decodeURIComponent(unquoted(header));
    } catch {
      errors.push({ path: name.slice(3), message: `the header ${name} is not percent-encoded UTF-8` });
    }
  }
  if (errors.length > 0) return { id: typeof found.id === 'string' ? found.id : null, errors };
  const { datacontenttype, ...rest } = found;
  return itemOf({ ...rest, datacontenttype }, { value: body.length === 0 ? undefined : parseJson(body) }, received);
}

const unquoted = (header: string) => (/^".*"$/.test(header) ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header);

function itemOf(given: Record<string, unknown>, content: Content, received: number, measure = false): ParsedItem {
  const head = attributes.safeParse(given, { error: plainMessages });
  const errors = head.success ? [] : fieldErrors(head.error);
  const type = head.success ? head.data.type : typeof given.type === 'string' ? shortType(given.type) : undefined;
  const data = dataOf(type, content, measure);
  errors.push(...data.errors);
  if (!head.success || errors.length > 0) return { id: readableId(given.id), errors };
  const { id, source, time } = head.data;
  const event = { id, source, type: head.data.type, time: time ?? received, receivedAt: received, data: data.value };
  return { event: event as HubEvent };
}

const readableId = (id: unknown) => (typeof id === 'string' && id !== '' ? id.slice(0, 255).toWellFormed() : null);

/** The data, judged by its type's schema where the type is known; kept as it came, unknown members included. */
function dataOf(type: EventType | undefined, content: Content, measure: boolean) {
  if ('errors' in content) return { value: undefined, errors: content.errors };
  const safe = safeJson(content.value ?? {});
  const wrong = (message: string) => ({ value: undefined, errors: [{ path: 'data', message }] });
  if (!safe) return wrong(`is nested too deeply (${MAX_DEPTH} levels at most)`);
  if (measure && Buffer.byteLength(JSON.stringify(safe.value)) > MAX_EVENT_BYTES)
    return wrong(`is too large (${MAX_EVENT_BYTES} bytes at most for one event)`);
  if (!type) return { value: undefined, errors: [] };
  const result = eventData[type].safeParse(safe.value, { error: plainMessages });
  return { value: safe.value, errors: result.success ? [] : fieldErrors(result.error, ['data']) };
}
