import tls from 'node:tls';
import { inspect } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { selfSigned } from './sandbox/certificate.ts';
import { mailer } from './test-mail.ts';
import { type Script, startScriptedSmtp } from './test-server.ts';

const MAIL_FROM = 'baton@example.com';

/** Sends one mail through a server that answers as scripted. */
async function against(script: Script, { query = '', login = '' } = {}) {
  const server = await startScriptedSmtp(script);
  const { run, fails } = mailer(() => ({ MAIL_FROM, SMTP_URL: `smtp://${login}127.0.0.1:${server.port}${query}` }));
  return { server, run, fails };
}

test.each([
  ['EHLO', 'hang', 'transient'],
  ['EHLO', 'drop', 'transient'],
  ['MAIL', 'drop', 'transient'],
  ['DATA', 'hang', 'transient'],
  ['DATA', 'drop', 'transient'],
  ['DATA', '451 4.3.0 later', 'transient'],
  ['DATA', '554 5.7.1 no', 'rejected'],
  ['DOT', 'hang', 'uncertain'],
  ['DOT', 'drop', 'uncertain'],
  ['DOT', '354 what?', 'uncertain'],
  ['DOT', '421 4.3.2 closing', 'transient'],
  ['DOT', '451 4.3.0 later', 'transient'],
  ['DOT', '554 5.7.1 no', 'rejected'],
  ['GREETING', 'nonsense', 'transient'],
])('a server that answers %s with %s: %s, after one connection', async (command, act, kind) => {
  const { server, fails } = await against({ [command]: act });
  expect((await fails({}, { timeoutMs: 300 })).kind).toBe(kind);
  expect(server.connections()).toBe(1);
  await server.close();
});

test('a mail that breaks off in the middle was surely not sent', async () => {
  const { server, fails } = await against({ BODY: 'drop' });
  const error = await fails({ body: 'word '.repeat(4_000_000) }, { timeoutMs: 5_000 });
  expect(error.kind).toBe('transient');
  await server.close();
});

test('with PIPELINING, what was refused is still told apart', async () => {
  const extensions = { EHLO: '250-scripted\r\n250 PIPELINING' };
  const refused = await against({ ...extensions, RCPT: '550 5.1.1 nobody', DATA: '554 5.5.1 no recipients' });
  expect(await refused.fails()).toMatchObject({ kind: 'rejected', details: { vendorCode: '550 5.1.1', field: 'to' } });
  await refused.server.close();
  const deferred = await against({ ...extensions, RCPT: '450 4.7.1 Greylisted', DATA: '554 5.5.1 no recipients' });
  expect((await deferred.fails()).kind).toBe('transient');
  await deferred.server.close();
});

test('the password does not leave in the clear: neither where no TLS is offered, nor where it breaks', async () => {
  const login = 'baton:hush-hush@';
  const none = await against({ EHLO: '250-scripted\r\n250 AUTH PLAIN LOGIN' }, { login });
  const error = await none.fails();
  expect([error.kind, error.message]).toEqual(['forbidden', expect.stringContaining('STARTTLS')]);
  expect(none.server.commands.join()).not.toMatch(/AUTH/);
  await none.server.close();
  const asked = await against(
    { EHLO: '250-scripted\r\n250 AUTH PLAIN', AUTH: '535 5.7.8 AGJhdG9uAGh1c2gtaHVzaA== is wrong, hush-hush' },
    { login, query: '?ignoreTLS=true' },
  );
  const refused = await asked.fails();
  expect(asked.server.commands).toContain('AUTH PLAIN AGJhdG9uAGh1c2gtaHVzaA==');
  expect(refused.details.vendorMessage).toBe('‹secret› is wrong, ‹secret›');
  expect(inspect(refused, { depth: 10, showHidden: true })).not.toMatch(/hush|AGJhdG9u/);
  await asked.server.close();
});

test('it says goodbye, and does not wait for the answer', async () => {
  const { server, run } = await against({ QUIT: 'hang' });
  await run();
  await run();
  expect(server.commands.filter(command => command === 'QUIT').length).toBeGreaterThan(0);
  await server.close();
});

describe('certificates', () => {
  const mine = selfSigned(['mail.example.com']);
  let server: SMTPServer;
  let arrived = 0;
  const listen = (secure: boolean) =>
    new Promise<number>(resolve => {
      server = new SMTPServer({
        secure,
        ...mine,
        authOptional: true,
        disableReverseLookup: true,
        closeTimeout: 1,
        onData: (stream, session, done) => {
          stream.resume().on('end', () => {
            if (session.secure) arrived += 1;
            done();
          });
        },
      });
      server.on('error', () => {});
      const listener = server.listen(0, '127.0.0.1', () => resolve((listener.address() as { port: number }).port));
    });
  beforeEach(() => {
    arrived = 0;
  });
  afterEach(() => new Promise<void>(done => server.close(done)));
  const ours = tls.getCACertificates();
  afterAll(() => tls.setDefaultCACertificates(ours));

  test.each([
    ['smtp', false],
    ['smtps', true],
  ])('of their own making are refused over %s, unless the address says not to look', async (scheme, secure) => {
    const port = await listen(secure);
    const strict = mailer(() => ({ MAIL_FROM, SMTP_URL: `${scheme}://localhost:${port}` }));
    const error = await strict.fails();
    expect([error.kind, error.details.park, error.message]).toEqual([
      'forbidden',
      true,
      expect.stringContaining('certificate is not trusted'),
    ]);
    expect(arrived).toBe(0);
    const lax = mailer(() => ({ MAIL_FROM, SMTP_URL: `${scheme}://localhost:${port}?tls.rejectUnauthorized=false` }));
    await lax.run();
    expect(arrived).toBe(1);
  });

  test('of somebody whom the machine trusts are taken for their own host, and for no other', async () => {
    const port = await listen(true);
    tls.setDefaultCACertificates([...ours, mine.cert]);
    const right = mailer(() => ({ MAIL_FROM, SMTP_URL: `smtps://127.0.0.1:${port}` }));
    await right.run();
    expect(arrived).toBe(1);
    const wrong = mailer(() => ({ MAIL_FROM, SMTP_URL: `smtps://localhost:${port}` }));
    expect(await wrong.fails()).toMatchObject({
      kind: 'forbidden',
      details: { vendorCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(arrived).toBe(1);
  });
});
