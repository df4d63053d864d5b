import type { AlertServices } from '../alerts/change.ts';
import type { Clock } from '../clock.ts';
import type { Usages } from '../connections/usage.ts';
import type { Database } from '../db/database.ts';
import type { ConnectionRow, RunRow, StepRow } from '../db/entities.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Settings } from '../model/session.ts';
import type { VisitorField, WorkflowDocument } from '../model/workflow.ts';
import type { Bell } from '../queue/queue.ts';
import type { ConnectorSettings, Grant } from '../sdk/auth.ts';
import type { Action, Connector, FieldMapping, Secret } from '../sdk/index.ts';
import type { PushTargets } from '../workflows/push-destination.ts';
import type { Templates } from '../workflows/templates.ts';
import type { Gate } from './gate.ts';
import type { RunReader } from './reader.ts';
import type { Directories } from './recipients.ts';

export type TrackTarget = InstalledAction & Pick<NonNullable<NonNullable<Connector['roles']>['track']>, 'unreachable'>;
export type InstalledAction = { action: Action; connector: Connector; settings: ConnectorSettings };

/**
 * Points on the way from event to vendor between which a process may die: inside the ingest transaction and after its
 * commit, inside the planner's transaction and after its commit, and the four around a step's call. The doorbells that
 * belong to a commit have not been rung yet.
 */
export const points = [
  'events written',
  'events stored',
  'planning',
  'planned',
  'intent recorded',
  'vendor answered',
  'outcome recorded',
] as const;
export type Point = (typeof points)[number];

type ConnectionRef = Pick<ConnectionRow, 'id' | 'workspaceId'>;

/** What carrying out steps needs from the rest of the hub. */
export type RunServices = {
  database: Database;
  reader: RunReader;
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, 'steps' | 'retries'>;
  gate: Gate;
  usages: Usages;
  templates: Templates;
  findAction(id: string): InstalledAction | undefined;
  /** What carries out `push_record`, by the id of the connector. */
  pushes: ReadonlyMap<string, InstalledAction>;
  /** What `track_event` reaches in a workspace. */
  trackTargets(workspaceId: string): Promise<TrackTarget[]>;
  /** The chats that are connected, by the ids of their connectors. */
  chatsOf(workspaceId: string): Promise<ReadonlyMap<string, Action>>;
  /** The action that makes follow-up tasks in this workspace; undefined where nothing connected takes tasks. */
  taskActionOf(workspaceId: string): Promise<string | undefined>;
  /** The title of a connector. */
  titleOf(connector: string): string;
  directories: Directories;
  alerts: AlertServices;
  pushTargets(workspaceId: string): Promise<PushTargets>;
  /** By object: the workspace's own mappings, else the connector's defaults. */
  mappingsOf(workspaceId: string, connector: Connector): Promise<Record<string, FieldMapping[]>>;
  connections: { current(workspaceId: string, connector: string): Promise<ConnectionRow | undefined> };
  tokens: {
    fresh(ref: ConnectionRef, seen?: { notVersion?: number }): Promise<{ grant: Grant; version: number }>;
    refuse(ref: ConnectionRef, version: number, reason: string): Promise<void>;
  };
  documentOf(workflowId: string, version: number): Promise<WorkflowDocument>;
  settingsOf(workspaceId: string): Promise<Settings>;
  visitorFieldsOf(workspaceId: string): Promise<VisitorField[]>;
  /** What inbound calls have kept for a connection. */
  recall(connection: ConnectionRef | undefined, key: string): Promise<unknown>;
  /** Hands a message to who listens on a topic; the same key again changes nothing. */
  publish(to: { workspaceId: string; topic: string; key: string }, data: unknown): Promise<void>;
  /** With which outgoing webhooks are signed. */
  signingSecretOf(workspaceId: string): Promise<Secret | undefined>;
  ring(bells: Bell[]): void;
  /** A number of [0, 1). */
  random(): number;
  /** Milliseconds, longer than any call with its token refresh may take; a worker that is silent for so long is taken for dead. */
  leaseMs: number;
  /** True once the process is to end: a call under way is finished, and what follows it is left to others. */
  stopping(): boolean;
  /** Called at named points of a step's way; tests kill the process there. */
  reached(point: Point): void;
};

/** A step that this worker holds, with what it belongs to. */
export type HeldStep = { step: StepRow; run: RunRow; document: WorkflowDocument; token: string };
