import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Inbound } from '../../src/sdk/index.ts';

const script = readFileSync(new URL('./baton.js', import.meta.url));
const etag = `"${createHash('sha256').update(script).digest('base64url').slice(0, 22)}"`;
const headers = {
  'content-type': 'text/javascript; charset=utf-8',
  // Pages load it from an address that never changes: kept for an hour, and for a week while it is asked for anew behind the page's back.
  'cache-control': 'public, max-age=3600, stale-while-revalidate=604800',
  etag,
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};

/** The script that websites load. It is the same for everybody and holds nothing of anybody. */
export const batonScript: Inbound = {
  methods: ['GET'],
  path: '/baton.js',
  summary: 'The script for websites',
  async answer(request) {
    const known = (request.headers['if-none-match'] ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''));
    if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
    return { status: 200, headers, body: script };
  },
};
