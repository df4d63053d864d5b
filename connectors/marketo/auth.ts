import * as z from 'zod';
import { type HttpAnswer, HttpFailure, send } from '../../src/sdk/http.ts';
import { type Grant, type KeyAuth, Secret, StepError } from '../../src/sdk/index.ts';
import { addressOf } from './address.ts';

const TIMEOUT_MS = 15_000;

const identity = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number(),
  scope: z.string().optional(),
});
const refusal = z.object({ error: z.string() });

/**
 * Client credentials of a custom service, typed in. Marketo has no consent page and no refresh token: the same three values bring the
 * next access token. https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/authentication
 */
export const auth: KeyAuth = {
  kind: 'key',
  fields: z.object({
    baseUrl: z.string().trim().min(1).max(300).meta({
      title: 'Base URL',
      description: 'https://123-ABC-456.mktorest.com, as Admin, Integration, Web Services shows it',
    }),
    clientId: z.string().trim().min(1).max(200).meta({ title: 'Client id', description: 'Of the custom service' }),
    clientSecret: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .meta({ title: 'Client secret', description: 'Of the custom service', secret: true }),
    partition: z.string().trim().min(1).max(255).optional().meta({
      title: 'Partition',
      description: 'The partition that people are written into; the instance’s default where left out',
    }),
    programTag: z
      .string()
      .trim()
      .regex(/^[^=]+=[^=]+$/, 'must be a tag and its value, such as UsedWithQualified=True')
      .optional()
      .meta({ title: 'Tag of programs', description: 'Only programs with it are offered: UsedWithQualified=True' }),
  }),
  async exchange({ settings, values, signal }) {
    const { base, allowPrivate } = addressOf(values.baseUrl ?? '', settings);
    const url = new URL(`${base}/identity/oauth/token`);
    url.search = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: values.clientId ?? '',
      client_secret: values.clientSecret ?? '',
    }).toString();
    const call = { method: 'POST' as const, url: url.href, timeoutMs: TIMEOUT_MS, signal, allowPrivate };
    const answer = await send(call).catch(error => {
      throw unreachable(error);
    });
    return grantOf(answer, base, values);
  },
};

/**
 * The grant says no `expiresAt`: until a token has ended, Marketo hands out that same one again, so that asking a little before is in
 * vain and would be done for every step. The call that is told of its end (602, which counts for no quota) is what brings the next one.
 */
function grantOf(answer: HttpAnswer, base: string, { partition, programTag }: Record<string, string>): Grant {
  const body = jsonOf(answer);
  const { error: code } = refusal.safeParse(body).data ?? {};
  if (answer.status === 401 || code === 'invalid_client' || code === 'unauthorized')
    throw new StepError(
      'unauthorized',
      'Marketo does not accept the client id and the client secret. Copy both from Admin, Integration, LaunchPoint, View Details, and connect it again.',
      { vendorCode: code ?? String(answer.status) },
    );
  const { data } = identity.safeParse(body);
  if (answer.status !== 200 || !data)
    throw new StepError('transient', `Marketo gave no usable answer to the request for a token (${answer.status}).`, {
      vendorCode: code ?? String(answer.status),
    });
  // The last moment of a token, which may already be refused: the next one is to be had once it is over.
  if (data.expires_in < 2)
    throw new StepError('throttled', 'The Marketo token is just ending; the next one is fetched in a moment.', {
      retryAfterMs: 2_000,
    });
  return {
    accessToken: new Secret(data.access_token),
    instanceUrl: base,
    extra: {
      ...(data.scope && { apiUser: data.scope }),
      ...(partition && { partition }),
      ...(programTag && { programTag }),
    },
  };
}

function jsonOf({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function unreachable(error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error;
  const { code: vendorCode } = error;
  return error.refused
    ? new StepError('rejected', 'The base URL leads to a private address, which outgoing calls may not reach.', {
        vendorCode,
        field: 'values.baseUrl',
      })
    : new StepError('transient', `No token could be fetched from Marketo: ${error.message}`, { vendorCode });
}
