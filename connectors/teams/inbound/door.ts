import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Activity } from './activity.ts';
import type { Bot } from './bot.ts';
import { inTime } from './in-time.ts';

const ISSUER = 'https://api.botframework.com';
const KEYS_TIMEOUT_MS = 8_000;

/** Who called: `caller` where the token holds; else a reason for the log, and whether it is for want of Microsoft's keys. */
export type Admission = { caller: unknown } | { refused: string; keysMissing: boolean };

/**
 * Makes sure that Teams made this call: Microsoft's library checks signature, key, endorsement, audience, times and service address
 * of the token. Here only one kind of token is let through to it, the one of the Bot Connector: the library also takes those of
 * emulators and of other bots, which name no service address.
 */
export async function admit(bot: () => Promise<Bot>, activity: Activity, authorization: string): Promise<Admission> {
  const mistake = outside(authorization);
  if (mistake) return { refused: mistake, keysMissing: false };
  try {
    // The library fetches the keys without a deadline of its own.
    return { caller: await inTime((await bot()).authenticate(activity, authorization), KEYS_TIMEOUT_MS) };
  } catch (error) {
    return { refused: reasonOf(error), keysMissing: isOutage(error) };
  }
}

/** What can be told without any key: most of what strangers send ends here. */
function outside(authorization: string): string | undefined {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization)?.[1];
  if (!token) return 'there is no bearer token';
  try {
    const { alg } = decodeProtectedHeader(token);
    return alg && decodeJwt(token).iss === ISSUER ? undefined : 'the token is of another issuer';
  } catch {
    return 'the token cannot be read';
  }
}

const isOutage = (error: unknown): boolean => {
  const { name, statusCode } = error as { name?: string; statusCode?: number };
  return name === 'FetchError' || name === 'TimeoutError' || name === 'SyntaxError' || (statusCode ?? 0) >= 500;
};

function reasonOf(error: unknown): string {
  const { name, message } = error as Partial<Error>;
  return name === 'AuthenticationError' || name === 'Error' ? String(message) : String(name);
}
