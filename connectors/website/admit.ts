import type { InboundHub, InboundRequest } from '../../src/sdk/index.ts';
import { originAllowed } from '../../src/sdk/origins.ts';
import type { Refusal } from './answers.ts';

/** A page that may use the site key it shows: whose it is, and its origin as the browser says it. */
export type Admitted = { workspaceId: string; key: string; origin: string };

/**
 * Which page calls. Browsers name the origin of every call to another origin, and of every POST; a GET from the hub's own origin
 * (a proxy may serve both) names none, but says `Sec-Fetch-Site: same-origin`. Whatever names no origin is no page.
 */
export function originOf({ url, headers }: InboundRequest): string | undefined {
  if (headers.origin !== undefined) return headers.origin;
  return headers['sec-fetch-site'] === 'same-origin' ? new URL(url).origin : undefined;
}

/** @returns the page, or why it is refused */
export async function admit(
  request: InboundRequest,
  hub: Pick<InboundHub, 'site'>,
): Promise<Admitted | { refusal: Refusal }> {
  const key = new URL(request.url).searchParams.get('key') ?? '';
  const site = key === '' ? undefined : await hub.site(key);
  if (!site)
    return {
      refusal: {
        kind: 'unauthorized',
        detail: 'The site key is missing, unknown or revoked. Give it as ?key=baton_site_….',
      },
    };
  const origin = originOf(request);
  if (origin === undefined)
    return { refusal: { kind: 'forbidden', detail: 'The request names no Origin. This is for pages in a browser.' } };
  if (!originAllowed(origin, site.origins))
    return {
      refusal: {
        kind: 'forbidden',
        detail: `This site key may not be used from ${origin.slice(0, 200)}. The key lists the origins that may.`,
      },
    };
  return { workspaceId: site.workspaceId, key, origin };
}
