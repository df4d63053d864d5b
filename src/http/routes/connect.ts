import type { Request, Response } from 'express';
import * as z from 'zod';
import { CannotConnect, LinkRefused } from '../../connections/cannot-connect.ts';
import { findLink } from '../../connections/links.ts';
import { type Callback, type Cookie, FlowRefused } from '../../connections/oauth.ts';
import { accountOf, OtherAccountError } from '../../connections/store.ts';
import { answerPage } from '../result-page.ts';
import { defineRoute, type Route } from '../route.ts';
import { asProblem, type ConnectionServices } from './connections.ts';

const strings = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** The part of connecting that a browser walks through: to the vendor's consent page and back. */
export function connectRoutes(services: ConnectionServices): Route[] {
  return [startRoute(services), linkRoute(services), callbackRoute(services)];
}

const startRoute = ({ flow }: ConnectionServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/connect/:connector',
    summary: 'Connect an account through the vendor’s consent page',
    description:
      'Redirects the browser to the vendor. Query parameters are the connector’s options; `user` (an e-mail address) makes it that rep’s personal connection.',
    tag: 'Connections',
    auth: 'admin',
    status: 302,
    params: z.strictObject({ connector: z.string() }),
    query: strings,
    problems: {
      404: 'There is no such connector',
      409: 'The connector is not connected this way, or its settings are missing',
    },
    async handler({ params, query }, { caller, response, request }) {
      if (request.method === 'HEAD') return void response.end();
      const { user, ...options } = firstOf(query);
      const { workspaceId } = caller;
      const started = await flow
        .start({ workspaceId, connector: params.connector, options, userEmail: user })
        .catch(asProblem);
      redirect(response, started);
    },
  });

const linkRoute = ({ flow, log, ...on }: ConnectionServices): Route =>
  defineRoute({
    method: 'get',
    path: '/connect/:token',
    summary: 'Open a connect link',
    description:
      'Redirects the browser to the vendor. The link is used up when an account has been connected through it, so that a preview does no harm.',
    tag: 'Connections',
    auth: 'none',
    status: 302,
    params: z.strictObject({ token: z.string() }),
    query: strings,
    async handler({ params }, { response, request }) {
      if (request.method === 'HEAD') return void response.end();
      try {
        const { hash, workspaceId, connector, options, userEmail } = await findLink(on, params.token);
        const start = { workspaceId, connector, options, userEmail: userEmail ?? undefined, linkHash: hash };
        redirect(response, await flow.start(start));
      } catch (error) {
        answerFailure(response, error, log);
      }
    },
  });

const callbackRoute = ({ flow, find, log }: ConnectionServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/oauth/:connector/callback',
    summary: 'Where the vendor sends the browser back to',
    tag: 'Connections',
    auth: 'none',
    params: z.strictObject({ connector: z.string() }),
    query: strings,
    async handler({ params, query }, { response, request }) {
      if (request.method === 'HEAD') return void response.end();
      const callback: Callback = { connector: params.connector, query: firstOf(query), cookie: cookieReader(request) };
      setCookie(response, flow.spentCookie(callback));
      try {
        const connection = await flow.finish(callback);
        const account = accountOf(connection);
        const title = find(connection.connector)?.connector.title ?? connection.connector;
        const whose = connection.userEmail === null ? 'for the whole workspace' : `for ${connection.userEmail}`;
        answerPage(response, {
          status: 200,
          good: true,
          title: `${title} is connected`,
          sentences: [
            `Account: ${account.name}${account.user ? `, signed in as ${account.user}` : ''} (${whose}).`,
            'Steps that were waiting for this connection go on by themselves.',
          ],
        });
      } catch (error) {
        answerFailure(response, error, log);
      }
    },
  });

function answerFailure(response: Response, error: unknown, log: ConnectionServices['log']): void {
  const title = 'Not connected';
  const page = { good: false, title };
  if (error instanceof FlowRefused) {
    answerPage(response, { ...page, status: 400, sentences: [error.message], vendorSaid: error.vendorSaid });
  } else if (error instanceof OtherAccountError || error instanceof CannotConnect) {
    answerPage(response, {
      ...page,
      status: 409,
      sentences: [error.message, 'An administrator of the hub can change this.'],
    });
  } else if (error instanceof LinkRefused) {
    answerPage(response, { ...page, status: 410, sentences: [error.message] });
  } else {
    log.error({ err: error }, 'connecting failed');
    answerPage(response, {
      ...page,
      status: 500,
      sentences: ['Something went wrong inside the hub. Its log says why.', 'You can start again.'],
    });
  }
}

function redirect(response: Response, { location, cookie }: { location: string; cookie: Cookie }): void {
  setCookie(response, cookie);
  response.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }).redirect(302, location);
}

function setCookie(response: Response, { name, value, path, secure, maxAgeMs }: Cookie): void {
  response.cookie(name, value, { path, secure, maxAge: maxAgeMs, httpOnly: true, sameSite: 'lax' });
}

/** A parameter that is sent twice counts once; nobody honest does that. */
const firstOf = (query: Record<string, string | string[]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? '') : value]),
  );

/** Our cookies hold nothing that would need decoding. */
function cookieReader(request: Request): (name: string) => string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map(pair => pair.trim().split('=') as [string, string?]);
  return name => pairs.find(([key]) => key === name)?.[1];
}
