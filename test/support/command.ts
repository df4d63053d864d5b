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
