import type { QualifiedClient } from './client.ts';
import { QualifiedFailure } from './errors.ts';
import { scopes } from './scopes.ts';

/** Which scopes the token lacks, by one call each for a record that does not exist. */
export async function checkRights({
  client,
  signal,
}: {
  client: QualifiedClient;
  signal: AbortSignal;
}): Promise<string[]> {
  const missing = new Set<string>();
  for (const { scope, path } of scopes) {
    if (missing.has(scope) || path === '/v2/messages') continue;
    const refused = await client.get(`${path}/none`, {}, signal).then(
      () => false,
      error => {
        if (error instanceof QualifiedFailure && error.status === 403) return true;
        if (error instanceof QualifiedFailure && error.status === 404) return false;
        throw error;
      },
    );
    if (refused) missing.add(scope);
  }
  return [...missing].map(scope => `Make an API token in Qualified that has the scope ${scope}, and connect with it.`);
}
