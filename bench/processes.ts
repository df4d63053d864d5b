import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Usage } from './usage.ts';

const START_MS = 30_000;
const usage = fileURLToPath(new URL('./usage.ts', import.meta.url));

/** A server in a process of its own. `usage` says what it has used since its start: peak memory, CPU time. */
export type ServerProcess = { url: string; usage(): Promise<Usage>; stop(): Promise<void> };

/**
 * Starts a script that listens on the port given as PORT, and waits until it does.
 * @param logFile takes its standard output, as it would go to a file in earnest
 * @throws Error where it dies or does not listen within half a minute
 */
export async function startProcess(
  script: string,
  args: string[],
  environment: Record<string, string>,
  logFile: string,
): Promise<ServerProcess> {
  const port = await freePort();
  const log = await open(logFile, 'a');
  const child = spawn(process.execPath, ['--import', usage, script, ...args], {
    env: { ...process.env, ...environment, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  });
  await log.close();
  await listening(child, port, `${script} ${args.join(' ')}`.trim());
  return {
    url: `http://127.0.0.1:${port}`,
    async usage() {
      child.send('usage');
      const [answer] = (await once(child, 'message')) as [Usage];
      return answer;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(child: ChildProcess, port: number, name: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode} before it listened.`);
    if (await answers('127.0.0.1', port)) return;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`${name} did not listen within ${START_MS / 1000} s.`);
}

/** Whether something listens there. */
export function answers(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, host);
    socket.once('connect', () => socket.destroy()).once('error', () => undefined);
    socket.once('close', failed => resolve(!failed));
  });
}
