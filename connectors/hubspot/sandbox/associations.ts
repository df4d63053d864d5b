import { invalid, notFound } from './errors.ts';
import type { Body } from './requests.ts';
import { batchShape } from './shapes.ts';
import { linkType, type ObjectType, type Store, type Stored } from './store.ts';

const typeIds: Record<ObjectType, string> = { contacts: '0-1', companies: '0-2', meetings: '0-47', notes: '0-46' };

/** Associations v4. Object ids are texts. */
export const createAssociations = (store: Store, now: () => number) => {
  const one = (type: ObjectType, id: string): Stored => {
    const stored = store.get(type, id);
    if (!stored) throw notFound(`Object not found.  objectId=${id}`);
    return stored;
  };
  const labelled = (from: ObjectType, to: ObjectType) => [
    { category: 'HUBSPOT_DEFINED', typeId: linkType(from, to) ?? 0 },
  ];
  const linkedTo = (from: ObjectType, id: string, to: ObjectType) =>
    store.linked(one(from, id).id, to).map(stored => ({ toObjectId: stored.id, associationTypes: labelled(from, to) }));
  const connect = (from: ObjectType, fromId: string, to: ObjectType, toId: string) => {
    const [a, b] = [one(from, fromId), one(to, toId)];
    store.link(a.id, b.id);
    const spec = (type: number) => ({ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: type });
    return [
      { from: { id: a.id }, to: { id: b.id }, associationSpec: spec(linkType(from, to) ?? 0) },
      { from: { id: b.id }, to: { id: a.id }, associationSpec: spec(linkType(to, from) ?? 0) },
    ];
  };

  return {
    page(from: ObjectType, id: string, to: ObjectType, limit: number, after: string | null) {
      const all = linkedTo(from, id, to);
      const start = Number(after ?? 0);
      const next = start + limit < all.length ? { paging: { next: { after: String(start + limit) } } } : {};
      return { results: all.slice(start, start + limit), ...next };
    },
    batchRead(from: ObjectType, to: ObjectType, { inputs }: Body<'linksRead'>) {
      const results = inputs.flatMap(({ id }) => {
        const stored = store.get(from, id);
        const linked = stored ? linkedTo(from, stored.id, to) : [];
        return linked.length > 0 ? [{ from: { id }, to: linked }] : [];
      });
      return batchShape(now(), results);
    },
    connectDefault: (from: ObjectType, fromId: string, to: ObjectType, toId: string) =>
      batchShape(now(), connect(from, fromId, to, toId)),
    batchConnect(from: ObjectType, to: ObjectType, { inputs }: Body<'links'>) {
      for (const input of inputs) {
        one(from, input.from.id);
        one(to, input.to.id);
      }
      return batchShape(
        now(),
        inputs.flatMap(input => connect(from, input.from.id, to, input.to.id)),
      );
    },
    label(from: ObjectType, fromId: string, to: ObjectType, toId: string, types: Body<'linkTypes'>) {
      if (types.some(({ associationTypeId }) => ![linkType(from, to), 1, 2].includes(associationTypeId)))
        throw invalid('One or more association types are not valid between these objects');
      connect(from, fromId, to, toId);
      return {
        fromObjectTypeId: typeIds[from],
        fromObjectId: one(from, fromId).id,
        toObjectTypeId: typeIds[to],
        toObjectId: one(to, toId).id,
        labels: [],
      };
    },
    remove: (fromId: string, toId: string): void => store.unlink(fromId, toId),
  };
};
