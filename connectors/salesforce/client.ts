import { Connection } from 'jsforce';
import { type Grant, StepError } from '../../src/sdk/index.ts';
import { OneCallTransport, type Usage } from './transport.ts';

/** The REST API version that every call of this connector uses. */
const API_VERSION = '64.0';

/** What actions call Salesforce through. `connection(signal)` answers jsforce's own Connection, bounded by that signal. */
export type SalesforceClient = {
  instanceUrl: string;
  connection(signal: AbortSignal, options?: { requireJson?: boolean }): Connection;
  /** What the last answer said about the org's API calls. */
  usage(): Usage | undefined;
};

/**
 * Builds the client around a live access token, without I/O. It knows no refresh token: a 401 surfaces, and the engine refreshes.
 * @throws StepError `unauthorized` where the grant does not say at which address the org is
 */
export function openClient({
  grant,
  timeoutMs,
  onUsage,
}: {
  grant?: Grant;
  timeoutMs: number;
  onUsage?(usage: Usage): void;
}): SalesforceClient {
  const instanceUrl = grant?.instanceUrl;
  if (!grant || !instanceUrl)
    throw new StepError(
      'unauthorized',
      'This Salesforce connection has no address of its org. Connect Salesforce again.',
    );
  let usage: Usage | undefined;
  const hear = (heard: Usage) => {
    usage = heard;
    onUsage?.(heard);
  };
  return {
    instanceUrl,
    usage: () => usage,
    connection(signal, { requireJson = true } = {}) {
      const connection = new Connection({ instanceUrl, accessToken: grant.accessToken.reveal(), version: API_VERSION });
      connection._transport = new OneCallTransport(signal, timeoutMs, { requireJson, onUsage: hear });
      return connection;
    },
  };
}
