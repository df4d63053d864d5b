import type { Account, ConnectorSettings, Grant } from '../../src/sdk/index.ts';
import { TeamsFailure } from './errors.ts';

/** The parts of the Bot Connector's two clients that are called here. */
type Connector = import('botframework-connector').ConnectorClient;
type TeamsConnector = import('botframework-connector').TeamsConnectorClient;

/** What one call is bounded by: the library's own options. */
type Bounds = { abortSignal: AbortSignal };

/** What actions and inbound calls reach Teams through. Nothing is loaded before the first call. */
export type TeamsClient = {
  tenantId: string;
  appId: string;
  /** Where a conversation that does not say its own address is reached. */
  serviceUrl: string;
  /** One request to the conversations of a service address. `write` says whether a lost answer may mean that something was done. */
  call<Result>(
    about: { operation: string; write: boolean; serviceUrl: string | undefined; signal: AbortSignal },
    work: (connector: Connector['conversations'], bounds: Bounds) => Promise<Result>,
  ): Promise<Result>;
  /** A team's name and channels; its first channel may have no name. Two calls where the name is not known yet. */
  team(
    team: { id: string; name?: string },
    serviceUrl: string,
    signal: AbortSignal,
  ): Promise<{ name?: string; channels: { id?: string; name?: string }[] }>;
};

/** Microsoft's client repeats a POST up to ten times after 5xx and 429, and follows redirects: both are taken out of its pipeline. */
function oneCall<Client extends object>(client: Client): Client {
  const { pipeline } = (
    client as unknown as { client: { pipeline: { removePolicy(policy: { name: string }): unknown } } }
  ).client;
  for (const name of ['defaultRetryPolicy', 'redirectPolicy']) pipeline.removePolicy({ name });
  return client;
}

/** Builds the client around a live access token, without I/O. */
export function openClient(call: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): TeamsClient {
  const { grant, settings, timeoutMs } = call;
  const fallback = settings.TEAMS_SERVICE_URL ?? 'https://smba.trafficmanager.net/teams/';
  const credentials: ConstructorParameters<typeof import('botframework-connector').ConnectorClient>[0] = {
    async signRequest(request) {
      request.headers.set('authorization', `Bearer ${grant?.accessToken.reveal() ?? ''}`);
      return request;
    },
  };
  const at = (serviceUrl = fallback) => ({ baseUri: serviceUrl.endsWith('/') ? serviceUrl : `${serviceUrl}/` });
  const connector = async (serviceUrl: string | undefined): Promise<Connector> => {
    const { ConnectorClient } = await import('botframework-connector');
    return oneCall(new ConnectorClient(credentials, at(serviceUrl)));
  };
  const bounds = (signal: AbortSignal): Bounds => ({
    abortSignal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  return {
    tenantId: grant?.extra?.tenantId ?? '',
    appId: settings.TEAMS_APP_ID ?? '',
    serviceUrl: fallback,
    async call({ operation, write, serviceUrl, signal }, work) {
      const { conversations } = await connector(serviceUrl);
      return failing(operation, write, () => work(conversations, bounds(signal)));
    },
    async team({ id, name }, serviceUrl, signal) {
      const { TeamsConnectorClient } = await import('botframework-connector');
      const { teams }: TeamsConnector = oneCall(new TeamsConnectorClient(credentials, at(serviceUrl)));
      return failing('about a team', false, async () => {
        const { conversations } = await teams.fetchChannelList(id, bounds(signal));
        const known = name ?? (await teams.fetchTeamDetails(id, bounds(signal))).name;
        return { name: known, channels: conversations ?? [] };
      });
    },
  };
}

async function failing<Result>(operation: string, write: boolean, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw TeamsFailure.of(error, operation, write) ?? error;
  }
}

/** Answers of the Bot Connector to a question that Teams does not take, from a bot that it knows. */
const known = new Set([400, 404, 405, 501]);

/**
 * The tenant behind the token. A bot cannot ask who it is, so the one call is for the list of its conversations: Teams refuses that
 * question itself, but a token that it does not accept it refuses with 401 before.
 */
export async function whoAmI(call: {
  client: TeamsClient;
  signal: AbortSignal;
  settings: ConnectorSettings;
}): Promise<Account> {
  const { client, signal } = call;
  try {
    await client.call(
      { operation: 'who is connected', write: false, serviceUrl: undefined, signal },
      // The library's types ask even for the first page with a continuation.
      (conversations, bounds) => conversations.getConversations({ ...bounds, continuationToken: undefined } as never),
    );
  } catch (error) {
    if (!(error instanceof TeamsFailure && known.has(error.failure.status ?? 0))) throw error;
  }
  return { id: client.tenantId, name: `Tenant ${client.tenantId}`, details: { appId: client.appId } };
}
