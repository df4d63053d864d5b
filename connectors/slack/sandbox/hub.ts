import { createHmac } from 'node:crypto';
import type { Delivery } from '../../../src/sdk/testing/sandbox.ts';
import { signingSecret } from './oauth.ts';

/** After how long an event is sent again: at once, after a minute, after five. Source: docs.slack.dev/apis/events-api */
const RETRIES_MS = [0, 60_000, 300_000];

export type Answer = { status: number; body: string };
type Sending = { path: string; type: 'form' | 'json'; body: string };
type Context = {
  now(): number;
  delivered(delivery: Delivery): void;
  /** Where the app's request URLs begin. */
  address(): string | undefined;
  /** Three seconds, unless an administrator of the sandbox is more patient. */
  answerWithinMs(): number;
};

const headersFor = (type: Sending['type'], body: string, now: number): Record<string, string> => {
  const timestamp = String(Math.floor(now / 1000));
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    'content-type': type === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  };
};

/** How the vendor calls the app: signed, and waiting for an answer only so long. */
export const createHub = ({ now, delivered, address, answerWithinMs }: Context) => {
  let last: Sending | undefined;
  const timers = new Set<NodeJS.Timeout>();

  /** Undefined where no answer came in time, or none at all. `retry` counts from 1. */
  const send = async (sending: Sending, retry = 0, reason = 'http_timeout'): Promise<Answer | undefined> => {
    const base = address();
    if (!base) throw new Error('nobody has said where the app is: connect it, or set hubUrl');
    const url = base + sending.path;
    const requestHeaders = {
      ...headersFor(sending.type, sending.body, now()),
      ...(retry > 0 && { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': reason }),
    };
    const said = { method: 'POST', url, requestHeaders, requestBody: sending.body };
    last = sending;
    try {
      const signal = AbortSignal.timeout(answerWithinMs());
      const answer = await fetch(url, {
        method: 'POST',
        headers: requestHeaders,
        body: sending.body,
        redirect: 'manual',
        signal,
      });
      const body = await answer.text();
      delivered({
        ...said,
        status: answer.status,
        responseHeaders: Object.fromEntries(answer.headers),
        responseBody: body,
      });
      return { status: answer.status, body };
    } catch {
      delivered(said);
      return undefined;
    }
  };
  const taken = (answer: Answer | undefined): boolean =>
    answer !== undefined && answer.status >= 200 && answer.status < 300;

  /** An event is sent up to three times more; what a person waits for is sent once. */
  const event = async (sending: Sending, retry = 0): Promise<void> => {
    if (taken(await send(sending, retry, 'http_error'))) return;
    const wait = RETRIES_MS[retry];
    if (wait === undefined) return;
    if (wait === 0) return event(sending, retry + 1);
    const timer = setTimeout(() => {
      timers.delete(timer);
      void event(sending, retry + 1);
    }, wait).unref();
    timers.add(timer);
  };

  return {
    send,
    taken,
    /** Nobody is told where no app is known. */
    event: async (body: object): Promise<void> => {
      if (address()) await event({ path: '/slack/events', type: 'json', body: JSON.stringify(body) });
    },
    /** The last call once more, as after an answer that was lost on the way. */
    again: (): Promise<Answer | undefined> => {
      if (!last) throw new Error('nothing has been sent yet');
      return send(last, 1);
    },
    reset(): void {
      last = undefined;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
};
export type Hub = ReturnType<typeof createHub>;
