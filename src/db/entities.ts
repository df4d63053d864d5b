import { EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaIndexOptions } from 'typeorm';
import type { Attempt, FailureKind, Occasion, RunStatus, StepStatus } from '../model/run.ts';
import type { EventRef, SessionFacts, Settings } from '../model/session.ts';
import type { ActionStep, VisitorField, WorkflowDocument } from '../model/workflow.ts';
import type { Actor, AlertAbout, AlertAct, AlertActionKind, AlertInputs, AlertPlacement } from '../sdk/alerts.ts';
import type { FieldMapping, StepFacts } from '../sdk/connector.ts';
import type { SourceProgress } from '../sdk/source.ts';

// Portable columns only: varchar, text, integer, bigint (epoch milliseconds), simple-json (text). No booleans, no dates:
// the two drivers disagree about them.
const id: EntitySchemaColumnOptions = { type: 'varchar', length: 64 };
const name: EntitySchemaColumnOptions = { type: 'varchar', length: 255 };
const text: EntitySchemaColumnOptions = { type: 'text' };
const json: EntitySchemaColumnOptions = { type: 'simple-json' };
const int: EntitySchemaColumnOptions = { type: 'integer' };
const time: EntitySchemaColumnOptions = { type: 'bigint' };
const key = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({ ...column, primary: true });
const maybe = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({ ...column, nullable: true });

function table<T>(
  tableName: string,
  columns: Record<keyof T & string, EntitySchemaColumnOptions>,
  indices: EntitySchemaIndexOptions[] = [],
) {
  return new EntitySchema<T>({ name: tableName, tableName, columns: columns as never, indices });
}
const index = (indexName: string, ...columns: string[]): EntitySchemaIndexOptions => ({ name: indexName, columns });
const unique = (indexName: string, ...columns: string[]): EntitySchemaIndexOptions => ({
  name: indexName,
  columns,
  unique: true,
});

export type WorkspaceRow = { id: string; name: string; settings: Partial<Settings>; createdAt: number };
export const Workspaces = table<WorkspaceRow>('workspaces', { id: key(id), name, settings: json, createdAt: time });

/**
 * A credential of a program. Only `hash` (SHA-256) is kept, except for signing secrets, which are `sealed` by the vault, and for
 * site keys, which stand in public pages: they are kept as they are, with the `origins` from which they may be used.
 */
export type KeyRow = {
  id: string;
  workspaceId: string;
  kind: 'admin' | 'ingest' | 'signing' | 'site';
  name: string;
  hash: string;
  hint: string;
  sealed: string | null;
  publicToken: string | null;
  origins: string[] | null;
  anyAge: number;
  createdAt: number;
  lastUsedAt: number | null;
  revokedAt: number | null;
};
export const Keys = table<KeyRow>(
  'keys',
  {
    id: key(id),
    workspaceId: id,
    kind: { type: 'varchar', length: 16 },
    name,
    hash: { type: 'varchar', length: 64 },
    hint: { type: 'varchar', length: 16 },
    sealed: maybe(text),
    publicToken: maybe(id),
    origins: maybe(json),
    anyAge: { ...int, default: 0 },
    createdAt: time,
    lastUsedAt: maybe(time),
    revokedAt: maybe(time),
  },
  [unique('keys_hash', 'hash')],
);

