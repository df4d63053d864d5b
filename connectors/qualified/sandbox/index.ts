import { setTimeout } from 'node:timers/promises';
import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { access } from './access.ts';
import { createLimits } from './limits.ts';
import { createCursors, page as pageOf } from './lists.ts';
import { type Asked, css, page } from './page.ts';
import { iso, type Resource, resources } from './records.ts';
import { gone, Refusal } from './refusal.ts';
import { smallSeed } from './seed.ts';
import { createStore, type Entry } from './store.ts';

const PAGE_SIZE = 1000;
const MOST_ASKED = 200;

const record = z.looseObject({ id: z.string(), listedAt: z.number().optional() });
const changed = z.looseObject({ id: z.string() });
const count = z.int().min(0);
const controlBody = z.strictObject({
  seed: z
    .strictObject({ seed: z.int(), leads: count, sessions: count, days: z.number().positive() })
    .partial()
    .optional()
    .meta({ description: 'generates the records anew: how many, over how many days up to now' }),
  empty: z.literal(true).optional().meta({ description: 'forgets all records' }),
  add: z
    .partialRecord(z.enum(resources as [Resource]), z.array(record))
    .optional()
    .meta({ description: 'adds or replaces records; `listedAt` (epoch ms) is when lists begin to hold one' }),
  remove: z.strictObject({ resource: z.enum(resources as [Resource]), id: z.string() }).optional(),
  changeLead: changed.optional().meta({ description: 'changes a lead now' }),
  changeMeeting: changed.optional().meta({ description: 'changes a meeting now, such as its status' }),
  revokeTokens: z.literal(true).optional().meta({ description: 'no token of before is accepted any more' }),
  newToken: z.literal(true).optional().meta({ description: 'makes a token and answers it' }),
  withholdScopes: z.array(z.string()).optional().meta({ description: 'scopes that tokens lack' }),
  apiEnabled: z.boolean().optional(),
  limits: z.strictObject({ quarter: count, hour: count, day: count, concurrent: count }).partial().optional(),
  pageSize: z.int().min(1).max(PAGE_SIZE).optional(),
  cursorsDie: count.optional().meta({ description: 'the next so many uses of a cursor find it dead' }),
  killCursors: z.literal(true).optional().meta({ description: 'every cursor handed out so far is dead' }),
  latencyMs: z.int().min(0).max(10_000).optional().meta({ description: 'how long each answer takes' }),
});

