import * as z from 'zod';

export const text = (max: number) => z.string().min(1).max(max);
export const plain = (max: number) =>
  z.object({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() });
export const anyText = (max: number) =>
  z.discriminatedUnion('type', [
    plain(max),
    z.object({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() }),
  ]);
const actionId = z.string().min(1).max(255).optional();
const style = z.enum(['primary', 'danger']).optional();
const confirm = z
  .object({ title: plain(100), text: anyText(300), confirm: plain(30), deny: plain(30), style })
  .optional();

const button = z.object({
  type: z.literal('button'),
  text: plain(75),
  action_id: actionId,
  url: z.string().max(3000).optional(),
  value: z.string().max(2000).optional(),
  style,
  confirm,
  accessibility_label: z.string().max(75).optional(),
});
export const image = z.object({
  type: z.literal('image'),
  image_url: z.string().max(3000),
  alt_text: z.string().max(2000),
});
const option = z.object({ text: plain(75), value: z.string().max(150) });
const select = z.object({
  type: z.literal('static_select'),
  action_id: actionId,
  placeholder: plain(150).optional(),
  options: z.array(option).min(1).max(100),
  initial_option: option.optional(),
  confirm,
});
const overflow = z.object({
  type: z.literal('overflow'),
  action_id: actionId,
  options: z.array(option).min(1).max(5),
  confirm,
});
const datepicker = z.object({
  type: z.literal('datepicker'),
  action_id: actionId,
  initial_date: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .optional(),
  placeholder: plain(150).optional(),
  confirm,
});
const textInput = z.object({
  type: z.literal('plain_text_input'),
  action_id: actionId,
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
  placeholder: plain(150).optional(),
});

/** What may stand among the actions of a message. */
export const actionElement = z.discriminatedUnion('type', [button, select, overflow, datepicker]);
export const accessory = z.discriminatedUnion('type', [button, select, overflow, datepicker, image]);
export const inputElement = z.discriminatedUnion('type', [textInput, select, datepicker]);
export type ActionElement = z.output<typeof actionElement>;
export type InputElement = z.output<typeof inputElement>;
export type Option = z.output<typeof option>;
