/** A step to be woken at `dueAt` (epoch ms). `ring` tells one ring of a step from the next, so that a live job never swallows it. */
export type Bell = { stepId: string; ring: string; dueAt: number };

export type Listener = { step(stepId: string): Promise<void>; plan(): Promise<void> };

/**
 * The doorbell. The database holds what is to be done; the queue only says that it is time to look. It may lose a ring, or
 * ring twice: the sweep finds what nobody woke, and the claim lets one worker in. Ringing never blocks and never throws.
 */
export type Queue = {
  ring(bells: Bell[]): void;
  /** New events wait to be planned. */
  ringPlanner(): void;
  /** Starts handing rings to this process, at most `concurrency` steps at once. */
  listen(listener: Listener, concurrency: number): void;
  /** Does it answer? */
  ready(): Promise<boolean>;
  /** Takes no more rings; resolves when the handlers that run have finished. Never rejects. */
  close(): Promise<void>;
};
