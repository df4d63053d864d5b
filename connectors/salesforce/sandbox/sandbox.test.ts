import { createRequire } from 'node:module';
import { Connection, OAuth2 } from 'jsforce';
import { Agent } from 'undici';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import { checksum, fullId, makeId } from './ids.ts';
import salesforce from './index.ts';

const require = createRequire(import.meta.url);
const { setDispatcher } = require('jsforce/lib/request');
const { Transport } = require('jsforce/lib/transport');

/** jsforce repeats GETs and waits half an hour unless its transport is told otherwise. */
class PlainTransport extends Transport {
  httpRequest(request: unknown, options: object = {}) {
    return super.httpRequest(request, { ...options, timeout: 5000, retry: { maxRetries: 0, methods: [] } });
  }
}

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/salesforce/callback';
let now = Date.parse('2026-11-23T09:00:00Z');
let sandbox: Sandbox;
let agent: Agent;

beforeAll(async () => {
  agent = new Agent({ connect: { timeout: 3000 } });
  setDispatcher(agent);
  sandbox = await startSandbox({ vendors: [salesforce], now: () => now });
});
afterAll(async () => {
  await agent.close();
  await sandbox.close();
});
beforeEach(() => {
  now = Date.parse('2026-11-23T09:00:00Z');
  sandbox.reset();
});

const app = () => {
  const settings = sandbox.settings();
  const options = {
    loginUrl: settings.SALESFORCE_LOGIN_URL,
    clientId: settings.SALESFORCE_CLIENT_ID,
    clientSecret: settings.SALESFORCE_CLIENT_SECRET,
    redirectUri,
  };
  const oauth = new OAuth2({ ...options, useVerifier: true });
  Object.assign(oauth, { _transport: new PlainTransport() });
  return oauth;
};
const authorizeUrl = (oauth: OAuth2, more: Record<string, string> = {}) => {
  const parameters = { scope: 'api refresh_token id', state: 'state-1', code_challenge_method: 'S256', ...more };
  return oauth.getAuthorizationUrl(parameters);
};
const grant = async (oauth = app()) => {
  const callback = await pressConsent(authorizeUrl(oauth), 'allow');
  return oauth.requestToken(callback.searchParams.get('code') ?? '');
};
const connect = async () => {
  const oauth2 = app();
  const tokens = await grant(oauth2);
  const connection = new Connection({
    oauth2,
    instanceUrl: tokens.instance_url,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    version: '64.0',
  });
  Object.assign(connection, { _transport: new PlainTransport() });
  return connection;
};
const errorOf = async (attempt: PromiseLike<unknown>): Promise<{ name: string; errorCode?: string; message: string }> =>
  attempt.then(
    () => {
      throw new Error('it was accepted');
    },
    error => error,
  );
const idOf = async (connection: Connection, soql: string) => {
  const { records } = await connection.query(soql);
  return String(records[0]?.Id);
};

