import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Account, ConnectorSettings, Grant, OAuth2Auth } from '../auth.ts';
import type { Action, ActionContext, Connector, StepFacts } from '../connector.ts';
import { StepError } from '../errors.ts';
import type { ConnectorContract, Sample, SandboxHost } from './contract.ts';

const redirectUri = 'http://127.0.0.1:1/v1/oauth/callback';
const nobody: StepFacts = {
  visitor: { visitorId: 'v1', email: 'nobody@example.com', fields: {}, external: {} },
  conversation: { id: 'c1', url: 'https://example.com/conversations/c1' },
  workflow: { id: 'w1', name: 'Contract' },
  runId: 'r1',
};

export type Tried<Value> = { value?: Value; error?: StepError };

/** What the tests of one connector have in common. */
export type Given = {
  connector: Connector;
  contract: ConnectorContract;
  host(): SandboxHost;
  subject(): ContractSubject;
};

/** One step of an action: every try of it has the same key. */
export type Step = {
  stepKey: string;
  run(limits?: { deadlineMs: number }): Promise<Tried<unknown>>;
  /** What the engine does with a step whose outcome is unknown. */
  settle(): Promise<Tried<unknown>>;
};

/**
 * A connector under test with its sandbox: connects it as the engine would, runs steps as the engine would, and listens to all that
 * it says. Only for connectors with OAuth.
 */
export class ContractSubject {
  readonly #connector: Connector;
  readonly #host: SandboxHost;
  readonly #secrets = new Set<string>();
  readonly #said: string[] = [];
  readonly settings: ConnectorSettings;
  readonly auth: OAuth2Auth;
  grant: Grant | undefined;
  #account: Account | undefined;

  constructor(connector: Connector, host: SandboxHost) {
    if (connector.auth.kind !== 'oauth2') throw new Error('The contract suite is for connectors with OAuth.');
    this.#connector = connector;
    this.#host = host;
    this.auth = connector.auth;
    this.settings = connector.settings?.parse(host.settings()) ?? {};
    for (const [name, value] of Object.entries(this.settings))
      if (/SECRET|TOKEN|PASSWORD|KEY/.test(name) && value) this.#secrets.add(value);
  }

  /** Everything that it said so far in which a secret can be read. */
  leaks(): string[] {
    return this.#said.filter(text => [...this.#secrets].some(secret => text.includes(secret)));
  }
  hear(text: string): void {
    this.#said.push(text);
  }

  /** Remembers the tokens of a grant as secrets, and uses it from now on. */
  use(grant: Grant): Grant {
    for (const token of [grant.accessToken, grant.refreshToken]) if (token) this.#secrets.add(token.reveal());
    this.grant = grant;
    return grant;
  }

  async connect(): Promise<Grant> {
    const verifier = randomBytes(32).toString('base64url');
    const state = randomBytes(16).toString('base64url');
    const pkce = this.auth.pkce ? createHash('sha256').update(verifier).digest('base64url') : undefined;
    const { settings, auth } = this;
    const asked = { settings, options: {}, redirectUri, state, codeChallenge: pkce, scopes: auth.scopes };
    const back = await allowed(await auth.authorizeUrl(asked));
    const query = Object.fromEntries(back.searchParams);
    if (query.state !== state || !query.code) throw new Error(`the consent brought no code: ${Object.keys(query)}`);
    const codeVerifier = auth.pkce ? verifier : undefined;
    this.#secrets.add(query.code);
    const answered = { code: query.code, query, redirectUri, codeVerifier };
    return this.use(await auth.exchange({ settings, options: {}, signal: this.#signal(), ...answered }));
  }

  async refresh(grant: Grant): Promise<Tried<Grant>> {
    const { settings, auth } = this;
    if (!auth.refresh) throw new Error('this connector does not refresh');
    const refresh = auth.refresh.bind(auth);
    return this.attempt(async () => this.use(await refresh({ settings, options: {}, signal: this.#signal(), grant })));
  }

  async revoke(grant: Grant): Promise<Tried<void>> {
    const { settings, auth } = this;
    return this.attempt(async () => auth.revoke?.({ settings, options: {}, signal: this.#signal(), grant }));
  }

  async whoAmI(): Promise<Tried<Account>> {
    const { whoAmI } = this.#connector;
    if (!whoAmI) throw new Error('whoAmI is missing');
    const call = { settings: this.settings, signal: this.#signal() };
    const tried = await this.attempt(async () => whoAmI({ client: this.#client(), ...call }));
    this.#account = tried.value ?? this.#account;
    return tried;
  }

  /** One step with a key of its own. */
  step(action: Action, sample: Sample): Step {
    const stepKey = randomBytes(24).toString('base64url');
    const input = action.input.parse(sample.input);
    const facts = { ...nobody, ...sample.facts };
    const firstTriedAt = this.#host.now();
    const context = (deadlineMs?: number): ActionContext => ({
      client: this.#client(),
      stepKey,
      facts,
      account: this.#account,
      settings: this.settings,
      signal: this.#signal(deadlineMs),
      now: () => this.#host.now(),
      note: sentence => this.hear(sentence),
      publish: async (_topic, data) => this.hear(JSON.stringify(data)),
      recall: async key => sample.remembered?.[key],
    });
    const run: Step['run'] = limits => {
      this.#host.advance(60_000);
      return this.attempt(() => action.run(context(limits?.deadlineMs), input));
    };
    const settle: Step['settle'] = async () => {
      const { replay } = action;
      if (replay === 'safe' || replay === 'keyed') return run();
      if ('whenUnsure' in replay) return replay.whenUnsure === 'retry' ? run() : {};
      this.#host.advance(60_000);
      const items = [{ stepKey, firstTriedAt, input, facts }];
      const looked = await this.attempt(() => replay.findMany(context(), items));
      const found = looked.value?.[0];
      if (looked.error) return { error: looked.error };
      if (found instanceof StepError) return { error: found };
      return found === undefined ? run() : { value: found };
    };
    return { stepKey, run, settle };
  }

  async attempt<Value>(work: () => Promise<Value>): Promise<Tried<Value>> {
    try {
      return { value: await work() };
    } catch (thrown) {
      const error = this.#connector.classify(thrown);
      this.hear(inspect(error, { depth: 20, showHidden: true, maxStringLength: null }));
      this.hear(JSON.stringify({ message: error.message, stack: error.stack, ...error.details, cause: undefined }));
      return { error };
    }
  }

  #client(): unknown {
    const { settings, grant } = this;
    return this.#connector.open({ settings, grant, timeoutMs: this.#connector.limits.callTimeoutMs });
  }
  #signal(deadlineMs = this.#connector.limits.callTimeoutMs): AbortSignal {
    return AbortSignal.timeout(deadlineMs);
  }
}

/** Follows a vendor's redirects like a browser, up to the one that comes back to us. */
async function allowed(authorizeUrl: string): Promise<URL> {
  let url = authorizeUrl;
  for (let hop = 0; hop < 10; hop += 1) {
    const answer = await fetch(url, { redirect: 'manual' });
    const location = answer.headers.get('location');
    if (!location) throw new Error(`the consent page answered ${answer.status}: ${await answer.text()}`);
    url = new URL(location, url).href;
    if (url.startsWith(redirectUri)) return new URL(url);
  }
  throw new Error('the consent page redirects without end');
}

/** What came of a try, so that a failed expectation says why. */
export const verdict = ({ error }: Tried<unknown>): string =>
  error ? `${error.kind}: ${error.message}` : 'it succeeded';
