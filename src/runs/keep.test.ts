import { databaseKinds, testDatabase } from '../../test/support/databases.ts';
import { DEFAULT_WORKSPACE, ensureDefaultWorkspace } from '../access/workspaces.ts';
import type { Database } from '../db/database.ts';
import { People } from '../db/entities.ts';
import type { WorkflowDocument } from '../model/workflow.ts';
import { type BuiltIn, ensureBuiltIns } from '../workflows/built-in.ts';
import { keepOutput } from './keep.ts';

const clock = { now: () => 1_000 };
const facts = (email: string) => ({
  visitor: { email, fields: {}, external: {} },
  workflow: { id: 'w', name: 'W' },
  runId: 'r',
});

describe.each(databaseKinds)('On %s', kind => {
  let database: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    ({ database, drop } = await testDatabase(kind));
    await ensureDefaultWorkspace(database, clock);
  });
  afterAll(() => drop());

  const keep = (connector: string, output: object, meetingId?: string, workspaceId = DEFAULT_WORKSPACE) =>
    database.write(transaction => {
      const run = { workspaceId, occasion: { meetingId } as never };
      const about = { run, connector: { id: connector, externalIds: [`${connector}Id`] }, push: true, now: 1 };
      return keepOutput(transaction, { ...about, facts: facts('Ana@Acme.example') }, output);
    });

  it('ids that several destinations give one person at the same moment are all kept, each workspace its own', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const kept = names.map(name => keep(name, { externalIds: { [`${name}Id`]: name } }));
    await Promise.all([...kept, keep('a', { externalIds: { aId: 'other' } }, undefined, 'another')]);
    const external = async (workspaceId: string) =>
      (await database.reader.findOneByOrFail(People, { workspaceId, email: 'ana@acme.example' })).external;
    expect(await external(DEFAULT_WORKSPACE)).toEqual(Object.fromEntries(names.map(name => [`${name}Id`, name])));
    expect(await external('another')).toEqual({ aId: 'other' });
  });

  it('a meeting’s record is kept by vendor, replaced, and forgotten by null', async () => {
    const records = () => database.read('SELECT connector, record_id FROM meeting_records ORDER BY connector');
    await keep('a', { meetingRecordId: '1' }, 'm1');
    await keep('b', { meetingRecordId: '2' }, 'm1');
    await keep('a', { meetingRecordId: '3' }, 'm1');
    await keep('b', {}, 'm1');
    expect(await records()).toEqual([
      { connector: 'a', record_id: '3' },
      { connector: 'b', record_id: '2' },
    ]);
    await keep('b', { meetingRecordId: null }, 'm1');
    expect(await records()).toEqual([{ connector: 'a', record_id: '3' }]);
  });

  it('built-in workflows are made once by starts at the same moment', async () => {
    const document = { name: 'B', trigger: { type: 'email_sent', timing: 'immediately' }, steps: [] };
    const builtIn: BuiltIn = { connector: 'a', key: 'k', conflictsWith: [], document: document as WorkflowDocument };
    await Promise.all([1, 2, 3].map(() => ensureBuiltIns(database, clock, [builtIn])));
    expect(await database.read('SELECT id, version, status FROM workflows')).toEqual([
      { id: 'builtin-a-k', version: 1, status: 'inactive' },
    ]);
  });
});
