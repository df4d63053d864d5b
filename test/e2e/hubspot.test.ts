import { checkExchanges } from '../support/contracts.ts';
import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

const hanna = 'hanna.verbeek@northwind-freight.example';
const meeting = {
  meetingId: 'm1',
  visitorId: 'v1',
  startTime: '2026-12-01T10:00:00Z',
  endTime: '2026-12-01T10:30:00Z',
  meetingTypeName: 'Product demo',
  channel: 'Website',
  visitor: { email: hanna },
  attendees: [
    { name: 'Dana Whitfield', email: 'dana.whitfield@brightline.example', organizer: true, owner: true },
    { name: 'Luis Ortega', email: 'luis.ortega@brightline.example' },
    { name: 'Hanna', email: hanna },
  ],
};
type Row = { id: string; properties: Record<string, string | null>; associations: string[] };

describe('What comes with HubSpot, through the whole hub', () => {
  let corridor: Corridor;
  const records = (type: string) => corridor.sandbox.records('hubspot', type) as Row[];
  const contact = (email: string) => records('contacts').find(({ properties }) => properties.email === email);
  beforeAll(async () => {
    corridor = await startCorridor();
    await connect(corridor, 'hubspot');
  });
  afterAll(() => corridor.close());

  it('writes a booked meeting with its attendees onto the contact, moves it, and says what became of it', async () => {
    const { hub } = corridor;
    await hub.send({ type: 'meeting.booked', data: meeting });
    await hub.settleAll();
    expect(records('meetings')).toMatchObject([
      {
        associations: [`contacts/${contact(hanna)?.id}`],
        properties: {
          hs_meeting_title: 'Meeting Booked via Qualified with Dana Whitfield',
          hs_meeting_start_time: '2026-12-01T10:00:00.000Z',
          hs_meeting_outcome: 'SCHEDULED',
          hubspot_owner_id: '71002',
          hs_attendee_owner_ids: '71002;71003',
        },
      },
    ]);
    hub.clock.advance(60_000);
    const later = { startTime: '2026-12-02T10:00:00Z', endTime: '2026-12-02T10:30:00Z' };
    await hub.send({ type: 'meeting.rescheduled', data: { meetingId: 'm1', ...later } });
    await hub.settleAll();
    expect(records('meetings')).toMatchObject([
      { properties: { hs_meeting_start_time: '2026-12-02T10:00:00.000Z', hs_meeting_outcome: 'RESCHEDULED' } },
    ]);
    hub.clock.advance(60_000);
    await hub.send({ type: 'meeting.no_show', data: { meetingId: 'm1' } });
    await hub.settleAll();
    expect(records('meetings')).toMatchObject([{ properties: { hs_meeting_outcome: 'NO_SHOW' } }]);
  });

  it('pushes a new person with an owner, and writes the conversation onto the new contact', async () => {
    const { hub, sandbox } = corridor;
    await hub.activate({
      name: 'Talked to a rep',
      trigger: { type: 'conversation_with_rep', timing: 'immediately' },
      steps: [
        { id: 'push', action: 'push_record', input: { destination: 'hubspot' } },
        { id: 'event', action: 'hubspot.create_timeline_event' },
      ],
    });
    const told = { conversationId: 'c1', sessionId: 's1', visitorId: 'v2' };
    const visitor = { email: 'New.Person@fresh.example', fields: { last_name: 'Person', company: 'Fresh' } };
    const url = 'https://app.example/conversations/c1';
    await hub.send(
      { type: 'conversation.started', data: { ...told, url, visitor } },
      { type: 'message.sent', data: { ...told, messageId: '1', senderType: 'visitor', text: 'Hello <b>' } },
      {
        type: 'message.sent',
        data: { ...told, messageId: '2', senderType: 'user', userEmail: 'luis.ortega@brightline.example', text: 'Hi' },
      },
    );
    await hub.settleAll();
    const made = contact('new.person@fresh.example');
    expect(made?.properties).toMatchObject({ lastname: 'Person', company: 'Fresh', hubspot_owner_id: '71003' });
    expect(sandbox.records('hubspot', 'events')).toMatchObject([
      {
        objectId: made?.id,
        tokens: { title: 'Conversation via Qualified', conversation_url: url },
        extraData: { transcript: expect.stringContaining('Hello <b>') },
      },
    ]);
    const known = (await hub.api('GET', '/v1/visitors/v2')) as { body: { external: Record<string, string> } };
    expect(known.body.external).toEqual({ hubspotContactId: made?.id });
  });

  it('spoke with HubSpot as the contracts say', async () => {
    expect(await checkExchanges(corridor.sandbox.exchanges())).toMatchObject({ passed: true });
  });
});
