import type { ConnectorSettings } from '../../src/sdk/index.ts';
import { type Mailbox, readMailbox } from './addresses.ts';
import { type MailServer, readServer } from './settings.ts';
import { type Delivered, type Delivery, deliver } from './wire.ts';

/** What the action sends through; undefined where SMTP_URL or MAIL_FROM is not set. */
export type EmailClient =
  | { from: Mailbox; deliver(delivery: Delivery, signal: AbortSignal): Promise<Delivered> }
  | undefined;

/** Reads the settings, without I/O. */
export function openClient({ settings, timeoutMs }: { settings: ConnectorSettings; timeoutMs: number }): EmailClient {
  const { SMTP_URL, MAIL_FROM } = settings;
  if (!SMTP_URL || !MAIL_FROM) return undefined;
  const server: MailServer = readServer(SMTP_URL);
  const from = readMailbox(MAIL_FROM);
  const heloName = from.address.slice(from.address.lastIndexOf('@') + 1);
  return { from, deliver: (delivery, signal) => deliver(server, delivery, { signal, timeoutMs, heloName }) };
}
