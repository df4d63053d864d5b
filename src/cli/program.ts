import { Command, CommanderError, InvalidArgumentError } from 'commander';
import * as connect from './connect.ts';
import * as connectors from './connectors.ts';
import * as events from './events.ts';
import * as keys from './keys.ts';
import * as runs from './runs.ts';
import * as sources from './sources.ts';
import * as workflows from './workflows.ts';
import { CommandError, type GlobalOptions, type World } from './world.ts';

/** Exit codes: 0 done, 1 not done or something was refused, 2 the command was not understood. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line (without node and script). Everything it says goes through `world`; it never throws. */
export async function runCli(words: string[], world: World): Promise<ExitCode> {
  let code: ExitCode = 0;
  const finish = (fine: boolean) => {
    if (!fine) code = 1;
  };
  const program = build(world, finish);
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    world.complain(
      error instanceof CommandError
        ? error.message
        : `Something went wrong inside the command: ${error instanceof Error ? error.stack : error}`,
    );
    return 1;
  }
}

function build(world: World, finish: (fine: boolean) => void): Command {
  const program = new Command('baton')
    .description('Workflows, events and runs of a Baton hub from the command line.')
    .option('--url <address>', 'where the hub is (BATON_URL, PUBLIC_URL, else this machine)')
    .option('--token <token>', 'admin token (ADMIN_TOKEN)')
    .option('--ingest-key <key>', 'key for sending events (INGEST_KEY)')
    .option('--json', 'print JSON')
    .exitOverride()
    .configureOutput({
      writeOut: text => world.print(text.trimEnd()),
      writeErr: text => world.complain(text.trimEnd()),
    })
    .showHelpAfterError('(--help says more)');
  addWorkflows(group(program, 'workflows', 'workflow documents'), world, finish);
  addEvents(group(program, 'events', 'events for the hub'), world, finish);
  addRuns(group(program, 'runs', 'what workflows did'), world);
  addSources(group(program, 'sources', 'connected accounts that are asked for events'), world);
  group(program, 'keys', 'encryption keys')
    .command('rotate')
    .description('seal every stored secret under the first of ENCRYPTION_KEYS (works on the database itself)')
    .action((_options, command: Command) => keys.rotateKeys(world, command.optsWithGlobals()));
  addConnectors(group(program, 'connectors', 'the connectors of this checkout'), world, finish);
  program
    .command('connect <connector>')
    .description('print a link that works once and connects an account in any browser')
    .option('--user <email>', 'a rep’s personal connection')
    .option('--option <name=value>', 'what the connector asks before; may be repeated', collect, [])
    .action((connector: string, _options, command: Command) =>
      connect.connectLink(world, command.optsWithGlobals(), connector),
    );
  return program;
}

const group = (program: Command, name: string, description: string): Command =>
  program.command(name).description(description);
const collect = (value: string, before: string[]): string[] => [...before, value];
const count = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
};

function addWorkflows(command: Command, world: World, finish: (fine: boolean) => void): void {
  command
    .command('validate <files...>')
    .description('check documents without a hub')
    .option(
      '--visitor-fields <file>',
      'visitor fields as /v1/visitor-fields answers them (a new workspace’s where left out)',
    )
    .action(async (files: string[], _options, command: Command) =>
      finish(await workflows.validate(world, command.optsWithGlobals(), files)),
    );
  command
    .command('push <files...>')
    .description('save documents; the workflow of the same name gets a new version')
    .option('--id <id>', 'the workflow to save to, where the name changed (one file)')
    .option('--activate', 'activate them too')
    .action((files: string[], _options, command: Command) => workflows.push(world, command.optsWithGlobals(), files));
  command
    .command('pull [ids...]')
    .description('write documents into files; all but the built-in ones where no id is given')
    .option('--directory <path>', 'where to', '.')
    .action((ids: string[], _options, command: Command) => workflows.pull(world, command.optsWithGlobals(), ids));
  command
    .command('list')
    .description('list workflows')
    .action((_options, command: Command) => workflows.list(world, command.optsWithGlobals()));
}

function addEvents(command: Command, world: World, finish: (fine: boolean) => void): void {
  command
    .command('send <file>')
    .description('send CloudEvents: one, a list, or one a line; - reads standard input')
    .action(async (file: string, _options, command: Command) =>
      finish(await events.send(world, command.optsWithGlobals(), file)),
    );
}

function addRuns(command: Command, world: World): void {
  command
    .command('list')
    .description('list runs, newest first')
    .option('--status <status>', 'running, succeeded, failed, parked or cancelled')
    .option('--workflow <id>')
    .option('--session <id>')
    .option('--visitor <id>')
    .option('--since <time>', 'started then or later')
    .option('--until <time>', 'started before')
    .option('--limit <count>', 'how many at most', count, 50)
    .action((_options, command: Command) => runs.list(world, command.optsWithGlobals()));
  command
    .command('show <id>')
    .description('the timeline of a run')
    .action((id: string, _options, command: Command) => runs.showRun(world, command.optsWithGlobals(), id));
  command
    .command('retry <id>')
    .description('run again what failed or waits for a person')
    .action((id: string, _options, command: Command) => runs.retry(world, command.optsWithGlobals(), id));
}

function addSources(command: Command, world: World): void {
  command
    .command('list')
    .description('list them, and how far each has been read')
    .action((_options, command: Command) => sources.list(world, command.optsWithGlobals()));
  command
    .command('show <connection>')
    .description('how far one has been read, and what is wrong')
    .action((connection: string, _options, command: Command) =>
      sources.showSource(world, command.optsWithGlobals(), connection),
    );
  command
    .command('restart <connection>')
    .description('read everything since a time once more; what is there already stays as it is')
    .requiredOption('--since <time>', 'a date, or a time such as 2026-06-01T08:00:00Z')
    .action((connection: string, _options, command: Command) =>
      sources.restart(world, command.optsWithGlobals(), connection),
    );
}

function addConnectors(command: Command, world: World, finish: (fine: boolean) => void): void {
  const options = (command: Command): GlobalOptions => command.optsWithGlobals();
  command
    .command('new <name>')
    .description('write a new connector that works before a line is changed')
    .action((name: string, _options, command: Command) => connectors.create(world, options(command), name));
  command
    .command('check [name]')
    .description('check the shape of one connector or of all')
    .action(async (name: string | undefined, _options, command: Command) =>
      finish(await connectors.check(world, options(command), name)),
    );
  command
    .command('package <connector>')
    .description('write the app that an admin uploads at the vendor')
    .option('--out <file>', 'where to; a name of the connector’s choice in this folder where left out')
    .action((connector: string, _options, command: Command) =>
      connectors.makePackage(world, command.optsWithGlobals(), connector),
    );
}
