import { timingSafeEqual } from 'node:crypto';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi';
import { hashOf } from '../access/keys.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { type ConnectionRow, type OAuthStateRow, OAuthStates } from '../db/entities.ts';
import type { Account, Grant } from '../sdk/index.ts';
import type { FindConnector } from './credential.ts';
import { useLink } from './links.ts';
import { checkedOptions, type OAuthConnector, oauthConnector } from './oauth-connector.ts';
import { randomToken } from './random.ts';
import { failureOf, whoIs } from './renewal.ts';
import type { ConnectionStore } from './store.ts';
import type { Vault } from './vault.ts';

const stateLifeMs = 10 * 60_000;
const callTimeoutMs = 20_000;

export type Cookie = { name: string; value: string; path: string; secure: boolean; maxAgeMs: number };

/** Why a flow did not end in a connection, in sentences for the person at the browser; `vendorSaid` is the vendor's own text. */
export class FlowRefused extends Error {
  readonly vendorSaid: string | undefined;
  constructor(message: string, vendorSaid?: string) {
    super(message);
    this.name = 'FlowRefused';
    this.vendorSaid = vendorSaid;
  }
}

type Start = {
  workspaceId: string;
  connector: string;
  options: Record<string, string>;
  userEmail?: string | undefined;
  /** The link that the flow began with. */
  linkHash?: string;
};

/** The browser's answer from the vendor. `cookie` finds a cookie of the request by name. */
export type Callback = {
  connector: string;
  query: Record<string, string>;
  cookie(name: string): string | undefined;
};

type Parts = {
  database: Database;
  vault: Vault;
  clock: Clock;
  find: FindConnector;
  store: ConnectionStore;
  /** Where browsers reach the hub; no slash at the end. The one source of redirect addresses. */
  publicUrl: string;
  /** A signal that aborts after so many milliseconds. */
  deadline?(ms: number): AbortSignal;
};

/** Connects accounts through the vendors' consent pages (RFC 6749 with PKCE, RFC 7636; state as in RFC 9700). */
export class OAuthFlow {
  readonly #on: Parts;
  readonly #signal: () => AbortSignal;

  constructor(on: Parts) {
    this.#on = on;
    this.#signal = () => (on.deadline ?? AbortSignal.timeout)(callTimeoutMs);
  }

