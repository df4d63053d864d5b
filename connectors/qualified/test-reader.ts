import type { Polled, SourceEvent } from '../../src/sdk/index.ts';
import { Secret } from '../../src/sdk/index.ts';
import qualified from './index.ts';

const { open, roles, classify } = qualified;
const source = roles!.source!;

type Host = { settings(): Record<string, string> };

/**
 * Asks the source as the hub does: keeps events by their id, together with the cursor. What a crash loses is not kept.
 * @param now epoch ms, the hub's own clock
 */
export function createReader(
  host: Host,
  now: () => number,
  { token = 'qualified-sandbox-token', backfill = '7' } = {},
) {
  const kept = new Map<string, SourceEvent>();
  const notes: string[] = [];
  let cursor: unknown;
  let since: number | undefined;
  let polls = 0;
  const settings = qualified.settings!.parse(host.settings());
  const ask = (): Promise<Polled> => {
    polls += 1;
    const client = open({ grant: { accessToken: new Secret(token) }, settings, timeoutMs: 10_000 });
    const stored = async (ids: string[]) => new Set(ids.filter(id => kept.has(id)));
    const context = {
      client,
      settings,
      options: { backfill },
      since,
      signal: AbortSignal.timeout(30_000),
      now,
      stored,
    };
    return source.poll(context, cursor).catch(error => {
      throw classify(error);
    });
  };
  const keep = (polled: Polled): Polled => {
    for (const event of polled.events) if (!kept.has(event.id)) kept.set(event.id, event);
    if (polled.note) notes.push(polled.note);
    cursor = JSON.parse(JSON.stringify(polled.cursor));
    return polled;
  };
  return {
    kept,
    notes,
    events: (type?: string) => [...kept.values()].filter(event => !type || event.type === type),
    polls: () => polls,
    poll: async () => keep(await ask()),
    /** The process dies before anything of the answer is stored. */
    crash: async () => void (await ask()),
    async catchUp(most = 500): Promise<Polled> {
      for (let round = 0; round < most; round++) {
        const polled = keep(await ask());
        if (!polled.more) return polled;
      }
      throw new Error(`it did not catch up in ${most} polls`);
    },
    useToken: (next: string) => {
      token = next;
    },
    restart: (from: number) => {
      cursor = undefined;
      since = from;
    },
    setCursor: (next: unknown) => {
      cursor = next;
    },
    cursor: () => cursor as never,
  };
}
export type Reader = ReturnType<typeof createReader>;
