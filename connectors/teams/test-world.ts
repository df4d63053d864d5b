import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { AlertView, Grant, StepFacts } from '../../src/sdk/index.ts';
import { stepOf } from '../../test/support/step.ts';
import type { AlertInput, AlertOutput } from './alert.ts';
import { auth } from './auth.ts';
import teams from './index.ts';
import vendor from './sandbox/index.ts';
import { alertDesk, testHub } from './test-hub.ts';

export const NOW = Date.parse('2026-11-23T09:00:00Z');
export const INBOUND = '19:inbound000000000000000000000001@thread.tacv2';
export const TENANT = '7c1de0a4-52b7-4f3c-9a0e-61f2c0a5b111';

export const alertOf = (change: Partial<AlertView> = {}): AlertView => ({
  id: 'alert-1',
  title: 'Ada wants to talk',
  message: 'Ada Byron of Analytical Engines asks about prices.',
  state: 'open',
  version: 1,
  about: {
    visitor: {
      name: 'Ada Byron',
      title: 'CTO',
      company: 'Analytical Engines',
      email: 'ada@engines.example',
      known: true,
    },
    summary: 'Asked about prices for 40 seats.',
    lastMessages: [{ from: 'Ada Byron', text: 'What does it cost?', time: '2026-11-23T08:59:00Z' }],
    page: { url: 'https://www.example.com/pricing', title: 'Pricing' },
    campaign: 'Autumn',
    conversationUrl: 'https://app.example.com/c/1',
    records: [{ title: 'CRM', url: 'https://crm.example.com/1' }],
    meeting: { title: 'Intro', startTime: '2026-11-24T10:00:00Z' },
  },
  offers: ['claim', 'create_task', 'snooze', 'dismiss'],
  createdAt: NOW,
  tasks: [],
  joined: [],
  ...change,
});

export type Sent = {
  id: string;
  conversationId: string;
  place: string;
  activity: Record<string, unknown>;
  card?: object;
  updates: number;
  from?: string;
};

/** The connector with its sandbox and a hub without an engine, for the tests of one file. */
export function useTeams(tenants = [TENANT]) {
  const clock = { now: NOW };
  let sandbox: Sandbox;
  let grant: Grant;
  let desk = alertDesk(new Map());
  const settings = () => teams.settings!.parse(sandbox.settings());
  const call = () => ({ settings: settings(), options: {}, signal: new AbortController().signal });
  const client = () => teams.open({ grant, settings: settings(), timeoutMs: 5_000 });
  const hub = testHub({ settings, tenants, client: async () => client(), desk: () => desk });
  const connect = async () => {
    grant = await auth.exchange!({ ...call(), values: { tenantId: TENANT } });
    return grant;
  };
  beforeAll(async () => {
    sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now });
    await hub.start();
  });
  afterAll(async () => {
    await hub.close();
    await sandbox.close();
  });
  beforeEach(async () => {
    clock.now = NOW;
    sandbox.reset();
    hub.reset();
    desk = alertDesk(new Map([['alert-1', alertOf()]]));
    sandbox.control('teams', { hubUrl: hub.state.url, rateLimit: false });
    await connect();
  });
  /** What somebody does at the vendor, with all that the hub leaves for later. */
  const does = async (deed: object): Promise<unknown> => {
    const answer = await sandbox.control('teams', deed);
    await hub.settled();
    return answer;
  };
  const step = (facts: Partial<StepFacts> = {}) => {
    const made = stepOf(client(), { facts: { alert: desk.alerts.get('alert-1'), ...facts }, now: NOW });
    return { ...made, context: { ...made.context, recall: hub.recall } };
  };
  const sendAlert = teams.actions.find(({ id }) => id === 'teams.send_alert')!;
  return {
    clock,
    hub,
    call,
    client,
    connect,
    does,
    step,
    sandbox: () => sandbox,
    desk: () => desk,
    grant: () => grant,
    send: async (to: AlertInput['to'], more: Partial<AlertInput> = {}, given = step()) => {
      const input = sendAlert.input.parse({ to, message: 'm', ...more });
      return (await sendAlert.run(given.context, input)) as AlertOutput;
    },
    messages: () => sandbox.records('teams', 'messages') as Sent[],
  };
}
