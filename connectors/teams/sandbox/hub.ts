import type { Delivery } from '../../../src/sdk/testing/sandbox.ts';
import type { Forgery, Keys } from './keys.ts';

const ANSWER_WITHIN_MS = 15_000;
/** Forgeries that can be told without the key. */
const plain = new Set<Forgery | undefined>(['missing', 'garbage', 'header', 'serviceUrl', 'issuer', 'emulator']);

/** What the hub answered. `body` is parsed where it is JSON. */
export type Answer = { status: number; body: unknown };
type Sending = { activity: Record<string, unknown> & { serviceUrl: string }; forgery: Forgery | undefined };
type Context = { keys: Keys; delivered(delivery: Delivery): void; address(): string };

/** How the Bot Connector calls the app: with a token of its own, and fifteen seconds for an answer. */
export const createHub = ({ keys, delivered, address }: Context) => {
  let last: Sending | undefined;

  /** Undefined where no answer came. */
  const deliver = async (activity: Sending['activity'], forgery?: Forgery): Promise<Answer | undefined> => {
    last = { activity, forgery };
    const url = `${address().replace(/\/+$/, '')}/teams/messages`;
    const authorization = await keys.authorization(activity.serviceUrl, forgery);
    const requestBody = JSON.stringify(activity);
    const requestHeaders = {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)',
      ...(authorization && { authorization }),
    };
    const said = { method: 'POST', url, requestHeaders, requestBody, ...(plain.has(forgery) && { forged: true }) };
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(url, {
        method: 'POST',
        headers: requestHeaders,
        body: requestBody,
        redirect: 'manual',
        signal,
      });
      const text = await answer.text();
      delivered({
        ...said,
        status: answer.status,
        responseHeaders: Object.fromEntries(answer.headers),
        responseBody: text,
      });
      return { status: answer.status, body: parsed(text) };
    } catch {
      delivered(said);
      return undefined;
    }
  };
  return {
    deliver,
    /** The last call once more, as after an answer that was lost on the way. */
    again(): Promise<Answer | undefined> {
      if (!last) throw new Error('nothing has been sent yet');
      return deliver(last.activity, last.forgery);
    },
    reset(): void {
      last = undefined;
    },
  };
};
export type Hub = ReturnType<typeof createHub>;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
