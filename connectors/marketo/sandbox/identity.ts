import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { queryOf } from '../../../src/sdk/testing/oauth-server.ts';

export const clientId = 'b1d4f0a2-6c3e-4a57-9d1e-0f7c2e9a5b31';
export const clientSecret = 'sandbox-marketo-secret-Xq7vT2';
export const apiUser = 'baton-api@brightline.example';

const LIFE_SECONDS = 3_600;

export type TokenState = 'live' | 'ended' | 'unknown';

/** The identity endpoint: one token at a time, which it hands out again with its remaining seconds until it has ended. */
export function createIdentity(now: () => number) {
  let token: string | undefined;
  let endsAt = 0;
  const ended = new Set<string>();
  const controls = { withdrawCredentials: false };
  const end = () => {
    if (token !== undefined) ended.add(token);
    token = undefined;
  };
  const current = () => {
    if (token !== undefined && now() >= endsAt) end();
    if (token === undefined) {
      token = `${randomUUID()}:sb`;
      endsAt = now() + LIFE_SECONDS * 1000;
    }
    return {
      access_token: token,
      token_type: 'bearer',
      expires_in: Math.floor((endsAt - now()) / 1000),
      scope: apiUser,
    };
  };
  return {
    controls,
    end,
    stateOf(given: string): TokenState {
      if (controls.withdrawCredentials) return 'unknown';
      if (given === token && now() < endsAt) return 'live';
      return given === token || ended.has(given) ? 'ended' : 'unknown';
    },
    /** Client credentials in the query, by GET or POST. */
    answer(request: Request, response: Response): void {
      const query = queryOf(request);
      response.set({ 'cache-control': 'no-store', pragma: 'no-cache' });
      const refuse = (status: number, error: string, error_description: string) =>
        void response.status(status).json({ error, error_description });
      if (query.get('grant_type') !== 'client_credentials')
        refuse(400, 'unsupported_grant_type', 'Unsupported grant type');
      else if (query.get('client_id') !== clientId) refuse(401, 'unauthorized', 'No client with requested id');
      else if (query.get('client_secret') !== clientSecret || controls.withdrawCredentials)
        refuse(401, 'invalid_client', 'Bad client credentials');
      else response.json(current());
    },
  };
}
export type Identity = ReturnType<typeof createIdentity>;
