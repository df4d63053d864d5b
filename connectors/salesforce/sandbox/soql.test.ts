import { ApiError } from './errors.ts';
import { integrationUserId } from './seed-records.ts';
import { runQuery } from './soql.ts';
import { createStore } from './store.ts';

let now = Date.parse('2026-11-20T10:00:00Z');
const store = createStore(() => now);
const task = (day: string, fields: Record<string, unknown>) => {
  now = Date.parse(`${day}T10:00:00Z`);
  store.create(store.schema.type('Task')!, fields, { userId: integrationUserId, autoAssign: false, allowSave: false });
};
const hanna = store.list('Contact')[0]!;
const amara = store.list('Lead')[0]!;
task('2026-11-18', { Subject: 'Alpha 100%', Status: 'Completed', WhoId: hanna.Id, ActivityDate: '2026-11-20' });
task('2026-11-20', { Subject: "it's beta", Priority: 'High', WhoId: amara.Id, OwnerId: store.list('User')[1]!.Id });
task('2026-11-23', { Subject: 'Gamma', ActivityDate: '2026-11-25', Description: 'gamma' });
now = Date.parse('2026-11-23T12:00:00Z');

const run = (soql: string) => runQuery(soql, { store, userId: integrationUserId, now, version: 'v64.0' });
const subjects = (where: string) =>
  run(`SELECT Subject FROM Task ${where}`).records.map(({ Subject }) => String(Subject)[0]);

test.each([
  ["WHERE Subject = 'ALPHA 100%'", 'A'],
  ["WHERE Subject != 'gamma'", 'Ai'],
  ["WHERE Subject LIKE '%\\'s b_ta'", 'i'],
  ["WHERE Subject LIKE '%100\\%'", 'A'],
  ["WHERE Status IN ('Completed', 'Deferred')", 'A'],
  ["WHERE Status NOT IN ('Completed')", 'iG'],
  ['WHERE IsClosed = true', 'A'],
  ['WHERE WhoId = null', 'G'],
  ['WHERE ActivityDate != NULL', 'AG'],
  ['WHERE CreatedDate >= 2026-11-20T10:00:00Z', 'iG'],
  ['WHERE CreatedDate > 2026-11-20T12:00:00+02:00', 'G'],
  ['WHERE ActivityDate < 2026-11-21', 'A'],
  ['WHERE CreatedDate = TODAY', 'G'],
  ['WHERE CreatedDate = LAST_N_DAYS:3', 'iG'],
  ['WHERE CreatedDate = LAST_WEEK', 'Ai'],
  ['WHERE ActivityDate = NEXT_N_DAYS:2', 'G'],
  ["WHERE (Status = 'Completed' OR Priority = 'High') AND Who.Name LIKE 'Amara%'", 'i'],
  ["WHERE NOT (Status = 'Completed' OR Priority = 'High')", 'G'],
  ["WHERE NOT Status = 'Completed' AND Priority = 'Normal'", 'G'],
  ["WHERE Owner.Email = 'dana.whitfield@brightline.example'", 'i'],
  ["WHERE WhoId IN (SELECT Id FROM Lead WHERE Company LIKE 'Lumen%')", 'i'],
  ['ORDER BY CreatedDate DESC', 'GiA'],
  ['ORDER BY ActivityDate', 'iAG'],
  ['ORDER BY ActivityDate NULLS LAST', 'AGi'],
  ['ORDER BY ActivityDate DESC NULLS LAST', 'GAi'],
  ['ORDER BY CreatedDate LIMIT 1 OFFSET 1', 'i'],
])('SELECT … FROM Task %s gives %s', (where, expected) => {
  expect(subjects(where).join('')).toBe(expected);
});

