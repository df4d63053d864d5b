import { about, amara, ellen, hanna, tomas, useHubSpot } from '../../test/support/hubspot-scene.ts';
import { failureOf } from '../../test/support/step.ts';
import { createTimelineEvent } from './actions/create-timeline-event.ts';
import hubspot from './index.ts';

const { checkContract, control, fault, idOf, rows, sandbox, settle, stepFor } = useHubSpot();
type Event = { id: string; objectId: string; tokens: Record<string, string>; extraData?: { transcript: string } };
const events = () => sandbox().records('hubspot', 'events') as Event[];
const EVENTS = '/integrators/timeline/v3/events';
const NOTES = '/crm/v3/objects/notes';
type Step = ReturnType<typeof stepFor>;
const talk = {
  title: 'Conversation via Qualified',
  transcript: 'Visitor: <hi> & "hello"\nDana: welcome',
  url: 'https://app.example/c/1?a=1&b=2',
};
const write = (step: Step, input = talk) => createTimelineEvent.run(step.context, input);

describe('whom a step is about', () => {
  const kept = (id: string) => ({ visitor: { email: tomas, fields: {}, external: { hubspotContactId: id } } });
  const pushedTo = (recordId: string, connector = 'hubspot') => ({
    lastPush: { connector, recordType: 'contacts', recordId },
  });
  test.each([
    ['the contact of the last push', () => ({ ...kept(idOf(hanna)), ...pushedTo(idOf(amara)) }), amara],
    ['not that of another system', () => ({ ...kept(idOf(hanna)), ...pushedTo('00Q1', 'salesforce') }), hanna],
    ['the one kept with the person', () => kept(idOf(hanna)), hanna],
    ['the one with the e-mail, where the kept one was deleted', () => kept('999'), tomas],
    ['the one with the e-mail', () => about({ email: tomas.toUpperCase() }), tomas],
    ['the one with it as a further address', () => about({ email: 'ellen@marsh-consulting.example' }), ellen],
  ])('%s', async (_who, facts, email) => {
    expect((await write(stepFor(facts()))).contactId).toBe(idOf(email));
  });

  test('a contact that was merged meanwhile is the one that it became', async () => {
    const [primary, other] = [idOf(hanna), idOf(tomas)];
    control({ merge: { primary, other } });
    const written = await write(stepFor(about(pushedTo(other))));
    expect(written.contactId).toBe(primary);
    expect(events()).toMatchObject([{ objectId: primary }]);
  });

  test.each([
    [
      'nobody has the e-mail',
      () => about({ email: 'nobody@nowhere.example' }),
      /No HubSpot contact has the visitor’s e-mail\. Let a step push/,
    ],
    ['nothing is known', () => about({}), /e-mail is not known/],
    [
      'the contact was deleted meanwhile',
      () => about({ email: 'gone@x.example', ...pushedTo('999') }),
      /Contact 999 was deleted/,
    ],
  ])('nobody, and the step says so: %s', async (_why, facts, words) => {
    const error = await failureOf(hubspot, write(stepFor(facts())));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(error.message).toMatch(words);
  });
});

