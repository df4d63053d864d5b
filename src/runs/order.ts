import type { Database } from '../db/database.ts';
import type { RunRow } from '../db/entities.ts';

/** How long a change of a meeting waits before it looks again, in milliseconds. */
export const LOOK_AGAIN_MS = 2_000;

/**
 * Whether what the booking of this run's meeting has started is still going on. A change of the meeting waits for it: the
 * record that it is to change may be under way to the vendor. One that is parked is not waited for; it will go by what is
 * known of the meeting by then.
 */
export async function bookingUnderWay(
  { read }: Pick<Database, 'read'>,
  { workspaceId, triggerType, occasion }: Pick<RunRow, 'workspaceId' | 'triggerType' | 'occasion'>,
): Promise<boolean> {
  if (triggerType !== 'meeting_changed' || !occasion.meetingId) return false;
  const open = await read(
    `SELECT id FROM runs WHERE workspace_id = $1 AND workflow_id IN (SELECT id FROM workflows WHERE workspace_id = $2)
     AND trigger_type = 'meeting_booked' AND timing = 'immediately' AND occasion_key = $3 AND status = 'running' LIMIT 1`,
    [workspaceId, workspaceId, `meeting:${occasion.meetingId}`],
  );
  return open.length > 0;
}