/** Qualified's Enterprise API, as its published OpenAPI describes what can be read. */
const create = ({ now }: SandboxContext): SandboxInstance => {
  const store = createStore(now);
  const limits = createLimits(now);
  const cursors = createCursors();
  const doors = access();
  const asked: Asked[] = [];
  let size = PAGE_SIZE;
  let latencyMs = 0;
  const router = express.Router();

  const get = (path: string, scope: string | undefined, answer: (request: Request) => unknown) =>
    router.get(path, async (request: Request, response: Response) => {
      // As a server whose clock is this sandbox's.
      response.set('Date', new Date(now()).toUTCString());
      response.set('X-Request-Id', `req-${asked.length + 1}`);
      let leave = () => {};
      try {
        doors.check(request.headers.authorization, scope);
        leave = limits.enter();
        if (latencyMs > 0) await setTimeout(latencyMs);
        response.set(limits.headers()).json(answer(request));
      } catch (error) {
        const refusal = error instanceof Refusal ? error : new Refusal(500, { error: 'Internal server error' });
        response.status(refusal.status).set(refusal.headers).json(refusal.body);
      } finally {
        leave();
      }
      const query = new URL(request.originalUrl, 'http://sandbox').searchParams;
      asked.push({ at: now(), path: request.path, query: Object.fromEntries(query), status: response.statusCode });
      if (asked.length > MOST_ASKED * 2) asked.splice(0, MOST_ASKED);
    });
  const queryOf = (request: Request) => Object.fromEntries(new URL(request.originalUrl, 'http://sandbox').searchParams);
  const rules = () => ({ size, now: now(), cursors });
  const one = (resource: Resource) => (request: Request) => {
    const found = store.find(resource, String(request.params.id));
    if (!found) throw resource === 'leads' ? new Refusal(404, { error: 'Lead not found' }) : gone();
    return { data: found };
  };
  const list = (resource: Resource) => (request: Request) => pageOf(store, resource, queryOf(request), rules());

  get('/v2/leads/fields', undefined, () => ({ data: doors.fields('person', now()) }));
  get('/v2/companies/fields', undefined, () => ({ data: doors.fields('account', now()) }));
  get('/v2/leads', 'lead:view', request => {
    const { email, ...query } = queryOf(request);
    const only = (entry: Entry) =>
      !email || (entry.record as { email?: string }).email?.toLowerCase() === email.trim().toLowerCase();
    return pageOf(store, 'leads', query, rules(), { only });
  });
  get('/v2/leads/:id', 'lead:view', one('leads'));
  get('/v2/sessions', 'session:view', list('sessions'));
  get('/v2/sessions/:id', 'session:view', one('sessions'));
  get('/v2/conversations', 'conversation:view', list('conversations'));
  get('/v2/conversations/:id', 'conversation:view', one('conversations'));
  get('/v2/conversations/:id/messages', 'conversation:view', request => {
    const id = String(request.params.id);
    if (!store.find('conversations', id)) throw gone();
    const only = ({ record }: Entry) => (record as { conversationId?: string }).conversationId === id;
    return pageOf(store, 'messages', queryOf(request), rules(), { only, held: false });
  });
  get('/v2/messages', 'conversation:view', list('messages'));
  get('/v2/messages/:id', 'conversation:view', one('messages'));
  get('/v2/meetings', 'meeting:view', list('meetings'));
  get('/v2/meetings/:id', 'meeting:view', one('meetings'));
  router.use((_request, response) => {
    response.status(404).json({ error: 'Not found' });
  });

  return {
    router,
    records: type => (type === 'asked' ? asked : (resources as string[]).includes(type) ? store.all()[type as Resource] : undefined), // biome-ignore format: short
    page: () =>
      page(store.all(), asked, doors.token(), { used: limits.used('quarter'), limit: limits.current().quarter }),
    reset: () => {
      store.reset();
      limits.reset();
      cursors.reset();
      doors.reset();
      asked.length = 0;
      size = PAGE_SIZE;
      latencyMs = 0;
    },
    control: body => {
      const control = controlBody.parse(body);
      if (control.seed) store.plant({ ...smallSeed, ...control.seed });
      if (control.empty) store.empty();
      for (const [resource, records] of Object.entries(control.add ?? {}))
        for (const { listedAt, ...each } of records) store.put(resource as Resource, each as never, listedAt);
      if (control.remove) store.remove(control.remove.resource, control.remove.id);
      if (control.changeLead) store.touch('leads', control.changeLead.id, control.changeLead);
      if (control.changeMeeting) store.touch('meetings', control.changeMeeting.id, control.changeMeeting);
      if (control.limits) limits.set(control.limits);
      if (control.cursorsDie !== undefined) cursors.die(control.cursorsDie);
      if (control.killCursors) cursors.killAll();
      size = control.pageSize ?? size;
      latencyMs = control.latencyMs ?? latencyMs;
      doors.control(control);
      return { ...doors.shown(), limits: limits.current(), pageSize: size, latencyMs, now: iso(now()) };
    },
  };
};

const qualified: SandboxVendor = {
  vendor: 'qualified',
  title: 'Qualified',
  settings: base => ({ QUALIFIED_API_URL: base }),
  origin: () => 'https://api.qualified.com',
  // Its API has an OpenAPI document, and no contract among those that exchanges are checked against.
  uncovered: () => true,
  css,
  create,
};
export default qualified;
