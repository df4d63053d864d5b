import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ingestApi } from './api.ts';
import { CommandError, type GlobalOptions, show, type World } from './world.ts';

const MOST_EVENTS = 1_000;
const MOST_BYTES = 3_500_000;

const answer = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.array(
    z.looseObject({
      index: z.int(),
      id: z.string().nullish(),
      errors: z.array(z.looseObject({ path: z.string(), message: z.string() })),
    }),
  ),
});
type Answer = z.output<typeof answer>;

/**
 * Sends CloudEvents from a file (`-`: standard input): one event, a list of them, or one a line. More than one request takes are sent in
 * several. @returns whether all were taken; a repeat counts as taken
 */
export async function send(world: World, options: GlobalOptions, file: string): Promise<boolean> {
  const events = eventsIn(file, file === '-' ? await world.readStdin() : await textOf(file));
  const api = ingestApi(world, options);
  const total: Answer = { accepted: 0, duplicates: 0, rejected: [] };
  let offset = 0;
  for (const batch of batches(events)) {
    const contentType = 'application/cloudevents-batch+json';
    const { accepted, duplicates, rejected } = await api
      .call('/v1/events', answer, { method: 'POST', body: batch, contentType })
      .catch(error => {
        throw offset === 0
          ? error
          : new CommandError(
              `${(error as Error).message}\nThe first ${offset} events were taken in before; sending the file again does them no harm.`,
            );
      });
    total.accepted += accepted;
    total.duplicates += duplicates;
    const from = offset;
    total.rejected.push(...rejected.map(item => ({ ...item, index: item.index + from })));
    offset += batch.length;
  }
  show(world, options, total, ({ accepted, duplicates, rejected }) => [
    `${accepted} accepted, ${duplicates} known already, ${rejected.length} rejected`,
    ...rejected.flatMap(({ index, id, errors }) =>
      errors.map(
        ({ path, message }) => `event ${index + 1}${id ? ` (${id})` : ''}: ${path ? `${path} ` : ''}${message}`,
      ),
    ),
  ]);
  return total.rejected.length === 0;
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${file} cannot be read (${error.code}).`);
  });

function eventsIn(file: string, text: string): unknown[] {
  const whole = parsed(text);
  if (whole.ok) return Array.isArray(whole.value) ? whole.value : [whole.value];
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  return lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const event = parsed(line);
      if (!event.ok)
        throw new CommandError(`${file} is neither JSON nor one JSON event a line: line ${number} cannot be read.`);
      return event.value;
    });
}

function parsed(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

/** As many events as one request takes, by count and by size. */
function batches(events: unknown[]): unknown[][] {
  const all: unknown[][] = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event)) + 1;
    const last = all.at(-1);
    if (last && last.length < MOST_EVENTS && bytes + size <= MOST_BYTES) {
      last.push(event);
      bytes += size;
    } else {
      all.push([event]);
      bytes = size;
    }
  }
  return all;
}
