import type { Actor } from '../../../src/sdk/index.ts';
import { classify } from '../errors.ts';
import { ask, type Connection, type Hub } from './call.ts';

const KEPT = 1_000;
const KEPT_MS = 60 * 60_000;
const ASK_WITHIN_MS = 1_000;

/** Newest last. Names and addresses change seldom, and whoever presses one button presses more. */
const people = new Map<string, { actor: Promise<Actor>; until: number }>();

/**
 * Who pressed: Slack tells a name, the e-mail address is asked for (users.info) for a second at the most. Without it the act counts all
 * the same.
 */
export async function actorOf(hub: Hub, connection: Connection, user: { id: string; name?: string }): Promise<Actor> {
  const key = `${connection.id} ${user.id}`;
  const before = people.get(key);
  if (before && before.until > hub.now()) return before.actor;
  const actor = known(connection, user.id).catch((error: unknown) => {
    people.delete(key);
    const { details, kind } = classify(error);
    hub.warn('Slack did not say who pressed a button, so what was done carries no e-mail address.', {
      reason: details.vendorCode ?? kind,
    });
    return { id: user.id, ...(user.name && { name: user.name }) };
  });
  people.delete(key);
  people.set(key, { actor, until: hub.now() + KEPT_MS });
  for (const oldest of people.keys()) {
    if (people.size <= KEPT) break;
    people.delete(oldest);
  }
  return actor;
}

async function known(connection: Connection, id: string): Promise<Actor> {
  const { user } = await ask(connection, ASK_WITHIN_MS, web => web.users.info({ user: id }));
  const name = user?.real_name ?? user?.profile?.real_name ?? user?.name;
  return { id, ...(name && { name }), ...(user?.profile?.email && { email: user.profile.email }) };
}
