import type { Connection } from 'jsforce';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import { checksum, fullId, makeId } from './ids.ts';
import { errorOf, idOf, useSandbox } from './test-client.ts';

const { connect, sandbox } = useSandbox(startSandbox);

describe('the daily limit', () => {
  test('every answer counts, and past the limit it is 403 REQUEST_LIMIT_EXCEEDED', async () => {
    const connection = await connect();
    sandbox().control('salesforce', { dailyLimit: 2 });
    await connection.query('SELECT Id FROM Account');
    expect(connection.limitInfo.apiUsage).toEqual({ used: 1, limit: 2 });
    expect((await connection.limits()).DailyApiRequests).toEqual({ Max: 2, Remaining: 0 });
    sandbox().control('salesforce', { dailyUsed: 1 });
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
    sandbox().fault('salesforce', { match: tasks, fault: { reset: 'after-apply' } });
    await expect(post(connection)).rejects.toThrow('fetch failed');
    expect(sandbox().records('salesforce', 'Task')).toHaveLength(1);
    expect(sandbox().exchanges().at(-1)).toMatchObject({ only: 'request' });
  });

  test('before: the connection breaks and nothing is there', async () => {
    const connection = await connect();
    sandbox().fault('salesforce', { match: tasks, fault: { reset: 'before' } });
    await expect(post(connection)).rejects.toThrow('fetch failed');
    expect(sandbox().records('salesforce', 'Task')).toHaveLength(0);
  });
});

test('the page shows a person with their tasks, and what came in is only ever text', async () => {
  const connection = await connect();
  const who = await idOf(connection, "SELECT Id FROM Lead WHERE LastName = 'O\\'Malley'");
  await connection.sobject('Task').create({ Subject: '<img src=x onerror=alert(1)>', WhoId: who });
  const page = await (await fetch(sandbox().url)).text();
  expect(page).toContain('George O&#39;Malley');
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(page).not.toContain('<img');
});

test('the page shows who owns what, what a Lead became, and who is in which campaign', async () => {
  const connection = await connect();
  const fields = { Subject: 'Demo', StartDateTime: '2026-12-01T09:00:00Z', DurationInMinutes: 30 };
  await connection.sobject('Event').create({ ...fields, WhoId: makeId('003', 1), Location: 'Room <1>' });
  const page = (await (await fetch(sandbox().url)).text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  for (const words of [
    'Hanna Verbeek Contact · VP Operations, Northwind Freight · hanna.verbeek@northwind-freight.example · owned by Dana Whitfield',
    'When 2026-12-01 09:00 UTC Minutes 30 Where Room &lt;1&gt;',
    'Ines Duarte Cobalt Rail ines.duarte@cobalt-rail.example Converted to Ines Duarte Priya Raman',
    'Autumn Fleet Webinar Type Webinar',
    'Ellen Marsh Contact Harbor &amp; Pine Logistics Registered Yes',
  ])
    expect(page).toContain(words);
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
  sandbox().control('salesforce', { queryPageSize: 2 });
  await connection.query('SELECT Id FROM User', { autoFetch: true });
  for (const name of ['Task', 'Lead', 'Contact', 'Account', 'User']) await connection.sobject(name).describe();
  for (const name of ['Lead', 'Contact', 'Account', 'User'])
    await connection.sobject(name).retrieve(await idOf(connection, `SELECT Id FROM ${name} LIMIT 1`));
  await connection.sobject('Account').create({ Name: 'Acme', NumberOfEmployees: '31', Industry: 'Energy' });
  await connection.sobject('Lead').create({ LastName: 'Silva', Company: 'Acme', Email: 'ana@acme.example' });
  await connection.describeGlobal();
  await connection.limits();
  await connection.identity();
  await connection.sobject('Task').destroy(String(id));
  sandbox().control('salesforce', { expireAccessTokens: true });
  await connection.query('SELECT Id FROM Account');
  sandbox().fault('salesforce', {
    fault: { status: 503, body: [{ message: 'down', errorCode: 'SERVER_UNAVAILABLE' }] },
  });
  await errorOf(connection.query('SELECT Id FROM Account'));
  sandbox().control('salesforce', { revokeGrants: true });
  await errorOf(connection.query('SELECT Id FROM Account'));
  const { passed, output } = await checkExchanges(sandbox().exchanges());
  expect(passed ? '' : output).toBe('');
});

test('ids carry the checksum that the vendor documents', () => {
  expect(checksum('001A0000006Vm9r')).toBe('IAC');
  expect(fullId('001A0000006Vm9r')).toBe('001A0000006Vm9rIAC');
  expect(fullId('001A0000006Vm9rIAD')).toBeUndefined();
});
