import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { bigint, integer, text, varchar } from './columns.ts';

/** The first schema: from event to run, with connections. */
export class Corridor1764000000000 implements MigrationInterface {
  name = 'Corridor1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'workspaces',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'workspaces_pk' }),
          varchar('name', 255),
          text('settings'),
          bigint('created_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'keys',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'keys_pk' }),
          varchar('workspace_id', 64),
          varchar('kind', 16),
          varchar('name', 255),
          varchar('hash', 64),
          varchar('hint', 16),
          text('sealed', { isNullable: true }),
          integer('any_age', { default: '0' }),
          bigint('created_at'),
          bigint('last_used_at', { isNullable: true }),
          bigint('revoked_at', { isNullable: true }),
        ],
        indices: [{ name: 'keys_hash', columnNames: ['hash'], isUnique: true }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'events',
        columns: [
          {
            name: 'seq',
            type: 'integer',
            isPrimary: true,
            isGenerated: true,
            generationStrategy: 'increment',
            primaryKeyConstraintName: 'events_pk',
          },
          varchar('workspace_id', 64),
          varchar('source', 512),
          varchar('event_id', 255),
          varchar('type', 64),
          bigint('time'),
          bigint('received_at'),
          text('data'),
          integer('imported', { default: '0' }),
          integer('any_age', { default: '0' }),
          varchar('session_id', 255, { isNullable: true }),
          varchar('visitor_id', 255, { isNullable: true }),
          varchar('conversation_id', 255, { isNullable: true }),
          varchar('meeting_id', 255, { isNullable: true }),
          varchar('attached', 16, { isNullable: true }),
          varchar('status', 16, { default: "'new'" }),
          integer('attempts', { default: '0' }),
          text('reason', { isNullable: true }),
          bigint('due_at', { default: '0' }),
        ],
        indices: [
          { name: 'events_once', columnNames: ['workspace_id', 'source', 'event_id'], isUnique: true },
          { name: 'events_status', columnNames: ['status', 'due_at', 'seq'] },
          { name: 'events_session', columnNames: ['workspace_id', 'session_id'] },
          { name: 'events_conversation', columnNames: ['workspace_id', 'conversation_id'] },
          { name: 'events_visitor', columnNames: ['workspace_id', 'visitor_id'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'sessions',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'sessions_pk' }),
          varchar('id', 255, { isPrimary: true, primaryKeyConstraintName: 'sessions_pk' }),
          varchar('visitor_id', 255, { isNullable: true }),
          text('facts'),
          text('seen'),
          text('notes'),
          integer('imported', { default: '0' }),
          integer('loose', { default: '0' }),
          bigint('started_at'),
          bigint('ended_at', { isNullable: true }),
          varchar('ended_how', 16, { isNullable: true }),
          bigint('last_arrival_at'),
          bigint('due_at', { isNullable: true }),
        ],
        indices: [
          { name: 'sessions_due', columnNames: ['due_at'] },
          { name: 'sessions_visitor', columnNames: ['workspace_id', 'visitor_id'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'visitors',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'visitors_pk' }),
          varchar('id', 255, { isPrimary: true, primaryKeyConstraintName: 'visitors_pk' }),
          varchar('email', 320, { isNullable: true }),
          text('email_stamp', { isNullable: true }),
          text('fields'),
          bigint('created_at'),
          bigint('updated_at'),
        ],
        indices: [{ name: 'visitors_email', columnNames: ['workspace_id', 'email'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'people',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'people_pk' }),
          varchar('email', 320, { isPrimary: true, primaryKeyConstraintName: 'people_pk' }),
          text('external'),
          bigint('updated_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'conversations',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'conversations_pk' }),
          varchar('id', 255, { isPrimary: true, primaryKeyConstraintName: 'conversations_pk' }),
          varchar('session_id', 255, { isNullable: true }),
          varchar('visitor_id', 255, { isNullable: true }),
          text('stamp', { isNullable: true }),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'meetings',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'meetings_pk' }),
          varchar('id', 255, { isPrimary: true, primaryKeyConstraintName: 'meetings_pk' }),
          varchar('session_id', 255, { isNullable: true }),
          varchar('conversation_id', 255, { isNullable: true }),
          varchar('visitor_id', 255, { isNullable: true }),
          text('details'),
        ],
        indices: [{ name: 'meetings_session', columnNames: ['workspace_id', 'session_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'meeting_records',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'meeting_records_pk' }),
          varchar('meeting_id', 255, { isPrimary: true, primaryKeyConstraintName: 'meeting_records_pk' }),
          varchar('connector', 64, { isPrimary: true, primaryKeyConstraintName: 'meeting_records_pk' }),
          varchar('record_id', 255),
          bigint('updated_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'field_mappings',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'field_mappings_pk' }),
          varchar('connector', 64, { isPrimary: true, primaryKeyConstraintName: 'field_mappings_pk' }),
          varchar('object', 128, { isPrimary: true, primaryKeyConstraintName: 'field_mappings_pk' }),
          text('mappings'),
          bigint('updated_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'workflows',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'workflows_pk' }),
          varchar('workspace_id', 64),
          varchar('status', 16),
          integer('version'),
          integer('built_in', { default: '0' }),
          bigint('decided_at', { isNullable: true }),
          bigint('created_at'),
          bigint('updated_at'),
          bigint('activated_at', { isNullable: true }),
          bigint('deleted_at', { isNullable: true }),
        ],
        indices: [{ name: 'workflows_workspace', columnNames: ['workspace_id', 'status'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'workflow_versions',
        columns: [
          varchar('workflow_id', 64, { isPrimary: true, primaryKeyConstraintName: 'workflow_versions_pk' }),
          integer('version', { isPrimary: true, primaryKeyConstraintName: 'workflow_versions_pk' }),
          varchar('workspace_id', 64),
          text('document'),
          bigint('created_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'runs',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'runs_pk' }),
          varchar('workspace_id', 64),
          varchar('workflow_id', 64),
          integer('workflow_version'),
          varchar('status', 16),
          varchar('trigger_type', 64),
          varchar('timing', 32),
          varchar('occasion_key', 300),
          text('occasion'),
          varchar('session_id', 255, { isNullable: true }),
          varchar('visitor_id', 255, { isNullable: true }),
          text('event', { isNullable: true }),
          bigint('started_at'),
          bigint('finished_at', { isNullable: true }),
          text('error', { isNullable: true }),
        ],
        indices: [
          {
            name: 'runs_once',
            columnNames: ['workspace_id', 'workflow_id', 'trigger_type', 'timing', 'occasion_key'],
            isUnique: true,
          },
          { name: 'runs_workflow', columnNames: ['workspace_id', 'workflow_id', 'started_at'] },
          { name: 'runs_recent', columnNames: ['workspace_id', 'started_at', 'id'] },
          { name: 'runs_session', columnNames: ['workspace_id', 'session_id'] },
          { name: 'runs_visitor', columnNames: ['workspace_id', 'visitor_id'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'steps',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'steps_pk' }),
          varchar('workspace_id', 64),
          varchar('run_id', 64),
          integer('position'),
          varchar('step_id', 64),
          varchar('action', 64),
          integer('visit'),
          varchar('step_key', 64),
          varchar('status', 16),
          integer('tries', { default: '0' }),
          bigint('due_at'),
          varchar('lease_token', 64, { isNullable: true }),
          bigint('lease_until', { isNullable: true }),
          text('intent', { isNullable: true }),
          bigint('unsettled_until', { isNullable: true }),
          varchar('connection_id', 64, { isNullable: true }),
          varchar('parked_for', 80, { isNullable: true }),
          text('input', { isNullable: true }),
          text('output', { isNullable: true }),
          text('error', { isNullable: true }),
          text('attempts'),
          text('notes'),
          bigint('created_at'),
          bigint('finished_at', { isNullable: true }),
        ],
        indices: [
          { name: 'steps_due', columnNames: ['status', 'due_at'] },
          { name: 'steps_run', columnNames: ['run_id', 'position'] },
          { name: 'steps_parked', columnNames: ['workspace_id', 'parked_for'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'verdicts',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'verdicts_pk' }),
          varchar('workspace_id', 64),
          varchar('workflow_id', 64),
          integer('workflow_version'),
          varchar('trigger_type', 64),
          varchar('timing', 32),
          varchar('occasion_key', 300),
          varchar('session_id', 255, { isNullable: true }),
          varchar('visitor_id', 255, { isNullable: true }),
          varchar('outcome', 16),
          text('reason'),
          varchar('run_id', 64, { isNullable: true }),
          bigint('at'),
        ],
        indices: [{ name: 'verdicts_session', columnNames: ['workspace_id', 'session_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'connections',
        columns: [
          varchar('id', 64, { isPrimary: true, primaryKeyConstraintName: 'connections_pk' }),
          varchar('workspace_id', 64),
          varchar('connector', 64),
          varchar('user_email', 320, { isNullable: true }),
          varchar('status', 32),
          text('reason', { isNullable: true }),
          text('account', { isNullable: true }),
          text('options'),
          text('sealed', { isNullable: true }),
          bigint('expires_at', { isNullable: true }),
          integer('version'),
          bigint('paused_until', { isNullable: true }),
          text('pause_reason', { isNullable: true }),
          bigint('schema_changed_at', { isNullable: true }),
          text('usage', { isNullable: true }),
          varchar('refresh_token', 64, { isNullable: true }),
          bigint('refresh_until', { isNullable: true }),
          integer('refresh_failures', { default: '0' }),
          bigint('cooldown_until', { isNullable: true }),
          bigint('created_at'),
          bigint('updated_at'),
        ],
        indices: [{ name: 'connections_connector', columnNames: ['workspace_id', 'connector', 'status'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'oauth_states',
        columns: [
          varchar('state_hash', 64, { isPrimary: true, primaryKeyConstraintName: 'oauth_states_pk' }),
          varchar('workspace_id', 64),
          varchar('connector', 64),
          varchar('cookie_hash', 64),
          text('sealed'),
          text('options'),
          varchar('user_email', 320, { isNullable: true }),
          varchar('link_hash', 64, { isNullable: true }),
          bigint('expires_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'connect_links',
        columns: [
          varchar('hash', 64, { isPrimary: true, primaryKeyConstraintName: 'connect_links_pk' }),
          varchar('workspace_id', 64),
          varchar('connector', 64),
          text('options'),
          varchar('user_email', 320, { isNullable: true }),
          bigint('expires_at'),
          bigint('used_at', { isNullable: true }),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'visitor_fields',
        columns: [
          varchar('workspace_id', 64, { isPrimary: true, primaryKeyConstraintName: 'visitor_fields_pk' }),
          varchar('name', 64, { isPrimary: true, primaryKeyConstraintName: 'visitor_fields_pk' }),
          varchar('label', 255),
          varchar('type', 32),
          varchar('category', 16),
          text('options', { isNullable: true }),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'leases',
        columns: [
          varchar('name', 400, { isPrimary: true, primaryKeyConstraintName: 'leases_pk' }),
          varchar('token', 64),
          bigint('until'),
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables.toReversed()) await runner.dropTable(table);
  }
}

const tables = [
  'workspaces',
  'keys',
  'events',
  'sessions',
  'visitors',
  'people',
  'conversations',
  'meetings',
  'meeting_records',
  'field_mappings',
  'workflows',
  'workflow_versions',
  'runs',
  'steps',
  'verdicts',
  'connections',
  'oauth_states',
  'connect_links',
  'visitor_fields',
  'leases',
];
