import { checkConnector } from '../../src/sdk/check.ts';
import type { StepFacts } from '../../src/sdk/index.ts';
import {
  createTask,
  knowTasks,
  org,
  sent as requests,
  run,
  STEP_KEY,
  server,
  TASK_PATH,
  visitor,
} from '../../test/support/scripted-salesforce.ts';
import salesforce from './index.ts';

beforeAll(knowTasks);

describe('salesforce.create_task', () => {
  test('belongs to a connector that the hub takes', () => {
    expect(checkConnector('salesforce', salesforce)).toEqual([]);
  });

  test('writes one task with the transcript and the step key on the last line', async () => {
    server.answer(org({ Contact: [{ Id: '003000000000001AAA' }] }));
    const { output, sent, notes } = await run(
      { subject: 'Follow up', description: 'Hello\nthere', status: 'Not Started', priority: 'Normal' },
      visitor("o'hara@example.com"),
    );
    expect(sent).toEqual({
      Subject: 'Follow up',
      Description: `Hello\nthere\n\nBaton step ${STEP_KEY}`,
      Status: 'Not Started',
      Priority: 'Normal',
      WhoId: '003000000000001AAA',
    });
    expect(output).toEqual({
      taskId: '00T000000000001AAA',
      url: `${server.url}/00T000000000001AAA`,
      whoId: '003000000000001AAA',
      whoType: 'Contact',
    });
    expect(notes).toEqual(['The Contact was found by e-mail.']);
    expect(requests().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /services/data/v64.0/query',
      `POST ${TASK_PATH}`,
    ]);
  });

  test('cuts a long subject and a long transcript, says so, and never cuts off the step key', async () => {
    server.answer(org({}));
    const { sent, notes } = await run({ subject: 's'.repeat(300), description: '😀'.repeat(30_000) });
    expect(sent.Subject).toBe(`${'s'.repeat(254)}…`);
    expect(sent.Description.length).toBeLessThanOrEqual(32_000);
    expect(sent.Description.isWellFormed()).toBe(true);
    expect(sent.Description.split('\n').at(-1)).toBe(`Baton step ${STEP_KEY}`);
    expect(sent.Description).toContain('[The text was cut here: this Salesforce description holds 32,000 characters.]');
    expect(notes.join(' ')).toMatch(/subject was longer than 255.*description was longer than 32,000/);
  });

  test.each([
    { timeZone: 'Europe/Berlin', due: '2026-11-23', said: false },
    { timeZone: 'America/Los_Angeles', due: '2026-11-22', said: false },
    { timeZone: '', due: '2026-11-22', said: true },
    { timeZone: 'Mars/Olympus', due: '2026-11-22', said: true },
  ])('counts the due date from today in the zone "$timeZone"', async ({ timeZone, due, said }) => {
    server.answer(org({}));
    const { sent, notes } = await run({ subject: 's', dueInDays: 2 }, {}, { timeZone });
    expect(sent.ActivityDate).toBe(due);
    expect(notes.some(note => note.includes('UTC'))).toBe(said);
  });

  test('sends owner, type and any other field, and lets a WhoId under `fields` win without a look-up', async () => {
    server.answer(org({}));
    const { sent, notes, output } = await run(
      {
        subject: 's',
        ownerId: '005000000000001',
        type: 'call',
        whatId: '001000000000001AAA',
        fields: { WhoId: '00Q000000000009AAA', isreminderset: 'true', Score__c: '4' },
      },
      visitor('a@example.com'),
    );
    expect(sent).toMatchObject({
      OwnerId: '005000000000001',
      TaskSubtype: 'Call',
      WhatId: '001000000000001AAA',
      WhoId: '00Q000000000009AAA',
      IsReminderSet: true,
      Score__c: 4,
    });
    expect(output).toMatchObject({ whoId: '00Q000000000009AAA', whoType: 'Lead' });
    expect(notes).toEqual([
      'WhoId is the one that the step names under `fields`.',
      'This org shows no field Type on tasks; the subtype says it instead.',
    ]);
    expect(requests()).toHaveLength(1);
  });

  test('holds a Subject and a Description under `fields` to the same sizes and the same last line', async () => {
    server.answer(org({}));
    const { sent } = await run({ subject: 's', fields: { Subject: 'x'.repeat(300), Description: 'own words' } });
    expect(sent.Subject).toBe(`${'x'.repeat(254)}…`);
    expect(sent.Description).toBe(`own words\n\nBaton step ${STEP_KEY}`);
  });

  test.each([
    ['an unknown key', { subject: 's', colour: 'red' }],
    ['an empty subject', { subject: ' ' }],
    ['an owner that is no user', { subject: 's', ownerId: '003000000000001' }],
    ['a due date in the past', { subject: 's', dueInDays: -1 }],
    ['a field name that is none', { subject: 's', fields: { 'a b': 1 } }],
  ])('refuses %s', (_what, input) => {
    expect(createTask?.input.safeParse(input).success).toBe(false);
  });
});

