// The vendors' sandbox alone: prints the lines for an env file, then stays up.
import { findSandboxes } from './find.ts';
import { startSandbox } from './server.ts';

const { SANDBOX_PORT = '4010', SANDBOX_CONSENT = 'page', SANDBOX_EXCHANGES } = process.env;

const refuse = (sentence: string): never => {
  console.error(sentence);
  process.exit(1);
};

const port = /^\d{1,5}$/.test(SANDBOX_PORT) && Number(SANDBOX_PORT) < 65_536 ? Number(SANDBOX_PORT) : undefined;
if (port === undefined) refuse(`SANDBOX_PORT must be a port number from 0 to 65535, not '${SANDBOX_PORT}'`);
if (SANDBOX_CONSENT !== 'page' && SANDBOX_CONSENT !== 'auto')
  refuse(`SANDBOX_CONSENT must be 'page' or 'auto', not '${SANDBOX_CONSENT}'`);

try {
  const sandbox = await startSandbox({
    vendors: await findSandboxes(),
    port,
    consent: SANDBOX_CONSENT === 'auto' ? 'auto' : 'page',
    exchangesFile: SANDBOX_EXCHANGES || undefined,
  });
  for (const [name, value] of Object.entries(sandbox.settings())) console.log(`${name}=${value}`);
  console.error(`The vendors' sandbox is at ${sandbox.url}/ (Ctrl-C ends it).`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void sandbox.close();
    });
} catch (error) {
  refuse(`the sandbox could not start: ${error instanceof Error ? error.message : String(error)}`);
}
