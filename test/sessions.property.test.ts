import fc from 'fast-check';
import type { HubEvent } from '../src/model/event.ts';
import type { Occasion } from '../src/model/run.ts';
import type { SessionEnd, SessionFacts } from '../src/model/session.ts';
import { triggerPairs } from '../src/model/workflow.ts';
import { factsAsOf } from '../src/sessions/as-of.ts';
import { sessionEnds } from '../src/sessions/clock.ts';
import { mergeFacts } from '../src/sessions/facts.ts';
import { explainTrigger } from '../src/workflows/explain.ts';
import { occasionsOf } from '../src/workflows/triggers.ts';
import { naiveOccasions } from './support/naive-reference.ts';
import { foldAll } from './support/session-events.ts';
import { arrivals, type Story, stories } from './support/stories.ts';

const anyStory = stories({ contradictory: true });
const arriving = (story: Story) => arrivals(story.events).map(arrived => ({ story, arrived }));

const endsOf = (facts: SessionFacts, { settings, imported, now }: Story) =>
  sessionEnds(facts, settings, { imported }).filter(end => end.at <= now);
const occasionsAt = (facts: SessionFacts, ends: SessionEnd[], { settings, knownFields }: Story) =>
  occasionsOf(facts, { sessionId: 's1', ends, settings, knownFields });
const occasionsIn = (story: Story, events: HubEvent[] = story.events) => {
  const facts = foldAll(events);
  return occasionsAt(facts, endsOf(facts, story), story);
};
const names = (occasions: Occasion[]) =>
  occasions.map(({ trigger, timing, key }) => `${trigger} ${timing} ${key}`).sort();
const reference = (story: Story, events: HubEvent[]) =>
  naiveOccasions(events, {
    idleMinutes: story.settings.sessionIdleMinutes,
    leftMinutes: story.settings.sessionLeftMinutes,
    imported: story.imported,
    requiredFields: story.settings.requiredLeadFields,
    knownElsewhere: Object.keys(story.knownFields),
    now: story.now,
  });

describe('events that come late, twice and out of order', () => {
  test('start the same as the sorted list told by a reference that shares no code', () => {
    fc.assert(
      fc.property(anyStory.chain(arriving), ({ story, arrived }) => {
        expect(names(occasionsIn(story, arrived))).toEqual(reference(story, arrived));
      }),
      { numRuns: 1000 },
    );
  });

  test('lead to equal facts and equal occasions, to the last id', () => {
    fc.assert(
      fc.property(anyStory.chain(arriving), ({ story, arrived }) => {
        expect(foldAll(arrived)).toEqual(foldAll(story.events));
        expect(occasionsIn(story, arrived)).toEqual(occasionsIn(story));
      }),
      { numRuns: 300 },
    );
  });

  test('start at once, one by one, what they start together, where they do not contradict each other', () => {
    fc.assert(
      fc.property(stories({ contradictory: false }).chain(arriving), ({ story, arrived }) => {
        const handedOut = arrived.flatMap((_, index) =>
          names(occasionsAt(foldAll(arrived.slice(0, index + 1)), [], story)),
        );
        expect([...new Set(handedOut)].sort()).toEqual(names(occasionsAt(foldAll(story.events), [], story)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('merging facts', () => {
  const parts = fc.tuple(anyStory, anyStory, anyStory).map(three => three.map(({ events }) => foldAll(events)));

  test('is commutative, associative and idempotent, and leaves what it merges as it was', () => {
    fc.assert(
      fc.property(parts, ([a, b, c]) => {
        const before = structuredClone([a, b, c]);
        expect(mergeFacts(a!, b!)).toEqual(mergeFacts(b!, a!));
        expect(mergeFacts(mergeFacts(a!, b!), c!)).toEqual(mergeFacts(a!, mergeFacts(b!, c!)));
        expect(mergeFacts(a!, a!)).toEqual(a);
        expect([a, b, c]).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  test('goes through JSON unchanged', () => {
    fc.assert(
      fc.property(anyStory, ({ events }) => {
        const facts = foldAll(events);
        expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
      }),
    );
  });
});

test('facts cut at a moment start the same as only the events until then', () => {
  fc.assert(
    fc.property(anyStory, fc.nat(), (story, chance) => {
      if (story.events.length === 0) return;
      const moment = story.events[chance % story.events.length]!.time;
      const until = story.events.filter(({ time }) => time <= moment);
      const cut = factsAsOf(foldAll(story.events), moment);
      expect(occasionsAt(cut, [], story)).toEqual(occasionsAt(foldAll(until), [], story));
    }),
    { numRuns: 300 },
  );
});

test('a trigger is explained as met exactly where there is an occasion for it', () => {
  fc.assert(
    fc.property(anyStory, story => {
      const facts = foldAll(story.events);
      const ends = endsOf(facts, story);
      const started = new Set(occasionsAt(facts, ends, story).map(({ trigger, timing }) => `${trigger} ${timing}`));
      for (const pair of triggerPairs) {
        const conditions = explainTrigger(pair, facts, ends, story.settings, story.knownFields);
        expect([pair, conditions.every(({ met }) => met)]).toEqual([pair, started.has(`${pair.type} ${pair.timing}`)]);
      }
    }),
    { numRuns: 300 },
  );
});

test('among the generated sessions every pair starts in some and not in others', () => {
  const sample = fc.sample(anyStory, { numRuns: 400, seed: 2 });
  const started = sample.map(story => new Set(occasionsIn(story).map(({ trigger, timing }) => `${trigger} ${timing}`)));
  for (const { type, timing } of triggerPairs) {
    const times = started.filter(pairs => pairs.has(`${type} ${timing}`)).length;
    expect([type, timing, times > 5, times < sample.length]).toEqual([type, timing, true, true]);
  }
});
