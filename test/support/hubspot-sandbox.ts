import { createHash } from 'node:crypto';
import { auth } from '../../connectors/hubspot/auth.ts';
import type { HubSpotClient } from '../../connectors/hubspot/client.ts';
import hubspot from '../../connectors/hubspot/index.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { Grant } from '../../src/sdk/index.ts';
import { pressConsent } from './consent.ts';

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/hubspot/callback';

/** Connects through the sandbox's consent page, as an admin would. */
export async function grantFrom(sandbox: Sandbox, options: Record<string, string> = {}): Promise<Grant> {
  const call = { settings: sandbox.settings(), options, signal: AbortSignal.timeout(10_000) };
  const codeVerifier = 'v'.repeat(64);
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const url = await auth.authorizeUrl({ ...call, state: 'state-1', redirectUri, codeChallenge, scopes: auth.scopes });
  const query = Object.fromEntries((await pressConsent(url, 'allow')).searchParams);
  return auth.exchange({ ...call, code: query.code ?? '', redirectUri, codeVerifier, query });
}

/** A client of the sandbox's account. */
export async function connectTo(sandbox: Sandbox, options?: Record<string, string>): Promise<HubSpotClient> {
  const grant = await grantFrom(sandbox, options);
  return hubspot.open({ grant, settings: sandbox.settings(), timeoutMs: 5_000 });
}
