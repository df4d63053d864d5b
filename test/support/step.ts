import type { Account, ActionContext, Connector, StepError, StepFacts } from '../../src/sdk/index.ts';

type Options = {
  facts?: Partial<StepFacts>;
  account?: Account;
  now?: number;
  stepKey?: string;
  signal?: AbortSignal;
  /** What `recall` answers, by key. */
  remembered?: Record<string, unknown>;
};

/** What the engine would give an action for one step. The notes that the action makes are collected beside it. */
export function stepOf<Client>(
  client: Client,
  options: Options = {},
): { context: ActionContext<Client>; notes: string[]; published: { topic: string; data: unknown }[] } {
  const { facts, account, now = Date.parse('2026-11-20T23:30:00Z'), stepKey = 'k'.repeat(40) } = options;
  const notes: string[] = [];
  const published: { topic: string; data: unknown }[] = [];
  const context: ActionContext<Client> = {
    client,
    stepKey,
    facts: { visitor: { fields: {}, external: {} }, workflow: { id: 'w1', name: 'Workflow' }, runId: 'r1', ...facts },
    account,
    settings: {},
    signal: options.signal ?? new AbortController().signal,
    now: () => now,
    note: sentence => notes.push(sentence),
    publish: async (topic, data) => void published.push({ topic, data }),
    recall: async key => options.remembered?.[key],
  };
  return { context, notes, published };
}

/** How a connector classifies the failure of this work; work that succeeds is an error of the test. */
export async function failureOf<Client>(connector: Connector<Client>, work: Promise<unknown>): Promise<StepError> {
  let output: unknown;
  try {
    output = await work;
  } catch (error) {
    return connector.classify(error);
  }
  throw new Error(`it should have failed, but gave ${JSON.stringify(output)}`);
}
