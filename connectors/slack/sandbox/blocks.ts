import * as z from 'zod';
import { accessory, actionElement, anyText, image, inputElement, plain, text } from './elements.ts';
import { SlackError } from './errors.ts';

const blockId = { block_id: z.string().max(255).optional() };
const shared = [
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
  z.object({ type: z.literal('actions'), elements: z.array(actionElement).min(1).max(25), ...blockId }),
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
  z.object({ type: z.literal('rich_text'), elements: z.array(z.looseObject({ type: z.string() })).min(1), ...blockId }),
] as const;
const input = z.object({
  type: z.literal('input'),
  label: plain(2000),
  hint: plain(2000).optional(),
  optional: z.boolean().optional(),
  element: inputElement,
  ...blockId,
});
const markdown = z.object({ type: z.literal('markdown'), text: text(12_000), ...blockId });
const block = z.discriminatedUnion('type', [...shared, markdown]);
const viewBlock = z.discriminatedUnion('type', [...shared, input]);
export type ViewBlock = z.output<typeof viewBlock>;

const view = z.object({
  type: z.literal('modal'),
  title: plain(24),
  submit: plain(24).optional(),
  close: plain(24).optional(),
  blocks: z.array(viewBlock).min(1).max(100),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
});
export type ViewInput = z.output<typeof view>;
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

const mistakes = (issues: z.core.$ZodIssue[], input: unknown, at: string): string[] =>
  issues.map(issue => `${say(issue, input)} [json-pointer:/${at}${issue.path.map(key => `/${String(key)}`).join('')}]`);
const repeated = (blocks: { block_id?: string | undefined }[]): string | undefined => {
  const ids = blocks.flatMap(({ block_id }) => (block_id === undefined ? [] : [block_id]));
  return ids.find((id, index) => ids.indexOf(id) !== index);
};

/** Reads a message's blocks. Throws `invalid_blocks` with one message per mistake and the JSON pointer to it. */
export const readBlocks = (input: unknown): Block[] => {
  if (!Array.isArray(input)) throw new SlackError('invalid_blocks_format');
  if (input.length > 50) throw invalidBlocks(['no more than 50 items allowed [json-pointer:/blocks]']);
  const parsed = z.array(block).safeParse(input);
  if (!parsed.success) throw invalidBlocks(mistakes(parsed.error.issues, input, 'blocks'));
  const twice = repeated(parsed.data);
  if (twice !== undefined) throw invalidBlocks([`block_id already exists: ${twice} [json-pointer:/blocks]`]);
  // What was sent is kept as it came, unknown members and all.
  return input as Block[];
};

/** Reads a modal. Throws `invalid_arguments` with one message per mistake and the JSON pointer to it. */
export const readView = (input: unknown): ViewInput => {
  const parsed = view.safeParse(input);
  const found = parsed.success ? [] : mistakes(parsed.error.issues, input, 'view');
  const twice = parsed.success ? repeated(parsed.data.blocks) : undefined;
  if (twice !== undefined) found.push(`block_id already exists: ${twice} [json-pointer:/view/blocks]`);
  if (parsed.success && !parsed.data.submit && parsed.data.blocks.some(({ type }) => type === 'input'))
    found.push('missing required field: submit [json-pointer:/view]');
  if (found.length > 0)
    throw new SlackError('invalid_arguments', {
      response_metadata: { messages: found.map(message => `[ERROR] ${message}`) },
    });
  return input as ViewInput;
};
