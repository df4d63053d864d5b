import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '../db/database.ts';
import type { RunRow } from '../db/entities.ts';
import type { Connector, StepFacts } from '../sdk/connector.ts';
import { normaliseEmail } from '../sessions/visitors.ts';

type Kept = {
  run: Pick<RunRow, 'workspaceId' | 'occasion'>;
  connector: Pick<Connector, 'id' | 'externalIds'>;
  facts: StepFacts;
  now: number;
};

/**
 * Keeps what a step's output says for others to come: ids of the person (`externalIds`, of a push), and the record of the
 * meeting (`meetingRecordId`: a text keeps it, null forgets it). To be called in the transaction that records the outcome.
 */
export async function keepOutput(
  transaction: Transaction,
  about: Kept & { push: boolean },
  output: unknown,
): Promise<void> {
  const { externalIds, meetingRecordId } = (output ?? {}) as { externalIds?: object; meetingRecordId?: unknown };
  if (about.push && externalIds) await keepPerson(transaction, about, externalIds);
  if (meetingRecordId !== undefined) await keepMeeting(transaction, about, meetingRecordId);
}

/** A visitor without an e-mail is no person yet: there is nobody to keep the ids on. */
async function keepPerson({ query }: Transaction, { run, connector, facts, now }: Kept, given: object) {
  const ids = Object.fromEntries(Object.entries(given).filter(([name]) => connector.externalIds?.includes(name)));
  if (!facts.visitor.email || Object.keys(ids).length === 0) return;
  const key = [run.workspaceId, normaliseEmail(facts.visitor.email)];
  // Locks a row that is there, so that of two steps that push one person to two places neither's ids are lost.
  const [person] = await query<{ external: string }>(
    `INSERT INTO people (workspace_id, email, external, updated_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, email) DO UPDATE SET updated_at = excluded.updated_at RETURNING external`,
    [...key, JSON.stringify(ids), now],
  );
  const known = JSON.parse(person!.external) as Record<string, unknown>;
  const external = { ...known, ...ids };
  if (isDeepStrictEqual(external, known)) return;
  await query('UPDATE people SET external = $1 WHERE workspace_id = $2 AND email = $3', [
    JSON.stringify(external),
    ...key,
  ]);
}

async function keepMeeting({ query }: Transaction, { run, connector, now }: Kept, recordId: unknown): Promise<void> {
  const { meetingId } = run.occasion;
  if (!meetingId) return;
  if (recordId === null) {
    await query('DELETE FROM meeting_records WHERE workspace_id = $1 AND meeting_id = $2 AND connector = $3', [
      run.workspaceId,
      meetingId,
      connector.id,
    ]);
  } else if (typeof recordId === 'string' && recordId !== '') {
    await query(
      `INSERT INTO meeting_records (workspace_id, meeting_id, connector, record_id, updated_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (workspace_id, meeting_id, connector)
       DO UPDATE SET record_id = excluded.record_id, updated_at = excluded.updated_at`,
      [run.workspaceId, meetingId, connector.id, recordId, now],
    );
  }
}
