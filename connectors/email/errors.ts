import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { type Reply, readReply, waitIn } from './reply.ts';
import { type Failure, SmtpFailure } from './wire.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SHORT_WAIT_MS = 15 * SECOND;
const GREYLIST_WAIT_MS = 2 * MINUTE;
const FULL_MAILBOX_WAIT_MS = 10 * MINUTE;
const RATE_WAIT_MS = MINUTE;
const DAILY_WAIT_MS = 60 * MINUTE;

/**
 * Turns what came of one try into the one StepError, by what had gone out before it failed. A mail that was not taken whole was surely
 * not sent (RFC 5321 §4.1.1.4 has a server drop it). Once it had gone out whole, only the server's word counts; without one it is
 * `uncertain`, and a person decides, since no mail server can be asked.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (!(error instanceof SmtpFailure)) {
    const name = error instanceof Error ? error.name : typeof error;
    return new StepError('defect', `The e-mail connector failed by itself (${name}). Please report it.`, {
      cause: error,
    });
  }
  const { failure } = error;
  const reply = readReply(failure.reply);
  // A reply that is neither 4yz nor 5yz refuses nothing.
  if (reply && reply.code >= 400) return fromReply(failure, reply);
  if (failure.ended) return unanswered(failure);
  return withoutReply(failure);
}

const unanswered = ({ cause, code }: Failure) =>
  new StepError(
    'uncertain',
    `The mail had gone out whole when the connection to the mail server was lost (${cause ?? code ?? 'no answer'}). It may have been sent. Look into the recipient’s mailbox or the server’s log, and run the step again if it is missing.`,
    { vendorCode: cause ?? code, park: true },
  );

/** Certificates that are not trusted, or are another host's. */
const certificate = /CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|ALTNAME/;

function withoutReply({ code, cause, command }: Failure): StepError {
  const vendorCode = cause ?? code;
  const admin = { vendorCode, park: true };
  if (certificate.test(cause ?? ''))
    return new StepError(
      'forbidden',
      `The mail server’s certificate is not trusted (${cause}). Let SMTP_URL name the host that the certificate is for, or give the server a certificate that this machine trusts; then run the step again. Nothing was sent.`,
      admin,
    );
  if (code === 'EAUTH')
    return new StepError(
      'forbidden',
      'The mail server offers no way to sign in that is known here (PLAIN, LOGIN, CRAM-MD5). Check the host and port of SMTP_URL. Nothing was sent.',
      admin,
    );
  if (code === 'EMESSAGE')
    return new StepError('rejected', 'The mail is larger than the mail server takes. Shorten the body.', {
      field: 'body',
    });
  if (code === 'ESTREAM' || code === 'EENVELOPE')
    return new StepError('defect', `The mail could not be handed to the mail server (${code}). Please report it.`, {
      vendorCode,
    });
  const where = command && command !== 'CONN' ? ` at ${command}` : '';
  return new StepError(
    'transient',
    code === 'ETIMEDOUT'
      ? 'The mail server did not answer in time. Nothing was sent; it is tried again.'
      : `The mail server (SMTP_URL) could not be reached, or hung up${where} (${vendorCode ?? 'unknown'}). Nothing was sent; it is tried again.`,
    { vendorCode },
  );
}

function fromReply(failure: Failure, reply: Reply): StepError {
  const { command = '', refused } = failure;
  const each = refused?.map(one => `${one.address}: ${one.reply.split('\n')[0]}`).slice(0, 5);
  const details: StepErrorDetails = {
    vendorCode: [reply.code, reply.enhanced].filter(Boolean).join(' '),
    vendorMessage: each && each.length > 1 ? each.join(' · ').slice(0, 500) : reply.text,
  };
  const said = `The mail server answered ${where(command)}: ${[reply.code, reply.enhanced, reply.text].filter(Boolean).join(' ')}`;
  const limit = limitIn(reply);
  if (limit !== undefined)
    return new StepError('throttled', `${said} Nothing was sent; it goes on by itself.`, {
      ...details,
      retryAfterMs: waitIn(reply.text) ?? limit,
    });
  if (reply.code < 500 || reply.code === 503) return later(said, reply, details);
  return never(said, command, reply, details);
}

const where = (command: string) => (command === '' || command === 'CONN' ? 'when it was called' : command);

/** How long to leave the server alone where it counts mails or connections; undefined where it does not say so. */
function limitIn({ code, enhanced, text }: Reply): number | undefined {
  const daily = enhanced?.endsWith('.4.5') || /daily|per day/i.test(text);
  if (daily && /limit|quota|exceeded/i.test(text)) return DAILY_WAIT_MS;
  const mailbox = enhanced?.includes('.2.') || enhanced?.includes('.5.3');
  const counted = /\brate\b|too (many|much)|throttl|quota|limit(ed)? (exceeded|reached)|4\.7\.28/i;
  return code < 500 && !mailbox && counted.test(`${enhanced} ${text}`) ? RATE_WAIT_MS : undefined;
}

/** 4yz: not this time. A greylist wants the same mail again after a few minutes; other mails need not wait for it. */
function later(said: string, { enhanced, text }: Reply, details: StepErrorDetails): StepError {
  const greylisted = /gr[ea]y-?\s?list/i.test(text);
  const full = enhanced === '4.2.2';
  const wait = greylisted ? GREYLIST_WAIT_MS : full ? FULL_MAILBOX_WAIT_MS : SHORT_WAIT_MS;
  const retryAfterMs = waitIn(text) ?? wait;
  return new StepError('transient', `${said} Nothing was sent; it is tried again.`, { ...details, retryAfterMs });
}

/** 5yz: never like this. What only the operator can mend waits for it. */
function never(said: string, command: string, { code, enhanced }: Reply, details: StepErrorDetails): StepError {
  const operator = { ...details, park: true };
  const again = 'Then run the step again.';
  if (command.startsWith('AUTH') || code === 535 || code === 534)
    return new StepError('forbidden', `${said} Correct the user and password in SMTP_URL. ${again}`, operator);
  if (code === 530)
    return new StepError('forbidden', `${said} Put a user and password into SMTP_URL. ${again}`, operator);
  if (command === 'STARTTLS')
    return new StepError(
      'forbidden',
      `${said} It must offer STARTTLS where SMTP_URL has a password; or use smtps://. ${again}`,
      operator,
    );
  if (enhanced?.endsWith('.3.4') || (code === 552 && !enhanced?.includes('.2.')))
    return new StepError('rejected', `${said} Shorten the body.`, { ...details, field: 'body' });
  if (command === 'MAIL FROM')
    return new StepError(
      'forbidden',
      `${said} Set MAIL_FROM to a sender that this account may use. ${again}`,
      operator,
    );
  if (command === 'RCPT TO')
    return new StepError('rejected', `${said} Correct the recipient.`, { ...details, field: 'to' });
  if (command === 'DATA') return new StepError('rejected', `${said} Nothing was sent.`, details);
  return new StepError('forbidden', `${said} Check SMTP_URL. ${again}`, operator);
}
