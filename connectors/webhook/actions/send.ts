import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { send as sendHttp } from '../../../src/sdk/http.ts';
import { type ActionContext, defineAction, StepError } from '../../../src/sdk/index.ts';
import type { WebhookClient } from '../client.ts';
import { classify, refused } from '../errors.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** Ours: the signature would not hold, or the request would not be the one that was meant. */
const reserved =
  /^(webhook-.*|host|content-(length|type|encoding)|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|user-agent)$/i;

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be a header name')
  .refine(name => !reserved.test(name), 'is set by the webhook itself and cannot be changed');
const headerValue = z
  .string()
  .max(4096)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of plain characters');

const input = z.strictObject({
  url: z.string().min(1).max(2048).meta({ title: 'Address', description: 'Where the JSON is posted to; https' }),
  body: z.json().meta({ title: 'Body', description: 'Any JSON; its strings may hold variables' }),
  headers: z
    .record(headerName, headerValue)
    .refine(headers => Object.keys(headers).length <= 50, 'must be 50 headers at most')
    .optional()
    .meta({ title: 'Headers', description: 'Further headers, such as an API key of the receiver' }),
});
export type WebhookInput = z.infer<typeof input>;
const output = z.object({ status: z.int().meta({ description: 'The HTTP status of the answer' }) });

export const send = defineAction<WebhookInput, z.infer<typeof output>, WebhookClient>({
  id: 'webhook.send',
  title: 'Send a webhook',
  description:
    'Posts JSON to an address of yours, signed by Standard Webhooks. Every repeat carries the same webhook-id.',
  input,
  output,
  fits: {},
  replay: 'keyed',
  async run(context, { url, body, headers = {} }) {
    const address = addressOf(url, context.client);
    const text = JSON.stringify(body);
    if (Buffer.byteLength(text) > MAX_BODY_BYTES)
      throw new StepError('rejected', 'The body is longer than 1 MiB.', { field: 'body' });
    const answer = await sendHttp({
      method: 'POST',
      url: address,
      headers: { ...headers, 'user-agent': 'Baton', 'content-type': 'application/json', ...signature(context, text) },
      body: text,
      timeoutMs: context.client.timeoutMs,
      signal: context.signal,
      allowPrivate: context.client.allowPrivate,
      maxBytes: 16 * 1024,
    }).catch(error => {
      throw classify(error);
    });
    if (answer.status >= 200 && answer.status < 300) return { status: answer.status };
    throw refused(answer, [...Object.values(headers), ...tokensOf(address)], context.now());
  },
});

/** @throws StepError `rejected` for what no webhook may be sent to. The address itself is never repeated: it may hold a token. */
function addressOf(url: string, client: WebhookClient): string {
  const refuse = (sentence: string) => new StepError('rejected', sentence, { field: 'url' });
  const parsed = URL.parse(url);
  if (!parsed) throw refuse('The address is not a complete one, such as https://example.com/hook.');
  if (parsed.username || parsed.password)
    throw refuse('The address holds a user name or password. Put it into a header instead.');
  const plain = parsed.protocol === 'http:' && client.allowPrivate;
  if (parsed.protocol !== 'https:' && !plain)
    throw refuse('The address must begin with https://; plain http needs ALLOW_PRIVATE_ADDRESSES=1 on the server.');
  return parsed.href;
}

/** Parts of the address that may be a secret, should the receiver repeat them in its answer. */
const tokensOf = (address: string): string[] => {
  const { pathname, search, searchParams } = new URL(address);
  return [pathname + search, ...pathname.split('/').filter(part => part.length >= 16), ...searchParams.values()];
};

function signature(context: ActionContext<WebhookClient>, text: string): Record<string, string> {
  if (!context.signingSecret)
    throw new StepError(
      'rejected',
      'This workspace has no signing secret, so no webhook can be signed. Make one under Keys.',
    );
  const at = new Date(context.now());
  return {
    'webhook-id': context.stepKey,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(context.signingSecret.reveal()).sign(context.stepKey, at, text),
  };
}
