import type { ConnectionRow, SourceFailure, SourceRow } from '../db/entities.ts';

/** What a source is doing, and what that means. */
export const sourceStates = {
  starting: 'it has not answered yet',
  catching_up: 'what happened before is being read',
  up_to_date: 'nothing more waited when it was last asked',
  waiting: 'it asked for a pause and goes on by itself',
  failing: 'it could not be asked; it is tried again, and `error` says what to do',
  stopped: 'its connection must be made again; then it goes on by itself',
} as const;
export type SourceState = keyof typeof sourceStates;

type Shown = { state: SourceState; error: ErrorShown | null };
type ErrorShown = Omit<SourceFailure, 'at' | 'vendorCode' | 'vendorMessage' | 'vendorRequestId'> & {
  at: string;
  vendorCode: string | null;
  vendorMessage: string | null;
  vendorRequestId: string | null;
};

/** What an admin sees of a source. A connection that does not work is the source's error, with the connection's own reason. */
export function sourceState(row: SourceRow, connection: ConnectionRow, now: number): Shown {
  if (connection.status !== 'active') {
    const message = connection.reason ?? 'The account is not connected.';
    return { state: 'stopped', error: errorOf({ at: connection.updatedAt, kind: 'unauthorized', message }) };
  }
  const error = row.error && errorOf(row.error);
  if ((connection.pausedUntil ?? 0) > now || row.error?.kind === 'throttled') return { state: 'waiting', error };
  if (row.error) return { state: 'failing', error };
  if (row.polledAt === null) return { state: 'starting', error };
  return { state: row.progress ? 'catching_up' : 'up_to_date', error };
}

const errorOf = ({ at, vendorCode, vendorMessage, vendorRequestId, ...said }: SourceFailure): ErrorShown => ({
  ...said,
  at: new Date(at).toISOString(),
  vendorCode: vendorCode ?? null,
  vendorMessage: vendorMessage ?? null,
  vendorRequestId: vendorRequestId ?? null,
});
