import type * as z from 'zod';
import type { Timing, Trigger } from '../model/workflow.ts';
import type { AlertPlacement, AlertUpdateInput, AlertView, FollowUpTaskInput, RecipientRole } from './alerts.ts';
import type { Account, Auth, ConnectorSettings, Grant } from './auth.ts';
import type { StepError } from './errors.ts';
import type { Inbound } from './inbound.ts';
import type { Secret } from './secret.ts';
import type { Source } from './source.ts';
import type { SandboxVendor } from './testing/sandbox.ts';

/** Which triggers and timings an action fits. `except` and `only` may name a trigger alone or a trigger with a timing. */
export type Fits = {
  only?: { type?: Trigger['type']; timing?: Timing }[];
  except?: { type?: Trigger['type']; timing?: Timing }[];
};

/** What the engine knows when a step is sent for the first time. Kept with the intent, so that every later try sees the same. */
export type StepFacts = {
  visitor: { visitorId?: string; email?: string; fields: Record<string, unknown>; external: Record<string, string> };
  rep?: { userId?: string; email?: string; name?: string };
  conversation?: { id: string; url?: string };
  /** Where a browser's analytics know the visitor, and the page viewed last. */
  session?: {
    id: string;
    gaClientId?: string;
    userAgent?: string;
    page?: { url: string; title?: string; referrer?: string };
  };
  meeting?: {
    id: string;
    /** `offered`, `booked`, `rescheduled`, `canceled` or `no_show`, as known when the step begins. */
    status?: string;
    startTime?: string;
    endTime?: string;
    owner?: { name?: string; email?: string };
    attendees?: { name?: string; email?: string }[];
  };
  /**
   * The meeting's record at this vendor (an event), where an earlier step of any run kept one by giving back `meetingRecordId`
   * (a text keeps it, null forgets it).
   */
  meetingRecordId?: string;
  /**
   * The rep's and the meeting owner's user ids at this vendor, from their personal connections: `account.details.userId`, else
   * `account.id`. One to another account than the workspace's own does not count.
   */
  owners?: { rep?: string; meeting?: string };
  /** For a push: what the workspace's field mappings (else the connector's defaults) come to for this person, by object (`Lead`). */
  mapped?: Record<string, MappedField[]>;
  /** The record that the last push step of this run gave back. */
  lastPush?: { connector: string; recordType: string; recordId: string; url?: string };
  /** For `to: { role }`, and `to: { user: <id> }` where the action asks for it: who that is; without `email` nobody was found. */
  recipient?: { role?: RecipientRole; email?: string; name?: string };
  /** For an action with `alert`: the alert as it stands. `placement` is the message that is to be changed instead of a new one sent. */
  alert?: AlertView & { placement?: AlertPlacement };
  workflow: { id: string; name: string };
  runId: string;
  /** When what started the run happened, epoch ms. */
  occasionAt?: number;
};

/**
 * One line of a mapping: what goes into a vendor's field. `from` is a path of the scope (`visitor.fields.title`, `session.utm.campaign`)
 * or absent where `value` is fixed. A blank value never wipes a filled one, whatever the rule.
 */
export type FieldMapping = { field: string; from?: string; value?: unknown; update: 'always' | 'if_blank' | 'never' };

/** A mapping line with its value, which is never blank: lines without a value are left out. */
export type MappedField = { field: string; value: unknown; update: FieldMapping['update'] };

/** What a vendor says about one of an object's fields, as the console and the checks see it. Only fields that the connected user may see. */
export type FieldDescription = {
  name: string;
  label: string;
  type: string;
  required: boolean;
  creatable: boolean;
  updatable: boolean;
  maxLength?: number;
  options?: { value: string; label: string }[];
  /** Only the options are accepted. */
  restricted?: boolean;
};

/** What every push takes. `destination` is a connector's id; absent: the workspace's default push destination. */
export type PushInput = { destination?: string };
/** What every push gives back. `externalIds` are kept on the person, under names of the connector's `externalIds`. */
export type PushOutput = {
  connector: string;
  recordType: string;
  recordId: string;
  created: boolean;
  url?: string;
  externalIds: Record<string, string>;
};

/** What `track_event` asks for: an event under exactly this name. */
export type TrackInput = { name: string; parameters?: Record<string, string | number | boolean> };
export type TrackMistake = { path: ('name' | 'parameters' | string)[]; message: string };

/** A person at a vendor who may own records and be told things. */
export type DirectoryPerson = { id: string; name?: string; email?: string };
type DirectoryContext<Client> = { client: Client; signal: AbortSignal; settings: ConnectorSettings };
/** Finds people of the company at a vendor. Only reads; undefined where there is nobody. */
export type Directory<Client = unknown> = {
  /** Who owns the record of a person: the one that was pushed last, else the one that an id or the e-mail leads to. A queue is nobody. */
  ownerOf(
    context: DirectoryContext<Client>,
    person: { record?: { type: string; id: string }; external: Record<string, string>; email?: string },
  ): Promise<DirectoryPerson | undefined>;
  findUser(
    context: DirectoryContext<Client>,
    user: { id: string } | { email: string },
  ): Promise<DirectoryPerson | undefined>;
};

