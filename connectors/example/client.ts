import { type Account, type ConnectorSettings, type Grant, StepError } from '../../src/sdk/index.ts';
import { sendJson, successOf } from '../../src/sdk/json-call.ts';

type Call = {
  method: 'GET' | 'POST';
  path: string;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
  signal: AbortSignal;
};

/** What actions call Example through: one request, its JSON answer, or a CallFailure that `classify` understands. */
export type ExampleClient = { call(call: Call): Promise<Record<string, unknown>> };

/** Builds the client around a live access token, without I/O. */
export function openClient(open: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): ExampleClient {
  const { grant, settings, timeoutMs } = open;
  if (!grant) throw new StepError('unauthorized', 'Example is not connected.');
  return {
    async call({ method, path, query, body, signal }) {
      const url = new URL(`${settings.EXAMPLE_API_URL?.replace(/\/$/, '')}${path}`);
      url.search = new URLSearchParams(query).toString();
      const answer = await sendJson({
        method,
        url: url.href,
        headers: { authorization: `Bearer ${grant.accessToken.reveal()}` },
        body,
        timeoutMs,
        signal,
        // The operator chose this address, not somebody who writes workflows.
        allowPrivate: true,
      });
      return successOf(answer, method);
    },
  };
}

/** Whose account the token belongs to. */
export async function whoAmI(call: { client: ExampleClient; signal: AbortSignal }): Promise<Account> {
  const me = await call.client.call({ method: 'GET', path: '/api/me', signal: call.signal });
  return { id: String(me.id), name: String(me.name), user: String(me.email) };
}