describe('whom a task is about', () => {
  const lead = (Id: string, more = {}) => ({ Id, IsConverted: false, ConvertedContactId: null, ...more });
  test.each([
    {
      name: 'the record of the last push, without a look-up',
      facts: { ...visitor('a@b.co'), lastPush: { connector: 'salesforce', recordType: 'Lead', recordId: '00Q1' } },
      tables: { Contact: [{ Id: '0031' }] },
      who: '00Q1',
      queries: [],
      why: 'The Lead of the last push was used.',
    },
    {
      name: 'the person by e-mail where the last push went to another vendor',
      facts: { ...visitor('a@b.co'), lastPush: { connector: 'hubspot', recordType: 'Contact', recordId: '1' } },
      tables: { Contact: [{ Id: '0031' }] },
      who: '0031',
      queries: ['Contact'],
      why: 'The Contact was found by e-mail.',
    },
    {
      name: 'the most recently modified of several Contacts',
      facts: visitor('a@b.co'),
      tables: { Contact: [{ Id: '0031' }, { Id: '0032' }] },
      who: '0031',
      queries: ['Contact'],
      why: 'Several Contacts have it; the most recently modified one was taken.',
    },
    {
      name: 'an open Lead where there is no Contact, even if a converted one is newer',
      facts: visitor('a@b.co'),
      tables: { Lead: [lead('00Q1', { IsConverted: true, ConvertedContactId: '0039' }), lead('00Q2')] },
      who: '00Q2',
      queries: ['Contact', 'Lead'],
      why: 'The Lead was found by e-mail.',
    },
    {
      name: 'the Contact of a converted Lead',
      facts: visitor('a@b.co'),
      tables: { Lead: [lead('00Q1', { IsConverted: true, ConvertedContactId: '0039' })] },
      who: '0039',
      queries: ['Contact', 'Lead'],
      why: 'it is converted, so its Contact was used',
    },
    {
      name: 'nobody where nothing matches',
      facts: visitor('a@b.co'),
      tables: {},
      who: undefined,
      queries: ['Contact', 'Lead'],
      why: 'WhoId is empty',
    },
    {
      name: 'nobody where no e-mail is known',
      facts: {},
      tables: {},
      who: undefined,
      queries: [],
      why: 'e-mail is not known',
    },
  ])('is $name', async ({ facts, tables, who, queries, why }) => {
    server.answer(org(tables as Record<string, object[]>));
    const { sent, notes } = await run({ subject: 's' }, facts as Partial<StepFacts>);
    expect(sent.WhoId).toBe(who);
    const asked = requests().flatMap(({ query }) => /FROM (\w+)/.exec(query.get('q') ?? '')?.[1] ?? []);
    expect(asked).toEqual(queries);
    expect(notes.join(' ')).toContain(why);
  });

  test('is asked in SOQL that an e-mail address cannot break out of', async () => {
    server.answer(org({}));
    await run({ subject: 's' }, visitor("a\\' OR Name LIKE '%@x.co"));
    expect(requests()[0]?.query.get('q')).toBe(
      "SELECT Id, Email FROM Contact WHERE Email IN ('a\\\\\\' or name like \\'%@x.co') ORDER BY LastModifiedDate DESC",
    );
  });
});
