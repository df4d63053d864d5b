import * as z from 'zod';
import type { ExpectedAlert, ExpectedTask } from './play.ts';

export type ArrivedTask = Omit<ExpectedTask, 'workflow'> & {
  whoName: string | null;
  /** Due day, priority and status, as words. */
  details: string;
  description: string;
};
export type ArrivedAlert = ExpectedAlert & { title: string; message: string; context: string[] };
/** A run as far as it is compared. `occasion` is the key by which it started once. */
export type ArrivedRun = {
  id: string;
  workflow: string;
  trigger: string;
  timing: string;
  occasion: string;
  status: string;
  error?: string;
  /** Of a workflow that came with a connector: it must succeed, but the expectations count the demo's own. */
  builtIn?: true;
};
/** What is there in the end: at the vendors and in the hub. */
export type Arrived = {
  accepted: number;
  duplicates: number;
  runs: ArrivedRun[];
  tasks: ArrivedTask[];
  alerts: ArrivedAlert[];
  fields: Map<string, Record<string, unknown>>;
};

/** Reads one type of a vendor's records from the sandbox. */
export type Records = (vendor: string, type: string) => unknown[];

const task = z.object({
  Subject: z.string(),
  WhoId: z.string().nullable(),
  Description: z.string().nullable(),
  ActivityDate: z.string().nullable(),
  Priority: z.string().nullable(),
  Status: z.string().nullable(),
});
const person = z.object({ Id: z.string(), Name: z.string(), Email: z.string().nullable() });
const block = z.looseObject({
  type: z.string(),
  text: z.object({ text: z.string() }).optional(),
  fields: z.array(z.object({ text: z.string() })).optional(),
});
const message = z.object({ channel_name: z.string().optional(), channel: z.string(), blocks: z.array(block) });

/** The tasks that stand in Salesforce, each with the person it hangs on. */
export function arrivedTasks(records: Records): ArrivedTask[] {
  const peopleOf = (type: 'Contact' | 'Lead') =>
    z
      .array(person)
      .parse(records('salesforce', type))
      .map(({ Id, Name, Email }) => [Id, { type, name: Name, email: Email ?? '' }] as const);
  const people = new Map([...peopleOf('Contact'), ...peopleOf('Lead')]);
  return z
    .array(task)
    .parse(records('salesforce', 'Task'))
    .map(({ Subject, WhoId, Description, ActivityDate, Priority, Status }) => {
      const who =
        WhoId === null ? undefined : (people.get(WhoId) ?? { type: 'Lead' as const, name: WhoId, email: WhoId });
      return {
        subject: Subject,
        who: who ? { type: who.type, email: who.email } : null,
        whoName: who?.name ?? null,
        details: `due ${ActivityDate ?? 'never'} · priority ${Priority ?? 'none'} · ${Status ?? 'no status'}`,
        description: Description ?? '',
      };
    });
}

/** The messages that stand in Slack's channels. The second block of an alert is its message. */
export function arrivedAlerts(records: Records): ArrivedAlert[] {
  return z
    .array(message)
    .parse(records('slack', 'messages'))
    .map(({ channel, channel_name, blocks }) => {
      const [title = '', text = '', ...others] = blocks.map(textOf).filter(told => told !== '');
      const channelName = channel_name ? `#${channel_name}` : channel;
      return {
        channel: channelName,
        firstLine: text.split('\n')[0] ?? '',
        title,
        message: text,
        context: others.flatMap(other => other.split('\n')),
      };
    });
}

const textOf = ({ text, fields }: z.infer<typeof block>): string =>
  plain(text?.text ?? (fields ?? []).map(field => field.text).join('\n'));

/** Slack's escapes and marks undone, and a link as its words. */
const plain = (text: string) =>
  text
    .replace(/<mailto:[^|>]+\|([^>]+)>/g, '$1')
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '$2: $1')
    .replace(/(^|\s)[*_]([^*_\n]+)[*_](?=\s|$)/g, '$1$2')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
