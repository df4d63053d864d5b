import express from 'express';
import type { SandboxVendor } from '../../src/sdk/testing/sandbox.ts';

/** A vendor's sandbox whose answers can be kept back. */
export type HeldVendor = SandboxVendor & {
  /** The next answer to this method and path is never sent. @returns resolves once the vendor has done what was asked */
  holdAnswer(method: string, path: string): Promise<void>;
};

/** Wraps a sandbox so that a request takes effect and its answer stays away, for as long as nobody hangs up. */
export function heldVendor(vendor: SandboxVendor): HeldVendor {
  let hold: { method: string; path: string; done(): void } | undefined;
  return {
    ...vendor,
    holdAnswer: (method, path) =>
      new Promise(done => {
        hold = { method, path, done };
      }),
    create(context) {
      const instance = vendor.create(context);
      const router = express.Router();
      router.use((request, response, next) => {
        if (hold && request.method === hold.method && request.url.includes(hold.path)) {
          const { done } = hold;
          hold = undefined;
          response.end = (() => {
            done();
            return response;
          }) as typeof response.end;
        }
        next();
      }, instance.router);
      return { ...instance, router };
    },
  };
}