export type EventStatus = 'new' | 'planned' | 'dead';
/** An accepted event. `sessionId` is the session it was found to belong to (null: it stands alone), `data` its CloudEvent data. */
export type EventRow = {
  seq: number;
  workspaceId: string;
  source: string;
  eventId: string;
  type: string;
  time: number;
  receivedAt: number;
  data: unknown;
  imported: number;
  anyAge: number;
  sessionId: string | null;
  visitorId: string | null;
  conversationId: string | null;
  meetingId: string | null;
  /** How it came to its session: it named it, its conversation did, or it was the visitor's open one (null: it stands alone). */
  attached: 'named' | 'conversation' | 'visitor' | null;
  status: EventStatus;
  attempts: number;
  reason: string | null;
  dueAt: number;
};
export const Events = table<EventRow>(
  'events',
  {
    seq: { type: 'integer', primary: true, generated: 'increment' },
    workspaceId: id,
    source: { type: 'varchar', length: 512 },
    eventId: name,
    type: { type: 'varchar', length: 64 },
    time,
    receivedAt: time,
    data: json,
    imported: { ...int, default: 0 },
    anyAge: { ...int, default: 0 },
    sessionId: maybe(name),
    visitorId: maybe(name),
    conversationId: maybe(name),
    meetingId: maybe(name),
    attached: maybe({ type: 'varchar', length: 16 }),
    status: { type: 'varchar', length: 16, default: 'new' },
    attempts: { ...int, default: 0 },
    reason: maybe(text),
    dueAt: { ...time, default: 0 },
  },
  [
    unique('events_once', 'workspaceId', 'source', 'eventId'),
    index('events_status', 'status', 'dueAt', 'seq'),
    index('events_session', 'workspaceId', 'sessionId'),
    index('events_conversation', 'workspaceId', 'conversationId'),
    index('events_visitor', 'workspaceId', 'visitorId'),
  ],
);

/** What is known of a session. `seen` are the occasions already handed to the workflows; `dueAt` is when its end is to be judged next. */
export type SessionRow = {
  workspaceId: string;
  id: string;
  visitorId: string | null;
  facts: SessionFacts;
  seen: string[];
  notes: string[];
  imported: number;
  /** Some of its events came to it only through the visitor: what hangs on the session waits until they have settled. */
  loose: number;
  startedAt: number;
  endedAt: number | null;
  endedHow: string | null;
  lastArrivalAt: number;
  dueAt: number | null;
};
export const Sessions = table<SessionRow>(
  'sessions',
  {
    workspaceId: key(id),
    id: key(name),
    visitorId: maybe(name),
    facts: json,
    seen: json,
    notes: json,
    imported: { ...int, default: 0 },
    loose: { ...int, default: 0 },
    startedAt: time,
    endedAt: maybe(time),
    endedHow: maybe({ type: 'varchar', length: 16 }),
    lastArrivalAt: time,
    dueAt: maybe(time),
  },
  [index('sessions_due', 'dueAt'), index('sessions_visitor', 'workspaceId', 'visitorId')],
);

/** A field's value with the (time, event id) that set it, and when it was first known. */
export type FieldValue = { value: unknown; at: number; id: string; knownAt: number };
export type VisitorRow = {
  workspaceId: string;
  id: string;
  email: string | null;
  emailStamp: { at: number; id: string } | null;
  fields: Record<string, FieldValue>;
  createdAt: number;
  updatedAt: number;
};
export const Visitors = table<VisitorRow>(
  'visitors',
  {
    workspaceId: key(id),
    id: key(name),
    email: maybe({ type: 'varchar', length: 320 }),
    emailStamp: maybe(json),
    fields: json,
    createdAt: time,
    updatedAt: time,
  },
  [index('visitors_email', 'workspaceId', 'email')],
);

/** A person (lead), keyed by lower-case e-mail: the ids under which other systems know them. */
export type PersonRow = { workspaceId: string; email: string; external: Record<string, string>; updatedAt: number };
export const People = table<PersonRow>('people', {
  workspaceId: key(id),
  email: key({ type: 'varchar', length: 320 }),
  external: json,
  updatedAt: time,
});

/** Which session a conversation belongs to, by the first event that said so. */
export type ConversationRow = {
  workspaceId: string;
  id: string;
  sessionId: string | null;
  visitorId: string | null;
  stamp: { at: number; id: string } | null;
};
export const Conversations = table<ConversationRow>('conversations', {
  workspaceId: key(id),
  id: key(name),
  sessionId: maybe(name),
  visitorId: maybe(name),
  stamp: maybe(json),
});

