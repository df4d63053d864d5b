import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What to do at a command: say this, say nothing, or hang up. */
export type Act = string | 'hang' | 'drop';
/** By command: GREETING, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY (some of the message has come), DOT (all of it), QUIT. */
export type Script = Partial<Record<string, Act>>;

const usual: Script = {
  GREETING: '220 scripted',
  EHLO: '250 scripted',
  AUTH: '235 2.7.0 ok',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  DOT: '250 ok',
  QUIT: '221 bye',
};

/** A server of lines on a free port that answers each command as the test says, and remembers them and every connection. */
export async function startScriptedSmtp(script: Script) {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let message = '';
  const server = createServer(socket => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    let inData = false;
    let rest = '';
    const act = (command: string): Act => {
      const does = script[command] ?? usual[command] ?? (command === 'BODY' ? '' : '502 what?');
      if (does === 'drop') socket.destroy();
      else if (does !== 'hang' && does !== '') socket.write(`${does}\r\n`);
      return does;
    };
    act('GREETING');
    socket.on('data', chunk => {
      rest += chunk.toString('latin1');
      while (!socket.destroyed) {
        if (inData) {
          const end = rest.indexOf('\r\n.\r\n');
          if (act('BODY') !== '' || end < 0) return;
          message = rest.slice(0, end);
          rest = rest.slice(end + 5);
          inData = false;
          act('DOT');
        }
        const end = rest.indexOf('\r\n');
        if (end < 0) return;
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        commands.push(line);
        const command = /^[A-Z]+/i.exec(line)?.[0].toUpperCase() ?? '';
        inData = act(command).startsWith('354');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    connections: () => connections,
    message: () => message,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
