import type { StepFacts } from '../connector.ts';

/** A scripted fault of the sandbox, as `POST /__sandbox/:vendor/faults` takes it. */
export type FaultScript = {
  match?: { method?: string; path?: string };
  times?: number;
  fault: {
    status?: number;
    headers?: Record<string, string>;
    body?: unknown;
    delayMs?: number;
    reset?: 'before' | 'after-apply';
    malformed?: boolean | string;
  };
};

/** The running sandbox, as the contract suite needs it. It allows at once where a person would be asked. */
export type SandboxHost = {
  settings(): Record<string, string>;
  records(vendor: string, type: string): unknown[];
  /** Every request on the wire since the last reset, in order. */
  exchanges(): { method: string; url: string; requestBody?: string }[];
  fault(vendor: string, script: FaultScript): void;
  control(vendor: string, body: unknown): unknown;
  reset(): void;
  /** The sandbox's time, epoch ms. It moves only when told to. */
  now(): number;
  advance(ms: number): void;
};

/** One action to be tried: an input that the sandbox takes, and how its effect is seen there. */
export type Sample = {
  input: unknown;
  facts?: Partial<StepFacts>;
  /** What inbound calls have kept for the connection, by key. */
  remembered?: Record<string, unknown>;
  /** What must be there before: another action's effect, and what its output adds to the facts. */
  before?: { action: string; input: unknown; facts(output: unknown): Partial<StepFacts> };
  /** The request that makes the effect; `path` is a part of its path. */
  effect: { method: string; path: string };
  /** Two steps with this input come to one effect, though the action is not 'safe': it matches before it makes (a push by e-mail). */
  matches?: boolean;
  /** How many effects of the action the sandbox holds now. */
  effects(records: (type: string) => unknown[]): number;
};

/** What the contract suite must know about one connector: the export `contract` of `connectors/<id>/contract.ts`. */
export type ConnectorContract = {
  /** OAuth: what an admin chooses before connecting, where the connector's `auth.options` ask for it. */
  options?: Record<string, string>;
  /**
   * Key auth: what an admin types in so that the sandbox takes it, given or read from the lines that the sandbox prints.
   * Every value of a field marked secret is one that the connector must never say.
   */
  values?: Record<string, string> | ((settings: Record<string, string>) => Record<string, string>);
  /** A part of the path of the token endpoint; absent where there is none. */
  tokenPath?: string;
  /** Bodies for the sandbox's control; OAuth needs the first two. */
  controls?: {
    expireAccessTokens?: unknown;
    revokeGrants?: unknown;
    /** Only where a refresh does not hand out a new refresh token by itself. */
    rotateRefreshTokens?: unknown;
    /** Key auth: what an admin of the vendor does to take the typed credentials back. */
    withdrawCredentials?: unknown;
  };
  /** Key auth: why no credential is ever refused, where the vendor takes whatever it is sent. */
  neverRefused?: string;
  /** Every way in which the vendor says "later". */
  throttles: { title: string; fault: FaultScript['fault'] }[];
  /** By action id; every action has one, and so has every role that is an action (`roles.push`). */
  samples: Record<string, Sample>;
};
