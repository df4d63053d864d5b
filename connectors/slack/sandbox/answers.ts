import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { type Block, readBlocks } from './blocks.ts';
import { SlackError } from './errors.ts';
import { team } from './seed.ts';
import type { Workspace } from './workspace.ts';

const LIFE_MS = 30 * 60_000;
const USES = 5;

/** What an app answers a press or a command with, at once or at the address for answers. Source: docs.slack.dev/interactivity */
const answer = z.looseObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
});

type Origin = { place: string; user: string; ts?: string | undefined };

/** Addresses for answers: each lives for half an hour and takes five. `base` is where they are; `now()` is epoch ms. */
export const createAnswers = ({ base, now, workspace }: { base: string; now(): number; workspace: Workspace }) => {
  const issued = new Map<string, Origin & { expiresAt: number; left: number }>();

  /** Shows what the app answered: to the person alone unless it says otherwise. Throws the vendor's word for what it cannot show. */
  const show = ({ place, user, ts }: Origin, input: unknown): void => {
    const parsed = answer.safeParse(input);
    if (!parsed.success) throw new SlackError('invalid_payload');
    const { text = '', blocks: raw, response_type, replace_original, delete_original } = parsed.data;
    if (delete_original && ts) {
      workspace.deleteMessage(place, ts);
      return;
    }
    const blocks: Block[] | undefined = raw === undefined ? undefined : readBlocks(raw);
    if (text === '' && !blocks?.length) throw new SlackError('no_text');
    if (replace_original && ts) workspace.update(workspace.place(place), ts, { text, ...(blocks && { blocks }) });
    else if (response_type === 'in_channel')
      workspace.post(workspace.place(place), { text, ...(blocks && { blocks }) });
    else workspace.tell(place, user, { text, blocks });
  };

  return {
    issue(kind: 'actions' | 'commands', origin: Origin): string {
      const id = randomBytes(12).toString('hex');
      issued.set(id, { ...origin, expiresAt: now() + LIFE_MS, left: USES });
      return `${base}/${kind}/${team.id}/${id}`;
    },
    /** Throws `expired_url` or `used_url`. */
    take(id: string, input: unknown): void {
      const origin = issued.get(id);
      if (!origin || origin.expiresAt <= now()) throw new SlackError('expired_url');
      if (origin.left <= 0) throw new SlackError('used_url');
      origin.left -= 1;
      show(origin, input);
    },
    show,
    reset: (): void => issued.clear(),
  };
};
export type Answers = ReturnType<typeof createAnswers>;
