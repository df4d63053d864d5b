import type { EntityManager } from 'typeorm';
import { Events, MeetingRecords, Meetings, People, Runs, Sessions, Visitors } from '../db/entities.ts';
import { lookUp } from '../db/look-up.ts';

/** What every step reads, so that steps that are carried out side by side read it together. */
export type RunReader = ReturnType<typeof createRunReader>;

export const createRunReader = (manager: EntityManager) => ({
  run: lookUp(manager, Runs, 'id'),
  session: lookUp(manager, Sessions, 'workspaceId', 'id'),
  visitor: lookUp(manager, Visitors, 'workspaceId', 'id'),
  meeting: lookUp(manager, Meetings, 'workspaceId', 'id'),
  meetingRecord: lookUp(manager, MeetingRecords, 'workspaceId', 'connector', 'meetingId'),
  event: lookUp(manager, Events, 'workspaceId', 'source', 'eventId'),
  person: lookUp(manager, People, 'workspaceId', 'email'),
  /** For everything else. */
  manager,
});
