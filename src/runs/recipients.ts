import { askVendor } from '../connections/ask.ts';
import type { FindConnector } from '../connections/credential.ts';
import type { Tokens } from '../connections/tokens.ts';
import type { ConnectionRow } from '../db/entities.ts';
import { type RecipientRole, recipientRoles } from '../sdk/alerts.ts';
import type { Connector, DirectoryPerson, StepFacts } from '../sdk/connector.ts';
import { StepError } from '../sdk/index.ts';

/** The connected systems of a workspace that know the company's people. */
export type Directories = {
  /** Who owns the record of the visitor. `note` is told what could not be found out. @throws StepError where it is worth trying again */
  ownerOf(
    workspaceId: string,
    facts: StepFacts,
    note: (sentence: string) => void,
  ): Promise<DirectoryPerson | undefined>;
  /** A person by the id that one of the systems knows them by. */
  findUser(workspaceId: string, id: string, note: (sentence: string) => void): Promise<DirectoryPerson | undefined>;
};

type DirectoryServices = {
  connectors: ReadonlyMap<string, Connector>;
  connections: { current(workspaceId: string, connector: string): Promise<ConnectionRow | undefined> };
  tokens: Tokens;
  find: FindConnector;
};

export function createDirectories(on: DirectoryServices): Directories {
  const holders = [...on.connectors.values()].flatMap(({ id, title, roles }) =>
    roles?.directory ? [{ id, title, directory: roles.directory }] : [],
  );
  /** Asks one after another until somebody knows. */
  const firstAnswer = async (
    workspaceId: string,
    note: (sentence: string) => void,
    first: string | undefined,
    ask: (directory: (typeof holders)[number]['directory'], asking: never) => Promise<DirectoryPerson | undefined>,
  ): Promise<DirectoryPerson | undefined> => {
    for (const { id, title, directory } of holders.toSorted(
      (a, b) => Number(b.id === first) - Number(a.id === first),
    )) {
      const row = await on.connections.current(workspaceId, id);
      if (row?.status !== 'active') continue;
      try {
        const person = await askVendor(on, row, asking => ask(directory, asking as never));
        if (person) return person;
      } catch (error) {
        if (!(error instanceof StepError)) throw error;
        if (error.kind === 'throttled') throw error;
        if (error.kind === 'transient' || error.kind === 'uncertain')
          throw new StepError(
            'transient',
            `${title} could not be asked who is to be told: ${error.message}`,
            error.details,
          );
        note(`${title} could not be asked who is to be told: ${error.message}`);
      }
    }
    return undefined;
  };
  return {
    ownerOf: (workspaceId, { lastPush, visitor }, note) =>
      firstAnswer(workspaceId, note, lastPush?.connector, (directory, asking) =>
        directory.ownerOf(asking, {
          ...(lastPush && { record: { type: lastPush.recordType, id: lastPush.recordId } }),
          external: visitor.external,
          ...(visitor.email && { email: visitor.email }),
        }),
      ),
    findUser: (workspaceId, id, note) =>
      firstAnswer(workspaceId, note, undefined, (directory, asking) => directory.findUser(asking, { id })),
  };
}

/** Who `to: { role }` (or, where the action asks for it, `to: { user }`) is. Undefined where `to` names neither. */
export async function recipientOf(
  directories: Directories,
  workspaceId: string,
  { input, facts, users, note }: { input: unknown; facts: StepFacts; users: boolean; note(sentence: string): void },
): Promise<StepFacts['recipient']> {
  const to = ((input ?? {}) as { to?: unknown }).to;
  const { role, user } = (typeof to === 'object' && to !== null ? to : {}) as { role?: RecipientRole; user?: unknown };
  if (role !== undefined && recipientRoles.includes(role)) {
    const person = await personOf(role);
    return { role, ...(person?.email && { email: person.email }), ...(person?.name && { name: person.name }) };
  }
  if (!users || typeof user !== 'string' || user.includes('@')) return undefined;
  const person = await directories.findUser(workspaceId, user, note);
  return { ...(person?.email && { email: person.email }), ...(person?.name && { name: person.name }) };

  async function personOf(wanted: RecipientRole): Promise<{ email?: string; name?: string } | undefined> {
    if (wanted === 'rep') return facts.rep;
    if (wanted === 'meeting_owner') return facts.meeting?.owner;
    return directories.ownerOf(workspaceId, facts, note);
  }
}
