import { randomBytes } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import type { SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import { checkCard } from './cards.ts';
import { badSyntax, noConversation, notInRoster, Refusal } from './errors.ts';
import type { Login } from './login.ts';
import type { Rates } from './rates.ts';
import { type Person, people, tenantId } from './seed.ts';
import { type Activity, personalId, type Store } from './store.ts';

/** The connector refuses a longer body; Teams itself shows messages up to about this, with what it adds. */
const CONNECTOR_BYTES = 262_144;
const TEAMS_BYTES = 28 * 1024;

type Parts = { store: Store; login: Login; rates: Rates };

function bodyOf(request: Request): Record<string, unknown> {
  const { rawBody } = request as SandboxRequest;
  if (rawBody.length > CONNECTOR_BYTES) throw new Refusal(413, 'MessageSizeTooBig', 'Request body is too large.');
  try {
    const body: unknown = JSON.parse(rawBody.toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // The same answer as to a body that is no object.
  }
  throw badSyntax('The request body is not a JSON object.');
}

/** What may be sent, and whether Teams will split it. @throws Refusal */
function activityOf(body: Record<string, unknown>): { activity: Activity; split: boolean } {
  if (typeof body.type !== 'string') throw badSyntax('The activity has no type.');
  const activity = body as Activity;
  if (Buffer.byteLength(JSON.stringify(body)) > TEAMS_BYTES)
    throw new Refusal(413, 'MessageSizeTooBig', 'Message size too large.');
  const attachments = Array.isArray(activity.attachments) ? activity.attachments : [];
  for (const { contentType, content } of attachments)
    if (contentType === 'application/vnd.microsoft.card.adaptive') checkCard(content);
  if (activity.type === 'message' && !activity.text && attachments.length === 0)
    throw badSyntax('The message is empty.');
  return { activity, split: Boolean(activity.text) && attachments.length > 0 };
}

const memberShape = ({ id, aadObjectId, name, email, userPrincipalName }: Person) => {
  const [givenName, surname] = name.split(' ');
  return { id, aadObjectId, name, givenName, surname, email, userPrincipalName, tenantId, userRole: 'user' };
};

/** The Bot Connector's REST API. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference */
export const connectorApi = ({ store, login, rates }: Parts): express.Router => {
  const router = express.Router();
  router.use((request, response, next) => {
    response.set('ms-cv', `${randomBytes(16).toString('base64').replace(/=+$/, '')}.0`);
    if (login.accepts(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1])) next();
    else
      response
        .status(401)
        .json({ error: { code: 'Unauthorized', message: 'Authorization has been denied for this request.' } });
  });
  const answering =
    <Path extends string>(status: number, produce: (request: Request<Record<Path, string>>) => unknown) =>
    (request: Request<Record<Path, string>>, response: Response) => {
      try {
        response.status(status).json(produce(request) ?? {});
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.retryAfter !== undefined) response.set('Retry-After', String(error.retryAfter));
        response.status(error.status).json(error.body);
      }
    };

  router.get(
    '/conversations',
    answering(200, () => {
      throw new Refusal(405, 'MethodNotAllowed', 'Teams does not list the conversations of a bot.');
    }),
  );
  router.post(
    '/conversations',
    answering(201, request => begin(bodyOf(request))),
  );
  const begin = (body: Record<string, unknown>) => {
    const [member] = Array.isArray(body.members) ? (body.members as { id?: unknown }[]) : [];
    const { tenant } = (body.channelData ?? {}) as { tenant?: { id?: unknown } };
    if (body.tenantId !== tenantId && tenant?.id !== tenantId)
      throw badSyntax('The tenant of the conversation is missing or wrong.');
    const person = people.find(({ id, aadObjectId }) => id === member?.id || aadObjectId === member?.id);
    if (!person) throw badSyntax('The member of the conversation is not known.');
    rates.take('create', personalId(person));
    if (!store.reaches(person)) throw notInRoster();
    const id = personalId(person);
    if (!body.activity) return { id };
    const { activity } = activityOf(body.activity as Record<string, unknown>);
    return { id, activityId: store.post(store.place(id), activity).id };
  };

  const send = answering<'id' | 'activity'>(201, request => {
    const { activity, split } = activityOf(bodyOf(request));
    rates.take('send', request.params.id);
    const message = store.post(store.open(request.params.id), activity);
    // A text and a card become two messages, and then no id comes back.
    return split ? {} : { id: message.id };
  });
  router.post('/conversations/:id/activities', send);
  router.post('/conversations/:id/activities/:activity', send);
  router.put(
    '/conversations/:id/activities/:activity',
    answering<'id' | 'activity'>(200, request => {
      const { activity } = activityOf(bodyOf(request));
      rates.take('send', request.params.id);
      store.open(request.params.id);
      const message = store.message(request.params.id, request.params.activity);
      store.update(message, activity);
      return { id: message.id };
    }),
  );
  router.delete(
    '/conversations/:id/activities/:activity',
    answering<'id' | 'activity'>(200, request => {
      store.open(request.params.id);
      store.remove(store.message(request.params.id, request.params.activity));
    }),
  );

  const members = (id: string) => {
    rates.take('read', id);
    return store.membersOf(store.open(id)).map(memberShape);
  };
  router.get(
    '/conversations/:id/members',
    answering<'id'>(200, ({ params }) => members(params.id)),
  );
  router.get(
    '/conversations/:id/pagedmembers',
    answering<'id'>(200, ({ params, query }) => {
      const all = members(params.id);
      const first = Number(query.continuationToken ?? 0);
      const size = Math.min(500, Math.max(50, Number(query.pageSize ?? 200)));
      const more = first + size < all.length && { continuationToken: String(first + size) };
      return { members: all.slice(first, first + size), ...more };
    }),
  );
  router.get(
    '/conversations/:id/members/:member',
    answering<'id' | 'member'>(200, ({ params }) => {
      const person = store.person(params.member);
      const found = members(params.id).find(({ id }) => id === person?.id);
      // An e-mail address that is no principal name finds nobody.
      const byMail = person?.email === params.member.toLowerCase() && person.userPrincipalName !== person.email;
      if (!found || byMail) throw new Refusal(404, 'MemberNotFoundInConversation', 'The member was not found.');
      return found;
    }),
  );

  const teamOf = (id: string) => {
    const team = store.team(id);
    if (!team) throw noConversation();
    rates.take('read', team.id);
    if (!store.inTeams.has(team.id)) throw notInRoster();
    return team;
  };
  router.get(
    '/teams/:id/conversations',
    answering<'id'>(200, ({ params }) => {
      const team = teamOf(params.id);
      return {
        conversations: team.channels.map(({ id, name }) => (id === team.id ? { id, name: null } : { id, name })),
      };
    }),
  );
  router.get(
    '/teams/:id',
    answering<'id'>(200, ({ params }) => {
      const { id, name, aadGroupId } = teamOf(params.id);
      return { id, name, aadGroupId };
    }),
  );
  return router;
};
