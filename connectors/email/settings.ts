import * as z from 'zod';
import { Secret } from '../../src/sdk/index.ts';
import { readMailbox } from './addresses.ts';

/** Where mail is handed in. */
export type MailServer = {
  host: string;
  port: number;
  /** TLS from the first byte (`smtps://`). */
  secure: boolean;
  /** Nothing is said in the clear: the server must offer STARTTLS. */
  requireTls: boolean;
  /** STARTTLS is not used, even where it is offered. */
  ignoreTls: boolean;
  /** The certificate is checked. Off for self-made certificates, in tests. */
  checkCertificate: boolean;
  login?: { user: string; password: Secret };
};

const switches = ['requireTLS', 'ignoreTLS', 'tls.rejectUnauthorized'];

/**
 * Reads `smtp://user:password@host:587` or `smtps://…:465`. With a password nothing goes out in the clear unless `?ignoreTLS=true` says so;
 * without one STARTTLS is used where it is offered, and `?requireTLS=true` insists on it.
 * @throws Error that says what is wrong, and never repeats the address: it may hold a password
 */
export function readServer(address: string): MailServer {
  const url = URL.parse(address);
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    throw new Error('must be an address such as smtp://user:password@mail.example.com:587 or smtps://…:465');
  const user = decoded(url.username);
  const password = decoded(url.password);
  if ((user === '') !== (password === ''))
    throw new Error('needs both a user and a password, or neither; reserved characters in them are percent-encoded');
  const on = switchesOf(url);
  if (on.ignoreTLS && on.requireTLS) throw new Error('cannot both require and ignore TLS');
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTls: !secure && !on.ignoreTLS && (on.requireTLS === true || user !== ''),
    ignoreTls: on.ignoreTLS === true,
    checkCertificate: on['tls.rejectUnauthorized'] !== false,
    ...(user !== '' && { login: { user, password: new Secret(password) } }),
  };
}

function switchesOf({ searchParams }: URL): Record<string, boolean | undefined> {
  return Object.fromEntries(
    [...searchParams].map(([name, value]) => {
      if (!switches.includes(name)) throw new Error(`takes ${switches.join(', ')} after the ?, and nothing else`);
      if (value !== 'true' && value !== 'false') throw new Error(`takes true or false for ${name}`);
      return [name, value === 'true'];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a % in the user or password that is not percent-encoded (write %25)');
  }
}

/** A setting whose reader throws a sentence where it is wrong. */
const readBy = (read: (value: string) => unknown) =>
  z.string().superRefine((value, context) => {
    try {
      read(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

export const settings = z.object({
  SMTP_URL: readBy(readServer)
    .optional()
    .meta({ description: 'The mail server, with user and password: smtp://user:password@mail.example.com:587' }),
  MAIL_FROM: readBy(readMailbox)
    .optional()
    .meta({ description: 'The sender: baton@example.com, or Baton <baton@example.com>' }),
});