/** What one execution of an action gets. It never sees a refresh token, the database, the queue or the environment. */
export type ActionContext<Client = unknown> = {
  /** A client that holds a live access token. Its requests must honour `signal`. */
  client: Client;
  /** The same for every retry and every crash of this step; a person's "run again" makes a new one. 32 to 64 characters of [A-Za-z0-9_-]. */
  stepKey: string;
  facts: StepFacts;
  account?: Account;
  settings: ConnectorSettings;
  /** The workspace's Standard Webhooks secret (`whsec_…`): given by the engine, for what a connector signs in the hub's own name. */
  signingSecret?: Secret;
  /** Aborts at the call's deadline. */
  signal: AbortSignal;
  /** Epoch ms. */
  now(): number;
  /** Adds a sentence to the step's timeline ("no matching person was found; the task has no WhoId"). */
  note(sentence: string): void;
  /** Hands a message to whoever listens on a topic of the workspace (InboundHub.subscribe) for a minute; once per step key. */
  publish(topic: string, data: unknown): Promise<void>;
  /** What inbound calls have kept for this connection (InboundConnection.memory). */
  recall(key: string): Promise<unknown>;
};

/** A first try of which no outcome is known. `firstTriedAt` is epoch ms. */
export type PendingItem<Input> = { stepKey: string; firstTriedAt: number; input: Input; facts: StepFacts };

/**
 * How an action behaves when run again:
 * 'safe': repeating changes nothing more · 'keyed': the vendor honours our step key ·
 * findMany: it adds something each time; look whether first tries landed (asked once the call's deadline and `graceSeconds` have passed) ·
 * whenUnsure: it cannot be asked; a person decides ('park'), or repeating does no harm ('retry').
 */
export type Replay<Input, Output, Client> =
  | 'safe'
  | 'keyed'
  | {
      /** In the order of the items. A StepError settles its item: `uncertain` with `park` where nobody can tell. What is thrown concerns all. */
      findMany(context: FindContext<Client>, items: PendingItem<Input>[]): Promise<(Output | StepError | undefined)[]>;
      graceSeconds: number;
    }
  | { whenUnsure: 'park' | 'retry' };
export type FindContext<Client> = Pick<ActionContext<Client>, 'client' | 'signal' | 'settings' | 'account' | 'now'>;

/** A limit on top of the connector's own: at most `points` calls with the same key in `perSeconds`. */
export type RateLimit = { key: string; points: number; perSeconds: number };

/** One operation of a connector. One call makes one remote effect. */
export type Action<Input = unknown, Output = unknown, Client = unknown> = {
  /** `<connector>.<operation>`, e.g. `crm.create_task`. */
  id: string;
  title: string;
  description: string;
  input: z.ZodType<Input>;
  output: z.ZodType<Output>;
  fits: Fits;
  /** Templates for inputs that the admin left out, e.g. `{ description: "{{ conversation.transcript | default: '' }}" }`. */
  defaults?: Record<string, unknown>;
  /** It tells a person something now: not sent any more once older than the step's life (input `lifeMinutes`, else the workspace's alertLifeMinutes). */
  notification?: boolean;
  /**
   * It shows an alert to people: the engine makes the alert before the call (`facts.alert`), and keeps the output's `placement`, so that
   * what people do with it can be shown there. Its input has `to` (which may be a `roleRecipient`) and `alertInputs`.
   */
  alert?: boolean;
  /**
   * Its input has a `to` that may be a `roleRecipient`, which the engine resolves into `facts.recipient`; so it is with every `alert`.
   * `users`: a `to: { user }` that is no e-mail address is an id in one of the connected directories, too.
   */
  recipients?: 'roles' | 'users';
  /** It works on the record that a push step gave back: saving a workflow warns where a run can get here without a push before it. */
  needsPush?: boolean;
  /** Held back while the account's call budget is nearly used up (95 %). */
  priority?: 'low';
  replay: Replay<Input, Output, Client>;
  /** Two steps with the same answer never run at once, across processes (prefixed by the connection's id). */
  exclusive?(input: Input, facts: StepFacts): string | undefined;
  limit?(input: Input): RateLimit | undefined;
  /** The same effect for many steps in one call. Answers one result per item, in order. */
  batch?: {
    max: number;
    groupBy(input: Input): string;
    run(
      context: Omit<ActionContext<Client>, 'stepKey' | 'facts' | 'note' | 'publish'>,
      items: BatchItem<Input>[],
    ): Promise<(Output | StepError)[]>;
  };
  run(context: ActionContext<Client>, input: Input): Promise<Output>;
};
export type BatchItem<Input> = { stepKey: string; facts: StepFacts; input: Input; note(sentence: string): void };

