import { type HttpAnswer, type HttpFailure, send } from '../../src/sdk/http.ts';
import { type ConnectorSettings, type Grant, StepError } from '../../src/sdk/index.ts';
import { QualifiedFailure } from './errors.ts';
import { createQuota } from './quota.ts';

/** A page has up to 1,000 records, each with all its fields. */
const MOST_BYTES = 64 * 1024 * 1024;

export type QualifiedClient = {
  /**
   * One read. @returns the JSON object of the answer
   * @throws QualifiedFailure; StepError `throttled` where the calls of this quarter of an hour are used up
   */
  get(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Record<string, unknown>>;
  /** The time by Qualified's own clock (epoch ms), which decides what it hands out; undefined before the first answer. */
  clock(): number | undefined;
};

/** Builds the client around a token, without I/O. */
export function openClient(open: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): QualifiedClient {
  const { grant, settings, timeoutMs } = open;
  if (!grant) throw new StepError('unauthorized', 'Qualified is not connected.');
  const base = (settings.QUALIFIED_API_URL ?? '').replace(/\/+$/, '');
  const quota = createQuota();
  let ahead: number | undefined;
  return {
    clock: () => (ahead === undefined ? undefined : Date.now() + ahead),
    async get(path, query, signal) {
      quota.check(Date.now() + (ahead ?? 0));
      const url = new URL(base + path);
      url.search = new URLSearchParams(query).toString();
      const answer = await send({
        method: 'GET',
        url: url.href,
        headers: { authorization: `Bearer ${grant.accessToken.reveal()}`, accept: 'application/json' },
        timeoutMs,
        signal,
        maxBytes: MOST_BYTES,
        // The operator chose this address, not somebody who writes workflows.
        allowPrivate: true,
      }).catch((cause: HttpFailure) => {
        throw new QualifiedFailure({ path, cause });
      });
      const date = Date.parse(answer.headers.date ?? '');
      if (!Number.isNaN(date)) ahead = date - Date.now();
      quota.hear(answer.headers);
      return jsonOf(path, answer);
    },
  };
}

function jsonOf(path: string, answer: HttpAnswer): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch {
    json = undefined;
  }
  const usable = typeof json === 'object' && json !== null && !Array.isArray(json);
  if (!usable || !answer.complete || answer.status !== 200) throw new QualifiedFailure({ path, answer, json });
  return json as Record<string, unknown>;
}
