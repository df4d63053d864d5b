import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const start = (environment: Record<string, string>): ChildProcess =>
  spawn(process.execPath, ['bin/run.mjs', 'src/sandbox/main.ts'], {
    cwd: root,
    env: { ...process.env, ...environment },
  });

/** Everything a process says until its error output holds `mark`, or it ends. */
const listen = (child: ChildProcess, mark: string): Promise<{ out: string; log: string }> =>
  new Promise(resolve => {
    let out = '';
    let log = '';
    child.stdout?.on('data', chunk => {
      out += chunk;
    });
    child.stderr?.on('data', chunk => {
      log += chunk;
      if (log.includes(mark)) resolve({ out, log });
    });
    child.once('close', () => resolve({ out, log }));
  });

test('npm run sandbox prints nothing but NAME=value lines, answers, and ends on SIGTERM', async () => {
  const child = start({ SANDBOX_PORT: '0' });
  const { out, log } = await listen(child, 'Ctrl-C');
  const lines = out.trim().split('\n');
  expect(lines.filter(line => !/^[A-Z][A-Z_]+=\S+$/.test(line))).toEqual([]);
  const url = /http:\S+/.exec(log)?.[0] ?? '';
  expect(lines.some(line => line.includes(url))).toBe(true);
  expect((await fetch(url)).status).toBe(200);
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});

test.each([
  [{ SANDBOX_PORT: 'four' }, "SANDBOX_PORT must be a port number from 0 to 65535, not 'four'"],
  [{ SANDBOX_PORT: '0', SANDBOX_CONSENT: 'maybe' }, "SANDBOX_CONSENT must be 'page' or 'auto', not 'maybe'"],
])('wrong settings %j stop the start with a sentence', async (environment, sentence) => {
  const child = start(environment);
  const { log } = await listen(child, sentence);
  expect(log).toContain(sentence);
});
