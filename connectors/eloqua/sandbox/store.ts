import { type Contact, contacts, type List, lists } from './seed.ts';

/** What a site keeps. */
export const createStore = () => {
  let people = new Map<string, Contact>();
  let named = new Map<string, List>();
  let lastId = 0;
  const reset = (): void => {
    people = new Map(contacts().map(contact => [contact.id, contact]));
    named = new Map(lists().map(list => [list.id, list]));
    lastId = 1_000;
  };
  reset();
  return {
    reset,
    contacts: () => [...people.values()],
    lists: () => [...named.values()],
    saveContact(contact: Contact): Contact {
      people.set(contact.id, contact);
      return contact;
    },
    saveList(list: List): List {
      named.set(list.id, list);
      return list;
    },
    nextId(): string {
      lastId += 1;
      return String(lastId);
    },
  };
};
export type Store = ReturnType<typeof createStore>;
