import type { StepError } from '../../src/sdk/index.ts';

/** What one error word of the Bot Connector means for a step: its kind, what a person can do, and the input it is about. */
export type Meaning = { kind: StepError['kind']; advice: string; field?: string; park?: boolean };

const install = 'Add the app to the team (Teams, the team’s Manage team, Apps), or have the person install it.';
const absent: Meaning = { kind: 'forbidden', advice: install, field: 'to' };
const gone: Meaning = { kind: 'rejected', advice: `The conversation is not there (any more). ${install}`, field: 'to' };
const layout: Meaning = {
  kind: 'rejected',
  advice: 'Teams did not accept the layout of the message.',
  field: 'message',
};

/**
 * By `error.code`. Teams words the same refusal in several ways, so that where a word is missing here the status decides.
 * https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
 */
export const meanings: Record<string, Meaning> = {
  BotNotInConversationRoster: absent,
  ForbiddenOperationException: absent,
  NotEnoughPermissions: absent,
  MessageWritesBlocked: {
    kind: 'forbidden',
    advice: 'The person has blocked or removed the app. Ask them to install it again.',
    field: 'to',
  },
  BotDisabledByAdmin: {
    kind: 'forbidden',
    advice: 'A Teams administrator has switched the app off. Ask for it to be allowed, then run the step again.',
    park: true,
  },
  ConversationBlockedByUser: {
    kind: 'forbidden',
    advice: 'The person has blocked the app. Choose another one, or ask them to unblock it.',
    field: 'to',
  },
  ConversationNotFound: gone,
  InvalidBotApiHost: {
    kind: 'forbidden',
    advice: 'The app of this hub is in another cloud than the tenant. Set TEAMS_SERVICE_URL.',
  },
  BadSyntax: layout,
  BadArgument: layout,
  MessageSizeTooBig: { kind: 'rejected', advice: 'Shorten the message.', field: 'message' },
  ConversationIsReadOnly: {
    kind: 'rejected',
    advice: 'The channel is archived or read-only. Choose another one.',
    field: 'to',
  },
  PreconditionFailed: { kind: 'transient', advice: 'The conversation was busy; it is tried again.' },
};

/** By HTTP status, where the word is not known. */
export const byStatus: Record<number, Meaning> = {
  400: { kind: 'rejected', advice: 'Change the step and run it again.' },
  401: { kind: 'unauthorized', advice: 'Connect Microsoft Teams again.' },
  403: absent,
  404: gone,
  412: { kind: 'transient', advice: 'The conversation was busy; it is tried again.' },
  413: { kind: 'rejected', advice: 'Shorten the message.', field: 'message' },
};
