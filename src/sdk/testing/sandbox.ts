import type { Request, Router } from 'express';
import type { FaultScript } from './contract.ts';

/** What the sandbox host gives to each vendor. `now()` is epoch ms; `base` is this vendor's own address, e.g. http://127.0.0.1:4010/example. */
export type SandboxContext = {
  base: string;
  now(): number;
  consent: 'page' | 'auto';
  /**
   * For a vendor that is called by something else than HTTP: the scripted fault that this call meets, once its delay has passed; it
   * counts as used. `named` passes over the scripts that name no method. What HTTP brings meets its faults by itself.
   */
  fault(call: { method: string; path: string; named?: boolean }): Promise<FaultScript['fault'] | undefined>;
};

/** A request as a vendor's router gets it: the body is not parsed, its bytes (empty where there is none) are in `rawBody`. */
export type SandboxRequest = Request & { rawBody: Buffer };

/** One running imitation of a vendor. */
export type SandboxInstance = {
  /** Mounted under /<vendor>. It parses bodies itself: the host keeps the raw bytes in `req.rawBody` (see SandboxRequest). */
  router: Router;
  /** What is stored of one type, as JSON; undefined for an unknown type. */
  records(type: string): unknown[] | undefined;
  /** HTML fragment: what arrived, as a person would see it at the vendor. Everything that came in must be escaped. */
  page(): string;
  /** Forget everything but the seed data and what was granted, so that a connected hub stays connected. Controls go back to their defaults. */
  reset(): void;
  /**
   * What an administrator of the vendor would do: expire tokens, revoke grants, tighten limits. Answers the controls as they now
   * are; throws an Error whose message names what is wrong in `body`.
   */
  control?(body: unknown): unknown;
  /** For a vendor that listens by itself: awaited before the sandbox is up, and when it ends. */
  start?(): Promise<void>;
  close?(): Promise<void>;
  /** Environment lines on top of the vendor's, known once it has started. */
  settings?(): Record<string, string>;
};

/**
 * A vendor's sandbox. It imports nothing of its connector and refuses what the vendor refuses, with the vendor's own bodies.
 * `settings` answers the environment lines that point the hub at it, with the app credentials that it accepts.
 */
export type SandboxVendor = {
  vendor: string;
  /** What the contracts call this vendor, where it is another name; the exchanges carry it. */
  contract?: string;
  title: string;
  settings(base: string): Record<string, string>;
  /** The vendor's real-looking origin for a path, for the urls of /__sandbox/exchanges, e.g. https://api.vendor.example. */
  origin(path: string): string;
  /**
   * True where no contract covers an exchange (consent pages, a status or a query that the contract does not know): it is left out of
   * /__sandbox/exchanges. `status` is absent where nothing was answered.
   */
  uncovered?(method: string, path: string, more: { query: string; status?: number }): boolean;
  /**
   * True where this answer refuses what the request says (an unknown field, a text too long). Such an exchange is marked
   * `only: "response"`: that the request is wrong is what the vendor has just said.
   */
  refused?(status: number, body: unknown): boolean;
  /** CSS for this vendor's fragment of the page; every selector begins with `.<vendor>`. */
  css?: string;
  create(context: SandboxContext): SandboxInstance;
};
