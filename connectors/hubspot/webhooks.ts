import * as z from 'zod';
import { type Inbound, type InboundConnection, type InboundHub, StepError } from '../../src/sdk/index.ts';
import { introspect } from './auth.ts';
import { settled } from './batch.ts';
import type { HubSpotClient } from './client.ts';
import { refusal, SeenSignatures } from './signature.ts';

/** One call brings up to a hundred events, in no order. */
const events = z
  .array(
    z.looseObject({
      subscriptionType: z.string().optional(),
      eventTypeId: z.string().optional(),
      portalId: z.number().optional(),
      appId: z.number().optional(),
      occurredAt: z.number().optional(),
      attemptNumber: z.number().optional(),
    }),
  )
  .max(100);
type Event = z.infer<typeof events>[number];
type Hub = InboundHub<HubSpotClient>;

/** An event as late as this may be about an install that has been made again since. */
const LATE_MS = 120_000;
const APP_UNINSTALLED = '4-1916193';
const seen = new SeenSignatures();

/** What HubSpot sends to the app: that it was removed from an account is acted upon, everything else acknowledged. */
export const webhooks: Inbound<HubSpotClient> = {
  methods: ['POST'],
  path: '/hubspot/webhooks',
  summary: 'Events of HubSpot accounts that the app is installed in, signed by HubSpot (v3)',
  requires: ['HUBSPOT_CLIENT_SECRET'],
  async answer(request, hub) {
    const why = refusal(request, hub.settings.HUBSPOT_CLIENT_SECRET ?? '', hub.now());
    const replayed = why === undefined && seen.again(request.headers['x-hubspot-signature-v3'] ?? '', hub.now());
    if (why !== undefined || replayed) {
      hub.warn('A call to the HubSpot webhook was refused.', { reason: why ?? 'It has come before.' });
      return { status: 401, body: { error: why ?? 'This request has come before.' } };
    }
    const received = events.safeParse(parsed(request.body));
    if (!received.success) return { status: 400, body: { error: 'The body must be a list of at most 100 events.' } };
    const ours = received.data.filter(({ appId }) => isOurs(appId, hub));
    const gone = new Map(ours.filter(isUninstall).map(event => [event.portalId, event]));
    for (const [portalId, event] of gone)
      if (portalId !== undefined) await uninstalled(String(portalId), event, hub, request.signal);
    return { status: 200, body: { received: received.data.length } };
  },
};

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const isOurs = (appId: number | undefined, { settings }: Hub): boolean =>
  appId === undefined || !settings.HUBSPOT_APP_ID || String(appId) === settings.HUBSPOT_APP_ID;

const isUninstall = ({ subscriptionType = '', eventTypeId }: Event): boolean =>
  eventTypeId === APP_UNINSTALLED || /^app\.?_?(uninstall|deauthori[sz])/i.test(subscriptionType);

async function uninstalled(accountId: string, event: Event, hub: Hub, signal: AbortSignal): Promise<void> {
  const late = (event.attemptNumber ?? 0) > 0 || hub.now() - (event.occurredAt ?? hub.now()) > LATE_MS;
  for (const connection of await hub.connections(accountId)) {
    if (late && (await isAlive(connection, hub, signal))) continue;
    await connection.lost('The app was removed from the HubSpot account. Connect HubSpot again.');
  }
}

/** Whether the account accepts the connection (again). Where nobody can tell, the next call will. */
async function isAlive(connection: InboundConnection<HubSpotClient>, hub: Hub, signal: AbortSignal): Promise<boolean> {
  const alive = await settled(async () =>
    introspect(hub.settings, signal, (await connection.client()).accessToken.reveal()),
  );
  return !(alive instanceof StepError && alive.kind === 'unauthorized');
}
