import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { type EventType, eventTypes } from '../src/model/event.ts';
import { timings, triggerTypes } from '../src/model/workflow.ts';

/** Hours, minutes and seconds after the start of the script, e.g. `+00:01:05`. */
export const offset = z.string().regex(/^\+\d\d:[0-5]\d:[0-5]\d$/);

const visitor = z.strictObject({
  first_name: z.string(),
  last_name: z.string(),
  email: z.email().optional(),
  company: z.string(),
  /** Which of the name lists another play of the script draws from. */
  names: z.literal('japanese').optional(),
  /** The person is in the Salesforce sandbox from the start. Only the first play keeps this visitor. */
  salesforce: z.enum(['contact', 'lead']).optional(),
});

const event = z.strictObject({
  at: offset,
  type: z.enum(eventTypes as [EventType, ...EventType[]]),
  /** Which session of the visitor it belongs to. */
  session: z.string().default('s1'),
  /** Which of the two ids the event carries. */
  names: z.array(z.enum(['session', 'visitor'])).default(['session', 'visitor']),
  data: z.record(z.string(), z.unknown()),
});

const expectation = z.strictObject({
  /** When each session is over, and why: by `session.ended`, five minutes after `visitor.left`, or after 60 idle minutes. */
  ends: z.array(z.strictObject({ session: z.string(), at: offset, how: z.enum(['ended', 'left', 'idle']) })),
  /** Every (trigger, timing) pair that starts, with one time per occasion: when it became true. */
  starts: z.array(
    z.strictObject({
      trigger: z.enum(triggerTypes),
      timing: z.enum(timings),
      at: z.array(offset).min(1),
      why: z.string().optional(),
    }),
  ),
  /** Salesforce tasks of the sample workflows; `workflow` is the file's name in demo/workflows. */
  tasks: z.array(
    z.strictObject({ workflow: z.string(), subject: z.string(), who: z.enum(['contact', 'lead', 'none']) }),
  ),
  alerts: z.array(z.strictObject({ channel: z.string().startsWith('#'), firstLine: z.string() })),
  fields: z.record(z.string(), z.unknown()),
  why: z.string().optional(),
});

const script = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  about: z.string(),
  /** How often it is played in a morning of 220 conversations. */
  weight: z.int().min(1),
  visitor,
  events: z.array(event).min(1),
  expect: expectation,
});

/**
 * One recorded visit, with what must come of it worked out by hand from the product's rules. In every text, `{first_name}`,
 * `{last_name}`, `{email}` and `{company}` stand for the visitor of the play, `{play}` for its id, `{tomorrow}` for a date.
 */
export type Script = z.infer<typeof script>;
export type ScriptVisitor = Script['visitor'];

/**
 * Reads all scripts of demo/scripts, by id.
 * @throws Error naming the file, where one is no valid script
 */
export function loadScripts(): Script[] {
  const folder = new URL('scripts/', import.meta.url);
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => {
      const read = script.safeParse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
      if (!read.success) throw new Error(`demo/scripts/${name}: ${z.prettifyError(read.error)}`);
      return read.data;
    });
}

/** `+00:01:05` → 65000 (ms). */
export function offsetMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
