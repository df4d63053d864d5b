import * as z from 'zod';

/** A page that is open: the names that its listener has heard so far. */
export type Listener = { heard: string[]; close(): void };

const message = z.looseObject({ name: z.string() });

/** Listens as the script on a website does: `/v1/listen` with the site's key, from an allowed origin. Resolves once the line is open. */
export async function openPage(
  hub: string,
  page: { key: string; visitorId: string; origin: string },
  signal: AbortSignal,
): Promise<Listener> {
  const gone = new AbortController();
  const query = new URLSearchParams({ key: page.key, visitor: page.visitorId });
  const response = await fetch(`${hub}/v1/listen?${query}`, {
    headers: { origin: page.origin },
    signal: AbortSignal.any([signal, gone.signal]),
  });
  if (!response.ok || !response.body) throw new Error(`/v1/listen answered ${response.status}`);
  const heard: string[] = [];
  const read = async (text: AsyncIterable<string>) => {
    let rest = '';
    for await (const piece of text) {
      const blocks = (rest + piece).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.+)$/m.exec(block)?.[1];
        const told = data ? message.safeParse(JSON.parse(data)) : undefined;
        if (told?.success) heard.push(told.data.name);
      }
    }
  };
  // Ends when the page is closed, which is no failure.
  read(response.body.pipeThrough(new TextDecoderStream())).catch(() => undefined);
  return { heard, close: () => gone.abort() };
}
