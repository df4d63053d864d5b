import * as z from 'zod';
import { type HttpAnswer, send } from '../../src/sdk/http.ts';
import { type ConnectorSettings, type Grant, StepError } from '../../src/sdk/index.ts';
import { addressOf } from './address.ts';
import { MarketoFailure } from './errors.ts';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Marketo refuses addresses over 8 KB (HTTP 414). */
const MAX_ADDRESS_BYTES = 7_800;

type Query = Record<string, string | number | undefined>;
type Call = { path: string; signal: AbortSignal };

/** What Marketo answers with `success: true`. */
export type MarketoAnswer = {
  requestId?: string;
  result: Record<string, unknown>[];
  moreResult?: boolean;
  nextPageToken?: string;
};

/** What actions call Marketo through: one request, its result, or a MarketoFailure that `classify` understands. */
export type MarketoClient = {
  base: string;
  /** The instance's Munchkin id. */
  instance: string;
  /** The API-only user whose custom service is connected. */
  apiUser?: string;
  partition?: string;
  programTag?: string;
  read(call: Call & { query?: Query }): Promise<MarketoAnswer>;
  write(call: Call & { body: unknown }): Promise<MarketoAnswer>;
};

const answerShape = z.object({
  requestId: z.string().optional().catch(undefined),
  success: z.boolean(),
  result: z.array(z.record(z.string(), z.unknown())).nullish(),
  errors: z.array(z.object({ code: z.coerce.string(), message: z.coerce.string() })).nullish(),
  moreResult: z.boolean().nullish(),
  nextPageToken: z.string().nullish(),
});

/**
 * Builds the client around a live access token, without I/O. The token goes into the header alone; 601 and 602 surface, and the engine
 * exchanges the typed values again.
 */
export function openClient(open: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): MarketoClient {
  const { grant, settings, timeoutMs } = open;
  if (!grant?.instanceUrl) throw new StepError('unauthorized', 'Marketo is not connected.');
  const { base, instance, allowPrivate } = addressOf(grant.instanceUrl, settings);
  const token = grant.accessToken.reveal();
  const exchange = async (
    request: { method: 'GET' | 'POST'; path: string; type?: string; body?: string },
    how: How,
  ) => {
    const { method, path, type, body } = request;
    const headers = { authorization: `Bearer ${token}`, ...(type && { 'content-type': type }) };
    const call = { method, url: `${base}${path}`, headers, ...(body !== undefined && { body }) };
    const answer = await send({
      ...call,
      timeoutMs,
      signal: how.signal,
      allowPrivate,
      maxBytes: MAX_ANSWER_BYTES,
    }).catch(cause => {
      throw new MarketoFailure({ write: how.write, cause });
    });
    return resultOf(answer, { write: how.write, token });
  };
  return {
    base,
    instance,
    ...grant.extra,
    read({ path, query = {}, signal }) {
      const asked = queryText(query);
      const how = { write: false, signal };
      if (`${base}${path}?${asked}`.length <= MAX_ADDRESS_BYTES)
        return exchange({ method: 'GET', path: asked ? `${path}?${asked}` : path }, how);
      // Marketo's own way for what is too long for an address.
      const type = 'application/x-www-form-urlencoded';
      return exchange({ method: 'POST', path: `${path}?_method=GET`, type, body: asked }, how);
    },
    write({ path, body, signal }) {
      const text = JSON.stringify(body);
      return exchange({ method: 'POST', path, type: 'application/json', body: text }, { write: true, signal });
    },
  };
}

type How = { write: boolean; signal: AbortSignal };

function resultOf(answer: HttpAnswer, { write, token }: { write: boolean; token: string }): MarketoAnswer {
  const parsed = answerShape.safeParse(jsonOf(answer.body)).data;
  const usable = answer.status === 200 && answer.complete && parsed !== undefined;
  if (!usable || !parsed.success) {
    const [error] = parsed?.errors ?? [];
    const said = error && { code: error.code, message: error.message.replaceAll(token, '‹secret›') };
    throw new MarketoFailure({ write, status: answer.status, headers: answer.headers, ...parsed, said });
  }
  const { requestId, result, moreResult, nextPageToken } = parsed;
  return {
    result: result ?? [],
    ...(requestId && { requestId }),
    ...(moreResult && { moreResult }),
    ...(nextPageToken && { nextPageToken }),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `@` and `,` may stand in a query as they are, which lets more people into one question. */
function queryText(query: Query): string {
  const encoded = (text: string) => encodeURIComponent(text).replaceAll('%40', '@').replaceAll('%2C', ',');
  return Object.entries(query)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encoded(String(value))}`]))
    .join('&');
}
