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

type Ask = Request<Record<string, string>>;
type Route = { method: 'get' | 'post'; path: string; needs?: Permission; answer(request: Ask): Content };

const lead = 'Read-Write Lead';
const asset = 'Read-Only Assets';
const log = 'Read-Write Activity';
const types = 'Read-Only Activity Metadata';

const get = (path: string, needs: Permission | undefined, answer: Route['answer']): Route => ({
  method: 'get',
  path,
  ...(needs && { needs }),
  answer,
});
const post = (path: string, needs: Permission, answer: Route['answer']): Route => ({
  method: 'post',
  path,
  needs,
  answer,
});
const id = ({ params }: Ask) => params.id ?? '';

function routes({ leads, lists, programs, activities }: Instance, gate: Gate): Route[] {
  const usage = ({ date, total }: { date: string; total: number }) => ({
    date,
    total,
    users: [{ userId: apiUser, count: total }],
  });
  const syncOrQuery = (ask: Ask) =>
    ask.query._method === 'GET' ? leads.query(questionOf(ask)) : leads.sync(bodyOf(ask));
  const addToList = (ask: Ask) =>
    lists.add(id(ask), questionOf(ask), ask.query.id === undefined ? bodyOf(ask) : undefined);
  return [
    get('/v1/stats/usage.json', undefined, () => ({ result: [usage(gate.today())] })),
    get('/v1/stats/usage/last7days.json', undefined, () => ({ result: gate.usage().map(usage) })),

    get('/v1/leads/describe.json', lead, () => ({ result: describe() })),
    get('/v1/leads/describe2.json', lead, () => ({ result: describe2() })),
    get('/v1/leads/partitions.json', lead, () => ({ result: partitions })),
    get('/v1/leads.json', lead, ask => leads.query(questionOf(ask))),
    post('/v1/leads.json', lead, syncOrQuery),

    get('/v1/lists.json', lead, ask => lists.browse(questionOf(ask))),
    get('/v1/lists/:id.json', lead, ask => lists.show(id(ask))),
    post('/v1/lists/:id/leads.json', lead, addToList),
    get('/v1/lists/:id/leads/ismember.json', lead, ask => lists.isMember(id(ask), questionOf(ask))),

    post('/v1/programs/:id/members/status.json', lead, ask => programs.setStatus(id(ask), bodyOf(ask))),
    get('/v1/programs/:id/members.json', lead, ask => programs.members(id(ask), questionOf(ask))),

    get('/v1/activities/external/types.json', types, () => activities.listTypes()),
    get('/v1/activities/external/type/:id/describe.json', types, ask => activities.describe(id(ask))),
    post('/v1/activities/external.json', log, ask => activities.add(bodyOf(ask))),
    get('/v1/activities/pagingtoken.json', log, ask => activities.pagingToken(questionOf(ask))),
    get('/v1/activities.json', log, ask => activities.log(questionOf(ask))),

    get('/asset/v1/programs.json', asset, ask => programs.browse(questionOf(ask))),
    get('/asset/v1/program/byTag.json', asset, ask => programs.byTag(questionOf(ask))),
    get('/asset/v1/program/byName.json', asset, ask => programs.byName(questionOf(ask))),
    get('/asset/v1/program/:id.json', asset, ask => programs.show(id(ask))),
    get('/asset/v1/channels.json', asset, ask => programs.channels(questionOf(ask))),
    get('/asset/v1/channel/byName.json', asset, ask => programs.channelByName(questionOf(ask))),
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
      router[route.method](path, (request: Ask, response: Response) =>
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
