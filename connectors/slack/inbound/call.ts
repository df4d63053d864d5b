import type { webApi } from '@slack/bolt';
import { send } from '../../../src/sdk/http.ts';
import { type InboundAnswer, type InboundConnection, type InboundHub, StepError } from '../../../src/sdk/index.ts';
import type { SlackClient } from '../client.ts';
import { escaped } from '../text.ts';

const TELL_WITHIN_MS = 5_000;

export type Hub = InboundHub<SlackClient>;
export type Connection = InboundConnection<SlackClient>;

/** The Slack workspace of a call is connected to no workspace of the hub. */
export class NotConnected extends Error {
  constructor() {
    super('This Slack workspace is not connected to Baton. An admin can connect it there.');
    this.name = 'NotConnected';
  }
}

/** One call from Slack while it is worked on: what its sender is told, and what is done once that has left. */
export class Call {
  readonly hub: Hub;
  readonly #responseUrl: string | undefined;
  #answer: unknown;
  #acknowledged = false;
  readonly #later: (() => Promise<unknown>)[] = [];
  /** `responseUrl` is where the vendor takes a private answer to the person who acted. */
  constructor(hub: Hub, responseUrl: string | undefined) {
    this.hub = hub;
    this.#responseUrl = responseUrl;
  }
  /** What Slack gets back. The first answer is the one that counts. */
  acknowledge(answer: unknown): void {
    if (this.#acknowledged) return;
    this.#acknowledged = true;
    this.#answer = answer;
  }
  /** Something that Slack need not wait for, and that may be lost. */
  later(work: () => Promise<unknown>): void {
    this.#later.push(work);
  }
  /** A sentence that only the person who acted sees. */
  tell(sentence: string): void {
    const url = this.#responseUrl;
    if (url) this.later(() => tell(this.hub, url, sentence));
  }
  answer(): InboundAnswer {
    const body = this.#answer;
    return {
      status: 200,
      ...(body !== undefined && body !== null && { body: body as string | object }),
      ...(this.#later.length > 0 && { after: () => this.#after() }),
    };
  }
  async #after(): Promise<void> {
    for (const work of this.#later)
      try {
        await work();
      } catch (error) {
        this.hub.warn('Something that followed a call from Slack did not work.', { reason: reasonOf(error) });
      }
  }
}

/**
 * Asks Slack through a connection, for `withinMs` from the first look for a live token to the answer.
 * @throws StepError `transient` where that was not enough, and whatever the connection or Slack's client throws
 */
export async function ask<Answer>(
  connection: Connection,
  withinMs: number,
  question: (web: webApi.WebClient) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(withinMs);
  const late = new Promise<never>((_, reject) => {
    const timeout = () => reject(new StepError('transient', 'Slack took too long.', { vendorCode: 'timeout' }));
    signal.addEventListener('abort', timeout, { once: true });
  });
  return Promise.race([connection.client().then(client => question(client.web(signal))), late]);
}

/** One bounded call, and to nobody but Slack: the address is in what Slack signed. It lives for half an hour. */
async function tell(hub: Hub, address: string, sentence: string): Promise<void> {
  const url = URL.parse(address);
  const own = url !== null && url.origin === URL.parse(hub.settings.SLACK_API_URL ?? '')?.origin;
  if (!own && !(url?.protocol === 'https:' && /(^|\.)slack(-gov)?\.com$/.test(url.hostname)))
    throw new TypeError('The address for an answer is not one of Slack’s.');
  const { status } = await send({
    method: 'POST',
    url: url.href,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: escaped(sentence) }),
    timeoutMs: TELL_WITHIN_MS,
    allowPrivate: own,
  });
  if (status >= 300) throw new Error(`Slack answered ${status} to a private answer.`);
}

/** An error in a few words for the operator's log: no address, no text of a person. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : typeof error;
