import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Action, BatchItem, Grant, StepError, StepFacts } from '../../src/sdk/index.ts';
import { mappedByDefault } from '../../src/sdk/testing/mapped.ts';
import { stepOf } from '../../test/support/step.ts';
import { auth } from './auth.ts';
import type { MarketoClient } from './client.ts';
import marketo from './index.ts';
import vendor from './sandbox/index.ts';

/** 10:00 in London, 4:00 in Chicago: a Monday in winter. */
export const NOW = Date.parse('2026-11-23T10:00:00Z');

export type Row = Record<string, unknown>;
export type Instance = Sandbox & {
  values(over?: Record<string, string>): Record<string, string>;
  /** Exchanges typed values for a grant, and opens a client with it. */
  grant(over?: Record<string, string>): Promise<Grant>;
  client(over?: Record<string, string>): Promise<MarketoClient>;
  rows(type: 'leads' | 'listMembers' | 'programMembers' | 'activities'): Row[];
  /** Every request, also those that no contract covers; `/identity` is left out. */
  calls(): { method: string; url: string; requestBody?: string }[];
  clock: { now: number };
};

/** A Marketo instance of the sandbox, whose clock stands still. `everything`: exchanges that no contract covers are recorded, too. */
export async function startInstance({ everything = true } = {}): Promise<Instance> {
  const clock = { now: NOW };
  const vendors = [everything ? { ...vendor, uncovered: () => false } : vendor];
  const sandbox = await startSandbox({ vendors, now: () => clock.now });
  const values = (over: Record<string, string> = {}) => {
    const lines = sandbox.settings();
    return {
      baseUrl: lines.MARKETO_BASE_URL ?? '',
      clientId: lines.MARKETO_CLIENT_ID ?? '',
      clientSecret: lines.MARKETO_CLIENT_SECRET ?? '',
      ...over,
    };
  };
  const grant = async (over?: Record<string, string>) =>
    auth.exchange!({
      settings: sandbox.settings(),
      options: {},
      signal: AbortSignal.timeout(5_000),
      values: values(over),
    });
  return {
    ...sandbox,
    clock,
    values,
    grant,
    client: async over => open(await grant(over), sandbox),
    rows: type => sandbox.records('marketo', type) as Row[],
    calls: () => sandbox.exchanges().filter(({ url }) => !url.includes('/identity/')),
  };
}

const open = (grant: Grant, sandbox: Sandbox): MarketoClient =>
  marketo.open({ grant, settings: sandbox.settings(), timeoutMs: 5_000 });

export const push = marketo.roles!.push!;
export const action = (id: string): Action<unknown, unknown, MarketoClient> => {
  const found = marketo.actions.find(each => each.id === `marketo.${id}`);
  if (!found) throw new Error(`there is no marketo.${id}`);
  return found;
};

/** One action with many inputs or facts, in one batch. Answers what came of each, with the notes. */
export async function together<Input, Output>(
  on: { client: MarketoClient; action: Action<Input, Output, MarketoClient> },
  items: { input: unknown; facts?: Partial<StepFacts> }[],
): Promise<{ results: (Output | StepError)[]; notes: string[][] }> {
  const notes = items.map((): string[] => []);
  const batch = items.map(({ input, facts }, index): BatchItem<Input> => {
    const { context } = stepOf(on.client, { ...(facts && { facts }), now: NOW });
    return {
      stepKey: `step-${index}`.padEnd(40, 'k'),
      input: on.action.input.parse(input),
      facts: context.facts,
      note: sentence => void notes[index]!.push(sentence),
    };
  });
  const { context } = stepOf(on.client, { now: NOW });
  return { results: await on.action.batch!.run(context, batch), notes };
}

export function visitor(email: string | undefined, fields: Record<string, unknown> = {}): Partial<StepFacts> {
  const known = { ...(email !== undefined && { email }), fields, external: {} };
  return { visitor: known, mapped: mappedByDefault(marketo, known) };
}
export const pushed = (leadId: string): Partial<StepFacts> => ({
  lastPush: { connector: 'marketo', recordType: 'Lead', recordId: leadId },
});