export type MeetingStatus = 'offered' | 'booked' | 'rescheduled' | 'canceled' | 'no_show';
export type Attendee = {
  name?: string | null;
  email?: string | null;
  organizer?: boolean | null;
  owner?: boolean | null;
};
/** What is known of a meeting, folded from its events in order of (time, id). */
export type MeetingDetails = {
  status?: MeetingStatus;
  title?: string;
  startTime?: string;
  endTime?: string;
  attendees?: Attendee[];
  meetingTypeName?: string;
  channel?: string;
  location?: string;
  /** Which event set each detail. */
  stamps: Record<string, { at: number; id: string }>;
};
export type MeetingRow = {
  workspaceId: string;
  id: string;
  sessionId: string | null;
  conversationId: string | null;
  visitorId: string | null;
  details: MeetingDetails;
};
export const Meetings = table<MeetingRow>(
  'meetings',
  {
    workspaceId: key(id),
    id: key(name),
    sessionId: maybe(name),
    conversationId: maybe(name),
    visitorId: maybe(name),
    details: json,
  },
  [index('meetings_session', 'workspaceId', 'sessionId')],
);

/**
 * The record that a meeting has at a vendor (an event), so that it can be changed when the meeting is. A table of its own, since
 * the meeting's row is written whole whenever an event of it is folded.
 */
export type MeetingRecordRow = {
  workspaceId: string;
  meetingId: string;
  connector: string;
  recordId: string;
  updatedAt: number;
};
export const MeetingRecords = table<MeetingRecordRow>('meeting_records', {
  workspaceId: key(id),
  meetingId: key(name),
  connector: key({ type: 'varchar', length: 64 }),
  recordId: name,
  updatedAt: time,
});

/** What an admin has said goes into the fields of one of a vendor's objects. No row: the connector's defaults. */
export type FieldMappingRow = {
  workspaceId: string;
  connector: string;
  object: string;
  mappings: FieldMapping[];
  updatedAt: number;
};
export const FieldMappings = table<FieldMappingRow>('field_mappings', {
  workspaceId: key(id),
  connector: key({ type: 'varchar', length: 64 }),
  object: key({ type: 'varchar', length: 128 }),
  mappings: json,
  updatedAt: time,
});

/** `decidedAt`: a person has switched a built-in workflow on or off; from then on connecting its vendor does not. */
export type WorkflowRow = {
  id: string;
  workspaceId: string;
  status: 'active' | 'inactive';
  version: number;
  builtIn: number;
  decidedAt: number | null;
  createdAt: number;
  updatedAt: number;
  activatedAt: number | null;
  deletedAt: number | null;
};
export const Workflows = table<WorkflowRow>(
  'workflows',
  {
    id: key(id),
    workspaceId: id,
    status: { type: 'varchar', length: 16 },
    version: int,
    builtIn: { ...int, default: 0 },
    decidedAt: maybe(time),
    createdAt: time,
    updatedAt: time,
    activatedAt: maybe(time),
    deletedAt: maybe(time),
  },
  [index('workflows_workspace', 'workspaceId', 'status')],
);

/** Immutable: a run pins the version it started with. */
export type WorkflowVersionRow = {
  workflowId: string;
  version: number;
  workspaceId: string;
  document: WorkflowDocument;
  createdAt: number;
};
export const WorkflowVersions = table<WorkflowVersionRow>('workflow_versions', {
  workflowId: key(id),
  version: key(int),
  workspaceId: id,
  document: json,
  createdAt: time,
});

