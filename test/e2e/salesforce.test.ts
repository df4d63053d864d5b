import { checkExchanges } from '../support/contracts.ts';
import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

const meeting = (more: object = {}) => ({
  meetingId: 'm1',
  visitorId: 'v1',
  startTime: '2026-12-01T10:00:00Z',
  endTime: '2026-12-01T10:30:00Z',
  title: 'Demo',
  meetingTypeName: 'Product demo',
  channel: 'Website',
  visitor: { email: 'hanna.verbeek@northwind-freight.example' },
  attendees: [{ name: 'Dana Whitfield', email: 'dana.whitfield@brightline.example', organizer: true, owner: true }],
  ...more,
});
type Row = Record<string, unknown>;

describe('What comes with Salesforce, through the whole hub', () => {
  let corridor: Corridor;
  const records = (type: string) => corridor.sandbox.records('salesforce', type) as Row[];
  beforeAll(async () => {
    corridor = await startCorridor();
    await connect(corridor, 'salesforce');
  });
  afterAll(() => corridor.close());

  it('writes the event of a booked meeting, moves it, and deletes it with the meeting', async () => {
    const { hub } = corridor;
    await hub.send({ type: 'meeting.booked', data: meeting() });
    await hub.settleAll();
    expect(records('Event')).toMatchObject([
      {
        Subject: 'Meeting Booked via Qualified with Dana Whitfield',
        StartDateTime: '2026-12-01T10:00:00.000+0000',
        Description: expect.stringContaining('Meeting type: Product demo\nChannel: Website'),
      },
    ]);
    hub.clock.advance(60_000);
    const later = { startTime: '2026-12-02T10:00:00Z', endTime: '2026-12-02T10:30:00Z' };
    await hub.send({ type: 'meeting.rescheduled', data: { meetingId: 'm1', ...later } });
    await hub.settleAll();
    expect(records('Event')).toMatchObject([{ StartDateTime: '2026-12-02T10:00:00.000+0000' }]);
    hub.clock.advance(60_000);
    await hub.send({ type: 'meeting.canceled', data: { meetingId: 'm1' } });
    await hub.settleAll();
    expect(records('Event')).toEqual([]);
  });

  it('writes a completed task for an e-mail, on the person it went to', async () => {
    const { hub } = corridor;
    const data = {
      email: 'amara.diallo@lumen-robotics.example',
      subject: 'Your robots',
      senderEmail: 'luis.ortega@brightline.example',
    };
    await hub.send({ type: 'email.sent', data });
    await hub.settleAll();
    const luis = records('User').find(({ Email }) => Email === data.senderEmail);
    const lead = records('Lead').find(({ Email }) => Email === data.email);
    expect(records('Task')).toMatchObject([
      {
        Subject: 'Email sent via Qualified: Your robots',
        Status: 'Completed',
        TaskSubtype: 'Email',
        ActivityDate: '2026-11-20',
        OwnerId: luis?.Id,
        WhoId: lead?.Id,
      },
    ]);
  });

  it('pushes a new person, adds them to a campaign and writes a task on the new Lead', async () => {
    const { hub } = corridor;
    await hub.activate({
      name: 'Meeting offered',
      trigger: { type: 'meeting_offered', timing: 'immediately' },
      steps: [
        { id: 'push', action: 'push_record', input: { destination: 'salesforce' } },
        {
          id: 'campaign',
          action: 'salesforce.add_to_campaign',
          input: { campaignId: 'Autumn Fleet Webinar', status: 'Registered' },
        },
        { id: 'task', action: 'salesforce.create_task', input: { subject: 'Call {{ visitor.email }}' } },
      ],
    });
    const visitor = { email: 'New.Person@fresh.example', fields: { last_name: 'Person', company: 'Fresh' } };
    await hub.send({ type: 'meeting.offered', data: { meetingId: 'm2', visitorId: 'v2', visitor } });
    await hub.settleAll();
    const lead = records('Lead').find(({ Company }) => Company === 'Fresh');
    expect(lead).toMatchObject({ LastName: 'Person' });
    expect(records('CampaignMember').filter(({ LeadId }) => LeadId === lead?.Id)).toMatchObject([
      { Status: 'Registered' },
    ]);
    expect(records('Task').at(-1)).toMatchObject({ Subject: 'Call new.person@fresh.example', WhoId: lead?.Id });
    const known = (await hub.api('GET', '/v1/visitors/v2')) as { body: { external: Row } };
    expect(known.body.external).toMatchObject({ salesforceLeadId: lead?.Id });
  });

  it('spoke with Salesforce as the contracts say', async () => {
    expect(await checkExchanges(corridor.sandbox.exchanges())).toMatchObject({ passed: true });
  });
});
