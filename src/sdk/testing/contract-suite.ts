import * as z from 'zod';
import { checkConnector } from '../check.ts';
import type { Connector } from '../connector.ts';
import type { ConnectorContract, SandboxHost } from './contract.ts';
import { actionTests } from './contract-actions.ts';
import { keyTests, typeIn } from './contract-key.ts';
import { consent, oauthTests } from './contract-oauth.ts';
import { actionsOf, ContractSubject, type Given } from './contract-subject.ts';

/**
 * Defines the tests that every connector with a sandbox passes: how it is connected (OAuth with rotation and revoked grants, or typed
 * values that are wrong, withdrawn or exchanged again), every form of "later", answers lost after the effect landed, the same key twice,
 * one request for one failing call, no secret in anything that it says.
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
    subject = new ContractSubject(connector, host(), contract.options);
    restore.push(...listen(text => subject?.hear(text)));
  });
  beforeEach(async () => {
    host().reset();
    await connect(given);
    if (connector.whoAmI) await given.subject().whoAmI();
    host().reset();
  });
  afterAll(() => {
    for (const undo of restore) undo();
  });

  describesItself(given);
  if (connector.whoAmI)
    it('says who is connected', async () => {
      const { value } = await given.subject().whoAmI();
      expect(value).toMatchObject({ id: expect.stringMatching(/./), name: expect.stringMatching(/./) });
    });
  if (connector.auth.kind === 'oauth2') describe('OAuth', () => oauthTests(given));
  if (connector.auth.kind === 'key') describe('typed values', () => keyTests(given));
  for (const action of actionsOf(connector))
    describe(action.id, () => {
      const sample = contract.samples[action.id];
      if (!sample) it('has a sample in contract.ts', () => expect(contract.samples).toHaveProperty([action.id]));
      else actionTests(given, action, sample);
    });
  it('has never said a secret in an error, a note or a log line', () => {
    expect(given.subject().leaks()).toEqual([]);
  });
}

async function connect({ connector, contract, host, subject }: Given): Promise<void> {
  const { kind } = connector.auth;
  if (kind === 'oauth2') await consent(subject());
  if (kind === 'key') await typeIn(subject(), contract, host().settings());
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
  for (const { id, input } of actionsOf(connector))
    it(`${id} gives every input a title and says what it means`, () => {
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
