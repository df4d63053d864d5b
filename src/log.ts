import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const secretNames = [
  'authorization', 'cookie', 'set-cookie', 'token', 'accessToken', 'refreshToken', 'access_token', 'refresh_token',
  'secret', 'clientSecret', 'client_secret', 'password', 'apiKey', 'adminToken', 'ingestKey', 'encryptionKeys', 'sealed',
  'webhook-signature', 'codeVerifier',
]; // biome-ignore format: a list

/**
 * JSON lines on standard output. Members with a secret's name are censored on the first three levels; values that are
 * secret are of type Secret and censor themselves.
 */
export function createLog(options: { level: string }, destination?: DestinationStream): Log {
  const paths = secretNames.flatMap(name =>
    ['', '*.', '*.*.'].map(level => (level ? `${level}["${name}"]` : `["${name}"]`)),
  );
  const settings = {
    level: options.level,
    base: undefined,
    redact: { paths: paths.map(path => path.replace('.[', '[')), censor: '‹secret›' },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
