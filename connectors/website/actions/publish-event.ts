import * as z from 'zod';
import { defineAction, StepError, type StepFacts, type TrackInput, unclaimed } from '../../../src/sdk/index.ts';
import { type Published, pageId, topicOf } from '../visitor.ts';

const input = z.strictObject({
  name: z.string().min(1).max(255).meta({ title: 'Event', description: 'The name under which the page hears of it' }),
  parameters: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .meta({
      title: 'Parameters',
      description: 'What the page gets along with it; anybody at that browser can read it',
    }),
});
const output = z.object({
  handedTo: z
    .literal('listeners')
    .meta({ description: 'The pages of this visitor that are open, or are within a minute' }),
  visitorId: z.string(),
});

/** Ids that the hub makes up for somebody who named none. Whoever knows the e-mail or the session could listen to them. */
const madeUp = /^(session|email):/;
const hasPage = ({ visitor: { visitorId = '' } }: StepFacts): boolean =>
  pageId.safeParse(unclaimed(visitorId)).success && !madeUp.test(visitorId);
const noPage =
  '`visitor.visitorId` is not known in this run, so no page can be told. The events of this visitor must carry the id that the page has, of 200 characters at most.';

/** Why no page can be told of this run, where that is so. */
export const unreachable = (facts: StepFacts): string | undefined => (hasPage(facts) ? undefined : noPage);

export const publishEvent = defineAction<TrackInput, z.infer<typeof output>, unknown>({
  id: 'website.publish_event',
  title: 'Tell the website',
  description: 'Hands an event to the listeners on the pages that the visitor has open, under exactly this name.',
  input,
  output,
  fits: { only: [{ timing: 'immediately' }] },
  replay: 'keyed',
  async run({ facts, publish, now, note }, { name, parameters }) {
    const { visitorId } = facts.visitor;
    if (!visitorId || !hasPage(facts)) throw new StepError('rejected', noPage, { field: 'visitor.visitorId' });
    const published: Published = { name, data: parameters ?? {}, at: now() };
    await publish(topicOf(visitorId), published);
    note('It was handed to the listeners. Whether a page of the visitor is open is not known.');
    return { handedTo: 'listeners', visitorId };
  },
});
