import {
  contextFor,
  createTask,
  failureOf,
  knowTasks,
  NOW,
  rows,
  run,
  STEP_KEY,
  server,
  TASK_PATH,
} from '../../test/support/scripted-salesforce.ts';

beforeAll(knowTasks);

describe('a task whose answer was lost', () => {
  const item = (stepKey: string, subject = 'Follow up') => ({
    stepKey,
    firstTriedAt: NOW,
    input: { subject },
    facts: contextFor().context.facts,
  });
  const find = (items: ReturnType<typeof item>[]) => {
    const replay = createTask?.replay;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('create_task must be findable');
    return replay.findMany(contextFor().context, items);
  };

  test('is found by its step key; twins of other runs are not taken for it', async () => {
    const stored: { Id: string; Description: string; Subject: string }[] = [];
    server.answer(({ path, method, body, query }) => {
      if (method === 'POST' && path === TASK_PATH) {
        stored.push({ Id: '00T7', WhoId: null, ...JSON.parse(body) });
        return { fault: 'reset' };
      }
      expect(query.get('q')).toBe(
        "SELECT Id, WhoId, Description FROM Task WHERE CreatedDate >= 2026-11-20T23:25:00Z AND Subject IN ('Follow up')",
      );
      const twin = { Id: '00T8', WhoId: null, Description: `Hello\n\nBaton step ${STEP_KEY}x` };
      const quoting = { Id: '00T9', WhoId: null, Description: `Baton step ${STEP_KEY}\nand more` };
      return rows([twin, quoting, ...stored]);
    });
    expect((await failureOf(run({ subject: 'Follow up', description: 'Hello' }))).kind).toBe('uncertain');
    const found = await find([item('another-key'), item(STEP_KEY)]);
    expect(found).toEqual([undefined, { taskId: '00T7', url: `${server.url}/00T7` }]);
  });

  test('is found on a later page', async () => {
    server.answer(({ path }) =>
      path.endsWith('/query')
        ? { json: { totalSize: 2, done: false, nextRecordsUrl: '/services/data/v64.0/query/01g-1', records: [] } }
        : rows([{ Id: '00T7', WhoId: '0031', Description: `Baton step ${STEP_KEY}` }]),
    );
    expect(await find([item(STEP_KEY)])).toEqual([
      { taskId: '00T7', url: `${server.url}/00T7`, whoId: '0031', whoType: 'Contact' },
    ]);
  });

  test('is looked up together with many others in as few queries as fit into an address', async () => {
    server.answer(() => rows());
    const items = Array.from({ length: 200 }, (_, index) => item(`key-${index}`, `${index} ${'ü'.repeat(200)}`));
    expect(await find(items)).toEqual(items.map(() => undefined));
    expect(server.seen.length).toBeLessThan(50);
    for (const { path, query } of server.seen) expect(`${path}?${query}`.length).toBeLessThan(12_000);
    server.answer(() => rows());
    await find(Array.from({ length: 200 }, (_, index) => item(`key-${index}`)));
    expect(server.seen).toHaveLength(1);
  });
});
