import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyStore } from './access/keys.ts';
import { createSettingsStore } from './access/settings.ts';
import { createVisitorFieldStore } from './access/visitor-fields.ts';
import { DEFAULT_WORKSPACE, ensureAdminKey, ensureDefaultWorkspace } from './access/workspaces.ts';
import { alertDesk } from './alerts/acts.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { Describer } from './connections/describe.ts';
import { loadKeys } from './connections/keys.ts';
import { createMappingStore } from './connections/mappings.ts';
import { memoryOf } from './connections/memory.ts';
import { OAuthFlow } from './connections/oauth.ts';
import { checkKeys } from './connections/rotation.ts';
import { ConnectionStore } from './connections/store.ts';
import { Tokens } from './connections/tokens.ts';
import { Usages } from './connections/usage.ts';
import { createVault } from './connections/vault.ts';
import { type ConnectorRegistry, configurationOf, loadConnectors } from './connectors.ts';
import { type Database, openDatabase, type Transaction } from './db/database.ts';
import type { ConnectionRow } from './db/entities.ts';
import { inTurn } from './db/in-turn.ts';
import { DatabaseInbox } from './events/inbox.ts';
import { FeedStation } from './feed/feed.ts';
import { listen, type Port } from './http/listen.ts';
import { alertRoutes } from './http/routes/alerts.ts';
import { auditRoutes } from './http/routes/audit.ts';
import { connectRoutes } from './http/routes/connect.ts';
import { connectionRoutes } from './http/routes/connections.ts';
import type { Catalogue } from './http/routes/connectors.ts';
import { describeRoutes } from './http/routes/describe.ts';
import { mappingRoutes } from './http/routes/mappings.ts';
import { sourceRoutes } from './http/routes/sources.ts';
import { createServer } from './http/server.ts';
import { inboundHub } from './inbound/hub.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { BullQueue } from './queue/bull.ts';
import { EmbeddedQueue } from './queue/embedded.ts';
import { PostgresQueue } from './queue/postgres.ts';
import type { Bell, Queue } from './queue/queue.ts';
import { checkedActions, connectorOfAction, roleActions } from './runs/catalogue.ts';
import { createRunControl, resumeParked } from './runs/control.ts';
import { Executor } from './runs/execute.ts';
import { Gate } from './runs/gate.ts';
import { Planner } from './runs/plan.ts';
import { createReach } from './runs/reach.ts';
import { createRunReader } from './runs/reader.ts';
import { createDirectories } from './runs/recipients.ts';
import { Rounds } from './runs/rounds.ts';
import type { Point, RunServices } from './runs/services.ts';
import { voidLeases } from './runs/sweep.ts';
import { Worker } from './runs/worker.ts';
import { type Action, Secret } from './sdk/index.ts';
import { Poller, type SourcePoint } from './sources/poller.ts';
import { adoptConnections, wakeSource } from './sources/rows.ts';
import { builtInWorkflows, ensureBuiltIns, switchOnBuiltIns } from './workflows/built-in.ts';
import { Documents } from './workflows/documents.ts';
import { connectedConnectors, pushTargets } from './workflows/review.ts';
import { createWorkflowStore } from './workflows/store.ts';
import { createTemplates } from './workflows/templates.ts';

/** What stands in for the world in tests. */
export type AppOptions = {
  clock?: Clock;
  log?: Log;
  queue?: Queue;
  registry?: ConnectorRegistry;
  random?: () => number;
  /** Called at named points on the way from event to vendor. */
  reached?: (point: Point | SourcePoint) => void;
  /** How long a silent worker keeps its steps, and how often it is looked for what nobody woke. */
  leaseMs?: number;
  sweepMs?: number;
  /** How often it is looked which sources are due. */
  pollMs?: number;
};

const { version: packageVersion } = createRequire(import.meta.url)('../package.json') as { version: string };
const LEASE_MS = 90_000;
const SWEEP_MS = 2000;
const POLL_MS = 500;
/** Steps at once in a process: room for a full batch on its way, another one that gathers, and steps of other vendors. */
const CONCURRENCY = 512;
/** For a page that is just being loaded, or whose line broke for a moment. */
const PUBLISHED_LIFE_MS = 60_000;

export type App = Awaited<ReturnType<typeof createApp>>;

