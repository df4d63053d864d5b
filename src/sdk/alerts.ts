import * as z from 'zod';

/** Somebody who acted on an alert, or is to be told: `id` is the person's id at the vendor whose button was pressed. */
export type Actor = { id?: string; name?: string; email?: string };

/** What people can do with an alert. Which of them a message offers is for the engine to say (`AlertView.offers`). */
export const alertActions = ['claim', 'create_task', 'snooze', 'dismiss'] as const;
export type AlertActionKind = (typeof alertActions)[number];

/** One thing that somebody did. `dueDate` is a day, `2026-11-27`. */
export type AlertAct =
  | { kind: 'claim' }
  | { kind: 'dismiss' }
  | { kind: 'snooze'; minutes: number }
  | { kind: 'create_task'; subject: string; dueDate?: string };

/** Whom and what an alert is about, as far as it is known. Everything that a visitor wrote is untrusted text. */
export type AlertAbout = {
  visitor: {
    name?: string;
    title?: string;
    company?: string;
    email?: string;
    phone?: string;
    /** Whether an earlier session or another system knew the person. */
    known: boolean;
  };
  /** The conversation's summary, where an event brought one. */
  summary?: string;
  /** The last messages of the conversation, oldest first; `time` is RFC 3339. */
  lastMessages: { from: string; text: string; time: string }[];
  /** The page that was viewed last. */
  page?: { url: string; title?: string };
  campaign?: string;
  conversationUrl?: string;
  /** The person's records at other systems: the system's title, and the address to open it at. */
  records: { title: string; url: string }[];
  meeting?: { title?: string; startTime?: string; endTime?: string };
};

/** An alert as it stands now. Times are epoch ms. */
export type AlertView = {
  id: string;
  title: string;
  message: string;
  state: 'open' | 'claimed' | 'snoozed' | 'dismissed';
  /** Grows with every change, so that an older picture of the alert is never shown over a newer one. */
  version: number;
  about: AlertAbout;
  offers: AlertActionKind[];
  createdAt: number;
  claimedBy?: Actor;
  claimedAt?: number;
  dismissedBy?: Actor;
  snoozedBy?: Actor;
  snoozedUntil?: number;
  /** Follow-up tasks that people asked for, newest last; `url` once it has been created. */
  tasks: { subject: string; dueDate?: string; by: Actor; url?: string }[];
  /** Later alerts about the same person that were put into this one's message, newest last. */
  joined: { title: string; message: string; at: number }[];
};

/** Where a chat shows an alert: whatever the connector needs to find the message again. Kept by the engine. */
export type AlertPlacement = Record<string, string>;

/** What came of an act. Where nothing was done, `reason` is a sentence for whoever pressed the button. */
export type AlertOutcome =
  | { done: true; alert: AlertView }
  | { done: false; reason: string; alert: AlertView | undefined };

/** People that a step may name without knowing them: the owner of the person's record, the rep of the conversation, the meeting's owner. */
export const recipientRoles = ['record_owner', 'rep', 'meeting_owner'] as const;
export type RecipientRole = (typeof recipientRoles)[number];

/** `to: { role }`: the engine finds the person and tells the action in `facts.recipient`. */
export const roleRecipient = z.strictObject({
  role: z.enum(recipientRoles).meta({
    title: 'Person by role',
    description: 'The owner of the person’s record, the rep of the conversation or the owner of the meeting',
  }),
});

const onAct = (when: string) =>
  z
    .strictObject({
      field: z.string().min(1).max(64).meta({ title: 'Visitor field', description: 'A defined visitor field' }),
      value: z
        .unknown()
        .optional()
        .meta({ title: 'Value', description: 'The e-mail address of the person who acted, where left out' }),
    })
    .optional()
    .meta({ title: when, description: 'Sets a visitor field when somebody does so' });

/** What every alert takes besides `to`, whichever chat it goes to. Spread it into the action's input. */
export const alertInputs = {
  title: z.string().trim().min(1).optional().meta({
    title: 'Title',
    description: 'The workflow’s name where left out',
  }),
  buttons: z
    .array(z.enum(alertActions))
    .max(alertActions.length)
    .optional()
    .meta({ title: 'Buttons', description: 'Which of claim, create_task, snooze and dismiss; all where left out' }),
  sameAs: z.string().min(1).max(63).optional().meta({
    title: 'Same alert as',
    description:
      'The id of an earlier alert step of the run: its alert is shown here, too, and what people do counts for both',
  }),
  onClaim: onAct('When it is claimed'),
  onDismiss: onAct('When it is marked as not relevant'),
  lifeMinutes: z
    .int()
    .min(1)
    .optional()
    .meta({ title: 'Life in minutes', description: 'Not sent any more once older than this' }),
};

/** The part of an alert's input that the engine reads by itself. */
export type AlertInputs = {
  title?: string;
  message: string;
  buttons?: AlertActionKind[];
  sameAs?: string;
  onClaim?: { field: string; value?: unknown };
  onDismiss?: { field: string; value?: unknown };
  lifeMinutes?: number;
};

/** What the chat role's `update` gets: which message is to show the alert as `facts.alert` has it. */
export const alertUpdateInput = z.strictObject({
  alertId: z.string().meta({ title: 'Alert', description: 'Which alert' }),
  version: z.int().meta({ title: 'Version', description: 'The version of the alert that this update is for' }),
  placement: z.record(z.string(), z.string()).meta({ title: 'Placement', description: 'Where the message is' }),
});
export type AlertUpdateInput = z.infer<typeof alertUpdateInput>;

/** What the task role gets: a follow-up that somebody asked for, for the person in the facts. */
export const followUpTaskInput = z.strictObject({
  subject: z.string().trim().min(1).max(255).meta({ title: 'Subject', description: 'What is to be done' }),
  dueDate: z.iso.date().optional().meta({ title: 'Due', description: 'A day such as 2026-11-27' }),
  description: z.string().optional().meta({ title: 'Description', description: 'What is known so far' }),
  ownerEmail: z.string().optional().meta({ title: 'Owner', description: 'The e-mail of whoever asked for it' }),
});
export type FollowUpTaskInput = z.infer<typeof followUpTaskInput>;
