import { pushRecord } from '../../connectors/hubspot/actions/push-record.ts';
import type { HubSpotClient } from '../../connectors/hubspot/client.ts';
import hubspot from '../../connectors/hubspot/index.ts';
import type { HubSpotPushInput } from '../../connectors/hubspot/push.ts';
import vendor from '../../connectors/hubspot/sandbox/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import {
  type Action,
  type BatchItem,
  type MappedField,
  type PendingItem,
  StepError,
  type StepFacts,
} from '../../src/sdk/index.ts';
import { mappedByDefault } from '../../src/sdk/testing/mapped.ts';
import { checkExchanges } from './contracts.ts';
import { connectTo } from './hubspot-sandbox.ts';
import { stepOf } from './step.ts';

export type Row = { id: string; properties: Record<string, string | null>; associations: string[] };
export type Visitor = { email?: string; fields?: Record<string, unknown> } & Partial<StepFacts>;

export const hanna = 'hanna.verbeek@northwind-freight.example';
export const tomas = 'tomas.lindqvist@northwind-freight.example';
export const ellen = 'ellen.marsh@harborpine.example';
export const amara = 'amara.diallo@lumen-robotics.example';

/** What is known of a step whose visitor has this e-mail. */
export const about = ({ email, fields = {}, ...more }: Visitor): Partial<StepFacts> => {
  const visitor = more.visitor ?? { email, fields, external: {} };
  return { visitor, mapped: mappedByDefault(hubspot, visitor), ...more };
};
export const mapped = (...contacts: MappedField[]) => ({ mapped: { contacts } });
export const line = (field: string, value: unknown, update: MappedField['update'] = 'always') => ({
  field,
  value,
  update,
});

/** One HubSpot sandbox for a test file, emptied before every test, with the connector connected to it. */
export function useHubSpot() {
  const clock = { now: Date.parse('2026-11-23T09:00:00Z') };
  const seen: object[] = [];
  let sandbox: Sandbox;
  let client: HubSpotClient;
  let slow = (): unknown => undefined;
  let steps = 0;

  beforeAll(async () => {
    sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now, wait: async () => slow() });
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    // Later than what an earlier test made the connector remember of the account; then what is asked for once is known.
    clock.now += 3_600_000;
    sandbox.reset();
    await reconnect();
    await push({ email: 'warm.up@elsewhere.example' });
    sandbox.reset();
  });
  afterEach(() => {
    seen.push(...sandbox.exchanges());
  });

  async function reconnect(options?: Record<string, string>): Promise<void> {
    client = await connectTo(sandbox, options);
  }
  async function push(visitor: Visitor) {
    const { context, notes } = stepOf(client, { facts: about(visitor), now: clock.now });
    const output = await pushRecord.run(context, {});
    return { output, notes: notes.join(' ') };
  }
  const rows = (type: string) => sandbox.records('hubspot', type) as Row[];
  const byEmail = (email: string) => rows('contacts').find(({ properties }) => properties.email === email);

  return {
    clock,
    reconnect,
    push,
    rows,
    byEmail,
    sandbox: () => sandbox,
    client: () => client,
    idOf: (email: string) => byEmail(email)!.id,
    control: (body: object) => sandbox.control('hubspot', body),
    fault: (path: string, fault: object, times = 1) =>
      sandbox.fault('hubspot', { match: { method: 'POST', path }, times, fault }),
    /** Which calls were made, as `POST /path`. */
    wire: () => sandbox.exchanges().map(({ method, url }) => `${method} ${new URL(url).pathname}`),
    /** What happens at HubSpot while the next call to `path` is on its way. */
    meanwhile(path: string, work: () => unknown): void {
      sandbox.fault('hubspot', { match: { path }, fault: { delayMs: 1 } });
      slow = work;
    },
    pushMany(visitors: Visitor[]) {
      const { context } = stepOf(client, { now: clock.now });
      const items: BatchItem<HubSpotPushInput>[] = visitors.map((visitor, index) => ({
        stepKey: `step-${index}-${'k'.repeat(32)}`,
        facts: stepOf(client, { facts: about(visitor) }).context.facts,
        input: {},
        note: () => {},
      }));
      return pushRecord.batch!.run(context, items);
    },
    /** A step of its own key; `settings` on top of the sandbox's. */
    stepFor(facts: Partial<StepFacts>, settings: Record<string, string | undefined> = {}) {
      steps += 1;
      const step = stepOf(client, { facts, now: clock.now, stepKey: `step-${steps}-${'k'.repeat(32)}` });
      return { ...step, context: { ...step.context, settings: { ...sandbox.settings(), ...settings } } };
    },
    /** What the engine does with a step whose outcome is not known. */
    async settle<Input, Output>(
      action: Action<Input, Output, HubSpotClient>,
      { context }: ReturnType<typeof stepOf<HubSpotClient>>,
      input: Input,
    ): Promise<Output> {
      clock.now += 60_000;
      const { replay } = action;
      if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error(`${action.id} must be findable`);
      const { stepKey, facts } = context;
      const item: PendingItem<Input> = { stepKey, firstTriedAt: clock.now, input, facts };
      const [found] = await replay.findMany(context, [item]);
      if (found instanceof StepError) throw found;
      return found ?? action.run(context, input);
    },
    /** Call it last in a file: every exchange of its tests is checked against the vendor's contract, at once. */
    checkContract: () =>
      test('every exchange of these tests keeps to the vendor’s contract', async () => {
        expect(seen.length).toBeGreaterThan(10);
        const { passed, output } = await checkExchanges(seen);
        expect(passed ? '' : output).toBe('');
      }),
  };
}
