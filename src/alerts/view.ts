import type { AlertRow } from '../db/entities.ts';
import type { AlertView } from '../sdk/alerts.ts';

const MOST_JOINED_SHOWN = 20;

/** An alert as connectors and the API see it. */
export const alertView = (row: AlertRow): AlertView => ({
  id: row.id,
  title: row.title,
  message: row.message,
  state: row.state,
  version: row.version,
  about: row.about,
  offers: row.offers,
  createdAt: row.createdAt,
  ...(row.claimedBy && { claimedBy: row.claimedBy }),
  ...(row.claimedAt !== null && { claimedAt: row.claimedAt }),
  ...(row.dismissedBy && { dismissedBy: row.dismissedBy }),
  ...(row.snoozedBy && { snoozedBy: row.snoozedBy }),
  ...(row.snoozedUntil !== null && { snoozedUntil: row.snoozedUntil }),
  tasks: row.tasks.map(({ stepId: _, ...task }) => task),
  // Every change tells the whole alert; the list of alerts has the rest.
  joined: row.joined.slice(-MOST_JOINED_SHOWN).map(({ stepId: _, ...joined }) => joined),
});

/** The topic of the feed under which a workspace's alerts are told. */
export const ALERTS_TOPIC = 'alerts';
/** How long a listener that comes back is told what it has missed; older alerts are in the list. */
export const ALERT_FEED_LIFE_MS = 24 * 60 * 60_000;
