import { createHash } from 'node:crypto';
import { auth } from '../../connectors/salesforce/auth.ts';
import type { SalesforceClient } from '../../connectors/salesforce/client.ts';
import salesforce from '../../connectors/salesforce/index.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { Grant } from '../../src/sdk/index.ts';
import { pressConsent } from './consent.ts';

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/salesforce/callback';

/** Connects through the sandbox's consent page, as an admin would. */
export async function grantFrom(sandbox: Sandbox): Promise<Grant> {
  const call = { settings: sandbox.settings(), options: {}, signal: AbortSignal.timeout(10_000) };
  const codeVerifier = 'v'.repeat(64);
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const url = await auth.authorizeUrl({ ...call, state: 'state-1', redirectUri, codeChallenge, scopes: auth.scopes });
  const callback = await pressConsent(url, 'allow');
  const query = Object.fromEntries(callback.searchParams);
  return auth.exchange({ ...call, code: query.code ?? '', redirectUri, codeVerifier, query });
}

/** A client of the sandbox's org, with nothing among its exchanges yet. */
export async function connectTo(
  sandbox: Sandbox,
  onUsage?: (usage: { used: number; limit: number }) => void,
): Promise<SalesforceClient> {
  const grant = await grantFrom(sandbox);
  return salesforce.open({ grant, settings: sandbox.settings(), timeoutMs: 5_000, onUsage });
}
