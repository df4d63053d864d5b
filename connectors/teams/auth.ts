import * as z from 'zod';
import { failureOf, type HttpAnswer, retryAfterMs, send } from '../../src/sdk/http.ts';
import { type ConnectorSettings, type Grant, type KeyAuth, Secret, StepError } from '../../src/sdk/index.ts';
import { clipped } from './errors.ts';

const AUTH_TIMEOUT_MS = 15_000;
const SCOPE = 'https://api.botframework.com/.default';

/** A tenant's id, as Teams names it in its calls: the tenant's domain is not enough. */
export const tenant = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'must be a tenant’s id, such as 72f988bf-86f1-41af-91ab-2d7cd011db47',
  );

/**
 * A Microsoft 365 tenant is connected by its id alone: the app's own id and password are the hub's settings, and the token is the
 * bot's, by client credentials at that tenant's login address.
 * https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
 */
export const auth: KeyAuth = {
  kind: 'key',
  requires: ['TEAMS_APP_ID', 'TEAMS_APP_PASSWORD'],
  fields: z.object({
    tenantId: tenant.optional().meta({
      title: 'Tenant',
      description: 'The id of the Microsoft 365 tenant (Entra admin center, Overview); TEAMS_TENANT_ID where left out',
    }),
  }),
  async exchange({ settings, signal, values }) {
    const tenantId = values.tenantId ?? settings.TEAMS_TENANT_ID;
    if (!tenantId)
      throw new StepError('rejected', 'No tenant is named. Type its id in, or set TEAMS_TENANT_ID.', {
        field: 'tenantId',
      });
    return granted(await ask(settings, tenantId, signal), tenantId);
  },
};

async function ask(settings: ConnectorSettings, tenantId: string, signal: AbortSignal): Promise<HttpAnswer> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: settings.TEAMS_APP_ID ?? '',
    client_secret: settings.TEAMS_APP_PASSWORD ?? '',
    scope: SCOPE,
  });
  const login = (settings.TEAMS_LOGIN_URL ?? 'https://login.microsoftonline.com').replace(/\/+$/, '');
  try {
    return await send({
      method: 'POST',
      url: `${login}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      timeoutMs: AUTH_TIMEOUT_MS,
      signal,
      // The address is the operator's (TEAMS_LOGIN_URL).
      allowPrivate: true,
    });
  } catch (error) {
    const { code } = failureOf(error);
    throw new StepError('transient', `Microsoft’s login did not answer (${code}). It is tried again.`, {
      vendorCode: code,
    });
  }
}

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().optional() });
const refusal = z.object({
  error: z.string(),
  error_description: z.string().default(''),
  correlation_id: z.string().optional(),
});

function granted(answer: HttpAnswer, tenantId: string): Grant {
  const json = parsed(answer);
  const token = answer.status === 200 ? tokenAnswer.safeParse(json) : undefined;
  if (!token?.success) throw refused(answer, refusal.safeParse(json).data);
  const { access_token, expires_in } = token.data;
  return {
    accessToken: new Secret(access_token),
    ...(expires_in && { expiresAt: Date.now() + expires_in * 1000 }),
    extra: { tenantId },
  };
}

function parsed({ body, complete }: HttpAnswer): unknown {
  try {
    return complete ? JSON.parse(body) : undefined;
  } catch {
    return undefined;
  }
}

/** What to do about the refusals that an operator meets. https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const advice: Record<string, string> = {
  AADSTS7000215: 'TEAMS_APP_PASSWORD is wrong: it must be the client secret’s value, not its id.',
  AADSTS7000222: 'The client secret in TEAMS_APP_PASSWORD has expired. Make a new one and set it.',
  AADSTS700016: 'The app of TEAMS_APP_ID is not known in this tenant. Check the tenant’s id and TEAMS_APP_ID.',
  AADSTS90002: 'There is no such tenant. Check its id.',
};

function refused({ status, headers }: HttpAnswer, said: z.infer<typeof refusal> | undefined): StepError {
  const aadCode = /\bAADSTS\d+/.exec(said?.error_description ?? '')?.[0];
  const details = {
    vendorCode: aadCode ?? (said && clipped(said.error)),
    vendorMessage: said && clipped(said.error_description),
    vendorRequestId: said?.correlation_id,
  };
  if (status === 429)
    return new StepError('throttled', 'Microsoft’s login takes no more calls for the moment. It goes on by itself.', {
      ...details,
      retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
    });
  if (status === 400 || status === 401 || status === 403) {
    const next = (aadCode && advice[aadCode]) ?? 'Check the tenant’s id, TEAMS_APP_ID and TEAMS_APP_PASSWORD.';
    const code = details.vendorCode ?? `HTTP ${status}`;
    return new StepError('unauthorized', `Microsoft’s login refused the app (${code}). ${next}`, details);
  }
  return new StepError(
    'transient',
    `Microsoft’s login gave no usable answer (HTTP ${status}). It is tried again.`,
    details,
  );
}
