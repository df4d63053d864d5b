import { type HttpAnswer, send } from '../../src/sdk/http.ts';
import { type Account, type ConnectorSettings, type Grant, StepError } from '../../src/sdk/index.ts';
import { ExampleFailure } from './errors.ts';

type Call = {
  method: 'GET' | 'POST';
  path: string;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  signal: AbortSignal;
};

/** What actions call Example through: one request, its JSON answer, or an ExampleFailure that `classify` understands. */
export type ExampleClient = { call(call: Call): Promise<Record<string, unknown>> };

/** Builds the client around a live access token, without I/O. */
export function openClient(open: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): ExampleClient {
  const { grant, settings, timeoutMs } = open;
  if (!grant) throw new StepError('unauthorized', 'Example is not connected.');
  return {
    async call({ method, path, query, body, signal }) {
      const write = method !== 'GET';
      const url = new URL(`${settings.EXAMPLE_API_URL?.replace(/\/$/, '')}${path}`);
      url.search = new URLSearchParams(query).toString();
      const answer = await send({
        method,
        url: url.href,
        headers: { authorization: `Bearer ${grant.accessToken.reveal()}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        timeoutMs,
        signal,
        // The operator chose this address, not somebody who writes workflows.
        allowPrivate: true,
      }).catch(cause => {
        throw new ExampleFailure({ write, cause });
      });
      return jsonOf(answer, write);
    },
  };
}

function jsonOf(answer: HttpAnswer, write: boolean): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch {
    json = undefined;
  }
  const usable = typeof json === 'object' && json !== null;
  if (!usable || answer.status < 200 || answer.status > 299) throw new ExampleFailure({ write, answer, json });
  return json as Record<string, unknown>;
}

/** Whose account the token belongs to. */
export async function whoAmI(call: { client: ExampleClient; signal: AbortSignal }): Promise<Account> {
  const me = await call.client.call({ method: 'GET', path: '/api/me', signal: call.signal });
  return { id: String(me.id), name: String(me.name), user: String(me.email) };
}
