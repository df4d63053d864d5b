import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mailbox } from './addresses.ts';
import { type Content, htmlOf, textOf } from './layout.ts';
import { oneLine, shortened } from './text.ts';

/** What most mail programs still show of a subject on a wide screen, and far less than a header may hold. */
export const SUBJECT_MAX = 200;

export type Mail = {
  from: Mailbox;
  to: Mailbox[];
  cc: Mailbox[];
  replyTo?: Mailbox;
  subject: string;
  content: Content;
  messageId: string;
  /** Epoch ms. */
  date: number;
};

/** The subject as one line; a longer one ends in an ellipsis. */
export const subjectOf = (subject: string): string => shortened(oneLine(subject), SUBJECT_MAX);

/**
 * The same for every try of a step, so that a person can search for it, and programs that meet it twice can tell. The step key's letters
 * are all allowed here.
 */
export const messageIdOf = (stepKey: string, from: Mailbox): string =>
  `<${stepKey}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`;

const shown = ({ address, name }: Mailbox) => ({ address, name: oneLine(name ?? '') });

/** The mail as the bytes that go over the wire: headers folded and encoded, text and HTML beside each other. */
export function bytesOf({ from, to, cc, replyTo, subject, content, messageId, date }: Mail): Promise<Buffer> {
  const mail = new MailComposer({
    from: shown(from),
    to: to.map(shown),
    ...(cc.length > 0 && { cc: cc.map(shown) }),
    ...(replyTo && { replyTo: shown(replyTo) }),
    subject: subjectOf(subject),
    messageId,
    date: new Date(date),
    // Nobody's holiday notice is to answer a machine (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    text: textOf(content),
    html: htmlOf(content),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}