test.each([
  ['SELECT Colour FROM Task', 'INVALID_FIELD', "No such column 'Colour' on entity 'Task'"],
  ['SELECT Owner.Colour FROM Lead', 'INVALID_FIELD', "No such column 'Colour' on entity 'User'"],
  ['SELECT Boss.Name FROM Lead', 'INVALID_FIELD', "Didn't understand relationship 'Boss'"],
  ['SELECT Id FROM Dream', 'INVALID_TYPE', "sObject type 'Dream' is not supported"],
  [
    "SELECT Id FROM Task WHERE Description LIKE '%key%'",
    'INVALID_FIELD',
    "field 'Description' can not be filtered in a query call",
  ],
  ["SELECT Id FROM Task WHERE CreatedDate > '2026-11-20'", 'INVALID_FIELD', 'must be of type datetime'],
  ["SELECT Id FROM Task WHERE WhoId = 'nobody'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: nobody'],
  ["SELECT Id FROM Task WHERE Status = 'a' AND Status = 'b' OR Status = 'c'", 'MALFORMED_QUERY', 'parentheses'],
  ['SELECT FROM Task', 'MALFORMED_QUERY', 'unexpected token'],
  ["SELECT Id FROM Task WHERE Subject = 'it's'", 'MALFORMED_QUERY', 'unexpected token'],
  [
    'SELECT Status, Subject, COUNT(Id) FROM Task GROUP BY Status',
    'MALFORMED_QUERY',
    'must be grouped or aggregated: Subject',
  ],
  ["SELECT Id FROM Task WHERE Status INCLUDES ('Completed')", 'INVALID_QUERY_FILTER_OPERATOR', 'multi-select'],
  ['SELECT Id FROM Task LIMIT 1 OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE', 'offset'],
])('%s is refused with %s', (soql, errorCode, words) => {
  try {
    run(soql);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect(error).toMatchObject({ errorCode, message: expect.stringContaining(words) });
    return;
  }
  throw new Error('it was accepted');
});

test('a record carries its attributes, and a relationship is a record of its own or null', () => {
  const { records } = run(
    "SELECT Id, Who.Name, Owner.Name FROM Task WHERE Subject = 'Alpha 100%' OR Subject = 'Gamma'",
  );
  const url = (type: string, id: unknown) => `/services/data/v64.0/sobjects/${type}/${id}`;
  expect(records).toEqual([
    {
      attributes: { type: 'Task', url: url('Task', records[0]?.Id) },
      Id: expect.stringMatching(/^00T/),
      Who: { attributes: { type: 'Name', url: url('Contact', hanna.Id) }, Name: 'Hanna Verbeek' },
      Owner: { attributes: { type: 'Name', url: url('User', integrationUserId) }, Name: 'Integration User' },
    },
    expect.objectContaining({ Who: null }),
  ]);
});

test('COUNT() tells the size alone, COUNT(Id) is an aggregate', () => {
  expect(run('SELECT COUNT() FROM Task')).toEqual({ totalSize: 3, records: [] });
  expect(run('SELECT COUNT(Id) n FROM Task')).toEqual({
    totalSize: 1,
    records: [{ attributes: { type: 'AggregateResult' }, n: 3 }],
  });
});

test('GROUP BY counts what has the same values, through relationships too', () => {
  const { records } = run(
    'SELECT Status, Campaign.Name, COUNT(Id) members FROM CampaignMember GROUP BY Status, Campaign.Name',
  );
  const row = (Status: string, Name: string) => ({
    attributes: { type: 'AggregateResult' },
    Status,
    Name,
    members: 1,
  });
  expect(records).toEqual([
    row('Responded', 'Website Conversations 2026'),
    row('Registered', 'Autumn Fleet Webinar'),
    row('Invited', 'Autumn Fleet Webinar'),
  ]);
  const counted = run("SELECT COUNT() FROM Lead WHERE LeadSource = 'Web' GROUP BY LeadSource").records;
  expect(counted).toMatchObject([{ expr0: 6 }]);
});

test.each([
  ["INCLUDES ('Fleet')", ['both', 'one']],
  ["INCLUDES ('Fleet;Billing', 'Dispatch')", ['both']],
  ["EXCLUDES ('Billing')", ['one']],
])('a multi-select picklist %s', (condition, expected) => {
  const saver = { userId: integrationUserId, autoAssign: false, allowSave: true };
  const other = createStore(() => now);
  const type = other.schema.type('Lead')!;
  for (const [LastName, Products_of_Interest__c] of [
    ['both', 'Fleet;Billing'],
    ['one', 'Fleet'],
  ])
    other.create(type, { LastName, Company: 'Multi', Products_of_Interest__c }, saver);
  const soql = `SELECT LastName FROM Lead WHERE Company = 'Multi' AND Products_of_Interest__c ${condition}`;
  const { records } = runQuery(soql, { store: other, userId: integrationUserId, now, version: 'v64.0' });
  expect(records.map(({ LastName }) => LastName)).toEqual(expected);
});
