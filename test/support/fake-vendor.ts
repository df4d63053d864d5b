import * as z from 'zod';
import { type Account, type Connector, defineConnector, type Grant, Secret, StepError } from '../../src/sdk/index.ts';

/** A vendor that rotates refresh tokens: each is good once. `faults` are thrown one per token call, in order, before anything happens. */
export type FakeVendor = {
  connector: Connector;
  /** Token calls so far: what was asked for. */
  calls: string[];
  revoked: string[];
  faults: (Error | 'lost')[];
  /** Awaited in each token call before the vendor answers. */
  pause: () => Promise<void>;
  account: Account;
  /** Every token ever given out, in clear: none of them may turn up anywhere. */
  secrets: string[];
  /** Access tokens that the vendor accepts. */
  live: Set<string>;
  /** Accepts no token at all, however fresh. */
  refusesAll: boolean;
};

export const invalidGrant = () =>
  new StepError('unauthorized', 'The vendor said: invalid_grant (expired access/refresh token).', {
    vendorCode: 'invalid_grant',
  });

/**
 * @param now epoch ms, for the grants' ends
 * @param lifeMs how long an access token lives; undefined where the vendor does not say
 */
export function fakeVendor(now: () => number, lifeMs: number | undefined = 3_600_000): FakeVendor {
  let count = 0;
  let refreshToken = '';
  const issue = (): Grant => {
    count += 1;
    const accessToken = `access-token-${count}-9f2c`;
    refreshToken = `refresh-token-${count}-7b1e`;
    vendor.secrets.push(accessToken, refreshToken);
    vendor.live = new Set([accessToken]);
    return {
      accessToken: new Secret(accessToken),
      refreshToken: new Secret(refreshToken),
      ...(lifeMs === undefined ? {} : { expiresAt: now() + lifeMs }),
      instanceUrl: 'https://acme.example',
    };
  };
  const answer = async (what: string): Promise<void> => {
    vendor.calls.push(what);
    await vendor.pause();
    const fault = vendor.faults.shift();
    if (fault === 'lost') issue();
    if (fault) throw fault === 'lost' ? new StepError('uncertain', 'The connection broke.') : fault;
  };
  const vendor: FakeVendor = {
    calls: [],
    revoked: [],
    faults: [],
    pause: async () => undefined,
    account: { id: 'org-1', name: 'Acme', user: 'ada@acme.example' },
    secrets: [],
    live: new Set(),
    refusesAll: false,
    connector: defineConnector<unknown>({
      id: 'fake',
      title: 'Fake CRM',
      description: 'A vendor for tests.',
      auth: {
        kind: 'oauth2',
        pkce: true,
        scopes: ['api'],
        requires: ['FAKE_CLIENT_ID'],
        options: z.object({ environment: z.enum(['production', 'sandbox']).default('production') }),
        authorizeUrl: call =>
          `https://vendor.example/authorize?${new URLSearchParams({
            state: call.state,
            redirect_uri: call.redirectUri,
            code_challenge: call.codeChallenge ?? '',
            scope: call.scopes.join(' '),
            environment: call.options.environment ?? '',
          })}`,
        async exchange(call) {
          await answer(`code ${call.code} ${call.codeVerifier}`);
          return issue();
        },
        async refresh({ grant }) {
          await answer(`refresh ${grant.refreshToken!.reveal()}`);
          if (grant.refreshToken!.reveal() !== refreshToken) throw invalidGrant();
          return issue();
        },
        async revoke({ grant }) {
          await answer('revoke');
          vendor.revoked.push(grant.refreshToken!.reveal());
        },
      },
      limits: { callTimeoutMs: 1000 },
      open: ({ grant }) => grant!.accessToken.reveal(),
      async whoAmI({ client }) {
        if (vendor.refusesAll || !vendor.live.has(String(client)))
          throw new StepError('unauthorized', 'Session expired or invalid.');
        return vendor.account;
      },
      classify: error => new StepError('defect', `Not classified: ${String(error)}`),
      actions: [],
    }),
  };
  return vendor;
}

/** A connector with typed values; an exchange makes a token of them where `exchanges`. */
export function keyConnector(exchanges: boolean, now: () => number): { connector: Connector; asked: string[] } {
  const asked: string[] = [];
  const connector = defineConnector<unknown>({
    id: 'keyed',
    title: 'Keyed',
    description: 'A vendor that is connected by typing values in.',
    auth: {
      kind: 'key',
      fields: z.object({
        measurementId: z.string().min(3).meta({ title: 'Measurement id' }),
        apiSecret: z.string().min(8).meta({ title: 'API secret', secret: true }),
      }),
      ...(exchanges
        ? {
            async exchange({ values }: { values: Record<string, string> }) {
              asked.push(values.apiSecret!);
              return {
                accessToken: new Secret(`made-of-${values.apiSecret}-${asked.length}`),
                expiresAt: now() + 3_600_000,
              };
            },
          }
        : {}),
    },
    limits: { callTimeoutMs: 1000 },
    open: ({ grant }) => grant!.accessToken.reveal(),
    async whoAmI({ client }) {
      if (String(client).includes('wrong')) throw new StepError('unauthorized', 'The API secret is wrong.');
      return { id: 'property-1', name: 'Acme website' };
    },
    classify: error => new StepError('defect', `Not classified: ${String(error)}`),
    actions: [],
  });
  return { connector, asked };
}