describe('hubspot.create_timeline_event', () => {
  test('fits every trigger but the two of pounces that were sent', () => {
    expect(createTimelineEvent.fits).toEqual({ except: [{ type: 'pounce_sent' }, { type: 'auto_pounce_sent' }] });
  });

  test('writes transcript and link under the step’s key', async () => {
    const step = stepFor(about({ email: hanna }));
    const written = await write(step);
    expect(written).toEqual({ written: 'timeline_event', id: step.context.stepKey, contactId: idOf(hanna) });
    expect(events()).toMatchObject([
      {
        id: step.context.stepKey,
        objectId: idOf(hanna),
        tokens: { title: talk.title, conversation_url: talk.url },
        extraData: { transcript: talk.transcript },
      },
    ]);
  });

  test('an address that is none of the web becomes no link, and a transcript beyond all measure is cut', async () => {
    const step = stepFor(about({ email: hanna }));
    await write(step, { title: 't', transcript: '😀'.repeat(120_000), url: 'javascript:alert(1)' });
    expect(events()[0]?.tokens).toEqual({ title: 't' });
    expect(events()[0]?.extraData?.transcript).toHaveLength(100_000 - 1);
    expect(events()[0]?.extraData?.transcript.isWellFormed()).toBe(true);
    expect(step.notes.join()).toContain('was cut');
  });

  test('the same key again is taken for done: the event is there', async () => {
    const step = stepFor(about({ email: hanna }));
    await write(step);
    expect(await write(step)).toMatchObject({ written: 'timeline_event', id: step.context.stepKey });
    expect(step.notes.join()).toContain('on the timeline already');
    expect(events()).toHaveLength(1);
  });

  test('an “already exists” about an event that is not ours is a refusal', async () => {
    fault(EVENTS, {
      status: 400,
      body: { status: 'error', message: 'An event already exists', correlationId: 'c', category: 'VALIDATION_ERROR' },
    });
    expect(await failureOf(hubspot, write(stepFor(about({ email: hanna }))))).toMatchObject({ kind: 'rejected' });
    expect([events(), rows('notes')]).toEqual([[], []]);
  });

  test('tokens that the template lacks are refused with HubSpot’s words', async () => {
    const error = await failureOf(
      hubspot,
      createTimelineEvent.run(stepFor(about({ email: hanna })).context, { ...talk, tokens: { colour: 'red' } }),
    );
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorMessage: expect.stringContaining('[colour]') } });
  });

  test.each([
    ['no event template is set', { HUBSPOT_TIMELINE_TEMPLATE_ID: undefined }, {}, /names no event template/],
    ['the API is closed to the app (403)', {}, { timeline: 'closed' }, /may not use the timeline.*FORBIDDEN/],
    ['the scope is missing (403)', {}, { withholdScopes: ['timeline'] }, /may not use the timeline.*Needed: timeline/],
    [
      'the template is not there (404)',
      { HUBSPOT_TIMELINE_TEMPLATE_ID: '1' },
      {},
      /may not use the timeline.*template/,
    ],
  ])('writes a note where %s, and says so', async (_why, settings, controls, words) => {
    control(controls);
    const step = stepFor(about({ email: hanna }), settings);
    const written = await write(step);
    expect(written).toEqual({ written: 'note', id: rows('notes')[0]?.id, contactId: idOf(hanna) });
    expect(step.notes.join(' ')).toMatch(words);
    const [note] = rows('notes');
    expect(note?.associations).toEqual([`contacts/${idOf(hanna)}`]);
    expect(note?.properties.hs_note_body).toBe(
      `<p><strong>${talk.title}</strong></p><p><a href="https://app.example/c/1?a=1&amp;b=2">Open the conversation</a></p><p>Visitor: &lt;hi&gt; &amp; &quot;hello&quot;<br>Dana: welcome</p><p>Baton step ${step.context.stepKey}</p>`,
    );
    expect(events()).toEqual([]);
  });

  test('a note holds what HubSpot lets it hold, and keeps its mark', async () => {
    const step = stepFor(about({ email: hanna }), { HUBSPOT_TIMELINE_TEMPLATE_ID: undefined });
    await write(step, { ...talk, transcript: '&😀'.repeat(60_000) });
    const body = rows('notes')[0]?.properties.hs_note_body ?? '';
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(new RegExp(`cut here.*Baton step ${step.context.stepKey}</p>$`));
    expect(body.isWellFormed()).toBe(true);
    expect(step.notes.join()).toContain('was cut');
  });

  describe('one effect, whatever is lost', () => {
    const effects = () => [events().length, rows('notes').length];

    test('an event that landed without an answer is found, with the timeline open', async () => {
      const step = stepFor(about({ email: hanna }));
      fault(EVENTS, { reset: 'after-apply' });
      expect((await failureOf(hubspot, write(step))).kind).toBe('uncertain');
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'timeline_event' });
      expect(effects()).toEqual([1, 0]);
    });

    test('an event that landed, and then the timeline is closed: a person decides, and no note doubles it', async () => {
      const step = stepFor(about({ email: hanna }));
      fault(EVENTS, { reset: 'after-apply' });
      await failureOf(hubspot, write(step));
      control({ timeline: 'closed' });
      const error = await failureOf(hubspot, settle(createTimelineEvent, step, talk));
      expect(error).toMatchObject({ kind: 'uncertain', details: { park: true } });
      expect(effects()).toEqual([1, 0]);
      control({ timeline: 'allowed' });
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'timeline_event' });
    });

    test.each([
      ['landed', 'after-apply'],
      ['did not land', 'before'],
    ] as const)('a note that %s without an answer, with the timeline closed', async (_what, reset) => {
      control({ timeline: 'closed' });
      const step = stepFor(about({ email: hanna }));
      fault(NOTES, { reset });
      expect((await failureOf(hubspot, write(step))).kind).toBe('uncertain');
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'note' });
      expect(effects()).toEqual([0, 1]);
    });

    test('a note that landed, and then the timeline is opened: no event doubles it', async () => {
      control({ timeline: 'closed' });
      const step = stepFor(about({ email: hanna }));
      fault(NOTES, { reset: 'after-apply' });
      await failureOf(hubspot, write(step));
      control({ timeline: 'allowed' });
      expect(await settle(createTimelineEvent, step, talk)).toMatchObject({ written: 'note' });
      expect(effects()).toEqual([0, 1]);
    });

    test('an event that did not land, and then the timeline is closed: a note takes its place on the next try', async () => {
      const step = stepFor(about({ email: hanna }));
      fault(EVENTS, { reset: 'before' });
      await failureOf(hubspot, write(step));
      control({ timeline: 'closed' });
      // Whether it landed cannot be asked any more: the person who decides runs it again, under another key.
      expect((await failureOf(hubspot, settle(createTimelineEvent, step, talk))).details.park).toBe(true);
      expect(await write(stepFor(about({ email: hanna })))).toMatchObject({ written: 'note' });
      expect(effects()).toEqual([0, 1]);
    });

    test('a twin of another step is not taken for it, among many notes', async () => {
      const settings = { HUBSPOT_TIMELINE_TEMPLATE_ID: undefined };
      control({ tenSecondlyLimit: 1_000 });
      for (let each = 0; each < 120; each += 1) await write(stepFor(about({ email: hanna }), settings));
      const mine = stepFor(about({ email: hanna }), settings);
      await write(mine);
      expect(await settle(createTimelineEvent, mine, talk)).toMatchObject({ id: rows('notes').at(-1)?.id });
      const other = stepFor(about({ email: hanna }), settings);
      await settle(createTimelineEvent, other, talk);
      expect(rows('notes')).toHaveLength(122);
    });

    test('the contact was deleted meanwhile: nothing is looked for, and the step says why', async () => {
      const step = stepFor(about({ email: hanna }));
      fault(EVENTS, { reset: 'after-apply' });
      await failureOf(hubspot, write(step));
      control({ delete: idOf(hanna) });
      expect(await failureOf(hubspot, settle(createTimelineEvent, step, talk))).toMatchObject({
        kind: 'rejected',
        details: { field: 'visitor.email' },
      });
    });
  });

  test('a missing scope for contacts is named', async () => {
    control({ withholdScopes: ['crm.objects.contacts.read'] });
    const error = await failureOf(hubspot, write(stepFor(about({ email: hanna }))));
    expect([error.kind, error.message]).toEqual([
      'forbidden',
      expect.stringContaining('Needed: crm.objects.contacts.read'),
    ]);
  });
});

checkContract();
