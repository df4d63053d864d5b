import { type MigrationInterface, type QueryRunner, Table, TableColumn, TableIndex } from 'typeorm';
import { bigint, integer, text, varchar } from './columns.ts';

const workspace = varchar('workspace_id', 64);
const primary = (constraint: string) => ({ isPrimary: true, primaryKeyConstraintName: constraint });

/** Alerts and what people do with them, steps that follow from other steps, and what is handed to listeners. */
export class Alerts1764100000000 implements MigrationInterface {
  name = 'Alerts1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns('steps', [
      new TableColumn(text('definition', { isNullable: true })),
      new TableColumn(varchar('parent_id', 64, { isNullable: true })),
      new TableColumn(varchar('effect', 64, { isNullable: true })),
      new TableColumn(varchar('alert_id', 64, { isNullable: true })),
    ]);
    await runner.createIndex('steps', new TableIndex({ name: 'steps_parent', columnNames: ['parent_id'] }));
    await runner.createTable(
      new Table({
        name: 'alerts',
        columns: [
          varchar('id', 64, primary('alerts_pk')),
          workspace,
          varchar('run_id', 64),
          varchar('step_id', 64),
          varchar('workflow_id', 64),
          varchar('visitor_id', 255, { isNullable: true }),
          varchar('group_key', 64, { isNullable: true }),
          text('title'),
          text('message'),
          text('audience', { isNullable: true }),
          text('offers'),
          text('on_act'),
          text('about'),
          varchar('state', 16),
          integer('version'),
          text('claimed_by', { isNullable: true }),
          bigint('claimed_at', { isNullable: true }),
          text('dismissed_by', { isNullable: true }),
          text('snoozed_by', { isNullable: true }),
          bigint('snoozed_until', { isNullable: true }),
          text('tasks'),
          text('joined'),
          bigint('created_at'),
          bigint('updated_at'),
        ],
        indices: [
          { name: 'alerts_recent', columnNames: ['workspace_id', 'created_at', 'id'] },
          { name: 'alerts_group', columnNames: ['workspace_id', 'group_key', 'created_at'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'alert_placements',
        columns: [
          varchar('step_id', 64, primary('alert_placements_pk')),
          workspace,
          varchar('alert_id', 64),
          varchar('connector', 64),
          text('placement'),
          bigint('created_at'),
        ],
        indices: [{ name: 'alert_placements_alert', columnNames: ['alert_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'alert_acts',
        columns: [
          workspace,
          varchar('key', 255),
          varchar('alert_id', 64),
          text('act'),
          text('actor'),
          integer('done'),
          text('reason', { isNullable: true }),
          bigint('at'),
        ].map((column, at) => (at < 2 ? { ...column, ...primary('alert_acts_pk') } : column)),
        indices: [{ name: 'alert_acts_alert', columnNames: ['alert_id'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'alert_reads',
        columns: [
          varchar('alert_id', 64, primary('alert_reads_pk')),
          varchar('reader', 320, primary('alert_reads_pk')),
          workspace,
          bigint('at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'feed',
        columns: [
          {
            name: 'seq',
            type: 'integer',
            isPrimary: true,
            isGenerated: true,
            generationStrategy: 'increment',
            primaryKeyConstraintName: 'feed_pk',
          },
          workspace,
          varchar('topic', 255),
          varchar('key', 255),
          text('data'),
          bigint('at'),
          bigint('expires_at'),
        ],
        indices: [
          { name: 'feed_once', columnNames: ['workspace_id', 'topic', 'key'], isUnique: true },
          { name: 'feed_expired', columnNames: ['expires_at'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'connection_memory',
        columns: [
          varchar('connection_id', 64, primary('connection_memory_pk')),
          varchar('key', 255, primary('connection_memory_pk')),
          workspace,
          text('value'),
          bigint('updated_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'audit',
        columns: [
          varchar('id', 64, primary('audit_pk')),
          workspace,
          bigint('at'),
          text('actor'),
          varchar('action', 64),
          varchar('subject', 255),
          text('details'),
        ],
        indices: [{ name: 'audit_recent', columnNames: ['workspace_id', 'at', 'id'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'audit',
      'connection_memory',
      'feed',
      'alert_reads',
      'alert_acts',
      'alert_placements',
      'alerts',
    ])
      await runner.dropTable(table);
    await runner.dropIndex('steps', 'steps_parent');
    await runner.dropColumns('steps', ['definition', 'parent_id', 'effect', 'alert_id']);
  }
}