export type RunRow = {
  id: string;
  workspaceId: string;
  workflowId: string;
  workflowVersion: number;
  status: RunStatus;
  triggerType: string;
  timing: string;
  occasionKey: string;
  occasion: Occasion;
  sessionId: string | null;
  visitorId: string | null;
  event: EventRef | null;
  startedAt: number;
  finishedAt: number | null;
  error: string | null;
};
export const Runs = table<RunRow>(
  'runs',
  {
    id: key(id),
    workspaceId: id,
    workflowId: id,
    workflowVersion: int,
    status: { type: 'varchar', length: 16 },
    triggerType: { type: 'varchar', length: 64 },
    timing: { type: 'varchar', length: 32 },
    occasionKey: { type: 'varchar', length: 300 },
    occasion: json,
    sessionId: maybe(name),
    visitorId: maybe(name),
    event: maybe(json),
    startedAt: time,
    finishedAt: maybe(time),
    error: maybe(text),
  },
  [
    unique('runs_once', 'workspaceId', 'workflowId', 'triggerType', 'timing', 'occasionKey'),
    index('runs_workflow', 'workspaceId', 'workflowId', 'startedAt'),
    index('runs_recent', 'workspaceId', 'startedAt', 'id'),
    index('runs_session', 'workspaceId', 'sessionId'),
    index('runs_visitor', 'workspaceId', 'visitorId'),
  ],
);

/** One visit of one step of a run. `intent` is what was sent the first time, and every later time; it is written before the call. */
export type StepIntent = { input: unknown; facts: StepFacts; firstTriedAt: number; connectionId?: string };
export type StepRow = {
  id: string;
  workspaceId: string;
  runId: string;
  /** Order within the run. */
  position: number;
  stepId: string;
  action: string;
  visit: number;
  stepKey: string;
  status: StepStatus;
  tries: number;
  dueAt: number;
  leaseToken: string | null;
  leaseUntil: number | null;
  intent: StepIntent | null;
  /** A call went out and no outcome is known: epoch ms from which a look-up may tell. */
  unsettledUntil: number | null;
  connectionId: string | null;
  /** What a parked step waits for: `connection:<connector>`, or `decision` of a person. */
  parkedFor: string | null;
  input: unknown;
  output: unknown;
  error: { kind: string; message: string; field?: string; vendorCode?: string; vendorMessage?: string } | null;
  attempts: Attempt[];
  notes: string[];
  createdAt: number;
  finishedAt: number | null;
  /** Of a step that the workflow's document does not have: an effect of another step, or what follows from something that people did. */
  definition: ActionStep | null;
  /** The step that this one is a named effect of, and its name there. The parent ends when all its effects have. */
  parentId: string | null;
  effect: string | null;
  /** The alert that the step shows, or that it follows from. */
  alertId: string | null;
};
export const Steps = table<StepRow>(
  'steps',
  {
    id: key(id),
    workspaceId: id,
    runId: id,
    position: int,
    stepId: { type: 'varchar', length: 64 },
    action: { type: 'varchar', length: 64 },
    visit: int,
    stepKey: { type: 'varchar', length: 64 },
    status: { type: 'varchar', length: 16 },
    tries: { ...int, default: 0 },
    dueAt: time,
    leaseToken: maybe(id),
    leaseUntil: maybe(time),
    intent: maybe(json),
    unsettledUntil: maybe(time),
    connectionId: maybe(id),
    parkedFor: maybe({ type: 'varchar', length: 80 }),
    input: maybe(json),
    output: maybe(json),
    error: maybe(json),
    attempts: json,
    notes: json,
    createdAt: time,
    finishedAt: maybe(time),
    definition: maybe(json),
    parentId: maybe(id),
    effect: maybe(id),
    alertId: maybe(id),
  },
  [
    index('steps_parent', 'parentId'),
    index('steps_due', 'status', 'dueAt'),
    index('steps_run', 'runId', 'position'),
    index('steps_parked', 'workspaceId', 'parkedFor'),
  ],
);

/** Why an occasion that matched an active workflow did or did not start it. */
export type VerdictRow = {
  id: string;
  workspaceId: string;
  workflowId: string;
  workflowVersion: number;
  triggerType: string;
  timing: string;
  occasionKey: string;
  sessionId: string | null;
  visitorId: string | null;
  outcome: 'started' | 'skipped';
  reason: string;
  runId: string | null;
  at: number;
};
export const Verdicts = table<VerdictRow>(
  'verdicts',
  {
    id: key(id),
    workspaceId: id,
    workflowId: id,
    workflowVersion: int,
    triggerType: { type: 'varchar', length: 64 },
    timing: { type: 'varchar', length: 32 },
    occasionKey: { type: 'varchar', length: 300 },
    sessionId: maybe(name),
    visitorId: maybe(name),
    outcome: { type: 'varchar', length: 16 },
    reason: text,
    runId: maybe(id),
    at: time,
  },
  [index('verdicts_session', 'workspaceId', 'sessionId')],
);

