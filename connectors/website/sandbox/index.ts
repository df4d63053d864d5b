import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import type {
  SandboxContext,
  SandboxInstance,
  SandboxRequest,
  SandboxVendor,
} from '../../../src/sdk/testing/sandbox.ts';
import { css, fragment, type Heard, sitePage } from './page.ts';
import { siteScript, siteStyle } from './site.ts';

/** It becomes part of a policy: a host with other signs could widen that. */
const hubUrl = z.url({ protocol: /^https?$/, hostname: /^([\w.-]+|\[[\da-f:]+\])$/ });
const controlBody = z.strictObject({
  hub: hubUrl.optional().meta({ description: 'where the hub is, http://127.0.0.1:3000' }),
  key: z.string().max(200).optional().meta({ description: 'a site key of the hub that may be used from here' }),
});
const query = z.object({
  hub: hubUrl.optional().catch(undefined),
  key: z.string().max(200).optional().catch(undefined),
  visitor: z.string().max(200).optional().catch(undefined),
  relay: z.enum(['0', '1']).catch('1'),
  qualified: z.enum(['early', 'late', 'none']).catch('early'),
});
const heardBody = z.object({ page: z.string().max(100), name: z.string().max(1_000), data: z.unknown() });
const MOST_HEARD = 500;

/** What a careful site sends: scripts and connections only to itself and to the hub, nothing inline. */
const policy = (hub: string | undefined): string => {
  const origin = hub ? new URL(hub).origin : '';
  return [
    "default-src 'none'",
    `script-src 'self' ${origin}`.trim(),
    `connect-src 'self' ${origin}`.trim(),
    "style-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
};

const create = ({ base, now }: SandboxContext): SandboxInstance => {
  let site: z.infer<typeof controlBody> = {};
  let heard: Heard[] = [];
  const router = express.Router();
  const page = (request: Request, response: Response) => {
    const asked = new URL(request.originalUrl, base).searchParams;
    const given = query.parse(Object.fromEntries(asked));
    const shown = { ...given, hub: given.hub ?? site.hub, key: given.key ?? site.key };
    response.set({ 'content-security-policy': policy(shown.hub), 'referrer-policy': 'same-origin' });
    response.type('html').send(sitePage({ ...shown, base, path: request.path, search: asked.toString() }));
  };
  router.get(['/', '/pricing'], page);
  router.get('/site.js', (_request, response) => {
    response.type('text/javascript').set('cache-control', 'no-cache').send(siteScript);
  });
  router.get('/site.css', (_request, response) => {
    response.type('css').set('cache-control', 'no-cache').send(siteStyle);
  });
  router.post('/heard', (request, response) => {
    const parsed = heardBody.safeParse(jsonOf(request));
    if (!parsed.success) {
      response.status(400).json({ error: z.prettifyError(parsed.error) });
      return;
    }
    heard = [...heard, { at: now(), ...parsed.data }].slice(-MOST_HEARD);
    response.status(204).end();
  });
  return {
    router,
    records: type => (type === 'heard' ? heard : undefined),
    page: () => fragment({ base, ready: Boolean(site.hub && site.key), heard }),
    reset: () => {
      heard = [];
      site = {};
    },
    control: input => {
      site = { ...site, ...controlBody.parse(input) };
      return site;
    },
  };
};

const jsonOf = (request: Request): unknown => {
  try {
    return JSON.parse((request as SandboxRequest).rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
};

/** A customer's website with the hub's script in it: a page that says what it hears, and a chat that reports what is clicked. */
const website: SandboxVendor = {
  vendor: 'website',
  title: 'Website',
  settings: () => ({}),
  origin: () => 'https://www.example.com',
  uncovered: () => true,
  css,
  create,
};
export default website;
