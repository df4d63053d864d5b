import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { SandboxContext } from '../../../src/sdk/testing/sandbox.ts';
import { selfSigned } from './certificate.ts';
import { type ParsedMail, readMail } from './mime.ts';

export const account = { user: 'baton', password: 'sandbox-mail-password' };
export const domain = 'brightline.example';
const GREYLIST_SECONDS = 300;

/** What an administrator of the mail server may turn. */
export type Controls = {
  /** The first try of a sender for a recipient is put off for five minutes. */
  greylist: boolean;
  refuseLogin: boolean;
  /** STARTTLS is offered, and nobody signs in without it. */
  startTls: boolean;
  /** Bytes of one mail. */
  sizeLimit: number;
};
export const controlDefaults: Controls = {
  greylist: false,
  refuseLogin: false,
  startTls: true,
  sizeLimit: 25 * 1024 * 1024,
};

export type StoredMail = ParsedMail & {
  id: number;
  at: string;
  envelope: { from: string; to: string[] };
  tls: boolean;
  user?: string;
};

/** A refusal with its code, as the server's own answers carry them. */
const refusal = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

type Done = (error?: Error | null) => void;
type Context = Pick<SandboxContext, 'now' | 'fault'>;

/** A mail server that takes mail of its one account to anywhere. */
export const createMailServer = ({ now, fault }: Context) => {
  const controls = { ...controlDefaults };
  let mails: StoredMail[] = [];
  let firstTries = new Map<string, number>();
  const sockets = new Set<Socket>();
  const { cert, key } = selfSigned(['localhost', `mail.${domain}`]);

  const hangUp = ({ remotePort }: SMTPServerSession) => {
    for (const socket of sockets) if (socket.remotePort === remotePort) socket.destroy();
  };

  /** Meets a scripted fault, else goes on. Only DATA meets those that name no command. */
  const meet = async (session: SMTPServerSession, method: string, path: string, apply: () => void, done: Done) => {
    const met = await fault({ method, path, named: method !== 'DATA' });
    if (met?.reset === 'after-apply') apply();
    if (met?.reset) return hangUp(session);
    if (met?.status !== undefined)
      return done(refusal(met.status, typeof met.body === 'string' ? met.body : 'Scripted fault'));
    try {
      apply();
      done();
    } catch (error) {
      done(error as Error);
    }
  };

  const greylist = (from: string, to: string) => {
    if (!controls.greylist) return;
    const pair = `${from} ${to}`;
    const first = firstTries.get(pair) ?? now();
    firstTries.set(pair, first);
    const wait = GREYLIST_SECONDS - Math.floor((now() - first) / 1000);
    if (wait > 0) throw refusal(451, `4.7.1 <${to}>: Greylisted, please try again in ${wait} seconds`);
  };

  const server = new SMTPServer({
    name: `mail.${domain}`,
    banner: 'sandbox',
    cert,
    key,
    disableReverseLookup: true,
    hideSMTPUTF8: true,
    size: controls.sizeLimit,
    closeTimeout: 1,
    onConnect: (session, done) => void meet(session, 'CONNECT', '/', () => {}, done),
    onSecure: (_socket, session, done) => void meet(session, 'STARTTLS', '/', () => {}, done),
    onAuth: (auth, session, done) => {
      const check = () => {
        const right = auth.username === account.user && auth.password === account.password;
        if (!right || controls.refuseLogin) throw refusal(535, '5.7.8 Error: authentication failed');
      };
      void meet(session, 'AUTH', '/', check, error => (error ? done(error) : done(null, { user: account.user })));
    },
    onMailFrom: ({ address }, session, done) => {
      const check = () => {
        if (!address.endsWith(`@${domain}`))
          throw refusal(553, `5.7.1 <${address}>: Sender address rejected: not owned by user ${account.user}`);
      };
      void meet(session, 'MAIL', `/${address}`, check, done);
    },
    onRcptTo: ({ address }, session, done) => {
      const check = () => {
        if (address.endsWith('@nowhere.example'))
          throw refusal(550, `5.1.2 <${address}>: Recipient address rejected: Domain not found`);
        const from = session.envelope.mailFrom;
        greylist(from ? from.address : '', address);
      };
      void meet(session, 'RCPT', `/${address}`, check, done);
    },
    onData: async (stream, session, done) => {
      const raw = await buffer(stream);
      const { mailFrom, rcptTo } = session.envelope;
      const store = () => {
        if (stream.sizeExceeded) throw refusal(552, '5.3.4 Message size exceeds fixed limit');
        mails.push({
          id: mails.length + 1,
          at: new Date(now()).toISOString(),
          envelope: { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) },
          tls: session.secure,
          ...(session.user && { user: session.user }),
          ...readMail(raw),
        });
      };
      await meet(session, 'DATA', '/messages', store, done);
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const apply = () => {
    const { startTls, sizeLimit } = controls;
    Object.assign(server.options, {
      size: sizeLimit,
      disabledCommands: startTls ? [] : ['STARTTLS'],
      allowInsecureAuth: !startTls,
    });
  };

  return {
    controls,
    mails: () => mails,
    certificate: cert,
    set(changes: Partial<Controls>): void {
      Object.assign(controls, changes);
      apply();
    },
    reset(): void {
      mails = [];
      firstTries = new Map();
      Object.assign(controls, controlDefaults);
      apply();
    },
    port: () => (server.server.address() as AddressInfo).port,
    async start(): Promise<void> {
      const listening = once(server.server, 'listening');
      server.listen(0, '127.0.0.1');
      await listening;
    },
    async close(): Promise<void> {
      const closed = new Promise<void>(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
