import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { text, varchar } from './columns.ts';

/** Keys that stand in public pages: from which origins they may be used, and the key itself, since it is no secret. */
export class SiteKeys1764300000000 implements MigrationInterface {
  name = 'SiteKeys1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns('keys', [
      new TableColumn(text('origins', { isNullable: true })),
      new TableColumn(varchar('public_token', 64, { isNullable: true })),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumns('keys', ['origins', 'public_token']);
  }
}
