import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
type Result = { code: number; output: string };

const run = (command: string, args: string[], cwd: string): Promise<Result> =>
  new Promise(resolve => {
    execFile(command, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: `${stdout}${stderr}` });
    });
  });

const exists = async (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** A copied folder keeps the modes of its original, which may be read-only. */
const makeWritable = async (folder: string): Promise<void> => {
  await run('chmod', ['-R', 'u+w', folder], folder);
};

/**
 * A copy of the contracts with the checker's own packages installed, made once for every content of that folder. It is put in place by a rename,
 * so that two test processes that start together do not meet half of it.
 */
const prepare = async (source: string): Promise<string> => {
  const files = (await readdir(source, { recursive: true, withFileTypes: true }))
    .filter(file => file.isFile())
    .map(file => path.join(file.parentPath, file.name))
    .sort();
  const sum = createHash('sha256');
  for (const file of files) sum.update(path.relative(source, file)).update(await readFile(file));
  const hash = sum.digest('hex').slice(0, 16);
  const cache = path.join(root, 'node_modules', '.cache', 'contracts');
  const ready = path.join(cache, hash);
  if (await exists(ready)) return ready;
  await mkdir(cache, { recursive: true });
  const making = path.join(cache, `making-${randomUUID()}`);
  await cp(source, making, { recursive: true });
  await makeWritable(making);
  const installed = await run('npm', ['install', '--no-audit', '--no-fund'], making);
  if (installed.code !== 0) throw new Error(`npm install failed in a copy of ${source}:\n${installed.output}`);
  await rename(making, ready).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true });
    if (!(await exists(ready))) throw error;
  });
  return ready;
};

/**
 * Checks recorded exchanges against the vendors' contracts, warnings counting as failures. The contracts are looked for in
 * CONTRACTS_DIR, by default ../shared/contracts beside the project. Where they are absent it says so in one line and answers
 * `ran: false`; with REQUIRE_SERVICES=1 or CI=true that is an error. `passed` is false where an exchange breaks its contract.
 */
export const checkExchanges = async (lines: object[]): Promise<{ ran: boolean; passed: boolean; output: string }> => {
  const source = path.resolve(root, process.env.CONTRACTS_DIR || '../shared/contracts');
  if (!(await exists(path.join(source, 'validate.mjs')))) {
    const sentence = `The vendors' contracts are not at ${source} (CONTRACTS_DIR): the exchanges were not checked.`;
    if (process.env.REQUIRE_SERVICES === '1' || process.env.CI === 'true') throw new Error(sentence);
    console.warn(sentence);
    return { ran: false, passed: true, output: sentence };
  }
  const checker = await prepare(source);
  const folder = await mkdtemp(path.join(tmpdir(), 'exchanges-'));
  try {
    const file = path.join(folder, 'exchanges.jsonl');
    await writeFile(file, lines.map(line => `${JSON.stringify(line)}\n`).join(''));
    const { code, output } = await run(
      process.execPath,
      [path.join(checker, 'validate.mjs'), '--strict', file],
      checker,
    );
    return { ran: true, passed: code === 0, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