/** A workflow that comes with a connector. `key` stays the same for ever; a custom workflow with a step of one of `conflictsWith` gets a warning. */
export type BuiltInWorkflow = { key: string; document: unknown; conflictsWith?: string[] };

/** What a console offers to choose from: channels, campaigns, users. */
export type PickList<Client> = (
  context: { client: Client; signal: AbortSignal; settings: ConnectorSettings },
  query: { search?: string; after?: string },
) => Promise<{ options: { value: string; label: string }[]; next?: string }>;

/**
 * A connector: everything about one vendor, as one plain object, the default export of `connectors/<id>/index.ts`.
 * docs/connector-guide.md walks through it; the contract suite in src/sdk/testing proves it.
 */
export type Connector<Client = unknown> = {
  id: string;
  title: string;
  description: string;
  auth: Auth;
  /** Environment variables this connector reads, with defaults (the vendor's public addresses). */
  settings?: z.ZodType<ConnectorSettings>;
  /** Per connection: calls in a period and calls at once (any number where absent), and how long one call may take. */
  limits: { points?: number; perSeconds?: number; concurrency?: number; callTimeoutMs: number };
  /** Builds the vendor's own SDK client around a live access token. No I/O. `grant` is absent for connectors without auth. */
  open(call: {
    grant?: Grant;
    settings: ConnectorSettings;
    timeoutMs: number;
    /** To be told whenever an answer says how much of the account's call budget is used. */
    onUsage?(usage: { used: number; limit: number }): void;
  }): Client;
  /** Who is connected, and does the credential work: one cheap call. Absent for connectors without auth. */
  whoAmI?(call: { client: Client; signal: AbortSignal; settings: ConnectorSettings }): Promise<Account>;
  /** Turns whatever the SDK threw into the one StepError. */
  classify(error: unknown): StepError;
  actions: Action<unknown, unknown, Client>[];
  /** What this connector can do for the built-in actions, which find it by the workspace's settings and never by name. */
  roles?: {
    push?: Action<PushInput, PushOutput, Client>;
    /** What `track_event` reaches. `mistakes` are what is wrong with a name or parameter, as sentences, checked when saving. */
    track?: {
      action: Action<TrackInput, unknown, Client>;
      mistakes?(input: TrackInput): TrackMistake[];
      /** Why this run's visitor cannot be reached there, where that is so: the effect is then skipped. */
      unreachable?(facts: StepFacts): string | undefined;
    };
    /** Alerts: `send` is one of `actions` with `alert`; `update` shows a changed alert where it was sent to. */
    chat?: {
      send: Action<unknown, { placement: AlertPlacement }, Client>;
      update: Action<AlertUpdateInput, unknown, Client>;
    };
    /** Follow-up tasks that people ask for in an alert. */
    task?: Action<FollowUpTaskInput, { recordId: string; url?: string }, Client>;
    directory?: Directory<Client>;
    /** What it is asked for, where events come from there. */
    source?: Source<Client>;
  };
  /** Addresses at which the vendor (or a browser) calls the hub. */
  inbound?: Inbound<Client>[];
  /** Objects whose fields an admin may map, and what their fields are. */
  mappable?: {
    objects: { name: string; label: string; defaults: FieldMapping[] }[];
    describe(
      context: { client: Client; signal: AbortSignal; settings: ConnectorSettings },
      object: string,
    ): Promise<FieldDescription[]>;
  };
  /** Which of the rights that it needs the connected user lacks, each as a sentence that says what to grant. */
  checkRights?(context: { client: Client; signal: AbortSignal; settings: ConnectorSettings }): Promise<string[]>;
  /** What an admin may have done in the connected account once (fields, permissions). Doing it again does no harm. */
  setup?: {
    title: string;
    description: string;
    /** `done` false: the message says what is still to come. */
    run(context: {
      client: Client;
      signal: AbortSignal;
      settings: ConnectorSettings;
    }): Promise<{ done: boolean; message: string }>;
  };
  /**
   * The file that an admin uploads at the vendor to install the app there, made for this hub; for `baton connectors package`.
   * @throws Error with a sentence where an address or setting cannot be used
   */
  package?(call: {
    settings: ConnectorSettings;
    publicUrl: string;
    version: string;
  }): Promise<{ filename: string; bytes: Uint8Array }>;
  /** Workflows that come with the connector, on the internal triggers too; made once, inactive until the vendor is connected. */
  builtInWorkflows?: BuiltInWorkflow[];
  pickLists?: Record<string, PickList<Client>>;
  /** Names under which this connector keeps a person's ids, e.g. `crmContactId`. */
  externalIds?: string[];
  /** A small server that answers as the vendor does; loaded only by the sandbox. */
  sandbox?: () => Promise<SandboxVendor>;
};

/** Gives a connector its types without widening them. */
export const defineConnector = <Client>(connector: Connector<Client>): Connector<Client> => connector;
export const defineAction = <Input, Output, Client>(
  action: Action<Input, Output, Client>,
): Action<Input, Output, Client> => action;
