import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { appId } from './seed.ts';

/** What is wrong with the token of a call on purpose. */
export const forgeries = [
  'missing',
  'garbage',
  'header',
  'signature',
  'audience',
  'expired',
  'notYet',
  'serviceUrl',
  'issuer',
  'emulator',
  'kid',
  'endorsement',
] as const;
export type Forgery = (typeof forgeries)[number];

const TEAMS_KEY = 'teams-sandbox-key';
const OTHER_KEY = 'teams-sandbox-webchat-key';
const ISSUER = 'https://api.botframework.com';
const EMULATOR_ISSUER = 'https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/';

/** The keys of the Bot Connector, made at the start: one for Teams, one for another channel, and one that nobody publishes. */
export const createKeys = () => {
  const options = { extractable: true };
  const made = Promise.all([
    generateKeyPair('RS256', options),
    generateKeyPair('RS256', options),
    generateKeyPair('RS256', options),
  ]);

  return {
    /** The keys as the metadata's `jwks_uri` answers them. */
    async published() {
      const [teams, other] = await made;
      return {
        keys: [
          {
            ...(await exportJWK(teams.publicKey)),
            use: 'sig',
            kid: TEAMS_KEY,
            x5t: TEAMS_KEY,
            endorsements: ['msteams', 'skype'],
          },
          {
            ...(await exportJWK(other.publicKey)),
            use: 'sig',
            kid: OTHER_KEY,
            x5t: OTHER_KEY,
            endorsements: ['webchat'],
          },
        ],
      };
    },
    /** The authorization of a call, valid for an hour by the machine's clock: the hub's library knows no other. */
    async authorization(serviceUrl: string, forgery?: Forgery): Promise<string | undefined> {
      if (forgery === 'missing') return undefined;
      if (forgery === 'garbage') return 'Bearer not.a.token';
      const [teams, other, unknown] = await made;
      const key = forgery === 'signature' ? unknown : forgery === 'endorsement' ? other : teams;
      const kid = forgery === 'kid' ? 'nobody-knows-this-key' : forgery === 'endorsement' ? OTHER_KEY : TEAMS_KEY;
      const seconds = Math.floor(Date.now() / 1000);
      const shift = forgery === 'expired' ? -7_200 : forgery === 'notYet' ? 7_200 : 0;
      const claims = {
        serviceurl: forgery === 'serviceUrl' ? 'https://attacker.example/' : serviceUrl,
        ...(forgery === 'emulator' && { ver: '1.0', appid: appId }),
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, x5t: kid })
        .setIssuer(forgery === 'issuer' ? 'https://login.example/' : forgery === 'emulator' ? EMULATOR_ISSUER : ISSUER)
        .setAudience(forgery === 'audience' ? '11111111-2222-4333-8444-555555555555' : appId)
        .setNotBefore(seconds + shift)
        .setExpirationTime(seconds + shift + 3_600)
        .sign(key.privateKey);
      if (forgery !== 'header') return `Bearer ${token}`;
      return `Bearer ${Buffer.from('{"alg"').toString('base64url')}${token.slice(token.indexOf('.'))}`;
    },
  };
};
export type Keys = ReturnType<typeof createKeys>;