/** Puts the hub together for a role. Nothing runs and no port is open until `start`. */
export async function createApp(config: Config, options: AppOptions = {}) {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog(config.logLevel);
  const reached = options.reached ?? (() => undefined);
  const registry = options.registry ?? (await loadConnectors());
  const installed = new Map(
    [...registry.connectors.values()].map(connector => [
      connector.id,
      { connector, ...configurationOf(connector, config.environment) },
    ]),
  );
  const find = (id: string) => installed.get(id);
  const keys = await loadKeys({
    encryptionKeys: config.encryptionKeys,
    directory: config.dataDirectory,
    production: config.production,
  });
  const vault = createVault(keys);
  const database = await openDatabase(
    config.databaseUrl ? { url: config.databaseUrl } : { directory: config.dataDirectory },
  );
  await checkKeys(database, vault);
  await ensureDefaultWorkspace(database, clock);
  const queue = options.queue ?? openQueue(config, clock, log);
  const ring = (bells: Bell[]) => queue.ring(bells);

  const metrics = createMetrics({ process: true });
  const fixed = { workspaceId: DEFAULT_WORKSPACE, adminToken: config.adminToken, ingestKey: config.ingestKey };
  const keyStore = createKeyStore({ database, clock, sealer: vault, fixed, log });
  const settings = createSettingsStore(database);
  const visitorFields = createVisitorFieldStore(database);
  const workflows = createWorkflowStore({ database, clock });
  const catalogue = catalogueOf(registry, id => find(id)?.missing ?? []);
  await ensureBuiltIns(database, clock, catalogue.builtIns);
  const nowActive = async (connection: ConnectionRow, transaction: Transaction) => {
    await switchOnBuiltIns(transaction, connection, catalogue.builtIns, clock.now());
    const isSource = find(connection.connector)?.connector.roles?.source && connection.userEmail === null;
    if (isSource) await wakeSource(transaction, connection, clock.now());
    const bells = await resumeParked(transaction, connection, clock.now());
    transaction.afterCommit(() => ring(bells));
  };
  const connections = new ConnectionStore({
    database,
    vault,
    clock,
    onActive: nowActive,
  });
  const tokens = new Tokens({
    database,
    vault,
    store: connections,
    find,
    clock,
    onActive: nowActive,
    sleep: ms => sleep(ms),
  });
  const documents = new Documents(database);
  const documentOf: RunServices['documentOf'] = (workflowId, version) => documents.of(workflowId, version);

  const planner = new Planner({
    database,
    clock,
    log,
    metrics,
    ring: bells => {
      reached('planned');
      ring(bells);
    },
    activeWorkflows: (transaction, workspaceId) => {
      reached('planning');
      return documents.active(transaction, workspaceId);
    },
  });
  const pushes = new Map(
    [...installed.values()].flatMap(({ connector, settings }) =>
      connector.roles?.push ? [[connector.id, { connector, settings, action: connector.roles.push as Action }]] : [],
    ),
  );
  const rolesFound = roleActions(registry);
  const reach = createReach(database, installed);
  const mappings = createMappingStore(database);
  const feed = new FeedStation({ database, clock, log });
  const alerts = { feed, connectors: registry.connectors };
  let stopping = false;
  const services: RunServices = {
    database,
    reader: createRunReader(database.reader),
    clock,
    log,
    metrics,
    ring,
    leaseMs: options.leaseMs ?? LEASE_MS,
    reached,
    gate: new Gate(),
    usages: new Usages({ database, clock }),
    templates: createTemplates(),
    connections: {
      current: inTurn(
        (workspaceId, connector) => JSON.stringify([workspaceId, connector]),
        (workspaceId, connector) => connections.current(workspaceId, connector),
      ),
    },
    tokens,
    documentOf,
    settingsOf: inTurn(
      workspaceId => workspaceId,
      workspaceId => settings.get(workspaceId),
    ),
    visitorFieldsOf: workspaceId => visitorFields.list(workspaceId),
    signingSecretOf: async workspaceId => {
      const signer = (await keyStore.signers()).find(candidate => candidate.workspaceId === workspaceId);
      return signer && new Secret(signer.secret);
    },
    findAction: id => {
      const found = registry.actions.get(id) ?? rolesFound.get(id);
      return found && { ...found, settings: installed.get(found.connector.id)?.settings ?? {} };
    },
    pushes,
    ...reach,
    directories: createDirectories({ connectors: registry.connectors, connections, tokens, find }),
    alerts,
    pushTargets: inTurn(
      workspaceId => workspaceId,
      async workspaceId => {
        const { defaultPushDestination } = await settings.get(workspaceId);
        const connected = await connectedConnectors(database, workspaceId);
        return pushTargets(registry.connectors.values(), connected, defaultPushDestination);
      },
    ),
    mappingsOf: inTurn(
      (workspaceId, { id }) => JSON.stringify([workspaceId, id]),
      (workspaceId, connector) => mappings.inEffect(workspaceId, connector),
    ),
    recall: async (connection, key) => connection && memoryOf({ database, clock }, connection).get(key),
    publish: (to, data) => database.write(tx => feed.publish(tx, to, data, PUBLISHED_LIFE_MS)),
    random: options.random ?? Math.random,
    stopping: () => stopping,
  };
  const worker = new Worker(services, new Executor(services));
  const control = createRunControl({ database, clock, documentOf, ring });
  const inbox = new DatabaseInbox(database, {
    onWritten: () => reached('events written'),
    onStored: () => {
      reached('events stored');
      queue.ringPlanner();
    },
  });
  const describer = new Describer({ tokens, find, clock });
  const flow = new OAuthFlow({ database, vault, clock, find, store: connections, publicUrl: config.publicUrl });
  const connecting = { database, clock, store: connections, tokens, flow, find, publicUrl: config.publicUrl, log };
  const desk = { ...alerts, database, clock, ring, taskActionOf: reach.taskActionOf };
  const inboundOn = { ...desk, tokens, inbox, keys: keyStore, log };
  const http = createServer({
    keys: keyStore,
    inbox,
    clock,
    metrics,
    database,
    log,
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    version: packageVersion,
    catalogue,
    runControl: control,
    ready: async () => ({ database: await answers(database), queue: await queue.ready() }),
    ingestLimits: config.ingestEventsPerSecond ? { eventsPerSecond: config.ingestEventsPerSecond } : {},
    routes: [
      ...connectionRoutes(connecting),
      ...connectRoutes(connecting),
      ...describeRoutes({ ...connecting, describer }),
      ...mappingRoutes({ ...connecting, describer, mappings, visitorFields }),
      ...alertRoutes({ database, clock, feed, deskOf: workspaceId => alertDesk(desk, workspaceId) }),
      ...auditRoutes({ database }),
      ...sourceRoutes(connecting),
    ],
    inbound: [...installed.values()].flatMap(one =>
      (one.connector.inbound ?? []).map(inbound => ({
        connector: one.connector.id,
        inbound,
        hub: inboundHub(inboundOn, one),
      })),
    ),
  });

  const rounds = new Rounds({ database, clock, log, queue, planner, sweepMs: options.sweepMs ?? SWEEP_MS });
  const poller = new Poller({
    ...services,
    connections,
    tokens,
    find,
    ringPlanner: () => queue.ringPlanner(),
    pollMs: options.pollMs ?? POLL_MS,
    reached,
  });
  const sources = [...registry.connectors.values()].filter(({ roles }) => roles?.source).map(({ id }) => id);
  let port: Port | undefined;

  return {
    database,
    queue,
    planner,
    worker,
    http,
    keys: keyStore,
    workflows,
    connections,
    control,
    plan: () => rounds.plan(),
    sweep: () => rounds.sweep(),
    poll: () => poller.poll(),

    /** Opens the port and begins to work, as far as the role says. @returns the address, and the admin token made at the first start */
    async start(): Promise<{ url: string | undefined; adminToken: string | undefined }> {
      await tokens.start();
      const works = config.role !== 'web';
      if (works) {
        await voidLeases(database, clock);
        queue.listen({ step: id => worker.step(id), plan: () => rounds.plan() }, CONCURRENCY);
        await rounds.start();
        await adoptConnections(database, sources, clock.now());
        poller.start();
      }
      const adminToken = await ensureAdminKey(database, keyStore, config.adminToken);
      if (config.role === 'worker') return { url: undefined, adminToken: undefined };
      port = await listen(http, config.port, config.host);
      return { url: port.url, adminToken };
    },

    /** Takes nothing new, lets requests and calls under way come to their end, and lets go of everything. What follows is left to the next start. */
    async stop(): Promise<void> {
      stopping = true;
      feed.close();
      await Promise.all([port?.close(), queue.close(), rounds.stop(), poller.stop()]);
      await database.close();
    },
  };
}

/** The connectors, every action that a workflow may name, ours and theirs, and what each needs to be connected. */
function catalogueOf(registry: ConnectorRegistry, missingSettings: Catalogue['missingSettings']): Catalogue {
  const connectors = [...registry.connectors.values()];
  const known = { actions: checkedActions(registry), connectorOf: connectorOfAction(registry) };
  return { ...known, connectors, builtIns: builtInWorkflows(connectors, known), missingSettings };
}

const answers = (database: Database): Promise<boolean> =>
  database.read('SELECT 1').then(
    () => true,
    () => false,
  );

function openQueue(config: Config, clock: Clock, log: Log): Queue {
  if (config.redisUrl) return new BullQueue(config.redisUrl, clock, log);
  if (config.databaseUrl) return new PostgresQueue(config.databaseUrl, clock, log);
  return new EmbeddedQueue(clock, log);
}
