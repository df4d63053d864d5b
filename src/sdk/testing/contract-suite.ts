import * as z from 'zod';
import { checkConnector } from '../check.ts';
import type { Connector } from '../connector.ts';
import type { ConnectorContract, SandboxHost } from './contract.ts';
import { actionTests } from './contract-actions.ts';
import { ContractSubject, type Given, verdict } from './contract-subject.ts';

/**
 * Defines the tests that every connector with OAuth and a sandbox passes: OAuth with rotation, revoked grants, every form of "later",
 * answers lost after the effect landed, the same key twice, one request for one failing call, no secret in anything that it says.
 * Call it inside a `describe`; `host` is asked for once the tests run. It drives the connector alone, without the hub.
 */
export function connectorContract(connector: Connector, contract: ConnectorContract, host: () => SandboxHost): void {
  let subject: ContractSubject | undefined;
  const given: Given = {
    connector,
    contract,
    host,
    subject: () => {
      if (!subject) throw new Error('the suite has not begun');
      return subject;
    },
  };
  const restore: (() => void)[] = [];
  beforeAll(() => {
    subject = new ContractSubject(connector, host());
    restore.push(...listen(text => subject?.hear(text)));
  });
  beforeEach(async () => {
    host().reset();
    await given.subject().connect();
    await given.subject().whoAmI();
    host().reset();
  });
  afterAll(() => {
    for (const undo of restore) undo();
  });

  describesItself(given);
  describe('OAuth', () => oauthTests(given));
  describe.each(connector.actions)('$id', action => {
    const sample = contract.samples[action.id];
    if (!sample) it('has a sample in contract.ts', () => expect(contract.samples).toHaveProperty([action.id]));
    else actionTests(given, action, sample);
  });
  it('has never said a secret in an error, a note or a log line', () => {
    expect(given.subject().leaks()).toEqual([]);
  });
}

/** Hears what is written to the console and to the process's own streams. Answers how to undo it. */
function listen(hear: (text: string) => void): (() => void)[] {
  const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
  const streams = [process.stdout, process.stderr];
  return [
    ...methods.map(method => {
      const original = console[method];
      console[method] = (...said: unknown[]) => hear(said.map(String).join(' '));
      return () => {
        console[method] = original;
      };
    }),
    ...streams.map(stream => {
      const { write } = stream;
      stream.write = ((...said: Parameters<typeof write>) => {
        hear(String(said[0]));
        return write.apply(stream, said);
      }) as typeof write;
      return () => {
        stream.write = write;
      };
    }),
  ];
}

function describesItself({ connector }: Given): void {
  it('has the shape of a connector', () => {
    expect(checkConnector(connector.id, connector)).toEqual([]);
  });
  it.each(connector.actions)('$id gives every input a title and says what it means', ({ input }) => {
    const { properties = {} } = z.toJSONSchema(input, { io: 'input' });
    const silent = Object.entries(properties)
      .filter(
        ([, schema]) =>
          !(typeof schema === 'object' && schema.title && JSON.stringify(schema).includes('"description"')),
      )
      .map(([name]) => name);
    expect(silent).toEqual([]);
  });
  it('takes an error that nobody foresaw for a defect', () => {
    expect(connector.classify(new TypeError('x is not a function')).kind).toBe('defect');
  });
}

function oauthTests({ connector, contract, host, subject }: Given): void {
  const vendor = connector.id;
  const tokenFault = (fault: { status?: number; malformed?: string; reset?: 'before' }) =>
    host().fault(vendor, { match: { path: contract.tokenPath }, fault });
  const rotated = async () => {
    if (contract.controls.rotateRefreshTokens) host().control(vendor, contract.controls.rotateRefreshTokens);
    return subject().connect();
  };

  it('says who is connected', async () => {
    const { value } = await subject().whoAmI();
    expect(value).toMatchObject({ id: expect.stringMatching(/./), name: expect.stringMatching(/./) });
  });

  it('refreshes to a token that works, and keeps the new refresh token', async () => {
    const before = await rotated();
    host().control(vendor, contract.controls.expireAccessTokens);
    expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
    const { value: after } = await subject().refresh(before);
    expect(after?.accessToken.reveal()).not.toBe(before.accessToken.reveal());
    expect(after?.refreshToken?.reveal()).not.toBe(before.refreshToken?.reveal());
    expect((await subject().whoAmI()).value).toBeDefined();
  });

  it('takes a used-up refresh token for a dead grant', async () => {
    const before = await rotated();
    const { value: after } = await subject().refresh(before);
    expect(verdict(await subject().refresh(before))).toMatch(/^unauthorized:/);
    expect(after).toBeDefined();
  });

  it.each([
    ['HTTP 503', { status: 503 }],
    ['a page instead of an answer', { status: 502, malformed: '<html><body>Bad gateway</body></html>' }],
    ['a reset connection', { reset: 'before' as const }],
  ])('condemns nobody for an outage of the token endpoint: %s', async (_title, fault) => {
    const grant = await rotated();
    tokenFault(fault);
    expect(verdict(await subject().refresh(grant))).toMatch(/^transient:/);
    expect((await subject().refresh(grant)).value).toBeDefined();
  });

  it('sees a revoked grant, both in a call and in a refresh', async () => {
    const grant = await rotated();
    host().control(vendor, contract.controls.revokeGrants);
    expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
    expect(verdict(await subject().refresh(grant))).toMatch(/^unauthorized:/);
  });

  it('gives its access back', async () => {
    const grant = await rotated();
    expect((await subject().revoke(grant)).error).toBeUndefined();
    expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
  });
}
