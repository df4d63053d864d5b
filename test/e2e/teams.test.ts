import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

type Card = { id: string; place: string; updates: number; card: object };
type Answer = { status: number; body: { type: string; value: unknown } };

const workflow = {
  name: 'Tell the team',
  trigger: { type: 'meeting_booked' as const, timing: 'immediately' as const },
  steps: [
    {
      id: 'tell',
      action: 'teams.send_alert',
      input: {
        to: { channel: 'Revenue / Inbound' },
        title: 'A meeting was booked',
        message: '{{ visitor.email }} has booked a meeting',
        onClaim: { field: 'notes' },
      },
    },
  ],
};

describe('Alerts in Microsoft Teams, from outside', () => {
  let corridor: Corridor;
  let connection: string;
  let workflowId: string;
  beforeAll(async () => {
    corridor = await startCorridor();
    const { hub, sandbox } = corridor;
    await connect(corridor, 'salesforce');
    sandbox.control('teams', { hubUrl: hub.url });
    const made = await hub.api('POST', '/v1/connections', { connector: 'teams', values: {} });
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'active', account: { id: sandbox.settings().TEAMS_TENANT_ID } },
    });
    connection = (made.body as { id: string }).id;
    workflowId = await hub.activate(workflow);
  });
  afterAll(() => corridor.close());

  const does = (deed: object) => corridor.sandbox.control('teams', deed) as Promise<Answer>;
  const cards = () => corridor.sandbox.records('teams', 'messages') as Card[];
  const shown = (at = -1) => JSON.stringify(cards().at(at)?.card);
  const book = async (visitor: string) => {
    await corridor.hub.send({
      type: 'meeting.booked',
      data: {
        meetingId: `m-${visitor}`,
        visitorId: visitor,
        visitor: {
          email: `${visitor}@acme.example`,
          fields: { first_name: visitor, last_name: 'Person', company: 'Acme' },
        },
      },
    });
    await corridor.hub.settle();
  };
  const runs = async () =>
    (
      (await corridor.hub.api('GET', `/v1/runs?workflow=${workflowId}`)).body as { data: { status: string }[] }
    ).data.map(({ status }) => status);
  /** The channels and people of a team are asked for once Teams has its answer. */
  const until = async (done: () => Promise<boolean>) => {
    for (const late = AbortSignal.timeout(10_000); !late.aborted; ) if (await done()) return;
    throw new Error('it did not come to that');
  };

  it('fail while the app is in no team, and arrive once it is installed there', async () => {
    await book('ana');
    expect(await runs()).toEqual(['failed']);
    await does({ install: { team: 'Revenue' } });
    await until(async () => {
      const rows = await corridor.hub.app.database.read("SELECT value FROM connection_memory WHERE key = 'places'");
      return JSON.stringify(rows).includes('Inbound');
    });
    await book('ben');
    expect(await runs()).toEqual(['succeeded', 'failed']);
    expect(cards()).toMatchObject([{ place: 'Revenue / Inbound', updates: 0 }]);
    expect(shown()).toContain('ben@acme.example has booked a meeting');
  });

  it('are claimed by one, which everybody sees, and another is told who that is', async () => {
    const { hub } = corridor;
    const won = await does({ press: { user: 'Dana Whitfield', button: 'Claim' } });
    expect(won.body.type).toBe('application/vnd.microsoft.card.adaptive');
    const told = await does({ press: { user: 'Luis Ortega', button: 'Claim', message: cards()[0]!.id } });
    expect(told.body).toMatchObject({
      type: 'application/vnd.microsoft.activity.message',
      value: 'Dana Whitfield has claimed this already.',
    });
    await hub.settle();
    expect(cards()).toMatchObject([{ updates: 1 }]);
    expect(shown()).toContain('Dana Whitfield has it');
    expect((await hub.api('GET', '/v1/visitors/ben')).body).toMatchObject({
      fields: { notes: 'dana.whitfield@brightline.example' },
    });
  });

  it('make one follow-up task in the CRM, however often the press is repeated, and show where it is', async () => {
    const { hub, sandbox } = corridor;
    const tasks = () =>
      (sandbox.records('salesforce', 'Task') as Record<string, string>[]).filter(each => each.Subject === 'Call Ben');
    const inputs = { subject: 'Call Ben', dueDate: '2026-11-27' };
    const asked = await does({ press: { user: 'Dana Whitfield', button: 'Create the task', inputs } });
    expect(JSON.stringify(asked.body.value)).toContain('being created');
    await does({ deliverAgain: true });
    await hub.settleAll();
    expect(tasks()).toMatchObject([{ ActivityDate: '2026-11-27' }]);
    expect(shown()).toContain(tasks()[0]!.Id);
    expect(shown()).not.toContain('being created');
  });

  it('come again when a snooze has ended', async () => {
    const { hub } = corridor;
    await book('cleo');
    const before = cards().length;
    await does({ press: { user: 'Luis Ortega', button: 'Snooze', inputs: { minutes: '15' } } });
    await hub.settle();
    expect(shown()).toContain('Snoozed by Luis Ortega');
    hub.clock.advance(15 * 60_000);
    await hub.settle();
    expect(cards()).toHaveLength(before + 1);
    expect(shown()).toContain('Nobody has it yet');
  });

  it('park once the app is gone from the tenant, and go on when it has been installed and connected again', async () => {
    const { hub } = corridor;
    hub.clock.advance(60_000);
    const before = cards().length;
    await does({ remove: { team: 'Revenue' } });
    expect(await hub.api('GET', `/v1/connections/${connection}`)).toMatchObject({
      body: { status: 'needs_reconnect' },
    });
    await book('dora');
    expect((await runs())[0]).toBe('parked');
    await does({ install: { team: 'Revenue' } });
    expect(await hub.api('POST', '/v1/connections', { connector: 'teams', values: {} })).toMatchObject({ status: 201 });
    await hub.settleAll();
    expect((await runs())[0]).toBe('succeeded');
    expect(cards()).toHaveLength(before + 1);
  });

  it('have left no secret in the database', async () => {
    const { database } = corridor.hub.app;
    const rows = await database.read('SELECT * FROM connection_memory');
    expect(JSON.stringify(rows)).not.toMatch(/eyJ|client-secret/);
  });
});
