import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import type { Transaction } from '../db/database.ts';
import { Workflows, WorkflowVersions } from '../db/entities.ts';
import { insertAll } from '../db/save.ts';
import type { WorkflowDocument } from '../model/workflow.ts';
import { Documents } from './documents.ts';

describe.each(databaseKinds)('Documents on %s', kind => {
  let test: TestDatabase;
  let documents: Documents;
  beforeEach(async () => {
    test = await testDatabase(kind);
    documents = new Documents(test.database);
  });
  afterEach(() => test.drop());

  const document = (name: string): WorkflowDocument => ({
    name,
    trigger: { type: 'meeting_booked', timing: 'immediately' },
    steps: [],
  });
  const activate = async (transaction: Transaction, name: string, version = 1) => {
    const workflow = {
      id: 'one',
      workspaceId: 'w',
      version,
      status: 'active' as const,
      builtIn: 0,
      decidedAt: null,
      createdAt: 1,
      updatedAt: 1,
      activatedAt: 1,
      deletedAt: null,
    };
    const row = { workflowId: 'one', version, workspaceId: 'w', document: document(name), createdAt: 1 };
    await insertAll(transaction, Workflows, [workflow]);
    await insertAll(transaction, WorkflowVersions, [row]);
  };
  const active = async (transaction: Transaction, workspaceId = 'w') =>
    (await documents.active(transaction, workspaceId)).map(one => [one.id, one.version, one.document.name]);

  it('of active workflows are those of the workspace, as the transaction sees them', async () => {
    const seen = await test.database.write(async transaction => {
      await activate(transaction, 'First');
      return [await active(transaction), await active(transaction, 'other')];
    });
    expect(seen).toEqual([[['one', 1, 'First']], []]);
    expect((await documents.of('one', 1)).name).toBe('First');
    await expect(documents.of('one', 2)).rejects.toThrow('no version 2 of the workflow one');
  });

  it('follow a workflow to its next version, and are gone where it is switched off', async () => {
    await test.database.write(transaction => activate(transaction, 'First'));
    expect(await test.database.write(transaction => active(transaction))).toEqual([['one', 1, 'First']]);
    const next = await test.database.write(async transaction => {
      const row = { workflowId: 'one', version: 2, workspaceId: 'w', document: document('Second'), createdAt: 1 };
      await insertAll(transaction, WorkflowVersions, [row]);
      await transaction.query('UPDATE workflows SET version = 2');
      return active(transaction);
    });
    expect(next).toEqual([['one', 2, 'Second']]);
    await test.database.change(`UPDATE workflows SET status = 'inactive'`);
    expect(await test.database.write(transaction => active(transaction))).toEqual([]);
  });

  it('are not kept where their version came to nothing', async () => {
    const undone = test.database.write(async transaction => {
      await activate(transaction, 'Undone');
      expect(await active(transaction)).toEqual([['one', 1, 'Undone']]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await test.database.write(transaction => activate(transaction, 'Done'));
    expect(await test.database.write(transaction => active(transaction))).toEqual([['one', 1, 'Done']]);
  });
});
