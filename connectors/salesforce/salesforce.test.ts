import { inspect } from 'node:util';
import { checkConnector } from '../../src/sdk/check.ts';
import { type Grant, Secret, type StepFacts } from '../../src/sdk/index.ts';
import { type Reply, type Seen, startScriptedServer } from '../../test/support/scripted-server.ts';
import { failureOf as failureIn, stepOf } from '../../test/support/step.ts';
import salesforce from './index.ts';
import type { TaskInput, TaskOutput } from './task.ts';

const TOKEN = '00D000000000001!AQ8AQ.secret.token';
const NOW = Date.parse('2026-11-20T23:30:00Z');
const STEP_KEY = 'k'.repeat(40);
const createTask = salesforce.actions.find(({ id }) => id === 'salesforce.create_task');
const TASK_PATH = '/services/data/v64.0/sobjects/Task';
const created: Reply = { status: 201, json: { id: '00T000000000001AAA', success: true, errors: [] } };
const rows = (records: object[] = []): Reply => ({ json: { totalSize: records.length, done: true, records } });

let server: Awaited<ReturnType<typeof startScriptedServer>>;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

const grantAt = (instanceUrl: string): Grant => ({
  accessToken: new Secret(TOKEN),
  refreshToken: new Secret('refresh-1'),
  instanceUrl,
});
const clientAt = (instanceUrl: string, timeoutMs = 5_000) =>
  salesforce.open({ grant: grantAt(instanceUrl), settings: {}, timeoutMs });

function contextFor(facts: Partial<StepFacts> = {}, { url = server.url, timeoutMs = 5_000, timeZone = '' } = {}) {
  const account = { id: '00D', name: 'org', ...(timeZone && { details: { timeZone } }) };
  return stepOf(clientAt(url, timeoutMs), { facts, account, now: NOW, stepKey: STEP_KEY });
}
const visitor = (email: string) => ({ visitor: { email, fields: {}, external: {} } });

async function run(input: TaskInput, facts?: Partial<StepFacts>, options?: Parameters<typeof contextFor>[1]) {
  const { context, notes } = contextFor(facts, options);
  const output = (await createTask?.run(context, input)) as TaskOutput;
  const write = server.seen.find(({ method }) => method === 'POST');
  return { output, notes, sent: write ? JSON.parse(write.body) : undefined };
}
const failureOf = (work: Promise<unknown>) => failureIn(salesforce, work);
/** Answers queries per object; everything else creates. */
const org =
  (tables: Record<string, object[]>) =>
  ({ path, query }: Seen): Reply => {
    if (path.endsWith('/query')) {
      const table = /FROM (\w+)/.exec(query.get('q') ?? '')?.[1] ?? '';
      return rows(tables[table]);
    }
    return created;
  };

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
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
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
    expect(sent.Description).toContain('[The text was cut here: a Salesforce description holds 32,000 characters.]');
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
        type: 'Call',
        fields: { WhoId: '00Q000000000009AAA', IsReminderSet: true, Score__c: 4 },
      },
      visitor('a@example.com'),
    );
    expect(sent).toMatchObject({
      OwnerId: '005000000000001',
      Type: 'Call',
      WhoId: '00Q000000000009AAA',
      IsReminderSet: true,
      Score__c: 4,
    });
    expect(output).toMatchObject({ whoId: '00Q000000000009AAA', whoType: 'Lead' });
    expect(notes).toEqual(['WhoId is the one that the step names under `fields`.']);
    expect(server.seen).toHaveLength(1);
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
    const asked = server.seen.flatMap(({ query }) => /FROM (\w+)/.exec(query.get('q') ?? '')?.[1] ?? []);
    expect(asked).toEqual(queries);
    expect(notes.join(' ')).toContain(why);
  });

  test('is asked in SOQL that an e-mail address cannot break out of', async () => {
    server.answer(org({}));
    await run({ subject: 's' }, visitor("a\\' OR Name LIKE '%@x.co"));
    expect(server.seen[0]?.query.get('q')).toBe(
      "SELECT Id FROM Contact WHERE Email = 'a\\\\\\' OR Name LIKE \\'%@x.co' ORDER BY LastModifiedDate DESC LIMIT 2",
    );
  });
});

