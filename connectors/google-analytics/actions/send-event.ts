import { createHash } from 'node:crypto';
import * as z from 'zod';
import { retryAfterMs } from '../../../src/sdk/http.ts';
import {
  type ActionContext,
  defineAction,
  StepError,
  type StepFacts,
  type TrackInput,
} from '../../../src/sdk/index.ts';
import type { AnalyticsClient } from '../client.ts';
import { CollectFailure } from '../errors.ts';
import { mistakesNow, parametersOf } from '../event.ts';

/** Google takes events of the last 72 hours; a call may be under way for a while. */
const BACKDATE_MS = 72 * 3_600_000 - 10 * 60_000;
const BODY_MAX_BYTES = 130_000;

const output = z.object({
  measurementId: z.string(),
  clientId: z.string().meta({ description: 'The user whom Google Analytics counts the event for' }),
});
type SentEvent = z.infer<typeof output>;

export const sendEvent = defineAction<TrackInput, SentEvent, AnalyticsClient>({
  id: 'google-analytics.send_event',
  title: 'Send an event to Google Analytics',
  description: 'An event under exactly this name, counted for the visitor’s browser where it is known.',
  input: z.strictObject({
    name: z.string().min(1).meta({ title: 'Name', description: 'Letters, digits and underscores, 40 at most' }),
    parameters: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .meta({ title: 'Parameters', description: '24 at most; texts are cut at 100 characters' }),
  }),
  output,
  fits: {},
  // Google tells nobody what it has counted. A run is not to stand still for a count: better one too many than that.
  replay: { whenUnsure: 'retry' },
  async run(context, input) {
    const [mistake] = mistakesNow(input);
    if (mistake) throw new StepError('rejected', mistake.message, { field: mistake.path.join('.') });
    const { client, facts, signal } = context;
    const client_id = clientIdOf(context);
    const payload = {
      client_id,
      ...timeOf(context),
      ...(facts.session?.userAgent && { user_agent: facts.session.userAgent.slice(0, 500) }),
      events: [{ name: input.name, params: parametersOf(input, facts, sentence => context.note(sentence)) }],
    };
    if (Buffer.byteLength(JSON.stringify(payload)) > BODY_MAX_BYTES)
      throw new StepError('rejected', 'The event is larger than Google Analytics takes (130 kB).', {
        field: 'parameters',
      });
    const { status, headers, body } = await client.post('/mp/collect', payload, signal);
    // Whatever has something to say here is not Google.
    if (status < 200 || status >= 300 || body.trim() !== '')
      throw new CollectFailure({
        counted: true,
        sent: true,
        status,
        retryAfterMs: retryAfterMs(headers['retry-after'], context.now()),
      });
    return { measurementId: client.measurementId, clientId: client_id };
  },
});

type Context = Pick<ActionContext, 'facts' | 'note' | 'now'>;

/** Whom the event is counted for: the browser's own id, else one that is made of the visitor's and stays the same. */
function clientIdOf({ facts, note }: Context): string {
  const known = facts.session?.gaClientId?.trim();
  if (known && known.length <= 255) return known;
  note(
    'The browser’s id at Google Analytics is not known (gaClientId of session.started), so it counts this visitor as a user of their own.',
  );
  return madeOf(facts);
}

/** Two numbers with a dot, as Google's own are; nobody can tell the visitor by them. */
function madeOf({ visitor, conversation, runId }: StepFacts): string {
  const hash = createHash('sha256')
    .update(`baton ${visitor.visitorId ?? conversation?.id ?? runId}`)
    .digest();
  return `${hash.readUInt32BE(0)}.${hash.readUInt32BE(4)}`;
}

/** When it happened, where Google still takes that; else it counts for the moment that it arrives. */
function timeOf({ facts: { occasionAt }, note, now }: Context): { timestamp_micros?: number } {
  if (occasionAt === undefined || occasionAt > now()) return {};
  if (now() - occasionAt <= BACKDATE_MS) return { timestamp_micros: Math.floor(occasionAt) * 1_000 };
  note('It happened more than 72 hours ago, which is as far back as Google Analytics counts: it counts as of now.');
  return {};
}
