import * as z from 'zod';
import { SlackError } from './errors.ts';

const text = (max: number) => z.string().min(1).max(max);
const plain = (max: number) =>
  z.object({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() });
const anyText = (max: number) =>
  z.discriminatedUnion('type', [
    plain(max),
    z.object({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() }),
  ]);
const actionId = z.string().max(255).optional();

const button = z.object({
  type: z.literal('button'),
  text: plain(75),
  action_id: actionId,
  url: z.string().max(3000).optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
});
const image = z.object({ type: z.literal('image'), image_url: z.string().max(3000), alt_text: z.string().max(2000) });
const option = z.object({ text: anyText(75), value: z.string().max(150) });
const select = z.object({
  type: z.literal('static_select'),
  action_id: actionId,
  placeholder: plain(150).optional(),
  options: z.array(option).min(1).max(100),
});
const overflow = z.object({ type: z.literal('overflow'), action_id: actionId, options: z.array(option).min(1).max(5) });
const element = z.discriminatedUnion('type', [button, select, overflow]);
const accessory = z.discriminatedUnion('type', [button, select, overflow, image]);

const blockId = { block_id: z.string().max(255).optional() };
const block = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('section'),
      text: anyText(3000).optional(),
      fields: z.array(anyText(2000)).min(1).max(10).optional(),
      accessory: accessory.optional(),
      ...blockId,
    })
    .refine(section => section.text !== undefined || section.fields !== undefined, {
      path: ['text'],
      message: 'missing required field: text',
    }),
  z.object({ type: z.literal('header'), text: plain(150), ...blockId }),
  z.object({ type: z.literal('divider'), ...blockId }),
  z.object({ type: z.literal('actions'), elements: z.array(element).min(1).max(25), ...blockId }),
  z.object({
    type: z.literal('context'),
    elements: z
      .array(z.union([anyText(3000), image]))
      .min(1)
      .max(10),
    ...blockId,
  }),
  z.object({
    type: z.literal('image'),
    image_url: z.string().max(3000),
    alt_text: z.string().max(2000),
    title: plain(2000).optional(),
    ...blockId,
  }),
  z.object({ type: z.literal('markdown'), text: text(12_000), ...blockId }),
  z.object({ type: z.literal('rich_text'), elements: z.array(z.looseObject({ type: z.string() })).min(1), ...blockId }),
]);
export type Block = z.output<typeof block>;
export type BlockText = { type: 'plain_text' | 'mrkdwn'; text: string };

const say = (issue: z.core.$ZodIssue, input: unknown): string => {
  if (issue.code === 'too_big')
    return issue.origin === 'array'
      ? `no more than ${issue.maximum} items allowed`
      : `must be less than ${Number(issue.maximum) + 1} characters`;
  if (issue.code === 'too_small')
    return issue.origin === 'array'
      ? `no fewer than ${issue.minimum} items required`
      : `must be more than ${Number(issue.minimum) - 1} characters`;
  const at = issue.path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'type') return `unsupported type: ${String(at)}`;
  if (issue.code === 'custom') return issue.message;
  if (at === undefined) return `missing required field: ${String(issue.path.at(-1))}`;
  if (issue.code === 'invalid_type')
    return `must provide ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  return 'failed to match all allowed schemas';
};

const invalidBlocks = (messages: string[]): SlackError =>
  new SlackError('invalid_blocks', {
    errors: messages,
    response_metadata: { messages: messages.map(message => `[ERROR] ${message}`) },
  });

/** Reads a message's blocks. Throws `invalid_blocks` with one message per mistake and the JSON pointer to it. */
export const readBlocks = (input: unknown): Block[] => {
  if (!Array.isArray(input)) throw new SlackError('invalid_blocks_format');
  if (input.length > 50) throw invalidBlocks(['no more than 50 items allowed [json-pointer:/blocks]']);
  const parsed = z.array(block).safeParse(input);
  if (!parsed.success)
    throw invalidBlocks(
      parsed.error.issues.map(
        issue => `${say(issue, input)} [json-pointer:/blocks${issue.path.map(key => `/${String(key)}`).join('')}]`,
      ),
    );
  const ids = parsed.data.flatMap(({ block_id }) => (block_id === undefined ? [] : [block_id]));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalidBlocks([`block_id already exists: ${twice} [json-pointer:/blocks]`]);
  // What was sent is kept as it came, unknown members and all.
  return input as Block[];
};
