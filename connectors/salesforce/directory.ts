import type { Connection } from 'jsforce';
import { type Directory, type DirectoryPerson, emailKey } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { findByIds } from './people.ts';
import { findRecords } from './records.ts';
import { findIn, type Row } from './soql.ts';

/** The org's users. One who is not active any more is nobody: nobody reads what that one is told. */
export const directory: Directory<SalesforceClient> = {
  async ownerOf({ client, signal }, person) {
    const connection = client.connection(signal);
    const [record] = await findRecords(connection, [person], ['OwnerId']);
    // A queue (00G) can own a Lead.
    return record && userById(connection, String(record.current.OwnerId));
  },
  async findUser({ client, signal }, user) {
    const connection = client.connection(signal);
    if ('id' in user) return userById(connection, user.id);
    const from = { object: 'User', field: 'Email', fields, where: { IsActive: true }, sort: 'Id' };
    const [found] = await findIn(connection, from, [emailKey(user.email)]);
    return found && personOf(found);
  },
};

const fields = ['Name', 'Email', 'IsActive'];

async function userById(connection: Connection, id: string): Promise<DirectoryPerson | undefined> {
  if (!/^005([a-zA-Z0-9]{12}|[a-zA-Z0-9]{15})$/.test(id)) return undefined;
  const [user] = (await findByIds(connection, 'User', fields, [id])).values();
  return user?.IsActive === true ? personOf(user) : undefined;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

function personOf({ Id, Name, Email }: Row): DirectoryPerson {
  const [name, email] = [text(Name), text(Email)];
  return { id: Id, ...(name && { name }), ...(email && { email }) };
}
