import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { queryOf, rawText } from '../../../src/sdk/testing/oauth-server.ts';

export type Reason = { code: string; message: string };

/** A refusal of a whole call: HTTP 200 with success false, unless it is one of the few that have a status of their own. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 200) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What a call answers beside `requestId` and `success`. */
export type Content = {
  result?: unknown[];
  warnings?: string[];
  nextPageToken?: string;
  moreResult?: boolean;
};

const requestId = () => `${randomBytes(2).toString('hex')}#${randomBytes(6).toString('hex').slice(0, 11)}`;

/** Answers in Marketo's envelope. */
export function answer(response: Response, produce: () => Content): void {
  try {
    response.json({ requestId: requestId(), success: true, ...produce() });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, status } = error;
    if (status === 200) response.json({ requestId: requestId(), success: false, errors: [{ code, message }] });
    else response.status(status).type('html').send(`<html><body><h1>${status} ${message}</h1></body></html>`);
  }
}

export const skip = (code: string, message: string) => ({ status: 'skipped', reasons: [{ code, message }] });

/** The parameters of a question: in the address or, with _method=GET, in a form. */
export function questionOf(request: Request): URLSearchParams {
  const query = queryOf(request);
  if (request.method === 'GET' || query.get('_method') !== 'GET') return query;
  return new URLSearchParams(rawText(request));
}

/** The JSON object of a body. @throws Refusal 612 for another content type, 609 for what is no JSON */
export function bodyOf(request: Request): Record<string, unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new Refusal('612', 'Invalid Content Type');
  let body: unknown;
  try {
    body = JSON.parse(rawText(request));
  } catch {
    throw new Refusal('609', 'Invalid JSON');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal('609', 'Invalid JSON');
  return body as Record<string, unknown>;
}

const MOST_RECORDS = 300;

/** The records of a body. @throws Refusal where there are none, or too many */
export function inputOf({ input }: Record<string, unknown>): Record<string, unknown>[] {
  if (!Array.isArray(input) || input.length === 0) throw new Refusal('701', 'input cannot be blank');
  if (input.length > MOST_RECORDS) throw new Refusal('1003', `Max number of records in input is ${MOST_RECORDS}`);
  return input as Record<string, unknown>[];
}

/** A page of a list, with an opaque token for the next one. */
export function pageOf<Item>(all: Item[], size: number, token: string | null): { page: Item[]; next?: string } {
  const from = token === null ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) throw new Refusal('1003', 'Invalid nextPageToken');
  const page = all.slice(from, from + size);
  const more = from + size < all.length;
  return { page, ...(more && { next: Buffer.from(String(from + size)).toString('base64url') }) };
}

/** Whole numbers in a query: `id=1&id=2` or `id=1,2`. */
export const numbersIn = (query: URLSearchParams, name: string): number[] =>
  query
    .getAll(name)
    .flatMap(part => part.split(','))
    .filter(part => part !== '')
    .map(part => {
      if (!/^\d+$/.test(part)) throw new Refusal('1001', `Invalid value '${part}'. Required of type 'Integer'`);
      return Number(part);
    });

/** Times as Marketo writes them: no milliseconds. */
export const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
