/** What a token must be allowed for the source to work, by the endpoint that tells. */
export const scopes = [
  { scope: 'lead:view', path: '/v2/leads' },
  { scope: 'session:view', path: '/v2/sessions' },
  { scope: 'conversation:view', path: '/v2/conversations' },
  { scope: 'conversation:view', path: '/v2/messages' },
  { scope: 'meeting:view', path: '/v2/meetings' },
] as const;

/** The scope that a path needs; `/v2/conversations/{id}/messages` too is under its first part. */
export const scopeOf = (path: string): string | undefined =>
  scopes.find(({ path: prefix }) => path === prefix || path.startsWith(`${prefix}/`))?.scope;
