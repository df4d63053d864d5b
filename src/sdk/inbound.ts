import type { Actor, AlertAct, AlertOutcome, AlertView } from './alerts.ts';
import type { Account, ConnectorSettings } from './auth.ts';

/** A call from a vendor or a browser, as it came in: nothing in it has been believed or parsed yet. */
export type InboundRequest = {
  method: string;
  /** The address that the caller used, made of PUBLIC_URL, path and query: what signatures are over. */
  url: string;
  /** Lower-case names; a header that came several times is joined by `, `. */
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** The address that the call came from, as far as the hub can tell. */
  ip: string;
  /** Epoch ms. */
  receivedAt: number;
  /** Aborts when the caller goes away. */
  signal: AbortSignal;
};

/**
 * What the caller gets. An object is sent as JSON, an async iterable piece by piece as it comes (server-sent events).
 * `after` runs once the answer is on its way, for what the caller need not wait for and may be lost.
 */
export type InboundAnswer = {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer | object | AsyncIterable<string>;
  after?(): Promise<void>;
};

/** One address at which a connector takes calls. It proves by itself who calls (signature, token, key), before anything else. */
export type Inbound<Client = unknown> = {
  methods: ('GET' | 'POST' | 'OPTIONS')[];
  /** Fixed, e.g. `/chat/events`. */
  path: string;
  /** For the API's description. */
  summary: string;
  /** Settings without which the address is not there (404). */
  requires?: string[];
  /** Longer bodies are refused with 413; 1 MiB where absent. */
  maxBytes?: number;
  /** What is thrown is logged and answered with 500. */
  answer(request: InboundRequest, hub: InboundHub<Client>): Promise<InboundAnswer>;
};

/** What a connector may do in the hub for a call whose sender it has made sure of. */
export type InboundHub<Client = unknown> = {
  settings: ConnectorSettings;
  /** Epoch ms. */
  now(): number;
  /** One line in the hub's log, for the operator. Holds no secret and no text of a visitor. */
  warn(message: string, details?: Record<string, unknown>): void;
  /** The connections of this connector to one account at the vendor (`account.id`), one per workspace that has one; not the disconnected ones. */
  connections(accountId: string): Promise<InboundConnection<Client>[]>;
  /** The workspace that a public site key belongs to and the origins from which it may be used; undefined for an unknown or revoked key. */
  site(siteKey: string): Promise<{ workspaceId: string; origins: string[] } | undefined>;
  /** Takes events in as if they had come over /v1/events: durable when it resolves. `data` is checked; what is not right is in `rejected`. */
  ingest(
    workspaceId: string,
    source: string,
    events: { id: string; type: string; time?: number; data: Record<string, unknown> }[],
  ): Promise<{ accepted: number; duplicates: number; rejected: { id: string; reason: string }[] }>;
  /**
   * What is published on a topic of the workspace (ActionContext.publish), as it comes, across processes. `after` is the id of the last
   * message that was seen; what has been published since and has not expired comes first. Ends when `signal` aborts.
   */
  subscribe(
    workspaceId: string,
    topic: string,
    options: { after?: string; signal: AbortSignal },
  ): AsyncIterable<{ id: string; data: unknown }>;
};

/** A connected account as an inbound call meets it. */
export type InboundConnection<Client = unknown> = {
  id: string;
  workspaceId: string;
  account: Account;
  /** A client with a live credential. @throws StepError where the account must be connected again, or the vendor cannot be reached */
  client(): Promise<Client>;
  /**
   * The vendor says that our access has ended (uninstalled, revoked): the connection needs reconnecting, and its steps park. `why` is a
   * sentence. `since` (epoch ms) is when it ended, where the vendor says so: a credential that is newer is left alone.
   */
  lost(why: string, since?: number): Promise<void>;
  /** Small things that the vendor only tells once (where a person or channel can be reached), by a key of the connector's choice. */
  memory: {
    get(key: string): Promise<unknown>;
    set(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<void>;
    /**
     * Reads, changes and keeps a value in one, so that of two changes at once, in whichever process, none is lost. `to` gets what is kept
     * (undefined where nothing is) and answers what shall be kept (undefined to keep nothing); it may be asked twice and does nothing else.
     * @returns what is kept now
     */
    change(key: string, to: (before: unknown) => unknown): Promise<unknown>;
  };
  alerts: {
    /** Undefined where the workspace has no such alert. */
    get(id: string): Promise<AlertView | undefined>;
    /**
     * Somebody pressed a button. Done in one transaction with all that follows from it: a crash loses nothing, the first claim wins,
     * and the same `key` (the vendor's id of the press) again changes nothing and answers the same.
     */
    act(id: string, act: AlertAct, by: Actor, key: string): Promise<AlertOutcome>;
    /** Newest first; `claimedBy` is an e-mail address or an id at the vendor. */
    recent(options: { limit: number; claimedBy?: string }): Promise<AlertView[]>;
  };
};
