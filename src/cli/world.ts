/** What a command has of the world around it; tests pass their own. */
export type World = {
  environment: Record<string, string | undefined>;
  /** Prints one line to standard output. */
  print(line: string): void;
  /** Prints one line to standard error. */
  complain(line: string): void;
  readStdin(): Promise<string>;
};

/** What every command takes, before or after its own name. */
export type GlobalOptions = { url?: string; token?: string; ingestKey?: string; json?: boolean };

/** A command that could not do what it was asked to. The message is for the person at the keyboard. */
export class CommandError extends Error {}

/** Prints `value` as JSON where --json was given, else what `lines` makes of it. */
export function show<Value>(
  world: World,
  { json }: GlobalOptions,
  value: Value,
  lines: (value: Value) => string[],
): void {
  if (json) world.print(JSON.stringify(value, null, 2));
  else for (const line of lines(value)) world.print(line);
}