/** How many calls the vendor counted, of how many that the account may make, when it said so (`at`, epoch ms). */
export type Usage = { used: number; limit: number; at: number };
export type ConnectionStatus = 'active' | 'needs_reconnect' | 'disconnected';
/** A connected account. `sealed` holds the grant, encrypted; `version` counts its changes. `userEmail` is set on a rep's personal connection. */
export type ConnectionRow = {
  id: string;
  workspaceId: string;
  connector: string;
  userEmail: string | null;
  status: ConnectionStatus;
  reason: string | null;
  account: unknown;
  options: Record<string, string>;
  sealed: string | null;
  expiresAt: number | null;
  version: number;
  pausedUntil: number | null;
  pauseReason: string | null;
  /** When a step last found that the vendor's objects had changed: descriptions read before are void. */
  schemaChangedAt: number | null;
  usage: Usage | null;
  refreshToken: string | null;
  refreshUntil: number | null;
  /** Refreshes that failed in a row without the grant being refused, and until when no other is tried. */
  refreshFailures: number;
  cooldownUntil: number | null;
  createdAt: number;
  updatedAt: number;
};
export const Connections = table<ConnectionRow>(
  'connections',
  {
    id: key(id),
    workspaceId: id,
    connector: { type: 'varchar', length: 64 },
    userEmail: maybe({ type: 'varchar', length: 320 }),
    status: { type: 'varchar', length: 32 },
    reason: maybe(text),
    account: maybe(json),
    options: json,
    sealed: maybe(text),
    expiresAt: maybe(time),
    version: int,
    pausedUntil: maybe(time),
    pauseReason: maybe(text),
    schemaChangedAt: maybe(time),
    usage: maybe(json),
    refreshToken: maybe(id),
    refreshUntil: maybe(time),
    refreshFailures: { ...int, default: 0 },
    cooldownUntil: maybe(time),
    createdAt: time,
    updatedAt: time,
  },
  [index('connections_connector', 'workspaceId', 'connector', 'status')],
);

/** An OAuth flow under way: only the hash of its state is kept, bound to a browser by the hash of a cookie. `linkHash` is the link that started it. */
export type OAuthStateRow = {
  stateHash: string;
  workspaceId: string;
  connector: string;
  cookieHash: string;
  sealed: string;
  options: Record<string, string>;
  userEmail: string | null;
  linkHash: string | null;
  expiresAt: number;
};
export const OAuthStates = table<OAuthStateRow>('oauth_states', {
  stateHash: key(id),
  workspaceId: id,
  connector: { type: 'varchar', length: 64 },
  cookieHash: id,
  sealed: text,
  options: json,
  userEmail: maybe({ type: 'varchar', length: 320 }),
  linkHash: maybe(id),
  expiresAt: time,
});

/** A link that starts OAuth in any browser. Only its hash is kept; it is used once an account has been connected through it. */
export type ConnectLinkRow = {
  hash: string;
  workspaceId: string;
  connector: string;
  options: Record<string, string>;
  userEmail: string | null;
  expiresAt: number;
  usedAt: number | null;
};
export const ConnectLinks = table<ConnectLinkRow>('connect_links', {
  hash: key(id),
  workspaceId: id,
  connector: { type: 'varchar', length: 64 },
  options: json,
  userEmail: maybe({ type: 'varchar', length: 320 }),
  expiresAt: time,
  usedAt: maybe(time),
});

