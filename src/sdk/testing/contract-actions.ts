import { setTimeout as pause } from 'node:timers/promises';
import type { Action } from '../connector.ts';
import type { Sample, SandboxHost } from './contract.ts';
import { actionsOf, type Given, verdict } from './contract-subject.ts';

// Long enough for a busy machine to get the request out before the caller gives up.
const GIVE_UP_MS = 800;
const LANDS_AFTER_MS = 1_600;

/** The tests of one action: what it does when refused, and what becomes of it when an answer is lost. */
export function actionTests(given: Given, action: Action, sample: Sample): void {
  const prepared = prepare(given, sample);
  const watched = watch(given, action, prepared);
  refusalTests(given, action, watched);
  replayTests(action, watched);
}

/** Has what must be there before made ahead of each test, and its output among the facts. */
function prepare({ connector, subject, host }: Given, sample: Sample): Sample & { requestsBefore(): number } {
  const { before } = sample;
  const made: { facts: Sample['facts']; requests: number } = { facts: sample.facts, requests: 0 };
  if (before)
    beforeEach(async () => {
      const action = actionsOf(connector).find(({ id }) => id === before.action);
      if (!action) throw new Error(`the sample names ${before.action}, which is no action`);
      const { value, error } = await subject()
        .step(action, { ...sample, input: before.input })
        .run();
      if (error) throw error;
      made.facts = { ...sample.facts, ...before.facts(value) };
      made.requests = host().exchanges().length;
    });
  return {
    ...sample,
    get facts() {
      return made.facts;
    },
    requestsBefore: () => made.requests,
  };
}

function watch({ connector, host, subject }: Given, action: Action, sample: ReturnType<typeof prepare>) {
  const vendor = connector.id;
  return {
    newStep: () => subject().step(action, sample),
    effects: () => sample.effects(type => host().records(vendor, type)),
    onEffect: (fault: Parameters<SandboxHost['fault']>[1]['fault'], times = 1) =>
      host().fault(vendor, { match: sample.effect, times, fault }),
    sent: () =>
      host()
        .exchanges()
        .filter(({ method, url }) => method === sample.effect.method && url.includes(sample.effect.path)).length,
    requests: () => host().exchanges().length - sample.requestsBefore(),
    // Repeating a safe action is no harm, so it need not tell the two apart.
    lost: action.replay === 'safe' ? /^(uncertain|transient):/ : /^uncertain:/,
    unsure: typeof action.replay === 'object' && 'whenUnsure' in action.replay,
    parks: typeof action.replay === 'object' && 'whenUnsure' in action.replay && action.replay.whenUnsure === 'park',
    once: action.replay === 'safe' || sample.matches === true,
  };
}
type Watched = ReturnType<typeof watch>;

function refusalTests(
  { connector, contract, host }: Given,
  action: Action,
  { newStep, effects, onEffect, sent, requests, lost }: Watched,
): void {
  const vendor = connector.id;

  it('makes one effect, and gives back what it declares', async () => {
    const { value, error } = await newStep().run();
    expect(error).toBeUndefined();
    expect(action.output.parse(value)).toEqual(value);
    expect(effects()).toBe(1);
  });

  for (const { title, fault } of contract.throttles)
    it(`waits when it is told to: ${title}`, async () => {
      onEffect(fault);
      const { error } = await newStep().run();
      expect(verdict({ error })).toMatch(/^throttled:/);
      expect(error?.details.retryAfterMs).toBeGreaterThan(0);
      expect(sent()).toBe(1);
      expect(effects()).toBe(0);
    });

  it('sends one request where the vendor fails, however often it would', async () => {
    onEffect({ status: 500 }, 5);
    const { error } = await newStep().run();
    expect(verdict({ error })).toMatch(lost);
    expect(sent()).toBe(1);
  });

  it('gives up at the first request that fails, whatever it is for', async () => {
    host().fault(vendor, { times: 10, fault: { status: 503 } });
    const { error } = await newStep().run();
    expect(verdict({ error })).toMatch(/^(uncertain|transient):/);
    expect(requests()).toBe(1);
  });

  it('does not take a page for an answer', async () => {
    onEffect({ status: 200, malformed: '<html><body>Down for maintenance</body></html>' });
    expect(verdict(await newStep().run())).toMatch(lost);
  });

  const { expireAccessTokens, withdrawCredentials } = contract.controls ?? {};
  const refuseIt = expireAccessTokens ?? withdrawCredentials;
  if (refuseIt !== undefined)
    it('says that its credential is not accepted any more, and changes nothing', async () => {
      host().control(vendor, refuseIt);
      const { error } = await newStep().run();
      expect(verdict({ error })).toMatch(/^unauthorized:/);
      expect(effects()).toBe(0);
    });
}

function replayTests(action: Action, { newStep, effects, onEffect, lost, unsure, parks, once }: Watched): void {
  it('makes one effect where the connection is reset before the effect', async () => {
    onEffect({ reset: 'before' });
    const step = newStep();
    expect(verdict(await step.run())).toMatch(lost);
    expect(effects()).toBe(0);
    if (unsure) return;
    expect((await step.settle()).error).toBeUndefined();
    expect(effects()).toBe(1);
  });

  it('makes one effect where the connection is reset after the effect landed', async () => {
    onEffect({ reset: 'after-apply' });
    const step = newStep();
    expect(verdict(await step.run())).toMatch(lost);
    expect(effects()).toBe(1);
    const { value, error } = await step.settle();
    expect(error).toBeUndefined();
    if (value !== undefined) expect(action.output.parse(value)).toEqual(value);
    if (!unsure) expect(effects()).toBe(1);
  });

  it('makes one effect where it lands only after the caller gave up', async () => {
    onEffect({ delayMs: LANDS_AFTER_MS });
    const step = newStep();
    expect(verdict(await step.run({ deadlineMs: GIVE_UP_MS }))).toMatch(lost);
    const landed = AbortSignal.timeout(15_000);
    while (effects() === 0 && !landed.aborted) await pause(10);
    expect(effects()).toBe(1);
    expect((await step.settle()).error).toBeUndefined();
    if (!unsure) expect(effects()).toBe(1);
  });

  it('keeps two steps with the same input apart', async () => {
    const [one, other] = [newStep(), newStep()];
    await one.run();
    await other.settle();
    // Where a person decides, settling does nothing by itself.
    expect(effects()).toBe(once || parks ? 1 : 2);
  });

  if (action.replay === 'safe' || action.replay === 'keyed')
    it('makes one effect where it runs twice with the same key', async () => {
      const step = newStep();
      await step.run();
      expect((await step.run()).error).toBeUndefined();
      expect(effects()).toBe(1);
    });
}
