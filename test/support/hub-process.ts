// The hub as a process of its own, which a test can have killed at a point (see points in src/runs/services.ts).
import { createApp } from '../../src/app.ts';
import { readConfig, roles } from '../../src/config.ts';
import { loadConnectors, registryOf } from '../../src/connectors.ts';
import { createLog } from '../../src/log.ts';
import { BullQueue } from '../../src/queue/bull.ts';
import type { Connector } from '../../src/sdk/index.ts';

const { CLOCK_AHEAD_MS = '0', LEASE_MS, SWEEP_MS, CALL_TIMEOUT_MS, QUEUE_PREFIX } = process.env;
const config = readConfig(roles.find(role => role === process.argv[2])!, process.env);
const log = createLog(config.logLevel);
const clock = { now: () => Date.now() + Number(CLOCK_AHEAD_MS) };

let armed: { point: string; after: number } | undefined;
process.on('message', (message: typeof armed) => {
  armed = message;
  process.send!('armed');
});
process.on('disconnect', () => process.exit(1));

function reached(point: string): void {
  if (armed?.point !== point) return;
  armed.after -= 1;
  if (armed.after === 0) process.kill(process.pid, 'SIGKILL');
}

/** The real connector, with one more point (a refreshed token that is not saved yet) and, where asked for, shorter calls. */
function watched(connector: Connector): Connector {
  const { auth, limits, actions } = connector;
  const refresh = auth.kind === 'oauth2' ? auth.refresh : undefined;
  const observed: typeof refresh =
    refresh &&
    (async call => {
      const grant = await refresh(call);
      reached('token refreshed');
      return grant;
    });
  return {
    ...connector,
    auth: auth.kind === 'oauth2' ? { ...auth, refresh: observed } : auth,
    ...(CALL_TIMEOUT_MS && {
      limits: { ...limits, callTimeoutMs: Number(CALL_TIMEOUT_MS) },
      actions: actions.map(action =>
        typeof action.replay === 'object' && 'findMany' in action.replay
          ? { ...action, replay: { ...action.replay, graceSeconds: 0.2 } }
          : action,
      ),
    }),
  };
}

const { connectors } = await loadConnectors();
const app = await createApp(config, {
  clock,
  log,
  reached,
  registry: registryOf([...connectors.values()].map(watched)),
  ...(LEASE_MS && { leaseMs: Number(LEASE_MS) }),
  ...(SWEEP_MS && { sweepMs: Number(SWEEP_MS) }),
  ...(config.redisUrl && { queue: new BullQueue(config.redisUrl, clock, log, QUEUE_PREFIX) }),
});
await app.start();
process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
process.send!('started');
