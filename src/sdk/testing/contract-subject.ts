import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Account, Auth, ConnectorSettings, Grant } from '../auth.ts';
import type { Action, ActionContext, Connector, StepFacts } from '../connector.ts';
import { StepError } from '../errors.ts';
import type { ConnectorContract, Sample, SandboxHost } from './contract.ts';
import { mappedByDefault } from './mapped.ts';

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

const isAction = (part: unknown): part is Action =>
  typeof part === 'object' && part !== null && 'replay' in part && 'run' in part;

/** All that a connector can do as a step: its actions, and those that its roles are, or hold (`push`, `chat.update`). */
export function actionsOf({ actions, roles = {} }: Connector): Action[] {
  const parts: unknown[] = Object.values(roles).flatMap(role => [role, ...Object.values(role)]);
  return [...new Map([...actions, ...parts.filter(isAction)].map(action => [action.id, action])).values()];
}

/** A connector under test with its sandbox: runs steps as the engine would, and listens to all that it says. */
export class ContractSubject {
  readonly #connector: Connector;
  readonly #host: SandboxHost;
  readonly #secrets = new Set<string>();
  readonly #said: string[] = [];
  readonly settings: ConnectorSettings;
  readonly options: Record<string, string>;
  grant: Grant | undefined;
  #account: Account | undefined;

  constructor(connector: Connector, host: SandboxHost, options: Record<string, string> = {}) {
    this.#connector = connector;
    this.#host = host;
    this.options = options;
    this.settings = connector.settings?.parse(host.settings()) ?? {};
    for (const [name, value] of Object.entries(this.settings))
      if (/SECRET|TOKEN|PASSWORD|KEY/.test(name) && value) this.hide(value);
  }

  /** The connector's auth, which is of this kind. */
  auth<Kind extends Auth['kind']>(kind: Kind): Extract<Auth, { kind: Kind }> {
    const { auth } = this.#connector;
    if (auth.kind !== kind) throw new Error(`this connector's auth is of kind ${auth.kind}, not ${kind}`);
    return auth as Extract<Auth, { kind: Kind }>;
  }

  /** From now on nobody may say this. */
  hide(secret: string): void {
    this.#secrets.add(secret);
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
    for (const token of [grant.accessToken, grant.refreshToken]) if (token) this.hide(token.reveal());
    this.grant = grant;
    return grant;
  }

  /** Who is connected; only for connectors that say so. */
  async whoAmI(): Promise<Tried<Account>> {
    const { whoAmI } = this.#connector;
    if (!whoAmI) throw new Error('whoAmI is missing');
    const call = { settings: this.settings, signal: this.signal() };
    const tried = await this.attempt(async () => whoAmI({ client: this.#client(), ...call }));
    this.#account = tried.value ?? this.#account;
    return tried;
  }

  /** One step with a key of its own. */
  step(action: Action, sample: Sample): Step {
    const stepKey = randomBytes(24).toString('base64url');
    const input = action.input.parse(sample.input);
    const known = { ...nobody, ...sample.facts };
    const pushed = action === this.#connector.roles?.push && {
      mapped: mappedByDefault(this.#connector, known.visitor),
    };
    const facts: StepFacts = { ...known, ...pushed };
    const firstTriedAt = this.#host.now();
    const context = (deadlineMs?: number): ActionContext => ({
      client: this.#client(),
      stepKey,
      facts,
      account: this.#account,
      settings: this.settings,
      signal: this.signal(deadlineMs),
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

  /** Aborts at the deadline of one call. */
  signal(deadlineMs = this.#connector.limits.callTimeoutMs): AbortSignal {
    return AbortSignal.timeout(deadlineMs);
  }
  #client(): unknown {
    const { settings, grant } = this;
    return this.#connector.open({ settings, grant, timeoutMs: this.#connector.limits.callTimeoutMs });
  }
}

/** What came of a try, so that a failed expectation says why. */
export const verdict = ({ error }: Tried<unknown>): string =>
  error ? `${error.kind}: ${error.message}` : 'it succeeded';
