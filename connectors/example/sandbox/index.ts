import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import { consentPage, escapeHtml, refusalPage } from '../../../src/sdk/testing/html.ts';
import type {
  SandboxContext,
  SandboxInstance,
  SandboxRequest,
  SandboxVendor,
} from '../../../src/sdk/testing/sandbox.ts';
import { app, createOAuth, type OAuth, OAuthRefusal } from './oauth.ts';

type Note = { id: string; url: string; title: string; text: string; reference: string | null; author: string | null };

const newNote = z.object({
  title: z.string().min(1).max(120),
  text: z.string().max(5_000).default(''),
  reference: z.string().max(64).nullable().default(null),
  author: z.string().nullable().default(null),
});
const controls = z.strictObject({ expireAccessTokens: z.literal(true), revokeGrants: z.literal(true) }).partial();

const bytes = (request: Request) => (request as SandboxRequest).rawBody.toString('utf8');
const form = (request: Request) => Object.fromEntries(new URLSearchParams(bytes(request)));

function authorize(oauth: OAuth, consent: SandboxContext['consent']) {
  return (request: Request, response: Response) => {
    const { decision, ...query } =
      request.method === 'POST' ? form(request) : { ...request.query, decision: undefined };
    const chosen = request.method === 'GET' && consent === 'auto' ? 'allow' : decision;
    try {
      const wanted = oauth.checkRequest(query);
      if (chosen === undefined) {
        const wishes = wanted.scope.split(' ');
        const question = 'The app asks to read and write your notes.';
        response.type('html').send(consentPage({ title: 'Example notes', question, wishes, query: wanted }));
        return;
      }
      const target = new URL(wanted.redirect_uri);
      if (chosen === 'allow') target.searchParams.set('code', oauth.issueCode(wanted));
      else target.searchParams.set('error', 'access_denied');
      if (wanted.state !== undefined) target.searchParams.set('state', wanted.state);
      response.redirect(target.href);
    } catch (error) {
      if (!(error instanceof OAuthRefusal)) throw error;
      response.status(400).type('html').send(refusalPage('This cannot be allowed', error.message));
    }
  };
}

function answering(produce: (form: Record<string, string>) => unknown) {
  return (request: Request, response: Response) => {
    try {
      response.set('cache-control', 'no-store').json(produce(form(request)) ?? {});
    } catch (error) {
      if (!(error instanceof OAuthRefusal)) throw error;
      const status = error.error === 'invalid_client' ? 401 : 400;
      response.status(status).json({ error: error.error, error_description: error.message });
    }
  };
}

const refuse = (response: Response, status: number, error: string, message: string, field?: string) =>
  response.status(status).json({ error, message, ...(field && { field }) });

function notesApi(oauth: OAuth, notes: Note[], base: string): express.Router {
  const router = express.Router();
  router.use((request, response, next) => {
    const scopes = oauth.scopesOf(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]);
    if (!scopes) refuse(response, 401, 'invalid_token', 'the access token is unknown, too old or revoked');
    else if (!scopes.includes('notes')) refuse(response, 403, 'insufficient_scope', 'the scope notes was not granted');
    else next();
  });
  router.get('/me', (_request, response) => {
    response.json({ id: 'acc_1', name: 'Example Ltd', email: 'ada@example.com' });
  });
  router.get('/notes', (request, response) => {
    const references = String(request.query.references ?? '').split(',');
    response.json({ notes: notes.filter(note => note.reference !== null && references.includes(note.reference)) });
  });
  router.post('/notes', (request, response) => {
    const parsed = newNote.safeParse(JSON.parse(bytes(request)));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      refuse(response, 422, 'invalid', issue?.message ?? 'invalid', issue?.path.join('.'));
      return;
    }
    const id = `note_${notes.length + 1}`;
    const note = { id, url: `${base}/notes/${id}`, ...parsed.data };
    notes.push(note);
    response.status(201).json(note);
  });
  return router;
}

function create({ base, now, consent }: SandboxContext): SandboxInstance {
  const oauth = createOAuth(now);
  const notes: Note[] = [];
  const router = express.Router();
  router.get('/oauth/authorize', authorize(oauth, consent));
  router.post('/oauth/authorize', authorize(oauth, consent));
  router.post('/oauth/token', answering(oauth.token));
  router.post('/oauth/revoke', answering(oauth.revoke));
  router.use('/api', notesApi(oauth, notes, base));
  return {
    router,
    records: type => (type === 'notes' ? notes : undefined),
    page: () =>
      notes
        .map(
          note =>
            `<article class="sheet empty"><b>${escapeHtml(note.title)}</b><p>${escapeHtml(note.text)}</p></article>`,
        )
        .join('') || '<p class="sheet empty">No notes yet.</p>',
    reset: () => {
      notes.length = 0;
    },
    control: body => {
      const { expireAccessTokens, revokeGrants } = controls.parse(body);
      if (expireAccessTokens) oauth.expireAccessTokens();
      if (revokeGrants) oauth.revokeAll();
      return {};
    },
  };
}

const vendor: SandboxVendor = {
  vendor: 'example',
  title: 'Example',
  settings: base => ({
    EXAMPLE_API_URL: base,
    EXAMPLE_CLIENT_ID: app.clientId,
    EXAMPLE_CLIENT_SECRET: app.clientSecret,
  }),
  origin: () => 'https://api.example.com',
  // No contract describes a vendor that does not exist.
  uncovered: () => true,
  create,
};
export default vendor;