  /**
   * Begins a flow: good for ten minutes, once, in the browser that gets the cookie.
   * @returns the vendor's consent page and the cookie to set
   * @throws CannotConnect
   */
  async start(start: Start): Promise<{ location: string; cookie: Cookie }> {
    const installed = oauthConnector(this.#on.find, start.connector);
    const { auth, settings } = installed;
    const options = checkedOptions(installed, start.options, []);
    const state = randomToken();
    const browser = randomToken();
    const codeVerifier = auth.pkce ? generateRandomCodeVerifier() : undefined;
    const location = await auth.authorizeUrl({
      settings,
      options,
      state,
      scopes: auth.scopes,
      redirectUri: this.#redirectUri(start.connector),
      ...(codeVerifier ? { codeChallenge: await calculatePKCECodeChallenge(codeVerifier) } : {}),
    });
    await this.#remember(start, options, { state, browser, codeVerifier });
    return { location, cookie: this.#cookie(start.connector, hashOf(state), browser) };
  }

  /**
   * Ends a flow: checks the state, exchanges the code, asks whose account it is and stores the connection.
   * @throws FlowRefused, OtherAccountError, LinkRefused, CannotConnect: each with sentences for the person at the browser
   */
  async finish(callback: Callback): Promise<ConnectionRow> {
    const flow = await this.#take(callback);
    const installed = oauthConnector(this.#on.find, flow.connector);
    const grant = await this.#exchange(installed, flow, callback.query);
    const account = await this.#account(installed, grant);
    const { linkHash } = flow;
    return this.#on.store.connect(
      {
        workspaceId: flow.workspaceId,
        connector: flow.connector,
        userEmail: flow.userEmail ?? undefined,
        account,
        options: flow.options,
        credential: { grant },
      },
      linkHash === null ? undefined : transaction => useLink(transaction, linkHash, this.#on.clock.now()),
    );
  }

  /** The cookie that belongs to a callback's state, to be cleared. */
  spentCookie({ connector, query }: Callback): Cookie {
    return this.#cookie(connector, hashOf(query.state ?? ''), '');
  }

  #redirectUri(connector: string): string {
    return `${this.#on.publicUrl}/v1/oauth/${connector}/callback`;
  }

  /** One cookie per flow, so that two tabs do not disturb each other. */
  #cookie(connector: string, stateHash: string, value: string): Cookie {
    const { pathname, protocol } = new URL(this.#redirectUri(connector));
    const name = `baton_oauth_${stateHash.slice(0, 16)}`;
    return { name, value, path: pathname, secure: protocol === 'https:', maxAgeMs: value === '' ? 0 : stateLifeMs };
  }

  async #remember(
    { workspaceId, connector, userEmail, linkHash }: Start,
    options: Record<string, string>,
    secrets: { state: string; browser: string; codeVerifier: string | undefined },
  ): Promise<void> {
    const now = this.#on.clock.now();
    const stateHash = hashOf(secrets.state);
    await this.#on.database.write(async ({ manager, query }) => {
      await query('DELETE FROM oauth_states WHERE expires_at <= $1', [now - stateLifeMs]);
      await manager.insert(OAuthStates, {
        stateHash,
        workspaceId,
        connector,
        options,
        cookieHash: hashOf(secrets.browser),
        sealed: this.#on.vault.seal(JSON.stringify({ codeVerifier: secrets.codeVerifier }), stateHash),
        userEmail: userEmail ?? null,
        linkHash: linkHash ?? null,
        expiresAt: now + stateLifeMs,
      });
    });
  }

  /** Reads the flow and deletes it in one statement, whatever then becomes of it: a state that turns up anywhere is spent. */
  async #take({ connector, query, cookie }: Callback): Promise<OAuthStateRow> {
    const again = 'Start again from where you began.';
    const stateHash = hashOf(query.state ?? '');
    const [kept] = await this.#on.database.write(({ query: sql }) =>
      sql<Omit<OAuthStateRow, 'options'> & { options: string }>(
        `DELETE FROM oauth_states WHERE state_hash = $1 RETURNING state_hash AS "stateHash", workspace_id AS "workspaceId", connector,
         cookie_hash AS "cookieHash", sealed, options, user_email AS "userEmail", link_hash AS "linkHash", expires_at AS "expiresAt"`,
        [stateHash],
      ),
    );
    const flow = kept && { ...kept, options: JSON.parse(kept.options) as Record<string, string> };
    if (!flow || flow.connector !== connector) {
      throw new FlowRefused(`This sign-in is not known here, or was finished already. ${again}`);
    }
    if (flow.expiresAt <= this.#on.clock.now()) {
      throw new FlowRefused(`This sign-in took longer than ten minutes and has ended. ${again}`);
    }
    const browser = cookie(this.#cookie(connector, stateHash, '').name);
    if (browser === undefined || !sameHash(hashOf(browser), flow.cookieHash)) {
      throw new FlowRefused(
        `This sign-in was begun in another browser. Start it in the one that you want to finish it in, with cookies allowed.`,
      );
    }
    return flow;
  }

  async #exchange(
    { auth, connector, settings }: OAuthConnector,
    flow: OAuthStateRow,
    query: Record<string, string>,
  ): Promise<Grant> {
    if (query.error !== undefined) {
      const said = [query.error, query.error_description].filter(Boolean).join(': ');
      const what =
        query.error === 'access_denied' ? 'Access was not granted' : `${connector.title} refused the sign-in`;
      throw new FlowRefused(`${what}, so nothing was connected. You can start again.`, said);
    }
    const { code } = query;
    if (!code) throw new FlowRefused(`${connector.title} sent no code back, so nothing was connected. Start again.`);
    const { codeVerifier } = JSON.parse(this.#on.vault.open(flow.sealed, flow.stateHash)) as { codeVerifier?: string };
    const call = { settings, options: flow.options, signal: this.#signal(), query, code };
    try {
      return await auth.exchange({
        ...call,
        redirectUri: this.#redirectUri(flow.connector),
        ...(codeVerifier === undefined ? {} : { codeVerifier }),
      });
    } catch (error) {
      const failure = failureOf(connector, error);
      throw new FlowRefused(
        `${connector.title} did not hand out access: ${failure.message}`,
        failure.details.vendorMessage,
      );
    }
  }

  async #account(installed: OAuthConnector, grant: Grant): Promise<Account> {
    try {
      return await whoIs(installed, grant, this.#signal());
    } catch (error) {
      const failure = failureOf(installed.connector, error);
      throw new FlowRefused(
        `${installed.connector.title} granted access, but does not say to which account, so nothing was connected: ${failure.message}`,
        failure.details.vendorMessage,
      );
    }
  }
}

const sameHash = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
