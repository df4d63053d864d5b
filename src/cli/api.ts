import * as z from 'zod';
import { CommandError, type GlobalOptions, type World } from './world.ts';

const TIMEOUT_MS = 60_000;
const problem = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.looseObject({ path: z.string().optional(), message: z.string() })).optional(),
});
type Call = { method?: string; body?: unknown; contentType?: string; headers?: Record<string, string> };

/** The hub's API as a command sees it. */
export type Api = {
  /** @throws CommandError that says what the hub refused and why, or that no hub answers */
  call<Shape extends z.ZodType>(path: string, shape: Shape, call?: Call): Promise<z.output<Shape>>;
  /** Every item of a list, page by page, up to `most`. */
  all<Shape extends z.ZodType>(path: string, item: Shape, most?: number): Promise<z.output<Shape>[]>;
};

/** Where the hub is: --url, BATON_URL, PUBLIC_URL, or this machine's own on PORT. */
export function hubUrl({ environment }: World, options: GlobalOptions): string {
  const url = options.url || environment.BATON_URL || environment.PUBLIC_URL;
  return (url || `http://127.0.0.1:${environment.PORT || 3000}`).replace(/\/+$/, '');
}

/** The admin API, with --token or ADMIN_TOKEN. */
export const adminApi = (world: World, options: GlobalOptions): Api =>
  connect(world, options, {
    name: 'ADMIN_TOKEN',
    flag: '--token',
    value: options.token || world.environment.ADMIN_TOKEN,
  });

/** The ingest, with --ingest-key or INGEST_KEY. */
export const ingestApi = (world: World, options: GlobalOptions): Api =>
  connect(world, options, {
    name: 'INGEST_KEY',
    flag: '--ingest-key',
    value: options.ingestKey || world.environment.INGEST_KEY,
  });

type Credential = { name: string; flag: string; value: string | undefined };

function connect(world: World, options: GlobalOptions, credential: Credential): Api {
  const base = hubUrl(world, options);
  if (!credential.value)
    throw new CommandError(
      `This command needs a key: set ${credential.name} in the environment or give ${credential.flag}.`,
    );

  const call: Api['call'] = async (
    path,
    shape,
    { method = 'GET', body, contentType = 'application/json', headers } = {},
  ) => {
    const answer = await reach(base, `${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${credential.value}`,
        ...(body !== undefined && { 'content-type': contentType }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const json = jsonOf(await answer.text().catch(() => ''));
    if (!answer.ok) throw new CommandError(refusal(base, answer.status, json, credential));
    const parsed = shape.safeParse(json);
    if (!parsed.success) throw new CommandError(`What answers at ${base} is no Baton hub of this version.`);
    return parsed.data;
  };
  return {
    call,
    async all(path, item, most = Number.POSITIVE_INFINITY) {
      const page = z.object({ data: z.array(item), next: z.string().nullable() });
      const found: z.output<typeof item>[] = [];
      let after: string | null = '';
      while (after !== null && found.length < most) {
        const query = new URLSearchParams({
          limit: String(Math.min(200, most - found.length)),
          ...(after && { after }),
        });
        const { data, next } = await call(`${path}${path.includes('?') ? '&' : '?'}${query}`, page);
        found.push(...data);
        after = next;
      }
      return found;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function reach(base: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: string } };
    if (name === 'TimeoutError') throw new CommandError(`The hub at ${base} gave no answer within a minute.`);
    throw new CommandError(
      `No hub answers at ${base} (${cause?.code ?? name}). Start it with \`npm start\`, or say where it is with BATON_URL or --url.`,
    );
  }
}

function refusal(base: string, status: number, json: unknown, { name }: Credential): string {
  const { data } = problem.safeParse(json);
  const sentence = data?.detail ?? data?.title;
  if (status === 401) return `The hub at ${base} does not accept the key in ${name}.`;
  if (!sentence) return `The hub at ${base} answered HTTP ${status} and no reason. Is it really Baton?`;
  const lines = (data?.errors ?? []).map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`);
  return [sentence, ...lines].join('\n');
}
