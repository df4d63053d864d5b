import type { Database } from '../db/database.ts';
import { type AlertRow, Alerts } from '../db/entities.ts';

export type AlertFilter = {
  limit: number;
  /** The last one of the page before. */
  before?: { createdAt: number; id: string } | undefined;
  /** Only those in the feed of this person: their own and those for everyone. */
  user?: string | undefined;
  /** With `user`: only those not read. */
  unread?: boolean | undefined;
  state?: AlertRow['state'] | undefined;
  /** An e-mail address, or an id at the vendor where the person claimed it. */
  claimedBy?: string | undefined;
};

/** Alerts of a workspace, newest first; those that only a chat shows are among them unless `user` is given. */
export async function recentAlerts(
  { reader }: Pick<Database, 'reader'>,
  workspaceId: string,
  { limit, before, user, unread, state, claimedBy }: AlertFilter,
): Promise<AlertRow[]> {
  const builder = reader.createQueryBuilder(Alerts, 'alert').where('alert.workspaceId = :workspaceId', { workspaceId });
  if (before)
    builder.andWhere('(alert.createdAt < :createdAt OR (alert.createdAt = :createdAt AND alert.id < :id))', before);
  if (state) builder.andWhere('alert.state = :state', { state });
  if (user !== undefined)
    // Addresses are kept as a JSON array of lower-case texts.
    builder.andWhere(`(alert.audience = '"all"' OR alert.audience LIKE :reader ESCAPE '\\')`, {
      reader: `%${likeText(JSON.stringify(user.toLowerCase()))}%`,
    });
  if (user !== undefined && unread)
    builder.andWhere('NOT EXISTS (SELECT 1 FROM alert_reads r WHERE r.alert_id = alert.id AND r.reader = :who)', {
      who: user.toLowerCase(),
    });
  if (claimedBy !== undefined)
    // Quotes within a value are escaped, so that no name can look like an id or an address.
    builder.andWhere(
      `(LOWER(alert.claimedBy) LIKE :id ESCAPE '\\' OR LOWER(alert.claimedBy) LIKE :email ESCAPE '\\')`,
      Object.fromEntries(
        ['id', 'email'].map(name => [name, `%"${name}":${likeText(JSON.stringify(claimedBy.toLowerCase()))}%`]),
      ),
    );
  return builder.orderBy('alert.createdAt', 'DESC').addOrderBy('alert.id', 'DESC').limit(limit).getMany();
}

const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
