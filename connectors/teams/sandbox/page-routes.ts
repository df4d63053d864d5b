import express, { type Request, type Response, type Router } from 'express';
import type { SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import type { Deeds } from './deeds.ts';

/** What the page's forms do, as whoever is chosen there; then the page again. */
export const pageRoutes = ({ deeds, acting }: { deeds: Deeds; acting: { user: string } }): Router => {
  const router = express.Router();
  const form = (deed: (fields: Record<string, string>) => unknown) => async (request: Request, response: Response) => {
    const fields = Object.fromEntries(new URLSearchParams((request as SandboxRequest).rawBody.toString('utf8')));
    try {
      await deed(fields);
      response.redirect(303, '/#teams');
    } catch (error) {
      response
        .status(400)
        .type('text')
        .send(error instanceof Error ? error.message : String(error));
    }
  };
  const where = ({ team = '', user = '' }: Record<string, string>) => (team ? { team } : { user });
  router.post(
    '/user',
    form(({ user = '' }) => {
      acting.user = user;
    }),
  );
  router.post(
    '/press',
    form(({ message = '', button = '', ...inputs }) => deeds.press({ user: acting.user, message, button, inputs })),
  );
  router.post(
    '/say',
    form(({ text = '' }) => deeds.say({ user: acting.user, text })),
  );
  router.post(
    '/install',
    form(fields => deeds.install(where(fields))),
  );
  router.post(
    '/remove',
    form(fields => deeds.remove(where(fields))),
  );
  return router;
};
