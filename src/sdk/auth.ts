import type * as z from 'zod';
import type { Secret } from './secret.ts';

/** What a vendor granted: kept encrypted by the engine. `expiresAt` is epoch ms where the vendor says so. */
export type Grant = {
  accessToken: Secret;
  refreshToken?: Secret;
  expiresAt?: number;
  scopes?: string[];
  /** Where this account's API is, where the vendor tells (`instance_url` beside the token). */
  instanceUrl?: string;
  /** Further values that calls need and that are not secret (team id, business unit). */
  extra?: Record<string, string>;
};

/** Who a connection belongs to at the vendor, as the console shows it. */
export type Account = { id: string; name: string; user?: string; url?: string; details?: Record<string, string> };

/** Values of the environment that a connector declared in `settings`, parsed. */
export type ConnectorSettings = Record<string, string | undefined>;

type AuthCall = { settings: ConnectorSettings; signal: AbortSignal; options: Record<string, string> };

/**
 * OAuth 2 with a consent page. The connector owns the four calls; the engine owns state, PKCE verifier, cookie, storage,
 * the refresh lease and single flight. A dead grant is thrown as StepError `unauthorized`, an outage as `transient`.
 */
export type OAuth2Auth = {
  kind: 'oauth2';
  pkce: boolean;
  scopes: string[];
  /** What an admin may choose before connecting (for instance production or sandbox); query parameters of `/v1/connect/:connector`. */
  options?: z.ZodObject;
  /** Names of settings without which nothing can be connected; the start page says which are missing. */
  requires: string[];
  authorizeUrl(
    call: Omit<AuthCall, 'signal'> & { state: string; redirectUri: string; codeChallenge?: string; scopes: string[] },
  ): string | Promise<string>;
  exchange(
    call: AuthCall & { code: string; redirectUri: string; codeVerifier?: string; query: Record<string, string> },
  ): Promise<Grant>;
  /** Absent where tokens never expire. The grant handed back replaces the old one whole; keep the old refresh token if none came. */
  refresh?(call: AuthCall & { grant: Grant }): Promise<Grant>;
  revoke?(call: AuthCall & { grant: Grant }): Promise<void>;
};

/** Values that an admin types in (API keys, client credentials). Fields marked `secret` in their meta are kept encrypted. */
export type KeyAuth = {
  kind: 'key';
  fields: z.ZodObject;
  /** Turns the typed values into a grant; called when saved and whenever the grant expires. Absent: the values are all that is needed. */
  exchange?(call: AuthCall & { values: Record<string, string> }): Promise<Grant>;
};

/** Nothing to connect: the connector's actions work as they are, once the settings that it `requires` are there. */
export type NoAuth = { kind: 'none'; requires?: string[] };

export type Auth = OAuth2Auth | KeyAuth | NoAuth;
