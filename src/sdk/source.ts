import type { EventType } from '../model/event.ts';
import type { Account, ConnectorSettings } from './auth.ts';

/**
 * One event as a source hands it over: `type` without its prefix, `time` as RFC 3339, `data` as docs/events.md has it. The `id`
 * says what the event is, not when it was read: the same again is known by it and changes nothing.
 */
export type SourceEvent = { id: string; type: EventType; time: string; data: Record<string, unknown> };

/** How far a source that catches up has come, in whatever it counts by, and as a sentence. */
export type SourceProgress = { done: number; total?: number; message: string };

/**
 * What one poll brought. The events and the cursor are stored together or not at all, so `cursor` says where to go on once the
 * events are safe. A session is handed over complete in one poll, `session.ended` last.
 */
export type Polled = {
  events: SourceEvent[];
  /** JSON of the source's own; it is asked with it the next time. */
  cursor: unknown;
  /** More waits now: it is asked again at once. */
  more: boolean;
  /** Absent once it has caught up. */
  progress?: SourceProgress;
  /** When to come next where nothing waits now (epoch ms). */
  nextAt?: number;
  /** What an admin should know: a stretch that is read once more, records that were left out. Shown until the next one. */
  note?: string;
};

export type SourceContext<Client> = {
  /** A client that holds a live access token. Its requests must honour `signal`. */
  client: Client;
  settings: ConnectorSettings;
  account?: Account;
  /** What the admin typed in when connecting, without the secrets. */
  options: Record<string, string>;
  /** From when to read (epoch ms), where an admin asked for that; only while there is no cursor. */
  since?: number;
  /** Aborts at the poll's deadline, and when the hub shuts down. */
  signal: AbortSignal;
  /** Epoch ms. */
  now(): number;
  /** Which of these events the hub has already, so that what hangs on them need not be asked for again. */
  stored(ids: string[]): Promise<Set<string>>;
};

/**
 * Where events come from by asking. A poll does a bounded piece of work (a page or two, some seconds), so that a crash loses
 * little; it changes nothing at the vendor, and may be repeated with the same cursor at any time.
 */
export type Source<Client> = {
  /** The `source` of its events: the same for ever, also when the account is connected again under another credential. */
  origin(call: { settings: ConnectorSettings; account?: Account }): string;
  /** @param cursor what the last poll gave back; undefined: begin. One that cannot be read (any more) is a reason to begin again, and to say so */
  poll(context: SourceContext<Client>, cursor: unknown): Promise<Polled>;
};
