import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { checkWorkflow, type Mistake } from '../workflows/check.ts';
import { type Api, adminApi } from './api.ts';
import { checkContext } from './check-context.ts';
import { table } from './table.ts';
import { CommandError, type GlobalOptions, show, type World } from './world.ts';

const stored = z.looseObject({
  id: z.string(),
  status: z.enum(['active', 'inactive']),
  version: z.int(),
  builtIn: z.boolean(),
  document: z.looseObject({ name: z.string() }),
  warnings: z.array(z.looseObject({ path: z.string(), message: z.string() })).optional(),
});
type Stored = z.output<typeof stored>;

/** Reads a JSON file. @throws CommandError that names the file */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${file} cannot be read (${error.code}).`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${file} is no JSON: ${(error as Error).message}`);
  }
}

const written = (file: string, { path, message }: Mistake, kind: string) =>
  `${file}: ${kind}${path ? `${path}: ` : ''}${message}`;

/** Checks workflow documents without a hub. Every connection counts as made. @returns whether all of them are right */
export async function validate(
  world: World,
  options: GlobalOptions & { visitorFields?: string },
  files: string[],
): Promise<boolean> {
  const fields = options.visitorFields === undefined ? undefined : await readJson(options.visitorFields);
  const context = await checkContext(fields);
  const results = [];
  for (const file of files) {
    const { mistakes, warnings } = checkWorkflow(await readJson(file), context);
    results.push({ file, mistakes, warnings });
  }
  show(world, options, results, all =>
    all.flatMap(({ file, mistakes, warnings }) => [
      ...mistakes.map(mistake => written(file, mistake, '')),
      ...warnings.map(warning => written(file, warning, 'warning: ')),
      ...(mistakes.length === 0 ? [`${file}: right`] : []),
    ]),
  );
  return results.every(({ mistakes }) => mistakes.length === 0);
}

export async function list(world: World, options: GlobalOptions): Promise<void> {
  const workflows = await adminApi(world, options).all('/v1/workflows', stored);
  show(world, options, workflows, all =>
    table(
      ['ID', 'STATUS', 'VERSION', 'NAME'],
      all.map(({ id, status, version, builtIn, document }) => [
        id,
        status,
        version,
        document.name + (builtIn ? ' (built in)' : ''),
      ]),
      'There are no workflows yet.',
    ),
  );
}

/** Saves documents: the workflow of the same name gets a new version where something changed, else a new workflow is made. */
export async function push(
  world: World,
  options: GlobalOptions & { activate?: boolean; id?: string },
  files: string[],
): Promise<void> {
  if (options.id && files.length > 1) throw new CommandError('--id goes with one file.');
  const documents = await Promise.all(files.map(async file => ({ file, document: named(file, await readJson(file)) })));
  const api = adminApi(world, options);
  const known = await api.all('/v1/workflows', stored);
  const results = [];
  for (const { file, document } of documents) {
    const existing = options.id ? await one(api, options.id) : byName(known, document.name);
    const { workflow, done } = await save(api, existing, document).catch(error => {
      throw error instanceof CommandError ? new CommandError(`${file}: ${error.message}`) : error;
    });
    const activate = options.activate === true && workflow.status !== 'active';
    const current = activate
      ? await api.call(`/v1/workflows/${workflow.id}/activate`, stored, { method: 'POST' })
      : workflow;
    results.push({ file, done, workflow: current });
  }
  show(world, options, results, all =>
    all.flatMap(({ file, done, workflow }) => [
      `${file}: ${done}, version ${workflow.version} of ${workflow.id}, ${workflow.status}`,
      ...(workflow.warnings ?? []).map(({ path, message }) => `${file}: warning: ${path}: ${message}`),
    ]),
  );
}

function named(file: string, document: unknown): { name: string } {
  const parsed = z.looseObject({ name: z.string() }).safeParse(document);
  if (!parsed.success) throw new CommandError(`${file} is no workflow: it has no name.`);
  return parsed.data;
}

function byName(known: Stored[], name: string): Stored | undefined {
  const found = known.filter(({ document, builtIn }) => document.name === name && !builtIn);
  if (found.length < 2) return found[0];
  throw new CommandError(
    `The hub has ${found.length} workflows named '${name}' (${found.map(({ id }) => id).join(', ')}). Say which with --id.`,
  );
}

const one = (api: Api, id: string): Promise<Stored> => api.call(`/v1/workflows/${encodeURIComponent(id)}`, stored);

async function save(
  api: Api,
  existing: Stored | undefined,
  document: { name: string },
): Promise<{ workflow: Stored; done: string }> {
  if (!existing)
    return { workflow: await api.call('/v1/workflows', stored, { method: 'POST', body: document }), done: 'created' };
  if (isDeepStrictEqual(existing.document, document)) return { workflow: existing, done: 'unchanged' };
  const headers = { 'if-match': `"${existing.version}"` };
  const workflow = await api.call(`/v1/workflows/${existing.id}`, stored, { method: 'PUT', body: document, headers });
  return { workflow, done: 'saved' };
}

/** Writes documents into files named after them. All of the admin's own where no id is given. */
export async function pull(world: World, options: GlobalOptions & { directory: string }, ids: string[]): Promise<void> {
  const api = adminApi(world, options);
  const found =
    ids.length > 0
      ? await Promise.all(ids.map(id => one(api, id)))
      : (await api.all('/v1/workflows', stored)).filter(({ builtIn }) => !builtIn);
  await mkdir(options.directory, { recursive: true });
  const taken = new Set<string>();
  const files = [];
  for (const { id, document } of found) {
    const slug = slugOf(document.name) || 'workflow';
    const name = taken.has(slug) ? `${slug}-${slugOf(id)}` : slug;
    taken.add(name);
    const file = path.join(options.directory, `${name}.json`);
    await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
    files.push({ id, file });
  }
  show(world, options, files, all =>
    all.length === 0 ? ['There are no workflows to pull.'] : all.map(({ file }) => file),
  );
}

const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80);
