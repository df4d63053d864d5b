import { type EntityManager, In, Not } from 'typeorm';
import { Connections, type RunRow } from '../db/entities.ts';
import type { Account } from '../sdk/auth.ts';
import type { Connector, FieldMapping, MappedField, StepFacts } from '../sdk/connector.ts';
import { isBlank } from '../sdk/values.ts';
import { parsePath, readPath } from '../workflows/paths.ts';
import type { RunReader } from './reader.ts';

/** What a step's facts say that is particular to the vendor it goes to. */
export async function vendorFacts(
  reader: RunReader,
  run: Pick<RunRow, 'workspaceId' | 'occasion'>,
  { id: connector }: Pick<Connector, 'id'>,
  facts: StepFacts,
): Promise<Pick<StepFacts, 'owners' | 'meetingRecordId'>> {
  const { workspaceId, occasion } = run;
  const [owners, meeting] = await Promise.all([
    ownersAt(reader.manager, { workspaceId, connector }, facts),
    occasion.meetingId ? reader.meetingRecord(workspaceId, connector, occasion.meetingId) : null,
  ]);
  return { ...(owners && { owners }), ...(meeting && { meetingRecordId: meeting.recordId }) };
}

/** A rep's personal connection says who the rep is there. One to another account than the workspace's own names a stranger. */
async function ownersAt(
  reader: EntityManager,
  at: { workspaceId: string; connector: string },
  { rep, meeting }: StepFacts,
): Promise<StepFacts['owners']> {
  const emails = [rep?.email, meeting?.owner?.email].map(email => email?.trim().toLowerCase());
  const known = emails.filter(email => email !== undefined && email !== '');
  if (known.length === 0) return undefined;
  const personal = await reader.findBy(Connections, {
    ...at,
    userEmail: In(known),
    status: Not('disconnected'),
  });
  if (personal.length === 0) return undefined;
  const shared = await reader
    .createQueryBuilder(Connections, 'connection')
    .where(
      "connection.workspaceId = :workspaceId AND connection.connector = :connector AND connection.status <> 'disconnected'",
      at,
    )
    .andWhere('connection.userEmail IS NULL')
    .getOne();
  const own = shared?.account as Account | undefined;
  const userOf = (email: string | undefined) => {
    const account = personal.find(row => row.userEmail === email)?.account as Account | undefined;
    const userId = account?.details?.userId;
    if (userId !== undefined && own && own.id !== account?.id) return undefined;
    return userId ?? account?.id;
  };
  const [repId, ownerId] = emails.map(userOf);
  return { ...(repId !== undefined && { rep: repId }), ...(ownerId !== undefined && { meeting: ownerId }) };
}

/** What mappings come to for one run's scope, object by object. Lines without a value are left out. */
export function mappedFields(
  mappings: Record<string, FieldMapping[]>,
  scope: Record<string, unknown>,
): Record<string, MappedField[]> {
  const mapped = Object.entries(mappings).map(([object, lines]) => [
    object,
    lines.flatMap(({ field, from, value, update }) => {
      const found = from === undefined ? value : readPath(scope, parsePath(from) ?? []);
      return isBlank(found) ? [] : [{ field, value: found, update }];
    }),
  ]);
  return Object.fromEntries(mapped);
}
