import { startHub, type TestHub } from '../../test/support/hub.ts';
import website from './index.ts';

export const ORIGIN = 'https://www.example.com';

/** A hub with the website connector, a site key for these origins, and pages that call it. */
export type TestSite = Awaited<ReturnType<typeof startSite>>;

export async function startSite(options: { origins?: string[]; hub?: Parameters<typeof startHub>[1] } = {}) {
  const hub: TestHub = await startHub([website], options.hub);
  const { origins = [ORIGIN, 'https://*.example.org'] } = options;
  const { token: key } = await hub.app.keys.create('default', { kind: 'site', name: 'Site', origins });
  await hub.activate({
    name: 'Say hello',
    trigger: { type: 'pounce_sent', timing: 'immediately' },
    steps: [
      {
        id: 'hello',
        action: 'track_event',
        input: { name: 'Rep said hello!', parameters: { number: '{{ event.data.number }}' } },
      },
    ],
  });
  const call = async (
    method: string,
    body: unknown,
    over: { key?: string; origin?: string | null; type?: string; headers?: Record<string, string> } = {},
  ) => {
    const { origin = ORIGIN, type = 'text/plain;charset=UTF-8', headers = {} } = over;
    const response = await fetch(`${hub.url}/v1/relay?key=${over.key ?? key}`, {
      method,
      headers: { ...(origin !== null && { origin }), 'content-type': type, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  let count = 0;
  return {
    hub,
    key,
    call,
    /** Sends what a page would: each event gets an id of its own unless it has one. */
    report: (who: { visitorId: string; sessionId?: string }, ...events: object[]) =>
      call('POST', { ...who, events: events.map(event => ({ id: `p-${++count}`, ...event })) }),
    /** What is stored, in order. */
    events: () =>
      hub.app.database
        .read<{ type: string; time: number; source: string; visitor_id: string; data: string }>(
          'SELECT type, time, source, visitor_id, data FROM events ORDER BY seq',
        )
        .then(rows => rows.map(row => ({ ...row, data: JSON.parse(row.data) }))),
    /** Something happens to a visitor that a workflow tracks: under the name `Rep said hello!`, with this number. */
    async track(visitorId: string, number: number): Promise<void> {
      await hub.send({ type: 'pounce.sent', data: { visitorId, pounceId: `p${++count}`, automatic: false, number } });
      await hub.settle();
    },
    close: () => hub.close(),
  };
}

export type Message = { id?: string; event?: string; data?: string; retry?: string; comment?: string };

/** Reads a stream of server-sent events as it comes, as a page of ORIGIN unless `headers` name who asks. */
export async function listenTo(url: string, headers: Record<string, string> = { origin: ORIGIN }) {
  const aborter = new AbortController();
  const response = await fetch(url, { headers, signal: aborter.signal });
  const reader = response.body!.getReader();
  let text = '';
  const next = async (): Promise<Message | undefined> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += Buffer.from(value).toString('utf8');
    }
    const end = text.indexOf('\n\n');
    const block = text.slice(0, end);
    text = text.slice(end + 2);
    return Object.fromEntries(
      block.split('\n').map(line => [line.slice(0, line.indexOf(':')) || 'comment', line.slice(line.indexOf(':') + 2)]),
    );
  };
  return { status: response.status, headers: response.headers, next, leave: () => aborter.abort() };
}
