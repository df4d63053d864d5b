import * as z from 'zod';

const text = z.string().min(1).max(2000);
const account = z.looseObject({ id: text, name: z.string().optional(), aadObjectId: z.string().optional() });
const named = z.looseObject({ id: text, name: z.string().nullish() });

/**
 * What is read of an activity. `serviceUrl` must be there: the library compares it with what was signed only where it is.
 * https://github.com/microsoft/botframework-sdk/blob/main/specs/botframework-activity/botframework-activity.md
 */
const activity = z.looseObject({
  type: text,
  id: text.optional(),
  timestamp: z.string().optional(),
  channelId: z.literal('msteams'),
  serviceUrl: z.url({ protocol: /^https?$/ }).max(2000),
  from: account,
  recipient: account,
  conversation: z.looseObject({
    id: text,
    conversationType: z.string().optional(),
    tenantId: z.string().optional(),
  }),
  name: z.string().optional(),
  text: z.string().nullish(),
  /** Of an installationUpdate: `add`, `remove`, `add-upgrade` or `remove-upgrade`. */
  action: z.string().optional(),
  replyToId: z.string().optional(),
  value: z.unknown().optional(),
  membersAdded: z.array(account).optional(),
  membersRemoved: z.array(account).optional(),
  channelData: z
    .looseObject({
      eventType: z.string().nullish(),
      tenant: z.looseObject({ id: text }).nullish(),
      team: named.nullish(),
      channel: named.nullish(),
    })
    .nullish(),
});
export type Activity = z.infer<typeof activity>;

/** The activity in a request's body; undefined where it is none of Teams. */
export function activityIn(body: Buffer): Activity | undefined {
  try {
    return activity.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

export const tenantOf = ({ conversation, channelData }: Activity): string | undefined =>
  (channelData?.tenant?.id ?? conversation.tenantId)?.toLowerCase();

/** The conversation without the thread in it (`;messageid=…`). */
export const conversationOf = ({ conversation }: Activity): string => conversation.id.split(';')[0] ?? conversation.id;

/** When it happened, as far as Teams says. Epoch ms. */
export function happenedAt({ timestamp }: Activity): number | undefined {
  const at = Date.parse(timestamp ?? '');
  return Number.isNaN(at) ? undefined : at;
}

export const isPersonal = ({ conversation }: Activity): boolean => conversation.conversationType === 'personal';