describe('the OAuth pages', () => {
  test('a person who presses Allow sends the app a code, and the code buys exactly the documented fields', async () => {
    const oauth = app();
    const callback = await pressConsent(authorizeUrl(oauth), 'allow');
    expect(callback.origin + callback.pathname).toBe(redirectUri);
    expect(callback.searchParams.get('state')).toBe('state-1');
    const tokens = await oauth.requestToken(callback.searchParams.get('code') ?? '');
    const fields = [
      'access_token',
      'id',
      'instance_url',
      'issued_at',
      'refresh_token',
      'scope',
      'signature',
      'token_type',
    ];
    expect(Object.keys(tokens).sort()).toEqual(fields);
    expect(tokens.instance_url).toBe(`${sandbox.url}/salesforce`);
  });

  test('a person who presses Deny sends the app access_denied with its state', async () => {
    const callback = await pressConsent(authorizeUrl(app()), 'deny');
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({ error: 'access_denied', state: 'state-1' });
  });

  test.each([
    ['client_id', { client_id: 'somebody-else' }],
    ['redirect_uri', { redirect_uri: 'javascript:alert(1)' }],
  ])('a wrong %s is refused on the page and sent nowhere', async (_name, wrong) => {
    const url = new URL(authorizeUrl(app()));
    for (const [name, value] of Object.entries(wrong)) url.searchParams.set(name, value);
    const answer = await fetch(url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test.each([
    ['without a code challenge', { code_challenge: '' }, 'invalid_request'],
    ['with a plain code challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for a token', { response_type: 'token' }, 'unsupported_response_type'],
    ['for an unknown scope', { scope: 'api everything' }, 'invalid_scope'],
  ])('a request %s is sent back to the app with the error that names it', async (_name, wrong, error) => {
    const url = new URL(authorizeUrl(app()));
    for (const [name, value] of Object.entries(wrong)) url.searchParams.set(name, value);
    const answer = await fetch(url, { redirect: 'manual' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe(error);
  });

  test('a code works once', async () => {
    const oauth = app();
    const code = (await pressConsent(authorizeUrl(oauth), 'allow')).searchParams.get('code') ?? '';
    await oauth.requestToken(code);
    expect((await errorOf(oauth.requestToken(code))).name).toBe('invalid_grant');
  });

  test('a code is too old after a quarter of an hour', async () => {
    const oauth = app();
    const code = (await pressConsent(authorizeUrl(oauth), 'allow')).searchParams.get('code') ?? '';
    now += 15 * 60_000;
    expect((await errorOf(oauth.requestToken(code))).message).toBe('expired authorization code');
  });

  test('another verifier than the one that was hashed is refused', async () => {
    const oauth = app();
    const code = (await pressConsent(authorizeUrl(oauth), 'allow')).searchParams.get('code') ?? '';
    oauth.codeVerifier = 'another-verifier-of-a-fitting-length-0123456789';
    expect((await errorOf(oauth.requestToken(code))).message).toBe('invalid code verifier');
  });
});

describe('tokens', () => {
  test('an expired access token answers INVALID_SESSION_ID, and the client refreshes once and goes on', async () => {
    const connection = await connect();
    sandbox.control('salesforce', { expireAccessTokens: true });
    const { records } = await connection.query('SELECT Id FROM Account');
    expect(records).toHaveLength(3);
    const statuses = sandbox.exchanges().map(({ status }) => status);
    expect(statuses.slice(-3)).toEqual([401, 200, 200]);
  });

  test('a refresh keeps the refresh token unless rotation is on; then the old one is dead', async () => {
    const oauth = app();
    const { refresh_token: first = '' } = await grant(oauth);
    expect((await oauth.refreshToken(first)).refresh_token).toBeUndefined();
    sandbox.control('salesforce', { rotateRefreshTokens: true });
    const { refresh_token: second = '' } = await oauth.refreshToken(first);
    expect(second).not.toBe(first);
    expect(await errorOf(oauth.refreshToken(first))).toMatchObject({
      name: 'invalid_grant',
      message: 'expired access/refresh token',
    });
    await expect(oauth.refreshToken(second)).resolves.toMatchObject({ token_type: 'Bearer' });
  });

  test('a revoked grant refuses the access token and the refresh token', async () => {
    const connection = await connect();
    sandbox.control('salesforce', { revokeGrants: true });
    const error = await errorOf(connection.query('SELECT Id FROM Account'));
    expect(error.message).toContain('expired access/refresh token');
  });

  test('revoking the refresh token takes its access tokens with it', async () => {
    const oauth = app();
    const { refresh_token = '', access_token } = await grant(oauth);
    await oauth.revokeToken(refresh_token);
    const url = `${sandbox.url}/salesforce/services/data/v64.0/limits`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
    ]);
  });

  test('who am I, userinfo and introspection name the integration user', async () => {
    const connection = await connect();
    const identity = await connection.identity();
    expect(identity).toMatchObject({
      display_name: 'Integration User',
      organization_id: expect.stringMatching(/^00D\w{15}$/),
    });
    const body = new URLSearchParams({
      token: connection.accessToken ?? '',
      client_id: sandbox.settings().SALESFORCE_CLIENT_ID ?? '',
      client_secret: sandbox.settings().SALESFORCE_CLIENT_SECRET ?? '',
    });
    const answer = await fetch(`${sandbox.url}/salesforce/services/oauth2/introspect`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ active: true, scope: 'api refresh_token id' });
  });
});

describe('records', () => {
  test('a task is created, read, changed and deleted', async () => {
    const connection = await connect();
    const who = await idOf(
      connection,
      "SELECT Id FROM Contact WHERE Email = 'HANNA.verbeek@northwind-freight.example'",
    );
    const created = await connection
      .sobject('Task')
      .create({ Subject: ' Call back ', WhoId: who, ActivityDate: '2026-11-25' });
    expect(created).toEqual({ id: expect.stringMatching(/^00T\w{15}$/), success: true, errors: [] });
    const task = await connection.sobject('Task').retrieve(String(created.id));
    expect(task).toMatchObject({
      Subject: 'Call back',
      Status: 'Not Started',
      Priority: 'Normal',
      IsClosed: false,
      WhoId: who,
      CreatedDate: '2026-11-23T09:00:00.000+0000',
    });
    await connection.sobject('Task').update({ Id: String(created.id), Status: 'Completed' });
    expect(await connection.sobject('Task').retrieve(String(created.id))).toMatchObject({ IsClosed: true });
    await connection.sobject('Task').destroy(String(created.id));
    expect(await errorOf(connection.sobject('Task').retrieve(String(created.id)))).toMatchObject({
      errorCode: 'ENTITY_IS_DELETED',
    });
  });

  test('a status that no picklist offers is taken, as the standard field is not restricted', async () => {
    const connection = await connect();
    const created = await connection.sobject('Task').create({ Subject: 'x', Status: 'Parked by sales' });
    expect(created.success).toBe(true);
  });

  const contactId = makeId('003', 1);
  test.each([
    [
      'an unknown field',
      'Task',
      { Subject: 'x', Colour: 'red' },
      'INVALID_FIELD',
      "No such column 'Colour' on sobject of type Task",
    ],
    ['a subject of 256 characters', 'Task', { Subject: 'x'.repeat(256) }, 'STRING_TOO_LONG', '(max length=255)'],
    [
      'a description of 32,001 characters',
      'Task',
      { Description: 'x'.repeat(32_001) },
      'STRING_TOO_LONG',
      '(max length=32000)',
    ],
    [
      'a value outside a restricted picklist',
      'Task',
      { TaskSubtype: 'Fax' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Fax',
    ],
    ['an id that is none', 'Task', { WhoId: 'nobody' }, 'MALFORMED_ID', 'id value of incorrect type: nobody'],
    ['an owner who is no user', 'Task', { OwnerId: contactId }, 'MALFORMED_ID', contactId],
    [
      'a person who does not exist',
      'Task',
      { WhoId: makeId('003', 999) },
      'INVALID_CROSS_REFERENCE_KEY',
      'invalid cross reference id',
    ],
    ['an owner who has left', 'Task', { OwnerId: makeId('005', 5) }, 'INACTIVE_OWNER_OR_USER', 'inactive user'],
    [
      'a field that is read-only',
      'Task',
      { CreatedDate: '2026-01-01T00:00:00Z' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'CreatedDate',
    ],
    ['a date that is none', 'Task', { ActivityDate: '2026-02-30' }, 'JSON_PARSER_ERROR', 'date'],
    ['a number for a text', 'Task', { Subject: 7 }, 'JSON_PARSER_ERROR', 'VALUE_NUMBER_INT'],
    ['a lead without its company', 'Lead', { LastName: 'Silva' }, 'REQUIRED_FIELD_MISSING', '[Company]'],
    [
      'an e-mail address that is none',
      'Contact',
      { LastName: 'Silva', Email: 'silva' },
      'INVALID_EMAIL_ADDRESS',
      'silva',
    ],
  ])('%s is refused in the vendor’s words', async (_name, type, fields, errorCode, words) => {
    const connection = await connect();
    const before = sandbox.records('salesforce', type).length;
    const error = await errorOf(connection.sobject(type).create(fields));
    expect(error.errorCode).toBe(errorCode);
    expect(error.message).toContain(words);
    expect(sandbox.records('salesforce', type)).toHaveLength(before);
  });

  test('broken JSON is answered with the vendor’s own list of errors', async () => {
    const { accessToken } = await connect();
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const url = `${sandbox.url}/salesforce/services/data/v64.0/sobjects/Task`;
    const answer = await fetch(url, { method: 'POST', headers, body: '{"Subject": ' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual([{ errorCode: 'JSON_PARSER_ERROR', message: expect.any(String) }]);
  });

  test('a describe tells lengths, picklists and what may be written', async () => {
    const connection = await connect();
    const { fields } = await connection.sobject('Task').describe();
    const named = (name: string) => fields.find(field => field.name === name);
    expect(named('Subject')).toMatchObject({ length: 255, createable: true });
    expect(named('Description')).toMatchObject({ type: 'textarea', length: 32_000, filterable: false });
    expect(named('Status')?.picklistValues?.map(({ value }) => value)).toContain('Not Started');
    expect(named('CreatedDate')).toMatchObject({ createable: false, updateable: false });
  });
});

describe('many records in one call', () => {
  const subjects = () => (sandbox.records('salesforce', 'Task') as { Subject: string }[]).map(({ Subject }) => Subject);

  test('a collection answers one result per record, in order, and keeps the good ones', async () => {
    const connection = await connect();
    const results = await connection
      .sobject('Task')
      .create([{ Subject: 'one' }, { Subject: 'x'.repeat(256) }, { Subject: 'three' }]);
    expect(results).toEqual([
      { id: expect.stringMatching(/^00T/), success: true, errors: [] },
      { success: false, errors: [{ statusCode: 'STRING_TOO_LONG', message: expect.any(String), fields: ['Subject'] }] },
      { id: expect.stringMatching(/^00T/), success: true, errors: [] },
    ]);
    expect(subjects()).toEqual(['one', 'three']);
  });

  test('with allOrNone one failure takes the others back', async () => {
    const connection = await connect();
    const tasks = [{ Subject: 'one' }, { Colour: 'red' }];
    const results = await connection.sobject('Task').create(tasks, { allOrNone: true });
    const codes = results.map(({ errors }) => (errors[0] as { statusCode?: string }).statusCode);
    expect(codes).toEqual(['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'INVALID_FIELD']);
    expect(subjects()).toEqual([]);
  });

  test('a collection is changed and deleted', async () => {
    const connection = await connect();
    const created = await connection.sobject('Task').create([{ Subject: 'one' }, { Subject: 'two' }]);
    const ids = created.map(({ id }) => String(id));
    await connection.sobject('Task').update(ids.map(Id => ({ Id, Subject: `${Id.slice(0, 3)} changed` })));
    expect(subjects()).toEqual(['00T changed', '00T changed']);
    await connection.sobject('Task').destroy(ids);
    expect(subjects()).toEqual([]);
  });

  const composite = (allOrNone: boolean, subject: string) => ({
    allOrNone,
    compositeRequest: [
      {
        method: 'POST',
        url: '/services/data/v64.0/sobjects/Lead',
        referenceId: 'lead',
        body: { LastName: 'Silva', Company: 'Acme' },
      },
      {
        method: 'POST',
        url: '/services/data/v64.0/sobjects/Task',
        referenceId: 'task',
        body: { Subject: subject, WhoId: '@{lead.id}' },
      },
    ],
  });
  const codesOf = (answer: unknown) => {
    const { compositeResponse } = answer as {
      compositeResponse: { httpStatusCode: number; body: { errorCode?: string }[] }[];
    };
    return compositeResponse.map(({ httpStatusCode, body }) => body?.[0]?.errorCode ?? httpStatusCode);
  };

  test('a composite call names what an earlier part made', async () => {
    const connection = await connect();
    const before = sandbox.records('salesforce', 'Lead').length;
    expect(codesOf(await connection.requestPost('/composite', composite(true, 'Call')))).toEqual([201, 201]);
    const lead = sandbox.records('salesforce', 'Lead')[before] as { Id: string };
    expect(sandbox.records('salesforce', 'Task')).toMatchObject([{ WhoId: lead.Id }]);
  });

  test('a composite call with allOrNone halts the others and leaves nothing behind', async () => {
    const connection = await connect();
    const before = sandbox.records('salesforce', 'Lead').length;
    const answer = await connection.requestPost('/composite', composite(true, 'x'.repeat(256)));
    expect(codesOf(answer)).toEqual(['PROCESSING_HALTED', 'STRING_TOO_LONG']);
    expect(sandbox.records('salesforce', 'Lead')).toHaveLength(before);
  });

  test('their exchanges keep to the vendor’s contract', async () => {
    const connection = await connect();
    const created = await connection.sobject('Task').create([{ Subject: 'one' }, { Subject: 'two' }]);
    await connection.sobject('Task').destroy(created.map(({ id }) => String(id)));
    await connection.requestPost('/composite', composite(true, 'Call'));
    const { passed, output } = await checkExchanges(sandbox.exchanges());
    expect(passed ? '' : output).toBe('');
  });
});

describe('the daily limit', () => {
  test('every answer counts, and past the limit it is 403 REQUEST_LIMIT_EXCEEDED', async () => {
    const connection = await connect();
    sandbox.control('salesforce', { dailyLimit: 2 });
    await connection.query('SELECT Id FROM Account');
    expect(connection.limitInfo.apiUsage).toEqual({ used: 1, limit: 2 });
    await connection.query('SELECT Id FROM Account');
    expect(await errorOf(connection.query('SELECT Id FROM Account'))).toMatchObject({
      errorCode: 'REQUEST_LIMIT_EXCEEDED',
      message: 'TotalRequests Limit exceeded.',
    });
  });
});

describe('faults', () => {
  const post = (connection: Connection) => connection.sobject('Task').create({ Subject: 'Fault' });
  const tasks = { method: 'POST', path: '/sobjects/Task' };

  test('after-apply: the task is there and the answer never comes', async () => {
    const connection = await connect();
    sandbox.fault('salesforce', { match: tasks, fault: { reset: 'after-apply' } });
    await expect(post(connection)).rejects.toThrow('fetch failed');
    expect(sandbox.records('salesforce', 'Task')).toHaveLength(1);
    expect(sandbox.exchanges().at(-1)).toMatchObject({ only: 'request' });
  });

  test('before: the connection breaks and nothing is there', async () => {
    const connection = await connect();
    sandbox.fault('salesforce', { match: tasks, fault: { reset: 'before' } });
    await expect(post(connection)).rejects.toThrow('fetch failed');
    expect(sandbox.records('salesforce', 'Task')).toHaveLength(0);
  });
});

test('the page shows a person with their tasks, and what came in is only ever text', async () => {
  const connection = await connect();
  const who = await idOf(connection, "SELECT Id FROM Lead WHERE LastName = 'O\\'Malley'");
  await connection.sobject('Task').create({ Subject: '<img src=x onerror=alert(1)>', WhoId: who });
  const page = await (await fetch(sandbox.url)).text();
  expect(page).toContain('George O&#39;Malley');
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(page).not.toContain('<img');
});

test('every exchange of a client’s day keeps to the vendor’s contract', async () => {
  const connection = await connect();
  const who = await idOf(connection, 'SELECT Id, Owner.Name, Account.Name FROM Contact ORDER BY LastName LIMIT 1');
  const { id } = await connection.sobject('Task').create({ Subject: 'Follow up', WhoId: who, IsReminderSet: true });
  await connection.sobject('Task').update({ Id: String(id), Priority: 'High' });
  await connection.sobject('Task').retrieve(String(id));
  await connection.query(`SELECT Id, Description, Who.Name, Owner.Email FROM Task WHERE CreatedDate = TODAY`);
  await connection.query('SELECT COUNT() FROM Lead');
  await errorOf(connection.sobject('Task').create({ Colour: 'red' }));
  await errorOf(connection.sobject('Task').retrieve(makeId('00T', 999)));
  await errorOf(connection.query('SELECT Colour FROM Task'));
  sandbox.control('salesforce', { queryPageSize: 2 });
  await connection.query('SELECT Id FROM User', { autoFetch: true });
  for (const name of ['Task', 'Lead', 'Contact', 'Account', 'User']) await connection.sobject(name).describe();
  await connection.describeGlobal();
  await connection.limits();
  await connection.identity();
  await connection.sobject('Task').destroy(String(id));
  sandbox.control('salesforce', { expireAccessTokens: true });
  await connection.query('SELECT Id FROM Account');
  sandbox.fault('salesforce', { fault: { status: 503, body: [{ message: 'down', errorCode: 'SERVER_UNAVAILABLE' }] } });
  await errorOf(connection.query('SELECT Id FROM Account'));
  sandbox.control('salesforce', { revokeGrants: true });
  await errorOf(connection.query('SELECT Id FROM Account'));
  const { passed, output } = await checkExchanges(sandbox.exchanges());
  expect(passed ? '' : output).toBe('');
});

test('ids carry the checksum that the vendor documents', () => {
  expect(checksum('001A0000006Vm9r')).toBe('IAC');
  expect(fullId('001A0000006Vm9r')).toBe('001A0000006Vm9rIAC');
  expect(fullId('001A0000006Vm9rIAD')).toBeUndefined();
});
