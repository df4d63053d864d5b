import type { Router } from 'express';

/** What the sandbox host gives to each vendor. `now()` is epoch ms; `base` is this vendor's own address, e.g. http://127.0.0.1:4010/slack. */
export type SandboxContext = { base: string; now(): number; consent: 'page' | 'auto' };

/** One running imitation of a vendor. */
export type SandboxInstance = {
  /** Mounted under /<vendor>. It parses bodies itself: the host keeps the raw bytes in `req.rawBody`. */
  router: Router;
  /** What is stored of one type, as JSON; undefined for an unknown type. */
  records(type: string): unknown[] | undefined;
  /** HTML fragment: what arrived, as a person would see it at the vendor. */
  page(): string;
  /** Forget everything but the seed data. */
  reset(): void;
};

/**
 * A vendor's sandbox. It imports nothing of its connector and refuses what the vendor refuses, with the vendor's own bodies.
 * `settings` answers the environment lines that point the hub at it, with the app credentials that it accepts.
 */
export type SandboxVendor = {
  vendor: string;
  title: string;
  settings(base: string): Record<string, string>;
  /** True where no contract covers a path (consent pages): such exchanges are left out of /__sandbox/exchanges. */
  uncovered?(method: string, path: string): boolean;
  create(context: SandboxContext): SandboxInstance;
};
