import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 9, 59, second)).toISOString();
const said = (id: string, senderType: string, text: string, second: number, more: object = {}) => ({
  type: 'message.sent',
  time: at(second),
  data: { sessionId: 's1', visitorId: 'v1', conversationId: 'c1', messageId: id, senderType, text, ...more },
});

describe('The corridor: a conversation comes in, Salesforce gets a task, Slack gets an alert', () => {
  let corridor: Corridor;
  beforeAll(async () => {
    corridor = await startCorridor();
  });
  afterAll(() => corridor.close());

  it('connects both vendors through their consent pages', async () => {
    for (const connector of ['salesforce', 'slack']) {
      const { status, page } = await connect(corridor, connector);
      expect({ status, page }).toMatchObject({ status: 200, page: expect.stringContaining('connected') });
    }
  });

  it('carries a conversation to both', async () => {
    const { hub, sandbox } = corridor;
    const created = (await hub.api('POST', '/v1/workflows', {
      name: 'Rep conversation to Salesforce and Slack',
      trigger: { type: 'conversation_with_rep', timing: 'immediately' },
      steps: [
        {
          id: 'task',
          action: 'salesforce.create_task',
          input: { subject: 'Call {{ visitor.fields.first_name }}', dueInDays: 2 },
        },
        {
          id: 'tell',
          action: 'slack.send_alert',
          input: { to: { channel: '#inbound' }, message: '{{ visitor.email }} wrote; task {{ steps.task.taskId }}' },
        },
      ],
    })) as { status: number; body: { id: string } };
    expect(created).toMatchObject({ status: 201 });
    expect(await hub.api('POST', `/v1/workflows/${created.body.id}/activate`)).toMatchObject({ status: 200 });

    await hub.send(
      said('m1', 'visitor', 'Is there a freight API?', 1, {
        visitor: { email: 'Ana@Acme.example', fields: { first_name: 'Ana' } },
      }),
      said('m2', 'user', 'There is.', 2, { senderName: 'Rosa' }),
    );
    await hub.settleAll();

    expect(await hub.runs()).toMatchObject([{ status: 'succeeded', error: null }]);
    const tasks = sandbox.records('salesforce', 'Task') as Record<string, unknown>[];
    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toMatchObject({ Subject: 'Call Ana', ActivityDate: '2026-11-22' });
    expect(tasks[0]!.Description).toContain('[09:59] Rosa: There is.');
    expect(JSON.stringify(sandbox.records('slack', 'messages'))).toContain(
      `ana@acme.example wrote; task ${tasks[0]!.Id}`,
    );
  });
});
