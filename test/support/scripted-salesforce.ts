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

export type Row = Record<string, unknown>;
type FieldRow = { name: string; type?: string } & Row;
/** A field as a describe shows it: nillable, writable and filterable unless said otherwise. */
export const field = ({ name, type = 'string', ...more }: FieldRow) => ({
  name,
  label: name,
  type,
  length: type === 'string' ? 255 : 0,
  createable: true,
  updateable: true,
  nillable: true,
  defaultedOnCreate: false,
  filterable: true,
  externalId: false,
  restrictedPicklist: false,
  picklistValues: [],
  ...more,
});
export const pick = (name: string, values: string[], more: Row = {}) =>
  field({
    name,
    type: 'picklist',
    length: 255,
    picklistValues: values.map(value => ({ active: true, value, label: value })),
    ...more,
  });
const activity = [
  field({ name: 'Subject' }),
  field({ name: 'Description', type: 'textarea', length: 32_000 }),
  field({ name: 'WhoId', type: 'reference' }),
  field({ name: 'WhatId', type: 'reference' }),
  field({ name: 'OwnerId', type: 'reference' }),
  field({ name: 'IsReminderSet', type: 'boolean' }),
  field({ name: 'ReminderDateTime', type: 'datetime' }),
  field({ name: 'Score__c', type: 'double' }),
  field({ name: 'Short__c', length: 5 }),
  field({ name: 'Formula__c', createable: false, updateable: false }),
  pick('Region__c', ['EMEA', 'Americas'], { restrictedPicklist: true }),
];
const person = [
  field({ name: 'FirstName', length: 40 }),
  field({ name: 'LastName', length: 80, nillable: false }),
  field({ name: 'Title', length: 128 }),
  field({ name: 'Phone', length: 40 }),
  field({ name: 'Email', type: 'email', length: 80 }),
  field({ name: 'OwnerId', type: 'reference' }),
];
/** What the scripted org's describes show. */
export const layouts: Record<string, ReturnType<typeof field>[]> = {
  Task: [
    ...activity,
    field({ name: 'ActivityDate', type: 'date' }),
    pick('Status', ['Not Started', 'Completed']),
    pick('Priority', ['High', 'Normal']),
    pick('TaskSubtype', ['Task', 'Email', 'Call'], { restrictedPicklist: true }),
  ],
  Event: [
    ...activity,
    field({ name: 'StartDateTime', type: 'datetime' }),
    field({ name: 'EndDateTime', type: 'datetime' }),
    field({ name: 'Location' }),
  ],
  Lead: [
    ...person,
    field({ name: 'Company', nillable: false }),
    field({ name: 'NumberOfEmployees', type: 'int' }),
    pick('Industry', ['Banking', 'Shipping'], { restrictedPicklist: true }),
    field({ name: 'HasOptedOutOfEmail', type: 'boolean' }),
  ],
  Contact: [...person, field({ name: 'MailingCountry', length: 80 })],
  CampaignMember: [field({ name: 'Status' })],
};
export const describeReply = (object: string, fields = layouts[object] ?? []): Reply => ({
  json: { name: object, label: object, createable: true, updateable: true, deletable: true, queryable: true, fields },
});

export async function run(input: TaskInput, facts?: Partial<StepFacts>, options?: Parameters<typeof contextFor>[1]) {
  const { context, notes } = contextFor(facts, options);
  const output = (await createTask?.run(context, input)) as TaskOutput;
  const write = server.seen.find(({ method }) => method === 'POST');
  return { output, notes, sent: write ? JSON.parse(write.body) : undefined };
}
export const failureOf = (work: Promise<unknown>) => failureIn(salesforce, work);
const describedBy = ({ path }: Seen): string | undefined => /sobjects\/(\w+)\/describe$/.exec(path)?.[1];
/** What was sent beside describes, which are asked for once and kept. */
export const sent = (): Seen[] => server.seen.filter(request => describedBy(request) === undefined);
/** Lets the describe of tasks be known before a test that counts its own calls. */
export async function knowTasks(): Promise<void> {
  server.answer(org({}));
  await run({ subject: 's' });
}
/** Answers describes by `layouts`, and queries per object; everything else creates. */
export const org =
  (tables: Record<string, object[]>) =>
  (request: Seen): Reply => {
    const { path, query } = request;
    const object = describedBy(request);
    if (object) return describeReply(object);
    if (path.endsWith('/query')) {
      const soql = query.get('q') ?? '';
      const table = /FROM (\w+)/.exec(soql)?.[1] ?? '';
      // Whoever is asked for by e-mail has it.
      const Email = /Email IN \('(.*?)'\)/.exec(soql)?.[1]?.replaceAll("\\'", "'");
      return rows((tables[table] ?? []).map(row => ({ ...(Email && { Email }), ...row })));
    }
    return created;
  };
