import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ExitCode, runCli } from '../../src/cli/program.ts';

/** Runs one command line as `baton` would. Answers its exit code and what it printed. */
export const baton = async (
  words: string[],
  environment: Record<string, string | undefined> = {},
  stdin = '',
): Promise<{ code: ExitCode; out: string; err: string }> => {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(words, {
    environment,
    print: line => out.push(line),
    complain: line => err.push(line),
    readStdin: async () => stdin,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
};

/** A folder for the tests of one file, gone afterwards; `write` puts a file into it and answers its path. */
export const scratch = () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-cli-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const write = (name: string, content: unknown): string => {
    const file = path.join(directory, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  return { directory, write };
};
