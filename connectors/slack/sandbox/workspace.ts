import { randomBytes } from 'node:crypto';
import type { Block } from './blocks.ts';
import { SlackError } from './errors.ts';
import {
  appId,
  botId,
  botUserId,
  type Channel,
  channels as seedChannels,
  users as seedUsers,
  team,
  type User,
} from './seed.ts';

export type Metadata = { event_type: string; event_payload: Record<string, unknown> };
export type Message = {
  type: 'message';
  ts: string;
  text: string;
  user: string;
  bot_id: string;
  app_id: string;
  team: string;
  blocks?: Block[];
  metadata?: Metadata;
  thread_ts?: string;
  edited?: { user: string; ts: string };
};
/** What one person alone sees, until the client is opened anew. */
export type Private = { place: string; user: string; ts: string; text: string; blocks?: Block[] };
export type Direct = { id: string; user: string };
export type Place = { id: string; channel?: Channel; direct?: Direct };

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const idOf = (prefix: string, sequence: number): string => {
  let text = '';
  for (let rest = sequence + 1_679_616; rest > 0; rest = Math.floor(rest / 36)) text = letters[rest % 36] + text;
  return `${prefix}04${text.padStart(7, '0')}`;
};

/** Blocks without an id get one, as at the vendor. */
const named = (blocks: Block[]): Block[] =>
  blocks.map(block => ({ ...block, block_id: block.block_id ?? randomBytes(3).toString('base64url') }));

/** What the workspace holds: people, channels and every message. */
export const createWorkspace = (now: () => number) => {
  let users: User[] = [];
  let channels: Channel[] = [];
  let directs: Direct[] = [];
  let privates: Private[] = [];
  const messages = new Map<string, Message[]>();
  let lastMicros = 0;

  const nextTs = (): string => {
    lastMicros = Math.max(lastMicros + 100, Math.floor(now()) * 1000);
    return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`;
  };
  const open = (userId: string): { direct: Direct; alreadyOpen: boolean } => {
    const known = directs.find(direct => direct.user === userId);
    if (known) return { direct: known, alreadyOpen: true };
    const direct = { id: idOf('D', directs.length + 1), user: userId };
    directs.push(direct);
    return { direct, alreadyOpen: false };
  };
  const user = (id: string): User | undefined => users.find(candidate => candidate.id === id);

  const workspace = {
    user,
    userByEmail: (email: string): User | undefined =>
      users.find(candidate => !candidate.deleted && candidate.email === email.trim().toLowerCase()),
    users: (): User[] => users,
    channels: (): Channel[] => channels,
    directs: (): Direct[] => directs,
    open,
    /** A place by the id of a channel or of a direct conversation. Throws channel_not_found. */
    place(id: string): Place {
      const channel = channels.find(candidate => candidate.id === id);
      const direct = directs.find(candidate => candidate.id === id);
      if (!channel && !direct) throw new SlackError('channel_not_found');
      return { id, ...(channel && { channel }), ...(direct && { direct }) };
    },
    /** Where a message may be sent: also by #name, by name, or to a user, whose direct conversation is opened. */
    addressee(name: string): Place {
      const channel = channels.find(candidate => candidate.name === name.replace(/^#/, ''));
      if (channel) return { id: channel.id, channel };
      return workspace.place(user(name) ? open(name).direct.id : name);
    },
    post(place: Place, content: Pick<Message, 'text' | 'blocks' | 'metadata' | 'thread_ts'>): Message {
      const { blocks, ...rest } = content;
      const message: Message = {
        type: 'message',
        ts: nextTs(),
        user: botUserId,
        bot_id: botId,
        app_id: appId,
        team: team.id,
        ...rest,
        ...(blocks && { blocks: named(blocks) }),
      };
      messages.set(place.id, [...(messages.get(place.id) ?? []), message]);
      return message;
    },
    message(placeId: string, ts: string): Message {
      const message = messages.get(placeId)?.find(candidate => candidate.ts === ts);
      if (!message) throw new SlackError('message_not_found');
      return message;
    },
    /** Blocks that are not sent again are gone, the metadata stays. A message of blocks is not marked as edited. */
    update(place: Place, ts: string, { blocks, ...content }: Pick<Message, 'text' | 'blocks' | 'metadata'>): Message {
      const message = workspace.message(place.id, ts);
      if (!blocks) {
        delete message.blocks;
        return Object.assign(message, content, { edited: { user: botUserId, ts: nextTs() } });
      }
      return Object.assign(message, content, { blocks: named(blocks) });
    },
    deleteMessage(placeId: string, ts: string): void {
      workspace.message(placeId, ts);
      messages.set(
        placeId,
        workspace.messages(placeId).filter(message => message.ts !== ts),
      );
    },
    tell(place: string, userId: string, content: { text: string; blocks?: Block[] | undefined }): Private {
      const { text, blocks } = content;
      const message = { place, user: userId, ts: nextTs(), text, ...(blocks && { blocks }) };
      privates.push(message);
      return message;
    },
    privates: (): Private[] => privates,
    nextTs,
    /** Oldest first. */
    messages: (placeId: string): Message[] => messages.get(placeId) ?? [],
    reset(): void {
      users = structuredClone([...seedUsers]);
      privates = [];
      channels = structuredClone(seedChannels);
      directs = [];
      messages.clear();
    },
  };
  workspace.reset();
  return workspace;
};
export type Workspace = ReturnType<typeof createWorkspace>;
