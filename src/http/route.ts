import type { Request, Response, Router } from 'express';
import * as z from 'zod';
import { fieldErrors, plainMessages } from '../field-errors.ts';
import { safeJson } from '../json.ts';
import { readJson } from './body.ts';
import { Problem } from './problem.ts';

/** Who calls: which workspace a key belongs to. `keyId` is null for a fixed key of the configuration. */
export type Caller = { workspaceId: string; keyId: string | null };

export type RouteContext<Auth extends 'admin' | 'none' = 'admin' | 'none'> = {
  /** Known where the route asks for it (`auth: 'admin'`). */
  caller: Auth extends 'admin' ? Caller : undefined;
  request: Request;
  /** For headers and redirects. A handler that has answered by itself returns undefined. */
  response: Response;
};

export type RouteInput<Params = unknown, Query = unknown, Body = unknown> = {
  params: Params;
  query: Query;
  body: Body;
};

type Described = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Express style: `/v1/runs/:id`. */
  path: string;
  summary: string;
  description?: string;
  /** The heading it stands under in the documentation. */
  tag: string;
  /** Documents a body that the handler validates by itself (`body: z.unknown()`). */
  bodyShape?: z.ZodType;
  /** Headers worth documenting: name and what it is for. */
  headers?: Record<string, { description: string; required?: boolean }>;
  /** The status of a success: 200 where absent; with 204 nothing is sent. */
  status?: number;
  /** Statuses of problems that are particular to this route, with when they come; the common ones are documented by themselves. */
  problems?: Record<number, string>;
};

/** A declared route, from which registration, validation and OpenAPI come. */
export type Route = Described & {
  auth: 'admin' | 'none';
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  response?: z.ZodType;
  handler(input: RouteInput, context: RouteContext): unknown;
};

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/**
 * Declares a route. `params`, `query` and `body` are validated before the handler sees them (use strict objects: unknown
 * members are refused); `response` is the shape that the handler must return, and documents it.
 */
export function defineRoute<
  Auth extends 'admin' | 'none',
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Answer extends z.ZodType | undefined = undefined,
>(
  route: Described & {
    auth: Auth;
    params?: Params;
    query?: Query;
    body?: Body;
    response?: Answer;
    handler(
      input: RouteInput<Parsed<Params>, Parsed<Query>, Parsed<Body>>,
      context: RouteContext<Auth>,
    ): Promise<Result<Answer>> | Result<Answer>;
  },
): Route {
  return route as unknown as Route;
}
type Result<Answer> = Answer extends z.ZodType ? z.input<Answer> | undefined : unknown;

/** Says who a request's credential belongs to. @throws Problem `unauthorized` or `forbidden` */
export type Authenticate = (request: Request) => Promise<Caller>;

/** Registers declared routes with express. */
export function register(router: Router, routes: readonly Route[], authenticate: Authenticate): void {
  for (const route of routes) {
    router[route.method](route.path, async (request: Request, response: Response) => {
      const caller = route.auth === 'admin' ? await authenticate(request) : undefined;
      const input = await inputOf(route, request);
      const answer = await route.handler(input, { caller, request, response });
      if (response.headersSent) return;
      response.status(route.status ?? 200);
      if (route.status === 204) response.end();
      else response.json(answer);
    });
  }
}

async function inputOf(route: Route, request: Request): Promise<RouteInput> {
  const params = parse(route.params ?? z.looseObject({}), safeJson({ ...request.params })?.value, 'invalid-request');
  const query = parse(route.query ?? z.strictObject({}), safeJson({ ...request.query })?.value, 'invalid-request');
  if (!route.body) return { params, query, body: undefined };
  return { params, query, body: parse(route.body, await readJson(request), 'invalid-request') };
}

/** @throws Problem with an error per field where the value does not fit the schema */
export function parse<T>(schema: z.ZodType<T>, value: unknown, kind: 'invalid-request' | 'invalid-document'): T {
  const result = schema.safeParse(value, { error: plainMessages });
  if (result.success) return result.data;
  const errors = fieldErrors(result.error);
  throw new Problem(kind, sentence(errors), { errors });
}

const sentence = (errors: { path: string; message: string }[]) => {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first!.path === '' ? 'The request' : first!.path} ${first!.message}${more}.`;
};
