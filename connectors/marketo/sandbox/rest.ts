import express, { type Request, type Response } from 'express';
import { answer, bodyOf, type Content, questionOf, Refusal } from './answers.ts';
import { describe, describe2 } from './fields.ts';
import type { Gate } from './gate.ts';
import { apiUser } from './identity.ts';
import { partitions } from './leads.ts';
import type { Instance } from './page.ts';

/** The permissions of the API-only user's role; a read needs the read-only one or the other. */
export const permissions = [
  'Read-Write Lead',
  'Read-Only Assets',
  'Read-Write Activity',
  'Read-Only Activity Metadata',
];
type Permission = (typeof permissions)[number];

type Route = {
  method: 'get' | 'post';
  path: string;
  needs?: Permission;
  answer(request: Request<Record<string, string>>): Content;
};

function routes({ leads, lists, programs, activities }: Instance, gate: Gate): Route[] {
  const lead = 'Read-Write Lead';
  const asset = 'Read-Only Assets';
  const log = 'Read-Write Activity';
  const types = 'Read-Only Activity Metadata';
  const id = ({ params }: Request<Record<string, string>>) => params.id ?? '';
  const usage = ({ date, total }: { date: string; total: number }) => ({
    date,
    total,
    users: [{ userId: apiUser, count: total }],
  });
  return [
    { method: 'get', path: '/v1/stats/usage.json', answer: () => ({ result: [usage(gate.today())] }) },
    { method: 'get', path: '/v1/stats/usage/last7days.json', answer: () => ({ result: gate.usage().map(usage) }) },
    { method: 'get', path: '/v1/leads/describe.json', needs: lead, answer: () => ({ result: describe() }) },
    { method: 'get', path: '/v1/leads/describe2.json', needs: lead, answer: () => ({ result: describe2() }) },
    { method: 'get', path: '/v1/leads/partitions.json', needs: lead, answer: () => ({ result: partitions }) },
    { method: 'get', path: '/v1/leads.json', needs: lead, answer: request => leads.query(questionOf(request)) },
    {
      method: 'post',
      path: '/v1/leads.json',
      needs: lead,
      answer: request =>
        request.query._method === 'GET' ? leads.query(questionOf(request)) : leads.sync(bodyOf(request)),
    },
    { method: 'get', path: '/v1/lists.json', needs: lead, answer: request => lists.browse(questionOf(request)) },
    { method: 'get', path: '/v1/lists/:id.json', needs: lead, answer: request => lists.show(id(request)) },
    {
      method: 'post',
      path: '/v1/lists/:id/leads.json',
      needs: lead,
      answer: request =>
        lists.add(id(request), questionOf(request), request.query.id === undefined ? bodyOf(request) : undefined),
    },
    {
      method: 'get',
      path: '/v1/lists/:id/leads/ismember.json',
      needs: lead,
      answer: request => lists.isMember(id(request), questionOf(request)),
    },
    {
      method: 'post',
      path: '/v1/programs/:id/members/status.json',
      needs: lead,
      answer: request => programs.setStatus(id(request), bodyOf(request)),
    },
    {
      method: 'get',
      path: '/v1/programs/:id/members.json',
      needs: lead,
      answer: request => programs.members(id(request), questionOf(request)),
    },
    { method: 'get', path: '/v1/activities/external/types.json', needs: types, answer: () => activities.listTypes() },
    {
      method: 'get',
      path: '/v1/activities/external/type/:id/describe.json',
      needs: types,
      answer: request => activities.describe(id(request)),
    },
    {
      method: 'post',
      path: '/v1/activities/external.json',
      needs: log,
      answer: request => activities.add(bodyOf(request)),
    },
    {
      method: 'get',
      path: '/v1/activities/pagingtoken.json',
      needs: log,
      answer: request => activities.pagingToken(questionOf(request)),
    },
    { method: 'get', path: '/v1/activities.json', needs: log, answer: request => activities.log(questionOf(request)) },
    {
      method: 'get',
      path: '/asset/v1/programs.json',
      needs: asset,
      answer: request => programs.browse(questionOf(request)),
    },
    {
      method: 'get',
      path: '/asset/v1/program/byTag.json',
      needs: asset,
      answer: request => programs.byTag(questionOf(request)),
    },
    {
      method: 'get',
      path: '/asset/v1/program/byName.json',
      needs: asset,
      answer: request => programs.byName(questionOf(request)),
    },
    { method: 'get', path: '/asset/v1/program/:id.json', needs: asset, answer: request => programs.show(id(request)) },
    {
      method: 'get',
      path: '/asset/v1/channels.json',
      needs: asset,
      answer: request => programs.channels(questionOf(request)),
    },
    {
      method: 'get',
      path: '/asset/v1/channel/byName.json',
      needs: asset,
      answer: request => programs.channelByName(questionOf(request)),
    },
  ];
}

/** Everything under /rest. `lacks` are permissions that the role does not have at the moment. */
export function createRest(instance: Instance, gate: Gate, lacks: () => string[]): express.Router {
  const router = express.Router();
  router.use(gate.handle);
  const paths = new Map<string, Route[]>();
  for (const route of routes(instance, gate)) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  for (const [path, those] of paths) {
    for (const route of those)
      router[route.method](path, (request: Request<Record<string, string>>, response: Response) =>
        answer(response, () => {
          if (route.needs && lacks().includes(route.needs)) throw new Refusal('603', 'Access denied');
          return route.answer(request);
        }),
      );
    router.all(path, (request, response) =>
      answer(response, () => {
        throw new Refusal('605', `HTTP Method '${request.method}' not supported`);
      }),
    );
  }
  router.use((_request, response) =>
    answer(response, () => {
      throw new Refusal('610', 'Requested resource not found');
    }),
  );
  return router;
}
