import express, { type Request, type Response, type Router } from 'express';
import type { SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import type { Person } from './person.ts';
import type { User } from './seed.ts';
import type { Views } from './views.ts';

type Parts = { person: Person; views: Views; acting(): User; be(userId: string): unknown };

/** What the page's forms do, as whoever is chosen there; then the page again. */
export const pageRoutes = ({ person, views, acting, be }: Parts): Router => {
  const router = express.Router();
  const form = (deed: (fields: Record<string, string>) => unknown) => async (request: Request, response: Response) => {
    const fields = Object.fromEntries(new URLSearchParams((request as SandboxRequest).rawBody.toString('utf8')));
    try {
      await deed(fields);
      response.redirect(303, '/#slack');
    } catch (error) {
      response
        .status(400)
        .type('text')
        .send(error instanceof Error ? error.message : String(error));
    }
  };
  router.post(
    '/user',
    form(({ user = '' }) => be(person.personOf(user).id)),
  );
  router.post(
    '/press',
    form(({ channel = '', ts = '', action = '', option }) =>
      person.press({ user: acting().id, channel, ts, action, ...(option && { option }) }),
    ),
  );
  router.post(
    '/submit',
    form(({ view = '', ...values }) => person.submit({ user: views.find(view).user, values })),
  );
  router.post(
    '/close',
    form(({ view = '' }) => views.close(view)),
  );
  router.post(
    '/command',
    form(({ text = '' }) => person.command({ user: acting().id, text })),
  );
  return router;
};
