import { companies, contacts } from './seed.ts';
import type { Properties } from './validate.ts';

export const objectTypes = ['contacts', 'companies', 'notes', 'meetings'] as const;
export type ObjectType = (typeof objectTypes)[number];
export type Stored = {
  id: string;
  type: ObjectType;
  properties: Properties;
  createdAt: number;
  updatedAt: number;
  archived: boolean;
};
export type Event = {
  id: string;
  eventTemplateId: string;
  objectId: string;
  tokens: Record<string, string>;
  extraData?: { transcript?: string };
  createdAt: number;
};
/** Both directions of a link have a type of their own. Source: HubSpot's list of association types. */
const linkTypes: Record<string, number> = {
  'contacts companies': 279,
  'companies contacts': 280,
  'contacts notes': 201,
  'notes contacts': 202,
  'contacts meetings': 199,
  'meetings contacts': 200,
};
export const linkType = (from: ObjectType, to: ObjectType): number | undefined => linkTypes[`${from} ${to}`];

export const addressKey = (email: string | undefined): string => (email ?? '').trim().toLowerCase();
const furtherAddresses = ({ properties }: Stored): string[] =>
  (properties.hs_additional_emails ?? '').split(';').map(addressKey).filter(Boolean);

/** What the account holds. `reset` leaves the seed. */
export const createStore = (now: () => number) => {
  const objects = new Map<string, Stored>();
  const mergedInto = new Map<string, string>();
  const links = new Set<string>();
  const events = new Map<string, Event>();
  let last = 100;

  const get = (type: ObjectType, id: string): Stored | undefined => {
    const stored = objects.get(mergedInto.get(id) ?? id);
    return stored?.type === type && !stored.archived ? stored : undefined;
  };
  const all = (type: ObjectType): Stored[] =>
    [...objects.values()].filter(stored => stored.type === type && !stored.archived);
  const link = (one: string, other: string): void => {
    links.add(`${one} ${other}`);
    links.add(`${other} ${one}`);
  };
  const create = (type: ObjectType, properties: Properties, at = now()): Stored => {
    last += 1;
    const email: Properties = properties.email === undefined ? {} : { email: addressKey(properties.email) };
    const stored = {
      id: String(last),
      type,
      properties: { ...properties, ...email },
      createdAt: at,
      updatedAt: at,
      archived: false,
    };
    objects.set(stored.id, stored);
    return stored;
  };
  const reset = (): void => {
    for (const kept of [objects, mergedInto, links, events]) kept.clear();
    last = 100;
    const long = now() - 30 * 86_400_000;
    const made = companies.map(properties => create('companies', properties, long));
    for (const properties of contacts) {
      const contact = create('contacts', properties, long);
      const company = made.find(each => each.properties.name === properties.company);
      if (company) link(contact.id, company.id);
    }
  };
  reset();

  return {
    reset,
    get,
    all,
    create,
    link,
    /** Empty texts clear a value. */
    update(stored: Stored, properties: Properties): void {
      for (const [name, value] of Object.entries(properties)) {
        if (value === '') delete stored.properties[name];
        else stored.properties[name] = name === 'email' ? addressKey(value) : value;
      }
      stored.updatedAt = now();
    },
    archive(stored: Stored): void {
      stored.archived = true;
    },
    /** By primary address. */
    byEmail: (email: string): Stored | undefined =>
      all('contacts').find(({ properties }) => properties.email === addressKey(email)),
    /** By primary or further address: no two contacts share one. */
    holderOf: (email: string): Stored | undefined =>
      all('contacts').find(
        stored => stored.properties.email === addressKey(email) || furtherAddresses(stored).includes(addressKey(email)),
      ),
    /** The other one's id answers as the primary one from now on, and its addresses become further ones. */
    merge(primary: Stored, other: Stored): void {
      const addresses = [...furtherAddresses(primary), addressKey(other.properties.email), ...furtherAddresses(other)];
      primary.properties = {
        ...other.properties,
        ...primary.properties,
        hs_additional_emails: [...new Set(addresses.filter(Boolean))].join(';'),
      };
      primary.updatedAt = now();
      for (const pair of [...links]) {
        const [from, to] = pair.split(' ');
        if (from === other.id && to !== undefined) link(primary.id, to);
      }
      objects.delete(other.id);
      mergedInto.set(other.id, primary.id);
      for (const [from, to] of mergedInto) if (to === other.id) mergedInto.set(from, primary.id);
    },
    linked: (id: string, type: ObjectType): Stored[] => all(type).filter(stored => links.has(`${id} ${stored.id}`)),
    unlink(one: string, other: string): void {
      links.delete(`${one} ${other}`);
      links.delete(`${other} ${one}`);
    },
    event: (templateId: string, id: string): Event | undefined => events.get(`${templateId} ${id}`),
    events: (): Event[] => [...events.values()],
    addEvent(event: Event): void {
      events.set(`${event.eventTemplateId} ${event.id}`, event);
    },
  };
};
export type Store = ReturnType<typeof createStore>;
