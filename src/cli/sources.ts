import * as z from 'zod';
import { adminApi } from './api.ts';
import { table } from './table.ts';
import { type GlobalOptions, show, type World } from './world.ts';

const source = z.looseObject({
  connectionId: z.string(),
  connector: z.string(),
  state: z.string(),
  polledAt: z.string().nullish(),
  nextAt: z.string().nullish(),
  progress: z.looseObject({ done: z.number(), total: z.number().nullish(), message: z.string() }).nullish(),
  note: z.string().nullish(),
  error: z.looseObject({ at: z.string(), kind: z.string(), message: z.string() }).nullish(),
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.int(),
  rejection: z.string().nullish(),
});
type Source = z.output<typeof source>;

export async function list(world: World, options: GlobalOptions): Promise<void> {
  const sources = await adminApi(world, options).all('/v1/sources', source);
  show(world, options, sources, all =>
    table(
      ['CONNECTION', 'CONNECTOR', 'STATE', 'DONE', 'EVENTS', 'NEXT', 'ERROR'],
      all.map(each => [
        each.connectionId,
        each.connector,
        each.state,
        percent(each),
        each.accepted,
        each.nextAt,
        each.error?.message,
      ]),
      'No connected account is asked for events.',
    ),
  );
}

export async function showSource(world: World, options: GlobalOptions, connection: string): Promise<void> {
  show(world, options, await adminApi(world, options).call(pathOf(connection), source), lines);
}

export async function restart(
  world: World,
  options: GlobalOptions & { since: string },
  connection: string,
): Promise<void> {
  // A date alone is its beginning, in UTC.
  const since = /^\d{4}-\d{2}-\d{2}$/.test(options.since) ? `${options.since}T00:00:00Z` : options.since;
  const path = `${pathOf(connection)}/restart`;
  const again = await adminApi(world, options).call(path, source, { method: 'POST', body: { since } });
  show(world, options, again, lines);
}

const pathOf = (connection: string): string => `/v1/connections/${encodeURIComponent(connection)}/source`;

const percent = ({ progress }: Source): string =>
  progress?.total ? `${Math.floor((100 * progress.done) / progress.total)} %` : '';

function lines(one: Source): string[] {
  const done = percent(one);
  return [
    `${one.connectionId} (${one.connector}): ${one.state}${done ? `, ${done} read` : ''}`,
    ...(one.progress ? [one.progress.message] : []),
    `last answer ${one.polledAt ?? 'never'}, next ${one.nextAt ?? 'not while its connection does not work'}`,
    `${one.accepted} events taken, ${one.duplicates} were there already, ${one.rejected} were none${one.rejection ? ` (${one.rejection})` : ''}`,
    ...(one.note ? [one.note] : []),
    ...(one.error ? [`${one.error.at}  ${one.error.kind}: ${one.error.message}`] : []),
  ];
}
