import { startFields } from '../src/access/visitor-fields.ts';
import { Visitors } from '../src/db/entities.ts';
import { setVisitorField } from '../src/runs/built-in.ts';
import { SessionBook } from '../src/sessions/book.ts';
import { newVisitor } from '../src/sessions/visitors.ts';
import { databaseKinds, testDatabase } from './support/databases.ts';
import { eventually } from './support/eventually.ts';

const workspaceId = 'default';

test.each(databaseKinds)(
  'a field set by a run and an e-mail told by an event at the same moment are both kept, on %s',
  async kind => {
    const { database, drop } = await testDatabase(kind);
    await database.write(({ manager }) => manager.insert(Visitors, newVisitor(workspaceId, 'v1', 1) as never));
    let byRun: Promise<unknown> | undefined;
    await database.write(async transaction => {
      const book = new SessionBook(transaction, workspaceId, 2);
      await book.loadVisitors(['v1']);
      const to = { workspaceId, visitorId: 'v1', fields: startFields, now: 3, stepId: 's' };
      byRun = database.write(other => setVisitorField(other, to, { field: 'lead_score', value: 7 }));
      if (kind === 'postgres') {
        // The run's transaction stands in front of the row that ours holds.
        await eventually(async () => {
          const waiting = await database.read<{ count: number }>(
            "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
          );
          expect(waiting).toEqual([{ count: 1 }]);
        });
      }
      const visitor = book.visitor('v1');
      visitor.email = 'ana@acme.example';
      await book.save({ sessions: [], visitors: [visitor] });
    });
    await byRun;
    const visitor = await database.reader.findOneByOrFail(Visitors, { id: 'v1' });
    expect(visitor).toMatchObject({ email: 'ana@acme.example', fields: { lead_score: { value: 7 } } });
    await drop();
  },
);
