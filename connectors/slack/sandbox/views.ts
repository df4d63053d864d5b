import { randomBytes } from 'node:crypto';
import { readView, type ViewInput } from './blocks.ts';
import { SlackError } from './errors.ts';
import { appId, botId, team } from './seed.ts';

const TRIGGER_LIFE_MS = 3_000;

/** An open modal, with whatever the app answered to its last submission. */
export type OpenView = {
  id: string;
  user: string;
  hash: string;
  view: ViewInput;
  errors: Record<string, string>;
  /** What was typed when it was sent last, by block. */
  typed: Record<string, string>;
  /** The vendor's own words where the app did not answer. */
  trouble?: string;
};

const random = (bytes: number): string => randomBytes(bytes).toString('hex');

/** A modal as the Web API answers it and as it comes with a submission. */
export const viewShape = ({ id, hash, view }: OpenView, values: Record<string, Record<string, unknown>> = {}) => ({
  id,
  team_id: team.id,
  type: view.type,
  blocks: view.blocks,
  private_metadata: view.private_metadata ?? '',
  callback_id: view.callback_id ?? '',
  state: { values },
  hash,
  title: view.title,
  close: view.close ?? null,
  submit: view.submit ?? null,
  clear_on_close: view.clear_on_close ?? false,
  notify_on_close: view.notify_on_close ?? false,
  previous_view_id: null,
  root_view_id: id,
  app_id: appId,
  app_installed_team_id: team.id,
  external_id: view.external_id ?? '',
  bot_id: botId,
});

const named = (view: ViewInput): ViewInput => ({
  ...view,
  blocks: view.blocks.map(block => ({ ...block, block_id: block.block_id ?? random(3) })),
});
const hashOf = (now: number): string => `${Math.floor(now / 1000)}.${random(4)}`;

/** Triggers and what they opened. A trigger works once, for three seconds. `now()` is epoch ms. */
export const createViews = (now: () => number) => {
  const triggers = new Map<string, { user: string; expiresAt: number; used: boolean }>();
  const open = new Map<string, OpenView>();
  const find = (id: string | undefined): OpenView => {
    const found = open.get(id ?? '');
    if (!found) throw new SlackError('not_found');
    return found;
  };
  return {
    trigger(user: string): string {
      const id = `${Math.floor(now())}.${team.id.length}.${random(16)}`;
      triggers.set(id, { user, expiresAt: now() + TRIGGER_LIFE_MS, used: false });
      return id;
    },
    /** A person has one modal open at a time: what is opened takes the place of what was. */
    open(triggerId: string, input: unknown) {
      const trigger = triggers.get(triggerId);
      if (!trigger)
        throw new SlackError('invalid_arguments', { response_metadata: { messages: ['invalid `trigger_id`'] } });
      if (trigger.used) throw new SlackError('exchanged_trigger_id');
      if (trigger.expiresAt < now()) throw new SlackError('expired_trigger_id');
      const view = named(readView(input));
      trigger.used = true;
      for (const other of open.values()) if (other.user === trigger.user) open.delete(other.id);
      const id = `V04${random(5).toUpperCase()}`;
      const opened: OpenView = { id, user: trigger.user, hash: hashOf(now()), view, errors: {}, typed: {} };
      open.set(opened.id, opened);
      return viewShape(opened);
    },
    update(
      which: { id?: string | undefined; externalId?: string | undefined; hash?: string | undefined },
      input: unknown,
    ) {
      const byExternal = [...open.values()].find(
        ({ view }) => which.externalId && view.external_id === which.externalId,
      );
      const found = byExternal ?? find(which.id);
      if (which.hash && which.hash !== found.hash) throw new SlackError('hash_conflict');
      Object.assign(found, { view: named(readView(input)), hash: hashOf(now()), errors: {}, typed: {} });
      return viewShape(found);
    },
    find,
    of: (user: string): OpenView | undefined => [...open.values()].find(view => view.user === user),
    all: (): OpenView[] => [...open.values()],
    close: (id: string): void => void open.delete(id),
    reset(): void {
      triggers.clear();
      open.clear();
    },
  };
};
export type Views = ReturnType<typeof createViews>;
