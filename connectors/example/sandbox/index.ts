import express, { type Response } from 'express';
import * as z from 'zod';
import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import {
  bearerOf,
  type ConsentPage,
  consentRoute,
  formOf,
  OAuthError,
  rawText,
  tokenRoute,
} from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { app, createOAuth, type OAuth } from './oauth.ts';

type Note = { id: string; url: string; title: string; text: string; reference: string | null; author: string | null };

const newNote = z.object({
  title: z.string().min(1).max(120),
  text: z.string().max(5_000).default(''),
  reference: z.string().max(64).nullable().default(null),
  author: z.string().nullable().default(null),
});
const controls = z.strictObject({ expireAccessTokens: z.literal(true), revokeGrants: z.literal(true) }).partial();

const consentPageOf = (oauth: OAuth): ConsentPage => ({
  redirect: query => new URL(oauth.checkRequest(query).redirect_uri),
  ask(query) {
    const wanted = oauth.checkRequest(query);
    return {
      title: 'Example notes',
      question: 'The app asks to read and write your notes.',
      wishes: wanted.scope.split(' '),
      code: () => oauth.issueCode(wanted),
    };
  },
  denied: { error: 'access_denied' },
  refused: error =>
    error instanceof OAuthError ? { title: 'This cannot be allowed', reason: error.message } : undefined,
});

const refuse = (response: Response, status: number, error: string, message: string, field?: string) =>
  response.status(status).json({ error, message, ...(field && { field }) });

function notesApi(oauth: OAuth, notes: Note[], base: string): express.Router {
  const router = express.Router();
  router.use((request, response, next) => {
    const scopes = oauth.scopesOf(bearerOf(request));
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
    const parsed = newNote.safeParse(JSON.parse(rawText(request)));
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
  router.all('/oauth/authorize', consentRoute(consent, consentPageOf(oauth)));
  router.post(
    '/oauth/token',
    tokenRoute(request => oauth.token(formOf(request))),
  );
  router.post(
    '/oauth/revoke',
    tokenRoute(request => oauth.revoke(formOf(request))),
  );
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
