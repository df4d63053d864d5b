import * as z from 'zod';

/** The admin API as the demo uses it. `path` begins with a slash; answers are checked where they arrive. */
export type HubClient = {
  url: string;
  get<Shape extends z.ZodType>(path: string, shape: Shape): Promise<z.output<Shape>>;
  post<Shape extends z.ZodType>(path: string, body: unknown, shape: Shape): Promise<z.output<Shape>>;
  patch<Shape extends z.ZodType>(path: string, body: unknown, shape: Shape): Promise<z.output<Shape>>;
  /** Every item of a list, page by page. */
  list<Shape extends z.ZodType>(path: string, item: Shape): Promise<z.output<Shape>[]>;
};

/**
 * @param signal ends whatever is under way
 * Every call throws an Error that says which request failed and what the hub answered.
 */
export function hubClient(url: string, token: string, signal: AbortSignal): HubClient {
  const call = async <Shape extends z.ZodType>(
    method: string,
    path: string,
    shape: Shape,
    body?: unknown,
  ): Promise<z.output<Shape>> => {
    const response = await fetch(url + path, {
      method,
      signal,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    const answer = shape.safeParse(text === '' ? undefined : JSON.parse(text));
    if (!answer.success) throw new Error(`${method} ${path} answered something else: ${z.prettifyError(answer.error)}`);
    return answer.data;
  };
  return {
    url,
    get: (path, shape) => call('GET', path, shape),
    post: (path, body, shape) => call('POST', path, shape, body),
    patch: (path, body, shape) => call('PATCH', path, shape, body),
    async list(path, item) {
      const page = z.object({ data: z.array(item), next: z.string().nullable() });
      const items: z.output<typeof item>[] = [];
      let after = '';
      for (;;) {
        const query = `${path.includes('?') ? '&' : '?'}limit=200${after && `&after=${encodeURIComponent(after)}`}`;
        const { data, next } = await call('GET', path + query, page);
        items.push(...data);
        if (next === null) return items;
        after = next;
      }
    },
  };
}
