import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { findSandboxes } from '../src/sandbox/find.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts';

/** A running hub beside the vendors' sandbox. `stop` ends both and removes what they stored. */
export type Stage = { url: string; adminToken: string; sandbox: Sandbox; stop(): Promise<void> };

const HOST = '127.0.0.1';

/**
 * Starts the sandbox, whose consent pages allow by themselves, and a hub on the embedded defaults that is pointed at it.
 * @param options `port` of the hub, a free one where absent; `logLevel` of what goes to stderr; `storeIn` is where the data directory
 * is made, the system's temporary folder where absent
 * @throws Error saying what to do where the port is taken
 */
export async function startStage(options: { port?: string; logLevel?: string; storeIn?: string }): Promise<Stage> {
  const port = await openPort(options.port);
  const url = `http://${HOST}:${port}`;
  const directory = await mkdtemp(path.join(options.storeIn ?? os.tmpdir(), 'baton-demo-'));
  const undo = [() => rm(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of undo.splice(0).reverse()) await end();
  };
  try {
    const sandbox = await startSandbox({ vendors: await findSandboxes(), consent: 'auto' });
    undo.push(() => sandbox.close());
    const config = readConfig('all', {
      ...sandbox.settings(),
      PORT: String(port),
      HOST,
      PUBLIC_URL: url,
      DATA_DIR: directory,
      LOG_LEVEL: options.logLevel || 'warn',
    });
    const app = await createApp(config, { log: createLog(config.logLevel, process.stderr) });
    undo.push(() => app.stop());
    const { adminToken } = await app.start();
    if (!adminToken) throw new Error('the hub made no admin token at its first start');
    return { url, adminToken, sandbox, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes sure that the port can be had, before anything is started. */
async function openPort(wanted: string | undefined): Promise<number> {
  if (wanted && (!/^\d{1,5}$/.test(wanted) || Number(wanted) > 65_535))
    throw new Error(`PORT must be a port number, not “${wanted}”.`);
  const probe = createServer().listen(Number(wanted || 0), HOST);
  try {
    await once(probe, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new Error(`Port ${wanted} is taken. Stop what uses it, set PORT to another, or unset it for a free one.`);
    if (code === 'EACCES')
      throw new Error(`Port ${wanted} may not be opened by this user. Set PORT to one above 1023, or unset it.`);
    throw new Error(`Port ${wanted} cannot be opened: ${message}`);
  }
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
