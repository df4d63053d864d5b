import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const run = (script: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], { cwd: root }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr));
      else resolve(JSON.parse(stdout));
    });
  });

const preamble = `
  import { createRequire } from 'node:module';
  import { loadConnectors } from './src/connectors.ts';
  const { cache } = createRequire(process.cwd() + '/x.js');
  const loaded = () => Object.keys(cache).filter(file => /teams-ai|botbuilder|botframework|openai|gpt-tokenizer/.test(file)).length;
  const teams = (await loadConnectors()).connectors.get('teams');
`;

test('Microsoft’s library is not loaded by a hub that only has the connector', async () => {
  const script = `${preamble}
    const settings = teams.settings.parse({});
    teams.open({ settings, timeoutMs: 1000 });
    const request = { method: 'POST', url: '/', headers: {}, body: Buffer.from('{}'), ip: '', receivedAt: 0, signal: AbortSignal.timeout(1000) };
    const { status } = await teams.inbound[0].answer(request, { settings });
    console.log(JSON.stringify({ status, loaded: loaded(), requires: teams.inbound[0].requires }));`;
  expect(await run(script)).toEqual({ status: 401, loaded: 0, requires: ['TEAMS_APP_ID'] });
});

test('it is loaded at the first call that looks like one of Teams', async () => {
  const script = `${preamble}
    const { botOf } = await import('./connectors/teams/inbound/bot.ts');
    const before = loaded();
    await botOf(teams.settings.parse({ TEAMS_APP_ID: 'x' }));
    console.log(JSON.stringify({ before, after: loaded() > 0 }));`;
  expect(await run(script)).toEqual({ before: 0, after: true });
});
