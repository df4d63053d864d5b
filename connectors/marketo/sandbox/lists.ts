import { type Content, inputOf, numbersIn, pageOf, Refusal, skip, stamp } from './answers.ts';
import type { Leads } from './leads.ts';

type StaticList = {
  id: number;
  name: string;
  programName?: string;
  workspaceName: string;
  members: Map<number, number>;
};

/** Static lists and who is on them. */
export function createLists({
  leads,
  now,
  seed,
}: {
  leads: Leads;
  now(): number;
  seed: Omit<StaticList, 'members'>[];
}) {
  let lists: StaticList[] = [];
  const reset = () => {
    lists = seed.map(list => ({ ...list, members: new Map() }));
  };
  reset();
  const list = (id: string): StaticList => {
    const found = lists.find(each => String(each.id) === id);
    if (!found) throw new Refusal('1013', 'List not found');
    return found;
  };
  const shape = ({ members: _, ...shown }: StaticList) => ({
    ...shown,
    createdAt: '2026-03-02T09:00:00Z',
    updatedAt: '2026-03-02T09:00:00Z',
  });
  return {
    reset,
    all: () => lists,
    memberships: () =>
      lists.flatMap(({ id, name, members }) =>
        [...members].map(([leadId, at]) => ({ listId: id, listName: name, leadId, at: stamp(at) })),
      ),
    browse(question: URLSearchParams): Content {
      const names = question.getAll('name');
      const ids = numbersIn(question, 'id');
      const found = lists.filter(
        ({ id, name }) => (names.length === 0 || names.includes(name)) && (ids.length === 0 || ids.includes(id)),
      );
      const size = Math.min(Number(question.get('batchSize') ?? 300), 300);
      const { page, next } = pageOf(found, size, question.get('nextPageToken'));
      return { result: page.map(shape), ...(next && { nextPageToken: next }) };
    },
    show: (id: string): Content => ({ result: [shape(list(id))] }),
    /** Adding who is on the list already says `added`, too, and changes nothing. */
    add(id: string, question: URLSearchParams, body: Record<string, unknown> | undefined): Content {
      const { members } = list(id);
      const ids = body ? inputOf(body).map(record => Number(record.id)) : numbersIn(question, 'id');
      if (ids.length === 0) throw new Refusal('701', 'id cannot be blank');
      return {
        result: ids.map(leadId => {
          if (!leads.byId(leadId)) return { id: leadId, ...skip('1004', 'Lead not found') };
          if (!members.has(leadId)) members.set(leadId, now());
          return { id: leadId, status: 'added' };
        }),
      };
    },
    isMember(id: string, question: URLSearchParams): Content {
      const { members } = list(id);
      return {
        result: numbersIn(question, 'id').map(leadId => {
          if (!leads.byId(leadId)) return { id: leadId, ...skip('1004', 'Lead not found') };
          return { id: leadId, status: members.has(leadId) ? 'memberof' : 'notmemberof' };
        }),
      };
    },
  };
}
export type Lists = ReturnType<typeof createLists>;
