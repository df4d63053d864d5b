import type { Grant } from '../auth.ts';
import { grantOfValues, openValues, secretFields } from '../typed-values.ts';
import type { ConnectorContract } from './contract.ts';
import { outages } from './contract-outages.ts';
import { type ContractSubject, type Given, type Tried, verdict } from './contract-subject.ts';

type Values = Record<string, string>;

/** Makes a grant of what an admin typed, as the engine does when it is saved and whenever the grant has ended. */
export async function typeIn(
  subject: ContractSubject,
  contract: ConnectorContract,
  lines: Record<string, string>,
  over: Values = {},
): Promise<Grant> {
  const auth = subject.auth('key');
  const { values: given } = contract;
  if (!given) throw new Error('contract.ts names no values to type in');
  const typed = { ...(typeof given === 'function' ? given(lines) : given), ...over };
  const values = auth.fields.strict().parse(typed) as Values;
  for (const name of secretFields(auth)) if (values[name]) subject.hide(values[name]);
  if (!auth.exchange) return subject.use(grantOfValues(auth, values));
  const { settings } = subject;
  const call = { settings, options: openValues(auth, values), signal: subject.signal() };
  return subject.use(await auth.exchange({ ...call, values }));
}

/** The tests of typed values: they open an account, wrong and withdrawn ones are told apart from an outage. */
export function keyTests(given: Given): void {
  const { connector, contract, host, subject } = given;
  const { auth } = connector;
  if (auth.kind !== 'key') return;
  const vendor = connector.id;
  const { neverRefused, controls: { withdrawCredentials } = {} } = contract;
  const exchange = (over?: Values): Promise<Tried<Grant>> =>
    subject().attempt(() => typeIn(subject(), contract, host().settings(), over));
  /** What the vendor says of typed values: in the exchange, else in the first call with them. */
  const connect = async (over?: Values): Promise<string> => {
    const grant = await exchange(over);
    return verdict(grant.error ? grant : await subject().whoAmI());
  };

  it('has in contract.ts how its credentials are withdrawn, or why none is ever refused', () => {
    expect([withdrawCredentials !== undefined, neverRefused !== undefined]).toContain(true);
  });

  if (withdrawCredentials !== undefined) {
    it('sees that its credentials were withdrawn', async () => {
      host().control(vendor, withdrawCredentials);
      expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
      expect(await connect()).toMatch(/^unauthorized:/);
    });

    for (const name of secretFields(auth))
      it(`takes a wrong ${name} for wrong credentials`, async () => {
        expect(await connect({ [name]: 'mistyped-0123456789abcdef' })).toMatch(/^unauthorized:/);
        expect(await connect()).toBe('it succeeded');
      });
  }

  if (auth.exchange) exchangeTests(given, exchange);
}

function exchangeTests(
  { connector, contract, host, subject }: Given,
  exchange: (over?: Values) => Promise<Tried<Grant>>,
): void {
  const vendor = connector.id;
  const { tokenPath, controls: { expireAccessTokens } = {} } = contract;
  it('has in contract.ts what the tests of an exchange need', () => {
    expect({ tokenPath, expireAccessTokens }).toEqual({
      tokenPath: expect.stringMatching(/./),
      expireAccessTokens: expect.anything(),
    });
  });

  it('exchanges the typed values again for a token that works, once the last one has ended', async () => {
    const { value: before } = await exchange();
    host().control(vendor, expireAccessTokens);
    expect(verdict(await subject().whoAmI())).toMatch(/^unauthorized:/);
    const { value: after } = await exchange();
    expect(after?.accessToken.reveal()).not.toBe(before?.accessToken.reveal());
    expect(verdict(await subject().whoAmI())).toBe('it succeeded');
  });

  it.each(outages)('condemns nobody for an outage of the token endpoint: $title', async ({ fault }) => {
    host().fault(vendor, { match: { path: tokenPath }, fault });
    expect(verdict(await exchange())).toMatch(/^transient:/);
    expect(verdict(await exchange())).toBe('it succeeded');
  });
}
