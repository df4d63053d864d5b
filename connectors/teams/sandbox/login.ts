import { randomBytes } from 'node:crypto';
import { appId, appPassword, tenantId } from './seed.ts';

export const TOKEN_SECONDS = 3_599;
const SCOPE = 'https://api.botframework.com/.default';

/** A refusal of the token endpoint, with Entra's own number. */
export class LoginRefusal extends Error {
  readonly status: number;
  readonly error: string;
  readonly number: number;
  constructor(status: number, error: string, number: number, message: string) {
    super(message);
    this.name = 'LoginRefusal';
    this.status = status;
    this.error = error;
    this.number = number;
  }
  body(now: number) {
    const id = () => {
      const hex = randomBytes(16).toString('hex');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    };
    return {
      error: this.error,
      error_description: `AADSTS${this.number}: ${this.message}`,
      error_codes: [this.number],
      timestamp: new Date(now).toISOString(),
      trace_id: id(),
      correlation_id: id(),
    };
  }
}

/** The app's tokens. They end by themselves, and by controls. */
export const createLogin = (now: () => number) => {
  const tokens = new Map<string, number>();
  const controls = { withdrawn: false };
  return {
    controls,
    /** Answers a client_credentials request. @throws LoginRefusal */
    token(tenant: string, form: Record<string, string>) {
      if (tenant.toLowerCase() !== tenantId && tenant !== 'botframework.com')
        throw new LoginRefusal(400, 'invalid_request', 90002, `Tenant '${tenant.slice(0, 64)}' not found.`);
      if (form.grant_type !== 'client_credentials')
        throw new LoginRefusal(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
      if (form.client_id !== appId)
        throw new LoginRefusal(400, 'unauthorized_client', 700016, 'Application was not found in the directory.');
      if (form.scope !== SCOPE)
        throw new LoginRefusal(400, 'invalid_scope', 1002012, 'The provided value for scope is not valid.');
      if (controls.withdrawn)
        throw new LoginRefusal(401, 'invalid_client', 7000222, 'The provided client secret keys for app are expired.');
      if (form.client_secret !== appPassword)
        throw new LoginRefusal(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
      const access_token = [
        'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9',
        randomBytes(48).toString('base64url'),
        randomBytes(64).toString('base64url'),
      ].join('.');
      tokens.set(access_token, now() + TOKEN_SECONDS * 1000);
      return { token_type: 'Bearer', expires_in: TOKEN_SECONDS, ext_expires_in: TOKEN_SECONDS, access_token };
    },
    accepts: (token: string | undefined): boolean => (tokens.get(token ?? '') ?? 0) > now(),
    expireAll: () => tokens.clear(),
  };
};
export type Login = ReturnType<typeof createLogin>;
