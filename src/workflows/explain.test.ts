import { booked, click, email, ended, rep, visitor } from '../../test/support/happenings.ts';
import { at, eventsOf, foldAll, type Happening } from '../../test/support/session-events.ts';
import { defaultSettings } from '../model/session.ts';
import type { AdminTrigger } from '../model/workflow.ts';
import { sessionEnds } from '../sessions/clock.ts';
import { explainTrigger } from './explain.ts';

function explained(trigger: AdminTrigger, happenings: Happening[]) {
  const facts = foldAll(eventsOf(happenings));
  const ends = sessionEnds(facts, defaultSettings, { imported: false }).filter(({ how }) => how === 'ended');
  return explainTrigger(trigger, facts, ends, defaultSettings, {});
}

const withRep: AdminTrigger = { type: 'conversation_with_rep', timing: 'immediately' };
const botAtEnd: AdminTrigger = { type: 'conversation_with_bot', timing: 'after_conversation_ends' };

describe('the explanation of a trigger', () => {
  test('says of each condition whether it is met, and when it came true', () => {
    expect(explained(withRep, [visitor(1), rep(2)])).toEqual([
      { condition: 'the visitor sent a message', met: true, at: at(1) },
      { condition: 'a live rep sent a message in the same conversation', met: true, at: at(2) },
    ]);
  });

  test('says what is missing where nothing happened', () => {
    expect(explained(withRep, [])).toEqual([
      { condition: 'the visitor sent a message', met: false },
      { condition: 'a live rep sent a message in the same conversation', met: false },
    ]);
  });

  test('is about the conversation that came nearest', () => {
    const met = explained(withRep, [click(0, 'c0'), visitor(1, 'c1'), click(2, 'c2')]).map(condition => condition.met);
    expect(met).toEqual([true, false]);
  });

  test('is about the first end of the session at which all was met', () => {
    expect(explained(botAtEnd, [ended(1), click(5), ended(9), click(10), ended(20)])[0]).toEqual({
      condition: 'the session has ended',
      met: true,
      at: at(9),
    });
  });

  test('judges a session that is still open by what is known so far, and says that it has not ended', () => {
    expect(explained(botAtEnd, [click(1), visitor(2), rep(3)])).toEqual([
      { condition: 'the session has ended', met: false },
      {
        condition: 'the visitor interacted with a rules-based bot or exchanged messages with an AI SDR in the session',
        met: true,
        at: at(1),
      },
      { condition: 'the visitor and a live rep exchanged no messages in the whole session', met: false },
    ]);
  });

  test('names the fields that a lead needs', () => {
    const lead: AdminTrigger = { type: 'lead_captured', timing: 'immediately' };
    const [hasEmail, moment] = explained(lead, [email(1)]);
    expect(hasEmail).toEqual({ condition: 'an event of this session brought an e-mail', met: true, at: at(1) });
    expect(moment?.condition).toContain('(email, last_name)');
    expect(moment?.met).toBe(false);
    expect(explained(lead, [email(1), booked(2)]).map(({ met }) => met)).toEqual([true, true]);
  });

  test('is refused for a timing that the trigger does not have', () => {
    expect(() => explained({ type: 'lead_captured', timing: 'after_conversation_ends' }, [])).toThrow(
      'trigger lead_captured has no timing after_conversation_ends',
    );
  });
});
