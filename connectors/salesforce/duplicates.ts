import type { Connection } from 'jsforce';
import { findByIds, type Person, type PersonFields } from './people.ts';
import type { Refused } from './write.ts';

/**
 * The people that the org's duplicate rules named, for each of the writes that they held back: a Contact before a Lead, a converted
 * Lead followed to its Contact. Absent where the rule named nobody whom we may see.
 */
export async function findNamedByRule<Key>(
  connection: Connection,
  refused: [Key, Refused][],
  fields: PersonFields,
): Promise<Map<Key, Person>> {
  const idsOf = (type: string) =>
    refused.flatMap(([, { duplicates }]) =>
      duplicates.flatMap(duplicate => (duplicate.type === type ? duplicate.id : [])),
    );
  const leads = await findByIds(
    connection,
    'Lead',
    ['IsConverted', 'ConvertedContactId', ...fields.Lead],
    idsOf('Lead'),
  );
  const followed = [...leads.values()].map(lead => lead.ConvertedContactId).filter(id => typeof id === 'string');
  const contacts = await findByIds(connection, 'Contact', fields.Contact, [...idsOf('Contact'), ...followed]);
  const named = new Map<Key, Person>();
  for (const [key, { duplicates }] of refused) {
    const why = 'A duplicate rule of the org named this record as the same person, so it was used.';
    const contactIds = duplicates.flatMap(({ type, id }) =>
      type === 'Contact' ? id : (leads.get(id)?.ConvertedContactId ?? []),
    );
    const contact = contactIds.map(id => contacts.get(String(id))).find(Boolean);
    const lead = duplicates.map(({ id }) => leads.get(id)).find(found => found && !found.IsConverted);
    if (contact) named.set(key, { id: contact.Id, type: 'Contact', why, current: contact });
    else if (lead) named.set(key, { id: lead.Id, type: 'Lead', why, current: lead });
  }
  return named;
}