export type VisitorFieldRow = VisitorField & { workspaceId: string };
export const VisitorFields = table<VisitorFieldRow>('visitor_fields', {
  workspaceId: key(id),
  name: key({ type: 'varchar', length: 64 }),
  label: name,
  type: { type: 'varchar', length: 32 },
  category: { type: 'varchar', length: 16 },
  options: maybe(json),
});

/** Something that only one may do at a time: who holds it, until when. */
export type LeaseRow = { name: string; token: string; until: number };
export const Leases = table<LeaseRow>('leases', {
  name: key({ type: 'varchar', length: 400 }),
  token: id,
  until: time,
});

/**
 * Something that people were told and can act on. Its id is the row id of the step that opened it. `audience` says whose feed it is in:
 * e-mail addresses, `all`, or null where it was only sent to a chat. `groupKey` is the same for alerts that may share one message.
 */
export type AlertRow = {
  id: string;
  workspaceId: string;
  runId: string;
  stepId: string;
  workflowId: string;
  visitorId: string | null;
  groupKey: string | null;
  title: string;
  message: string;
  audience: string[] | 'all' | null;
  offers: AlertActionKind[];
  onAct: Pick<AlertInputs, 'onClaim' | 'onDismiss'>;
  about: AlertAbout;
  state: 'open' | 'claimed' | 'snoozed' | 'dismissed';
  version: number;
  claimedBy: Actor | null;
  claimedAt: number | null;
  dismissedBy: Actor | null;
  snoozedBy: Actor | null;
  snoozedUntil: number | null;
  /** `stepId` is the row id of the step that creates it. */
  tasks: { stepId: string; subject: string; dueDate?: string; by: Actor; url?: string }[];
  joined: { stepId: string; title: string; message: string; at: number }[];
  createdAt: number;
  updatedAt: number;
};
const actor = maybe(json);
export const Alerts = table<AlertRow>(
  'alerts',
  {
    id: key(id),
    workspaceId: id,
    runId: id,
    stepId: id,
    workflowId: id,
    visitorId: maybe(name),
    groupKey: maybe(id),
    title: text,
    message: text,
    audience: maybe(json),
    offers: json,
    onAct: json,
    about: json,
    state: { type: 'varchar', length: 16 },
    version: int,
    claimedBy: actor,
    claimedAt: maybe(time),
    dismissedBy: actor,
    snoozedBy: actor,
    snoozedUntil: maybe(time),
    tasks: json,
    joined: json,
    createdAt: time,
    updatedAt: time,
  },
  [
    index('alerts_recent', 'workspaceId', 'createdAt', 'id'),
    index('alerts_group', 'workspaceId', 'groupKey', 'createdAt'),
  ],
);

/** A message that shows an alert, by the step that sent it. */
export type AlertPlacementRow = {
  stepId: string;
  workspaceId: string;
  alertId: string;
  connector: string;
  placement: AlertPlacement;
  createdAt: number;
};
export const AlertPlacements = table<AlertPlacementRow>(
  'alert_placements',
  {
    stepId: key(id),
    workspaceId: id,
    alertId: id,
    connector: id,
    placement: json,
    createdAt: time,
  },
  [index('alert_placements_alert', 'alertId')],
);

/** Something that somebody did with an alert, or tried to: once per `key`. */
export type AlertActRow = {
  workspaceId: string;
  key: string;
  alertId: string;
  act: AlertAct;
  actor: Actor;
  done: number;
  reason: string | null;
  at: number;
};
export const AlertActs = table<AlertActRow>(
  'alert_acts',
  {
    workspaceId: key(id),
    key: key(name),
    alertId: id,
    act: json,
    actor: json,
    done: int,
    reason: maybe(text),
    at: time,
  },
  [index('alert_acts_alert', 'alertId')],
);

/** Who has read an alert of the feed, by e-mail address. */
export type AlertReadRow = { alertId: string; reader: string; workspaceId: string; at: number };
export const AlertReads = table<AlertReadRow>('alert_reads', {
  alertId: key(id),
  reader: key({ type: 'varchar', length: 320 }),
  workspaceId: id,
  at: time,
});

