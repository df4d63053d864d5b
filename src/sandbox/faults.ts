import * as z from 'zod';

const match = z.strictObject({
  method: z.string().optional().meta({ description: 'HTTP method, any where absent' }),
  path: z.string().optional().meta({ description: 'a part of the path and query, or a pattern with *' }),
});

/** One scripted fault, as `POST /__sandbox/:vendor/faults` takes it. */
export const faultScript = z.strictObject({
  match: match.default({}),
  times: z.int().min(1).default(1),
  fault: z
    .strictObject({
      status: z.int().min(200).max(599).optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      delayMs: z.int().min(0).max(600_000).optional(),
      reset: z.enum(['before', 'after-apply']).optional(),
      malformed: z.union([z.boolean(), z.string()]).optional(),
    })
    .refine(fault => Object.keys(fault).length > 0, 'say what goes wrong: status, body, delayMs, reset or malformed'),
});
export type FaultScript = z.output<typeof faultScript>;
export type Fault = FaultScript['fault'];
/** What a caller may write: `match` and `times` may be left out. */
export type FaultInput = z.input<typeof faultScript>;

/** True where a method and a path with its query (without the vendor's prefix) meet a script's match. */
export const matches = (script: Pick<FaultScript, 'match'>, method: string, url: string): boolean => {
  const { method: wantedMethod, path } = script.match;
  if (wantedMethod !== undefined && wantedMethod.toUpperCase() !== method.toUpperCase()) return false;
  if (path === undefined) return true;
  if (!path.includes('*')) return url.includes(path);
  const pattern = path.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  // A pattern without the query meets any query.
  return new RegExp(`^${pattern.join('.*')}(\\?.*)?$`).test(url);
};

/** Scripted faults of one vendor, in the order in which they were scripted; each is used up after `times` requests. */
export const createFaults = () => {
  let scripts: FaultScript[] = [];
  return {
    /** Parses and appends a script. Throws a ZodError for a malformed one. */
    add(input: unknown): FaultScript {
      const script = faultScript.parse(input);
      scripts.push({ ...script });
      return script;
    },
    /** The fault that this request meets, or undefined; with `named`, only of scripts that name a method. Counts one use. */
    take(method: string, url: string, named = false): Fault | undefined {
      const script = scripts.find(
        candidate => matches(candidate, method, url) && (!named || candidate.match.method !== undefined),
      );
      if (!script) return undefined;
      script.times -= 1;
      if (script.times <= 0) scripts = scripts.filter(candidate => candidate !== script);
      return script.fault;
    },
    pending: (): FaultScript[] => scripts.map(script => ({ ...script })),
    clear(): void {
      scripts = [];
    },
  };
};
export type Faults = ReturnType<typeof createFaults>;
