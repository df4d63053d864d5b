import { hashOf } from '../access/keys.ts';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type ConnectLinkRow, ConnectLinks } from '../db/entities.ts';
import { LinkRefused } from './cannot-connect.ts';
import type { FindConnector } from './credential.ts';
import { checkedOptions, oauthConnector } from './oauth-connector.ts';
import { randomToken } from './random.ts';

/** The workspace's own link is meant for whoever asked for it just now; a rep gets theirs by mail and opens it some day. */
const lifeMs = { workspace: 60 * 60_000, rep: 7 * 24 * 60 * 60_000 };
/** An ended link is kept a day longer: what was begun in its last minutes may still finish. */
const keptMs = 24 * 60 * 60_000;

export type Link = { url: string; expiresAt: number };

/**
 * Makes a link that starts OAuth in any browser: it lives an hour for the workspace's own connection, seven days for a rep's
 * (`userEmail`). It is used up when an account has been connected through it, not when it is opened: previews and scanners
 * of chat and mail open links too, and a person who pressed Deny may try again.
 * @returns its address, the only place where its token is, and when it ends (epoch ms)
 * @throws CannotConnect
 */
export async function createLink(
  on: { database: Database; clock: Clock; find: FindConnector; publicUrl: string },
  link: { workspaceId: string; connector: string; options: Record<string, string>; userEmail?: string | undefined },
): Promise<Link> {
  const options = checkedOptions(oauthConnector(on.find, link.connector), link.options, ['options']);
  const token = randomToken();
  const userEmail = link.userEmail ?? null;
  const now = on.clock.now();
  const expiresAt = now + (userEmail === null ? lifeMs.workspace : lifeMs.rep);
  const { workspaceId, connector } = link;
  await on.database.write(async ({ manager, query }) => {
    await query('DELETE FROM connect_links WHERE expires_at <= $1', [now - keptMs]);
    await manager.insert(ConnectLinks, {
      hash: hashOf(token),
      workspaceId,
      connector,
      options,
      userEmail,
      expiresAt,
      usedAt: null,
    });
  });
  return { url: `${on.publicUrl}/connect/${token}`, expiresAt };
}

/** @throws LinkRefused where the link is unknown, has ended or was used */
export async function findLink(on: { database: Database; clock: Clock }, token: string): Promise<ConnectLinkRow> {
  const link = await on.database.reader.findOneBy(ConnectLinks, { hash: hashOf(token) });
  if (!link || link.expiresAt <= on.clock.now()) throw new LinkRefused('This link does not exist, or has ended.');
  if (link.usedAt !== null) throw new LinkRefused('This link has been used already.');
  return link;
}

/** Uses a link up, in the transaction that stores what was connected through it. @throws LinkRefused where it was used already */
export async function useLink({ query }: Transaction, hash: string, now: number): Promise<void> {
  const used = await query('UPDATE connect_links SET used_at = $1 WHERE hash = $2 AND used_at IS NULL RETURNING hash', [
    now,
    hash,
  ]);
  if (used.length === 0) throw new LinkRefused('This link has been used already.');
}