/** A message for whoever listens on a topic, for a while. */
export type FeedRow = {
  seq: number;
  workspaceId: string;
  topic: string;
  key: string;
  data: unknown;
  at: number;
  expiresAt: number;
};
export const Feed = table<FeedRow>(
  'feed',
  {
    seq: { type: 'integer', primary: true, generated: 'increment' },
    workspaceId: id,
    topic: name,
    key: name,
    data: json,
    at: time,
    expiresAt: time,
  },
  [unique('feed_once', 'workspaceId', 'topic', 'key'), index('feed_expired', 'expiresAt')],
);

/** What a connector's inbound calls keep for a connection. */
export type ConnectionMemoryRow = {
  connectionId: string;
  key: string;
  workspaceId: string;
  value: unknown;
  updatedAt: number;
};
export const ConnectionMemory = table<ConnectionMemoryRow>('connection_memory', {
  connectionId: key(id),
  key: key(name),
  workspaceId: id,
  value: json,
  updatedAt: time,
});

/** Who did what, when. */
export type AuditRow = {
  id: string;
  workspaceId: string;
  at: number;
  actor: Actor & { via: string };
  action: string;
  subject: string;
  details: Record<string, unknown>;
};
export const Audit = table<AuditRow>(
  'audit',
  {
    id: key(id),
    workspaceId: id,
    at: time,
    actor: json,
    action: id,
    subject: name,
    details: json,
  },
  [index('audit_recent', 'workspaceId', 'at', 'id')],
);

/** What a source's last poll failed with, as sentences for an admin; `at` is epoch ms. */
export type SourceFailure = {
  at: number;
  kind: FailureKind;
  message: string;
  vendorCode?: string;
  vendorMessage?: string;
  vendorRequestId?: string;
};
/**
 * How far a polled source has been read. `cursor` is the connector's own; null: it begins, at `since` (epoch ms) where an admin
 * said so. `failures` are those in a row; `rejection` says why the newest of the `rejected` events was not taken.
 */
export type SourceRow = {
  connectionId: string;
  workspaceId: string;
  connector: string;
  cursor: unknown;
  since: number | null;
  dueAt: number;
  leaseToken: string | null;
  leaseUntil: number | null;
  failures: number;
  error: SourceFailure | null;
  /** Only while it catches up. */
  progress: SourceProgress | null;
  note: string | null;
  accepted: number;
  duplicates: number;
  rejected: number;
  rejection: string | null;
  polledAt: number | null;
  caughtUpAt: number | null;
  createdAt: number;
};
export const Sources = table<SourceRow>(
  'sources',
  {
    connectionId: key(id),
    workspaceId: id,
    connector: { type: 'varchar', length: 64 },
    cursor: maybe(json),
    since: maybe(time),
    dueAt: time,
    leaseToken: maybe(id),
    leaseUntil: maybe(time),
    failures: { ...int, default: 0 },
    error: maybe(json),
    progress: maybe(json),
    note: maybe(text),
    accepted: { ...int, default: 0 },
    duplicates: { ...int, default: 0 },
    rejected: { ...int, default: 0 },
    rejection: maybe(text),
    polledAt: maybe(time),
    caughtUpAt: maybe(time),
    createdAt: time,
  },
  [index('sources_due', 'dueAt'), index('sources_workspace', 'workspaceId', 'connectionId')],
);

export const entities = [
  Workspaces,
  Keys,
  Events,
  Sessions,
  Visitors,
  People,
  Conversations,
  Meetings,
  MeetingRecords,
  FieldMappings,
  Workflows,
  WorkflowVersions,
  Runs,
  Steps,
  Verdicts,
  Connections,
  OAuthStates,
  ConnectLinks,
  VisitorFields,
  Leases,
  Alerts,
  AlertPlacements,
  AlertActs,
  AlertReads,
  Feed,
  ConnectionMemory,
  Audit,
  Sources,
];
