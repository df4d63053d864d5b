import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailServer } from './settings.ts';

const CONNECT_TIMEOUT_MS = 15_000;
const GREETING_TIMEOUT_MS = 30_000;
const QUIT_TIMEOUT_MS = 2_000;
const CHUNK_BYTES = 16 * 1024;

export type Delivery = { from: string; to: string[]; message: Buffer };
/** `refused` are those that the server would not take, with its words; the mail went to the others. */
export type Delivered = { refused: { address: string; reply: string }[] };

/** What is known of a mail that was not handed over. */
export type Failure = {
  /** The whole message had gone out: without a reply, nobody knows what became of it. */
  ended: boolean;
  /** The command that was refused, e.g. `RCPT TO`; `CONN` outside of any. */
  command?: string;
  /** Nodemailer's word, e.g. EAUTH or ETLS, and the system's, e.g. ECONNREFUSED. */
  code?: string;
  cause?: string;
  /** What the server said, without credentials. */
  reply?: string;
  /** Where every recipient was refused: each with the server's words. */
  refused?: { address: string; reply: string }[];
};

/** A mail that was not handed over. Holds neither credentials nor the mail. */
export class SmtpFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.reply ?? failure.cause ?? failure.code ?? 'no answer');
    this.name = 'SmtpFailure';
    this.failure = failure;
  }
}

/** Whether the mail had gone out whole, and nobody said what became of it. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof SmtpFailure && error.failure.ended && error.failure.reply === undefined;

/**
 * Hands one mail over: one connection, one try. Ends when `signal` aborts or `timeoutMs` have passed, whatever the server does.
 * @throws SmtpFailure
 */
export function deliver(
  server: MailServer,
  { from, to, message }: Delivery,
  limits: { signal: AbortSignal; timeoutMs: number; heloName: string },
): Promise<Delivered> {
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs)]);
  const connection = new SMTPConnection(optionsOf(server, limits));
  // The message is read only once the server has asked for it (354), and its end is told before the dot goes out that makes it count.
  let ended = false;
  return new Promise((resolve, reject) => {
    const leave = () => signal.removeEventListener('abort', abort);
    const fail = (error: unknown) => {
      leave();
      connection.close();
      reject(failureOf(error, ended, server));
    };
    const abort = () => fail(Object.assign(new Error('given up'), { code: 'ETIMEDOUT' }));
    const send = () => {
      const stream = Readable.from(chunksOf(message), { objectMode: false });
      stream.once('end', () => {
        ended = true;
      });
      connection.send({ from, to, size: message.length }, stream, (error, info) => {
        if (error) return fail(error);
        leave();
        hangUp(connection);
        resolve({ refused: refusedIn(info.rejectedErrors, server) });
      });
    };
    connection.on('error', fail);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    connection.connect(error => {
      if (error) return fail(error);
      if (!server.login) return send();
      const { user, password } = server.login;
      connection.login({ user, pass: password.reveal() }, refusal => (refusal ? fail(refusal) : send()));
    });
  });
}

function optionsOf(server: MailServer, { timeoutMs, heloName }: { timeoutMs: number; heloName: string }) {
  return {
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: server.requireTls,
    ignoreTLS: server.ignoreTls,
    tls: { rejectUnauthorized: server.checkCertificate, minVersion: 'TLSv1.2' as const },
    name: heloName,
    connectionTimeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    greetingTimeout: Math.min(GREETING_TIMEOUT_MS, timeoutMs),
    dnsTimeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    socketTimeout: timeoutMs,
    allowInternalNetworkInterfaces: true,
    logger: false,
  };
}

/** In pieces, so that the end is read only once nearly all of it has left. */
function* chunksOf(message: Buffer): Generator<Buffer> {
  for (let from = 0; from < message.length; from += CHUNK_BYTES) yield message.subarray(from, from + CHUNK_BYTES);
}

/** Says goodbye, and does not wait long for the answer. */
function hangUp(connection: SMTPConnection): void {
  connection.quit();
  setTimeout(() => connection.close(), QUIT_TIMEOUT_MS).unref();
}

type Known = {
  command?: string;
  code?: string;
  originalCode?: string;
  response?: string;
  rejectedErrors?: Known[];
  recipient?: string;
};

function failureOf(error: unknown, ended: boolean, server: MailServer): SmtpFailure {
  const { command, code, originalCode, response, rejectedErrors } = error as Known;
  const reply = response === undefined ? undefined : withoutLogin(response, server);
  return new SmtpFailure({
    ended,
    ...(command && { command }),
    ...(code && { code: String(code) }),
    ...(originalCode && { cause: String(originalCode) }),
    ...(reply && { reply }),
    ...(rejectedErrors && { refused: refusedIn(rejectedErrors, server) }),
  });
}

const refusedIn = (errors: Known[] = [], server: MailServer) =>
  errors.map(({ recipient = '', response = '' }) => ({ address: recipient, reply: withoutLogin(response, server) }));

/** Some servers repeat what they were told. */
function withoutLogin(text: string, { login }: MailServer): string {
  if (!login) return text;
  const password = login.password.reveal();
  const base64 = (value: string) => Buffer.from(value).toString('base64');
  const secrets = [`\0${login.user}\0${password}`, password].flatMap(value => [base64(value), value]);
  return secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '‹secret›'), text);
}
