import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { type DemoOptions, runDemo } from '../../demo/run.ts';
import { createScreen } from '../../demo/screen.ts';

let storeIn: string;
beforeEach(async () => {
  storeIn = await mkdtemp(path.join(os.tmpdir(), 'baton-e2e-'));
});
afterEach(async () => {
  // Fails where something was left behind.
  await rmdir(storeIn);
});

function demo(options: Partial<DemoOptions> = {}) {
  const output = new PassThrough();
  let shown = '';
  output.on('data', piece => {
    shown += piece;
  });
  const signal = new AbortController().signal;
  const result = runDemo({ screen: createScreen(output), conversations: 40, seed: 7, signal, storeIn, ...options });
  return { result, shown: () => shown };
}

describe('the demo', () => {
  test('connects every vendor, plays a whole day, and everything that was worked out by hand arrives', async () => {
    const { result, shown } = demo();
    const { good, stage } = await result;
    try {
      const answer = await fetch(`${stage.url}/v1/runs?limit=1`, {
        headers: { authorization: `Bearer ${stage.adminToken}` },
      });
      expect(answer.status).toBe(200);
    } finally {
      await stage.stop();
    }
    expect([good, shown().match(/^.*✘.*$/gm)]).toEqual([true, null]);
    expect(shown()).toMatch(/Connected {2}salesforce: .*\n.*\/salesforce\/services\/oauth2\/authorize/);
    expect(shown()).toMatch(/Connected {2}slack: Brightline Freight Software/);
    expect(shown()).toMatch(/Salesforce │ tasks on a contact or lead +│ +9 │ +9 │ ✔/);
    expect(shown()).toMatch(/Dana Whitfield’s own Salesforce.*\n +.*, as dana\.whitfield@brightline\.example/);
    expect(shown()).toMatch(/Salesforce │ Leads created +│ +3 │ +3 │ ✔/);
    expect(shown()).toMatch(/Salesforce │ events of cancelled meetings, deleted +│ +1 │ +1 │ ✔/);
    expect(shown()).toMatch(/Calls +\d+ calls of the Salesforce API for 16 runs/);
    expect(shown()).toMatch(/Connected {2}hubspot: .*\n.*\/hubspot\/oauth\/authorize/);
    for (const vendor of ['pardot', 'eloqua']) expect(shown()).toContain(`Connected  ${vendor}: `);
    for (const vendor of ['marketo', 'teams', 'google-analytics', 'qualified'])
      expect(shown()).toContain(`Typed in   ${vendor}: `);
    expect(shown()).toMatch(/HubSpot +│ meetings +│ +2 │ +2 │ ✔/);
    expect(shown()).toMatch(/is told: Dana Whitfield has claimed this already\./);
    expect(shown()).toMatch(/Salesforce +│ follow-up tasks +│ +1 │ +1 │ ✔/);
    expect(shown()).toMatch(/Website +│ events heard on the page +│ +1 │ +1 │ ✔/);
    expect(shown()).toMatch(/Baton │ sessions, ended once each +│ +(\d+) │ +\1 │ ✔/);
    for (const line of shown().split('\n')) expect([line, line.length <= 100]).toEqual([line, true]);
    expect(shown()).not.toContain('\x1b');
  }, 180_000);

  test('that is interrupted on the way leaves nothing behind', async () => {
    const interrupt = new AbortController();
    const output = new PassThrough();
    output.on('data', piece => {
      if (String(piece).includes('Playing')) interrupt.abort(new Error('interrupted'));
    });
    const { result } = demo({ screen: createScreen(output), signal: interrupt.signal });
    await expect(result).rejects.toThrow('interrupted');
  });

  test('says what to do where its port is taken, before it starts anything', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(demo({ port: String(port) }).result).rejects.toThrow(
      `Port ${port} is taken. Stop what uses it, set PORT to another, or unset it for a free one.`,
    );
    taken.close();
  });
});
