import * as z from 'zod';
import { alertInputs, roleRecipient } from '../../src/sdk/index.ts';

const CHANNEL_ID = /^19:[^\s/?#]+@thread\.(tacv2|skype)$/;

/** A channel as an admin names it: by its id, or by its team's name and its own. `tenantId` is what a copied link says. */
export type ChannelName = { id: string; tenantId?: string } | { team: string; channel: string };

/**
 * Reads a channel's link (Teams, Get link to channel), its id (`19:…@thread.tacv2`), or `Team / Channel`; a team alone means its
 * first channel. Undefined for anything else. A channel's name holds no slash, a team's may.
 */
export function channelName(text: string): ChannelName | undefined {
  const trimmed = text.trim();
  if (CHANNEL_ID.test(trimmed)) return { id: trimmed };
  if (/^https?:/i.test(trimmed)) return channelOfLink(trimmed);
  if (trimmed === '' || trimmed.startsWith('19:')) return undefined;
  const slash = trimmed.lastIndexOf('/');
  const [team, channel] = slash < 0 ? [trimmed, ''] : [trimmed.slice(0, slash).trim(), trimmed.slice(slash + 1).trim()];
  return team === '' ? undefined : { team, channel };
}

function channelOfLink(link: string): ChannelName | undefined {
  const url = URL.parse(link);
  const part = url && /^\/l\/channel\/([^/]+)/.exec(url.pathname)?.[1];
  const id = part && decoded(part);
  const tenantId = url?.searchParams.get('tenantId')?.toLowerCase();
  return id && CHANNEL_ID.test(id) ? { id, ...(tenantId && { tenantId }) } : undefined;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const channel = z.strictObject({
  channel: z
    .string()
    .trim()
    .max(1000)
    .refine(text => channelName(text) !== undefined, 'must be a channel’s link, its id (19:…) or “Team / Channel”')
    .meta({ title: 'Channel', description: 'The channel’s link (Get link to channel), or “Team / Channel”' }),
});
const user = z.strictObject({
  user: z
    .string()
    .trim()
    .max(320)
    .regex(
      /^([^\s@]+@[^\s@]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/,
      'must be an e-mail address or an Entra object id',
    )
    .meta({ title: 'Person', description: 'E-mail address, user principal name or Entra object id' }),
});

/** What an admin fills in. */
export const alertInput = z.strictObject({
  to: z
    .union([channel, user, roleRecipient])
    .meta({ title: 'To', description: 'A channel, a person, or a person by role' }),
  fallback: channel.optional().meta({
    title: 'Fallback',
    description: 'The channel that gets it where the person cannot be found or reached',
  }),
  message: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Message', description: 'Taken as it is, without markup; cut at 3,000 characters' }),
  ...alertInputs,
});
export type AlertInput = z.infer<typeof alertInput>;

/** Where a message is. All of it is needed to change it. */
export const placement = z.object({ conversationId: z.string(), activityId: z.string(), serviceUrl: z.string() });
export type Placement = z.infer<typeof placement>;

/** What the step gives back to later ones. */
export const alertOutput = z.object({
  placement,
  /** Opens the message in Teams; for channels. */
  url: z.string().optional(),
});
export type AlertOutput = z.infer<typeof alertOutput>;

/** https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams */
export function messageLink(tenantId: string, { conversationId, activityId }: Placement): string | undefined {
  if (!CHANNEL_ID.test(conversationId)) return undefined;
  return `https://teams.microsoft.com/l/message/${encodeURIComponent(conversationId)}/${encodeURIComponent(activityId)}?tenantId=${encodeURIComponent(tenantId)}`;
}
