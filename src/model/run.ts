import type { Timing, Trigger } from './workflow.ts';

/** Why a step did not succeed, and so what the engine does next (docs/errors.md has the table). */
export const failureKinds = [
  'rejected', 'unauthorized', 'forbidden', 'throttled', 'transient', 'uncertain', 'defect', 'released',
] as const; // biome-ignore format: a list
export type FailureKind = (typeof failureKinds)[number];

export const runStatuses = ['running', 'succeeded', 'failed', 'parked', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const stepStatuses = ['ready', 'running', 'parked', 'succeeded', 'failed', 'skipped', 'cancelled'] as const;
export type StepStatus = (typeof stepStatuses)[number];

/** Which moves a step may make. Everything else is a bug, and the store refuses it. */
export const stepTransitions: Record<StepStatus, readonly StepStatus[]> = {
  ready: ['running', 'cancelled'],
  running: ['succeeded', 'failed', 'skipped', 'ready', 'parked', 'cancelled'],
  parked: ['ready', 'cancelled'],
  succeeded: [],
  failed: [],
  skipped: [],
  cancelled: [],
};

/**
 * Something that happened and may start workflows: one trigger pair, once per its key.
 * `key` is unique in the workspace per (trigger, timing): `session:s1`, `conversation:c1`, `pounce:p1`, `request:r1`, `meeting:m1`,
 * `event:["source","id"]`.
 * `time` is when it became true (epoch ms of the event that completed it, or the moment that the session clock ran out).
 */
export type Occasion = {
  trigger: Trigger['type'];
  timing: Timing;
  key: string;
  time: number;
  /** The (source, id) of the event that completed it, where one did. */
  event?: { source: string; id: string };
  sessionId?: string;
  conversationId?: string;
  meetingId?: string;
  pounceId?: string;
  requestId?: string;
};

/** One try of a step, as the timeline shows it. `at` is epoch ms; `kind` is absent where the try succeeded. */
export type Attempt = { at: number; kind?: FailureKind; reason?: string; vendorRequestId?: string };
