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
  /** How many effects of the action the sandbox holds now. */
  effects(records: (type: string) => unknown[]): number;
};

/** What the contract suite must know about one connector: the export `contract` of `connectors/<id>/contract.ts`. */
export type ConnectorContract = {
  /** A part of the path of the token endpoint. */
  tokenPath: string;
  /** Bodies for the sandbox's control. `rotateRefreshTokens` only where a refresh does not hand out a new refresh token by itself. */
  controls: { expireAccessTokens: unknown; revokeGrants: unknown; rotateRefreshTokens?: unknown };
  /** Every way in which the vendor says "later". */
  throttles: { title: string; fault: FaultScript['fault'] }[];
  /** By action id; every action has one. */
  samples: Record<string, Sample>;
};
