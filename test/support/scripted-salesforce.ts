import salesforce from '../../connectors/salesforce/index.ts';
import type { TaskInput, TaskOutput } from '../../connectors/salesforce/task.ts';
import { type Grant, Secret, type StepFacts } from '../../src/sdk/index.ts';
import { type Reply, type Seen, startScriptedServer } from './scripted-server.ts';
import { failureOf as failureIn, stepOf } from './step.ts';

export const TOKEN = '00D000000000001!AQ8AQ.secret.token';
export const NOW = Date.parse('2026-11-20T23:30:00Z');
export const STEP_KEY = 'k'.repeat(40);
export const createTask = salesforce.actions.find(({ id }) => id === 'salesforce.create_task');
export const TASK_PATH = '/services/data/v64.0/sobjects/Task';
export const created: Reply = { status: 201, json: { id: '00T000000000001AAA', success: true, errors: [] } };
export const rows = (records: object[] = []): Reply => ({ json: { totalSize: records.length, done: true, records } });

/** Stands in for Salesforce: every test file that imports this has its own, and says what it answers. */
export const server = await startScriptedServer();
afterAll(() => server.close());

export const grantAt = (instanceUrl: string): Grant => ({
  accessToken: new Secret(TOKEN),
  refreshToken: new Secret('refresh-1'),
  instanceUrl,
});
export const clientAt = (instanceUrl: string, timeoutMs = 5_000) =>
  salesforce.open({ grant: grantAt(instanceUrl), settings: {}, timeoutMs });

export function contextFor(
  facts: Partial<StepFacts> = {},
  { url = server.url, timeoutMs = 5_000, timeZone = '' } = {},
) {
  const account = { id: '00D', name: 'org', ...(timeZone && { details: { timeZone } }) };
  return stepOf(clientAt(url, timeoutMs), { facts, account, now: NOW, stepKey: STEP_KEY });
}
export const visitor = (email: string) => ({ visitor: { email, fields: {}, external: {} } });

export async function run(input: TaskInput, facts?: Partial<StepFacts>, options?: Parameters<typeof contextFor>[1]) {
  const { context, notes } = contextFor(facts, options);
  const output = (await createTask?.run(context, input)) as TaskOutput;
  const write = server.seen.find(({ method }) => method === 'POST');
  return { output, notes, sent: write ? JSON.parse(write.body) : undefined };
}
export const failureOf = (work: Promise<unknown>) => failureIn(salesforce, work);
/** Answers queries per object; everything else creates. */
export const org =
  (tables: Record<string, object[]>) =>
  ({ path, query }: Seen): Reply => {
    if (path.endsWith('/query')) {
      const table = /FROM (\w+)/.exec(query.get('q') ?? '')?.[1] ?? '';
      return rows(tables[table]);
    }
    return created;
  };
