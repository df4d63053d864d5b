import { Runs, Sessions, Steps } from '../../src/db/entities.ts';
import type { WorkflowDocument } from '../../src/model/workflow.ts';
import { finishStep } from '../../src/runs/finish.ts';
import { type ActionContext, type Connector, Secret, StepError } from '../../src/sdk/index.ts';
import { fakeConnector } from '../support/fake-connector.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const document: WorkflowDocument = {
  name: 'Test',
  trigger: { type: 'meeting_booked', timing: 'immediately' },
  steps: [{ id: 'note', action: 'fake.append', input: { text: 'Hello' } }],
};
const booked = { type: 'meeting.booked', data: { meetingId: 'm1', sessionId: 's1', visitorId: 'v1' } };
const credential = () => ({ grant: { accessToken: new Secret('access'), refreshToken: new Secret('refresh') } });

describe('A session whose end cannot be judged', () => {
  it('keeps no other session waiting', async () => {
    const fake = fakeConnector();
    const hub = await startHub([fake.connector]);
    const trigger = { type: 'meeting_offered_not_booked', timing: 'after_conversation_ends' } as const;
    await hub.activate({ ...document, trigger });
    for (const sessionId of ['broken', 'sound']) {
      await hub.send({ type: 'meeting.offered', data: { meetingId: sessionId, sessionId, visitorId: sessionId } });
      await hub.send({ type: 'session.ended', data: { sessionId } });
    }
    await hub.app.plan();
    await hub.app.database.write(({ manager }) => manager.update(Sessions, { id: 'broken' }, { facts: {} as never }));
    hub.clock.advance(10_000);
    await hub.settle();
    expect((await hub.runs()).map(run => run.status)).toEqual(['succeeded']);
    await hub.close();
  });
});

describe('A step', () => {
  let hub: TestHub;
  const fake = fakeConnector();
  /** The fake connector with another way to write a note. */
  const withAppend = (change: Partial<Connector['actions'][number]>, auth = fake.connector.auth): Connector => ({
    ...fake.connector,
    auth,
    actions: fake.connector.actions.map(action => (action.id === 'fake.append' ? { ...action, ...change } : action)),
  });
  const begin = async (connector: Connector) => {
    hub = await startHub([connector]);
    await hub.activate(document);
    await hub.send(booked);
  };
  const statuses = async () => (await hub.runs()).map(run => run.status);
  afterEach(() => hub.close());

  it('goes on where its account was connected again while the vendor was still refusing the old credential', async () => {
    const account = { id: 'org', name: 'Acme' };
    const connect = () =>
      hub.app.connections.connect({ workspaceId: 'default', connector: 'fake', account, options: {}, credential: credential() }); // biome-ignore format: short
    let calls = 0;
    const run = async () => {
      calls += 1;
      if (calls === 2) await connect();
      if (calls <= 2) throw new StepError('unauthorized', 'The credential was refused.');
      return { recordId: 'r1' };
    };
    const never = () => Promise.reject(new Error('not asked for'));
    const refresh = async () => credential().grant;
    const auth = { kind: 'oauth2', pkce: true, scopes: [], requires: [], authorizeUrl: never, exchange: never, refresh } as const; // biome-ignore format: short
    hub = await startHub([withAppend({ run }, { ...auth, scopes: [], requires: [] })]);
    await connect();
    await hub.activate(document);
    await hub.send(booked);
    await hub.settle();
    expect(await statuses()).toEqual(['succeeded']);
    expect(calls).toBe(3);
  });

  it('parks where its look-up says that nobody can tell whether the first try landed', async () => {
    const run = async (_: ActionContext<unknown>) => {
      throw new StepError('uncertain', 'The connection broke.');
    };
    const unreadable = new StepError('uncertain', 'The channel cannot be read. Look there.', { park: true });
    await begin(withAppend({ run, replay: { findMany: async () => [unreadable], graceSeconds: 1 } }));
    await hub.settleAll();
    expect(await statuses()).toEqual(['parked']);
    const [step] = await hub.app.database.reader.find(Steps);
    expect(step).toMatchObject({ parkedFor: 'decision', output: null, error: { message: unreadable.message } });
  });

  it('has no effect of ours where its lease was lost before the outcome was recorded', async () => {
    await begin(fake.connector);
    await hub.app.plan();
    const step = await hub.app.database.reader.findOneByOrFail(Steps, {});
    const run = await hub.app.database.reader.findOneByOrFail(Runs, { id: step.runId });
    const effects: string[] = [];
    const effect = async () => ({ output: effects.push('applied') });
    const held = { step, run, document, token: 'somebody else’s' };
    await hub.app.database.write(tx =>
      finishStep(tx, held, { kind: 'succeeded', change: {}, effect }, hub.clock.now()),
    );
    expect(effects).toEqual([]);
    expect(await statuses()).toEqual(['running']);
  });
});
