import { createHmac } from 'node:crypto';
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
    await hub.activate({
      name: 'Meeting',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [{ id: 'meeting', action: 'hubspot.create_meeting' }],
    });
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

  it('parks what comes once the account has removed the app, and goes on when it is connected again', async () => {
    const { hub, sandbox } = corridor;
    const uninstall = (key: string) => {
      const at = String(hub.clock.now());
      const portal = {
        portalId: 48_211_733,
        occurredAt: hub.clock.now(),
        eventId: 1,
        subscriptionId: 1,
        attemptNumber: 0,
      };
      const body = JSON.stringify([{ ...portal, subscriptionType: 'app.uninstalled' }]);
      // The address as HubSpot knows it is made of PUBLIC_URL.
      const signed = `POSThttp://127.0.0.1:3000/hubspot/webhooks${body}${at}`;
      const signature = createHmac('sha256', key).update(signed).digest('base64');
      const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': at };
      return fetch(`${hub.url}/hubspot/webhooks`, { method: 'POST', headers, body });
    };
    const status = async () => {
      const list = (await hub.api('GET', '/v1/connections')) as {
        body: { data: { connector: string; status: string }[] };
      };
      return list.body.data.find(({ connector }) => connector === 'hubspot')?.status;
    };
    expect((await uninstall('forged')).status).toBe(401);
    expect(await status()).toBe('active');
    expect((await uninstall(sandbox.settings().HUBSPOT_CLIENT_SECRET!)).status).toBe(200);
    expect(await status()).not.toBe('active');
    await hub.send({ type: 'meeting.booked', data: { ...meeting, meetingId: 'm2' } });
    await hub.settleAll();
    expect((await hub.runs()).at(-1)?.status).toBe('parked');
    await connect(corridor, 'hubspot');
    await hub.settleAll();
    expect((await hub.runs()).at(-1)?.status).toBe('succeeded');
    expect(records('meetings')).toHaveLength(2);
  });

  it('spoke with HubSpot as the contracts say', async () => {
    expect(await checkExchanges(corridor.sandbox.exchanges())).toMatchObject({ passed: true });
  });
});