describe('what Salesforce answers decides what happens next', () => {
  const refusal = (status: number, errorCode: string, message = 'their words', fields?: string[]): Reply => ({
    status,
    json: [{ message, errorCode, ...(fields && { fields }) }],
  });
  const html = { text: '<html><body>Down for maintenance</body></html>' };

  test.each([
    ['INVALID_SESSION_ID', 401, 'unauthorized'],
    ['REQUEST_LIMIT_EXCEEDED', 403, 'throttled'],
    ['API_DISABLED_FOR_ORG', 403, 'forbidden'],
    ['API_CURRENTLY_DISABLED', 403, 'forbidden'],
    ['INSUFFICIENT_ACCESS', 403, 'forbidden'],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 403, 'forbidden'],
    ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 400, 'forbidden'],
    ['NOT_FOUND', 404, 'rejected'],
    ['ENTITY_IS_DELETED', 404, 'rejected'],
    ['ENTITY_IS_DELETED', 400, 'rejected'],
    ['INVALID_CROSS_REFERENCE_KEY', 400, 'rejected'],
    ['MALFORMED_ID', 400, 'rejected'],
    ['DUPLICATES_DETECTED', 400, 'rejected'],
    ['DUPLICATE_VALUE', 400, 'rejected'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 400, 'rejected'],
    ['REQUIRED_FIELD_MISSING', 400, 'rejected'],
    ['STRING_TOO_LONG', 400, 'rejected'],
    ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 400, 'rejected'],
    ['INVALID_EMAIL_ADDRESS', 400, 'rejected'],
    ['FIELD_FILTER_VALIDATION_EXCEPTION', 400, 'rejected'],
    ['INVALID_FIELD', 400, 'rejected'],
    ['INVALID_FIELD_FOR_INSERT_UPDATE', 400, 'rejected'],
    ['INVALID_TYPE', 400, 'rejected'],
    ['MALFORMED_QUERY', 400, 'rejected'],
    ['JSON_PARSER_ERROR', 400, 'rejected'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 400, 'rejected'],
    ['UNABLE_TO_LOCK_ROW', 400, 'transient'],
    ['UNABLE_TO_LOCK_ROW', 500, 'transient'],
    ['QUERY_TIMEOUT', 400, 'transient'],
    ['STORAGE_LIMIT_EXCEEDED', 403, 'forbidden'],
    ['SERVER_UNAVAILABLE', 503, 'uncertain'],
    ['UNKNOWN_EXCEPTION', 500, 'uncertain'],
    ['A_CODE_OF_TOMORROW', 400, 'rejected'],
    ['A_CODE_OF_TOMORROW', 403, 'forbidden'],
  ])('%s (%i) is %s, in one request, with words for an admin', async (code, status, kind) => {
    server.answer(() => refusal(status, code, 'their words', ['Subject']));
    const error = await failureOf(run({ subject: 's' }));
    expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    if (kind !== 'throttled') expect(error.message).toContain(`their words (${code}). `);
    expect(error.message).toMatch(/[a-z ]{8,}\.$/i);
    expect(error.details).toMatchObject({ vendorCode: code, vendorMessage: 'their words', field: 'subject' });
  });

  test.each([
    ['TotalRequests Limit exceeded.', 15 * 60_000, 'last 24 hours (api-usage=15000/15000)'],
    ['ConcurrentRequests (Concurrent API Requests) Limit exceeded.', 30_000, 'at once'],
  ])('the limit "%s" says when to come back', async (message, retryAfterMs, words) => {
    server.answer(() => ({
      ...refusal(403, 'REQUEST_LIMIT_EXCEEDED', message),
      headers: { 'sforce-limit-info': 'api-usage=15000/15000', 'x-request-id': 'req-7' },
    }));
    const error = await failureOf(run({ subject: 's' }));
    expect(error).toMatchObject({ kind: 'throttled', details: { retryAfterMs, vendorRequestId: 'req-7' } });
    expect(error.message).toContain(words);
  });

  test('a field that the admin wrote under `fields` is named as such', async () => {
    server.answer(() => refusal(400, 'INVALID_FIELD', 'No such column', ['Nope__c']));
    const error = await failureOf(run({ subject: 's', fields: { Nope__c: 'x' } }));
    expect(error.details.field).toBe('fields.Nope__c');
  });

  const lost: [string, Reply][] = [
    ['an HTML page with 200', { status: 200, ...html }],
    ['an HTML page with 500', { status: 500, ...html }],
    ['502 without a body', { status: 502 }],
    ['broken JSON', { status: 201, headers: { 'content-type': 'application/json' }, text: '{"id": "00T' }],
    ['a reset connection', { fault: 'reset' }],
    [
      'an answer that breaks off',
      { status: 201, headers: { 'content-length': '500' }, text: 'abcdefghi', fault: 'cut' },
    ],
  ];
  test.each(lost)('%s leaves a write uncertain and a look-up transient, in one request each', async (_what, reply) => {
    server.answer(() => reply);
    const write = await failureOf(run({ subject: 's' }));
    expect({ kind: write.kind, requests: server.seen.length }).toEqual({ kind: 'uncertain', requests: 1 });
    server.answer(() => reply);
    const lookUp = await failureOf(run({ subject: 's' }, visitor('a@b.co')));
    expect({ kind: lookUp.kind, requests: server.seen.length }).toEqual({ kind: 'transient', requests: 1 });
    expect(write.message + lookUp.message).not.toMatch(/maintenance|<html/);
  });

  test('silence ends at the timeout of the call: uncertain for a write, transient for a look-up', async () => {
    server.answer(() => ({ fault: 'hang' }));
    expect((await failureOf(run({ subject: 's' }, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
    expect((await failureOf(run({ subject: 's' }, visitor('a@b.co'), { timeoutMs: 50 }))).kind).toBe('transient');
  });

  test('an answer that stalls in its body ends at the timeout too', async () => {
    server.answer(() => ({ status: 201, headers: { 'content-length': '500' }, text: 'abc' }));
    expect((await failureOf(run({ subject: 's' }, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
  });

  test('the deadline of the step aborts the call; one that is over sends nothing', async () => {
    const deadline = new AbortController();
    server.answer(() => {
      deadline.abort();
      return { fault: 'hang' };
    });
    const context = { ...contextFor().context, signal: deadline.signal };
    const attempt = () => failureOf(Promise.resolve(createTask?.run(context, { subject: 's' })));
    expect((await attempt()).kind).toBe('uncertain');
    expect((await attempt()).kind).toBe('transient');
    expect(server.seen).toHaveLength(1);
  });

  test('a refused connection is transient even for a write: nothing left', async () => {
    const gone = await startScriptedServer();
    await gone.close();
    const error = await failureOf(run({ subject: 's' }, {}, { url: gone.url }));
    expect(error).toMatchObject({ kind: 'transient', details: { vendorCode: 'ECONNREFUSED' } });
  });

  test('a redirect is not followed: the token goes nowhere else', async () => {
    server.answer(() => ({ status: 302, headers: { location: `${server.url}/elsewhere` } }));
    expect((await failureOf(run({ subject: 's' }))).kind).toBe('transient');
    expect(server.seen).toHaveLength(1);
  });

  test('an endless 401 is one request: the engine refreshes, not jsforce', async () => {
    server.answer(() => refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid'));
    expect((await failureOf(run({ subject: 's' }))).kind).toBe('unauthorized');
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    undefined,
    null,
    'text',
    42,
    {},
    { errorCode: 7 },
    new Error(`oops ${TOKEN}`),
    new TypeError('fetch failed'),
    Object.assign(new Error('x'), { errorCode: 'INVALID_FIELD' }),
  ])('classify takes anything that is thrown (%#) and shows no secret', thrown => {
    const error = salesforce.classify(thrown);
    expect(error.name).toBe('StepError');
    expect(inspect([error, error.cause, error.details])).not.toContain('secret.token');
  });

  test('a token that Salesforce echoes is not shown', async () => {
    server.answer(() => refusal(400, 'INVALID_FIELD', `bad session ${TOKEN} <b>x</b>`));
    const error = await failureOf(run({ subject: 's' }));
    expect(JSON.stringify([error.message, error.details])).not.toContain('secret.token');
    expect(error.message).toContain('‹secret›');
  });
});

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

describe('connecting', () => {
  const auth = salesforce.auth;
  if (auth.kind !== 'oauth2') throw new Error('Salesforce connects by OAuth 2');
  const settings = () => ({
    SALESFORCE_CLIENT_ID: 'client',
    SALESFORCE_CLIENT_SECRET: 'client-secret',
    SALESFORCE_LOGIN_URL: server.url,
  });
  const call = () => ({ settings: settings(), options: {}, signal: new AbortController().signal });
  const token = (more = {}) => ({
    json: { access_token: 'access-2', instance_url: server.url, id: 'x', scope: 'api refresh_token', ...more },
  });

  test('sends state, scopes and an S256 challenge', async () => {
    const url = new URL(
      await auth.authorizeUrl({
        settings: settings(),
        options: {},
        state: 'state-1',
        redirectUri: 'https://hub/cb',
        codeChallenge: 'challenge-1',
        scopes: auth.scopes,
      }),
    );
    expect(url.origin + url.pathname).toBe(`${server.url}/services/oauth2/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client',
      redirect_uri: 'https://hub/cb',
      state: 'state-1',
      scope: 'api refresh_token id',
      code_challenge: 'challenge-1',
      code_challenge_method: 'S256',
    });
  });

  test.each([
    [{}, 'https://login.salesforce.com'],
    [{ environment: 'production' }, 'https://login.salesforce.com'],
    [{ environment: 'sandbox' }, 'https://test.salesforce.com'],
    [{ environment: 'custom', host: 'acme.my.salesforce.com' }, 'https://acme.my.salesforce.com'],
    [
      { environment: 'custom', host: 'acme--dev.sandbox.my.salesforce.mil' },
      'https://acme--dev.sandbox.my.salesforce.mil',
    ],
  ])('signs in for %j at %s', async (options, origin) => {
    const url = await auth.authorizeUrl({ settings: {}, options, state: 's', redirectUri: 'r', scopes: [] });
    expect(new URL(url).origin).toBe(origin);
  });

  test.each([
    '',
    'evil.com',
    'salesforce.com.evil.com',
    'evilsalesforce.com',
    'a.salesforce.com/@evil.com',
    'a.salesforce.com:99',
  ])('refuses the host "%s"', host => {
    const options = { environment: 'custom', host };
    expect(() => auth.authorizeUrl({ settings: {}, options, state: 's', redirectUri: 'r', scopes: [] })).toThrow(
      /must be one of Salesforce/,
    );
    expect(auth.options?.safeParse(options).success).toBe(false);
  });

  test('exchanges the code with the verifier for a grant without an end', async () => {
    server.answer(() => token({ refresh_token: 'refresh-2' }));
    const grant = await auth.exchange({
      ...call(),
      code: 'c1',
      redirectUri: 'https://hub/cb',
      codeVerifier: 'v1',
      query: {},
    });
    expect(Object.fromEntries(server.seen[0]?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'c1',
      code_verifier: 'v1',
      client_id: 'client',
      client_secret: 'client-secret',
      redirect_uri: 'https://hub/cb',
    });
    expect([grant.accessToken.reveal(), grant.refreshToken?.reveal(), grant.expiresAt, grant.instanceUrl]).toEqual([
      'access-2',
      'refresh-2',
      undefined,
      server.url,
    ]);
  });

  test('refuses to send tokens to an address that is not Salesforce’s', async () => {
    server.answer(() => token({ instance_url: 'https://evil.example' }));
    await expect(auth.exchange({ ...call(), code: 'c', redirectUri: 'r', query: {} })).rejects.toMatchObject({
      kind: 'rejected',
    });
  });

  test.each([
    ['keeps the old refresh token where none came', {}, 'refresh-1'],
    ['keeps the new one where it rotates', { refresh_token: 'refresh-2' }, 'refresh-2'],
  ])('a refresh %s', async (_what, more, kept) => {
    server.answer(() => token(more));
    const grant = await auth.refresh?.({ ...call(), grant: { ...grantAt(server.url), extra: { a: 'b' } } });
    expect([grant?.accessToken.reveal(), grant?.refreshToken?.reveal(), grant?.extra]).toEqual([
      'access-2',
      kept,
      { a: 'b' },
    ]);
    expect(server.seen[0]?.form.get('refresh_token')).toBe('refresh-1');
  });

  test.each<[string, Reply, string]>([
    [
      'a revoked grant',
      { status: 400, json: { error: 'invalid_grant', error_description: 'expired access/refresh token' } },
      'unauthorized',
    ],
    [
      'an inactive user',
      { status: 400, json: { error: 'inactive_user', error_description: 'user is inactive' } },
      'unauthorized',
    ],
    [
      'a wrong client secret',
      { status: 400, json: { error: 'invalid_client', error_description: 'invalid client credentials' } },
      'forbidden',
    ],
    ['an HTML page', { status: 503, text: '<html>down</html>' }, 'transient'],
    ['a reset', { fault: 'reset' }, 'transient'],
    ['200 without a token', { json: {} }, 'transient'],
  ])('a refresh that meets %s is %s', async (_what, reply, kind) => {
    server.answer(() => reply);
    const error = await failureOf(auth.refresh?.({ ...call(), grant: grantAt(server.url) }) ?? Promise.resolve());
    expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/refresh-1|client-secret/);
  });

  test.each<[string, Reply]>([
    ['works', { status: 200 }],
    [
      'takes an already dead token for revoked',
      { status: 400, json: { error: 'invalid_token', error_description: 'x' } },
    ],
  ])('revoking %s', async (_what, reply) => {
    server.answer(() => reply);
    await auth.revoke?.({ ...call(), grant: grantAt(server.url) });
    expect(server.seen.map(({ path, body }) => `${path} ${body}`)).toEqual(['/services/oauth2/revoke token=refresh-1']);
  });

  test('a revoke that meets an outage is transient', async () => {
    server.answer(() => ({ status: 503 }));
    await expect(auth.revoke?.({ ...call(), grant: grantAt(server.url) })).rejects.toMatchObject({ kind: 'transient' });
  });

  test('says who is connected, with the token in a header and never in the address', async () => {
    server.answer(() => ({
      json: {
        sub: 'x',
        user_id: '005000000000001AAA',
        organization_id: '00D000000000001AAA',
        preferred_username: 'hub@acme.com',
        zoneinfo: 'Europe/Berlin',
      },
    }));
    const signal = new AbortController().signal;
    expect(await salesforce.whoAmI?.({ client: clientAt(server.url), signal, settings: {} })).toEqual({
      id: '00D000000000001AAA',
      name: new URL(server.url).host,
      user: 'hub@acme.com',
      url: server.url,
      details: { userId: '005000000000001AAA', timeZone: 'Europe/Berlin' },
    });
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect([...(server.seen[0]?.query ?? [])]).toEqual([]);
  });

  test('offers active users as owners, by any part of their name', async () => {
    server.answer(() => rows([{ Id: '0051', Name: 'Ann', Username: 'ann@acme.com' }]));
    const options = { client: clientAt(server.url), signal: new AbortController().signal, settings: {} };
    expect(await salesforce.pickLists?.owners?.(options, { search: "a_n's" })).toEqual({
      options: [{ value: '0051', label: 'Ann (ann@acme.com)' }],
    });
    expect(server.seen[0]?.query.get('q')).toBe(
      "SELECT Id, Name, Username FROM User WHERE IsActive = true AND Name LIKE '%a\\_n\\'s%' ORDER BY Name ASC LIMIT 200",
    );
  });
});
