import pino, { type Logger } from 'pino';

export type Log = Logger;

/** Wherever one of these keys turns up in a log line, its value is taken out. `parameters` are the values of a statement that failed. */
const secretKeys = ['authorization', 'cookie', 'set-cookie', 'token', 'accessToken', 'refreshToken', 'access_token', 'refresh_token', 'client_secret', 'clientSecret', 'password', 'secret', 'code', 'code_verifier', 'parameters']; // biome-ignore format: a list

/**
 * One JSON line per thing that happened. Secrets are redacted by key here, and by the Secret type where they are values.
 * @param level a pino level (`info`) or `silent`
 */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretKeys.flatMap(key => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]), censor: '‹secret›' },
  };
  return destination ? pino(options, destination) : pino(options);
}
