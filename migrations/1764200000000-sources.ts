import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const bigint = (name: string, isNullable = false) => ({ name, type: 'bigint', isNullable });
const text = (name: string) => ({ name, type: 'text', isNullable: true });
const count = (name: string) => ({ name, type: 'integer', default: '0' });

/** How far each polled source has been read. */
export class Sources1764200000000 implements MigrationInterface {
  name = 'Sources1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'sources',
        columns: [
          {
            name: 'connection_id',
            type: 'varchar',
            length: '64',
            isPrimary: true,
            primaryKeyConstraintName: 'sources_pk',
          },
          { name: 'workspace_id', type: 'varchar', length: '64' },
          { name: 'connector', type: 'varchar', length: '64' },
          text('cursor'),
          bigint('since', true),
          bigint('due_at'),
          { name: 'lease_token', type: 'varchar', length: '64', isNullable: true },
          bigint('lease_until', true),
          count('failures'),
          text('error'),
          text('progress'),
          text('note'),
          count('accepted'),
          count('duplicates'),
          count('rejected'),
          text('rejection'),
          bigint('polled_at', true),
          bigint('caught_up_at', true),
          bigint('created_at'),
        ],
        indices: [
          { name: 'sources_due', columnNames: ['due_at'] },
          { name: 'sources_workspace', columnNames: ['workspace_id', 'connection_id'] },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('sources');
  }
}
