import type { WorkflowDocument } from '../src/model/workflow.ts';
import { StepError } from '../src/sdk/index.ts';
import { databaseKinds } from './support/databases.ts';
import { fakeChat } from './support/fake-chat.ts';
import { startHub, type TestHub } from './support/hub.ts';

const track = (input: object, onError?: 'continue') => ({
  id: 'track',
  action: 'track_event',
  input: { name: 'Meeting {{ event.data.meetingId }}', ...input },
  ...(onError && { onError }),
});
const workflow = (steps: WorkflowDocument['steps'], timing = 'immediately', type = 'meeting_booked') =>
  ({ name: 'Track', trigger: { type, timing }, steps }) as WorkflowDocument;
const booked = {
  type: 'meeting.booked',
  data: { meetingId: 'm1', sessionId: 's1', visitorId: 'v1', visitor: { email: 'ana@acme.example' } },
};

describe.each(databaseKinds)('track_event, on %s,', kind => {
  let hub: TestHub;
  let one: ReturnType<typeof fakeChat>;
  let two: ReturnType<typeof fakeChat>;
  beforeEach(async () => {
    one = fakeChat('one');
    two = fakeChat('two');
    hub = await startHub([one.connector, two.connector], { kind });
  });
  afterEach(() => hub.close());
  const connect = async (connector: string) => {
    const values = { team: connector, token: 'secret-token' };
    expect(await hub.api('POST', '/v1/connections', { connector, values })).toMatchObject({ status: 201 });
  };
  const begin = async (document = workflow([track({ parameters: { value: 3 } })])) => {
    await hub.activate(document);
    await hub.send(booked);
    await hub.settle();
  };
  const theRun = async () => {
    const { body } = (await hub.api('GET', '/v1/runs')) as {
      body: {
        data: {
          id: string;
          status: string;
          error?: string;
          steps: { effect?: string; status: string; output: unknown }[];
        }[];
      };
    };
    return body.data[0]!;
  };

  it('tells all that is connected, each once, under exactly the name that was asked for', async () => {
    await connect('one');
    await connect('two');
    await begin();
    const event = { name: 'Meeting m1', parameters: { value: 3 } };
    expect([one.tracked, two.tracked]).toEqual([[event], [event]]);
    expect(await theRun()).toMatchObject({
      status: 'succeeded',
      steps: [
        { status: 'succeeded', output: { effects: { one: { status: 'succeeded' }, two: { status: 'succeeded' } } } },
        { effect: 'one', status: 'succeeded' },
        { effect: 'two', status: 'succeeded' },
      ],
    });
  });

  it('goes on with the next step only once every effect is over', async () => {
    await connect('one');
    two.fail.set('track', [new StepError('transient', 'Busy.')]);
    await connect('two');
    const next = {
      id: 'set',
      action: 'set_visitor_field',
      input: { field: 'notes', value: '{{ steps.track.effects.two.status }}' },
    };
    await begin(workflow([track({}), next]));
    expect((await theRun()).status).toBe('running');
    await hub.settleAll();
    expect((await theRun()).status).toBe('succeeded');
    expect(await hub.api('GET', '/v1/visitors/v1')).toMatchObject({ body: { fields: { notes: 'succeeded' } } });
    expect(one.tracked).toHaveLength(1);
  });

  it('fails where one of them fails, says which, and does only that again', async () => {
    await connect('one');
    await connect('two');
    two.fail.set('track', [new StepError('rejected', 'No such property.')]);
    await begin();
    const failed = await theRun();
    expect(failed).toMatchObject({ status: 'failed', error: 'Step `track`: two: No such property.' });
    await hub.api('POST', `/v1/runs/${failed.id}/retry`);
    await hub.settle();
    expect(await theRun()).toMatchObject({ status: 'succeeded' });
    expect([one.tracked.length, two.tracked.length]).toEqual([1, 1]);
  });

  it('waits where one of them must be connected again, and goes on by itself', async () => {
    await connect('one');
    await connect('two');
    await hub.app.database.write(({ query }) =>
      query("UPDATE connections SET status = 'needs_reconnect' WHERE connector = 'two'"),
    );
    await begin();
    expect(await theRun()).toMatchObject({ status: 'parked' });
    await connect('two');
    await hub.settleAll();
    expect(await theRun()).toMatchObject({ status: 'succeeded' });
    expect([one.tracked.length, two.tracked.length]).toEqual([1, 1]);
  });

  it('skips what cannot reach this visitor, with the reason', async () => {
    await connect('one');
    await hub.activate(workflow([track({})]));
    await hub.send({ type: 'meeting.booked', data: { meetingId: 'm1' } });
    await hub.settle();
    expect(await theRun()).toMatchObject({
      status: 'succeeded',
      steps: [{ status: 'skipped', notes: ['one: the visitor is not known'] }],
    });
  });

  it('is refused while nothing takes events, and where a name does not fit what is connected', async () => {
    const document = workflow([track({ name: 'bad name' })]);
    const saved = (await hub.api('POST', '/v1/workflows', document)) as {
      status: number;
      body: { id: string; warnings: object[] };
    };
    expect(saved).toMatchObject({
      status: 201,
      body: { warnings: [{ path: 'steps[0].action', message: expect.stringContaining('`one` or `two`') }] },
    });
    expect(await hub.api('POST', `/v1/workflows/${saved.body.id}/activate`)).toMatchObject({ status: 409 });
    await connect('one');
    expect(await hub.api('POST', '/v1/workflows', document)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'steps[0].input.name', message: 'A name may not begin with bad.' }] },
    });
  });
});
