import { conflict, HubSpotError, invalid, notFound } from './errors.ts';
import type { Body } from './requests.ts';
import { batchShape, shape, writtenShape } from './shapes.ts';
import { linkType, type ObjectType, type Store, type Stored } from './store.ts';
import { type Complaint, check, complaintsAbout, type Properties, refusal } from './validate.ts';

const MOST = 100;
type Answer = { status: number; body?: unknown };

const missing = (type: ObjectType, ids: string[]) => ({
  status: 'error',
  category: 'OBJECT_NOT_FOUND',
  message: `Could not get some ${type.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
  context: { ids },
  links: {},
  errors: [],
});

/** The CRM's records: one by one and in batches. */
export const createObjects = (store: Store, now: () => number, controls: { partialUpserts: boolean }) => {
  const find = (type: ObjectType, id: string, idProperty?: string | null): Stored => {
    if (idProperty && (type !== 'contacts' || idProperty !== 'email'))
      throw invalid(`Unable to look up ${type} by the property ${idProperty}`);
    const stored = idProperty ? store.byEmail(id) : store.get(type, id);
    if (!stored) throw notFound(`Object not found.  objectId=${id}`);
    return stored;
  };
  const most = (inputs: { length: number }): void => {
    if (inputs.length > MOST) throw invalid(`The maximum number of inputs supported in a batch request is ${MOST}`);
  };
  /** An address belongs to one contact alone. */
  const checkAddress = (type: ObjectType, { email }: Properties, self?: Stored): void => {
    const holder = type === 'contacts' && email ? store.holderOf(email) : undefined;
    if (holder && holder !== self) throw conflict(holder.id);
  };
  const checkLinks = (type: ObjectType, associations: Body<'create'>['associations']): Stored[] =>
    associations.map(({ to, types }) => {
      const other = (['contacts', 'companies', 'notes', 'meetings'] as const).find(each =>
        types.some(({ associationTypeId }) => associationTypeId === linkType(type, each)),
      );
      const stored = other && store.get(other, to.id);
      if (stored) return stored;
      throw invalid('One or more associations are invalid', [
        {
          message: `No object ${to.id} can be associated by these types`,
          code: 'INVALID_ASSOCIATION',
          context: { id: [to.id] },
        },
      ]);
    });
  const required = (type: ObjectType, properties: Properties): void => {
    if ((type === 'notes' || type === 'meetings') && !properties.hs_timestamp)
      throw invalid('Error creating the engagement. Some required properties were not set.', [
        { message: 'hs_timestamp is required', code: 'REQUIRED_FIELD', context: { properties: ['hs_timestamp'] } },
      ]);
  };
  const make = (type: ObjectType, { properties, associations }: Body<'create'>): Stored => {
    check(type, properties);
    required(type, properties);
    checkAddress(type, properties);
    const others = checkLinks(type, associations);
    const stored = store.create(type, properties);
    for (const other of others) store.link(stored.id, other.id);
    return stored;
  };

  return {
    get: (type: ObjectType, id: string, asked: string[], idProperty: string | null): Answer => ({
      status: 200,
      body: shape(find(type, id, idProperty), asked),
    }),
    create: (type: ObjectType, body: Body<'create'>): Answer => ({
      status: 201,
      body: writtenShape(make(type, body), body.properties),
    }),
    update(type: ObjectType, id: string, { properties }: Body<'update'>, idProperty: string | null): Answer {
      const stored = find(type, id, idProperty);
      check(type, properties);
      checkAddress(type, properties, stored);
      store.update(stored, properties);
      return { status: 200, body: writtenShape(stored, properties) };
    },
    archive(type: ObjectType, id: string): Answer {
      const stored = store.get(type, id);
      if (stored) store.archive(stored);
      return { status: 204 };
    },
    batchRead(type: ObjectType, { inputs, idProperty, properties }: Body<'batchRead'>): Answer {
      most(inputs);
      if (idProperty && (type !== 'contacts' || idProperty !== 'email'))
        throw invalid(`Unable to look up ${type} by the property ${idProperty}`);
      const found = inputs.map(({ id }) => (idProperty ? store.byEmail(id) : store.get(type, id)));
      const gone = inputs.flatMap(({ id }, index) => (found[index] ? [] : [id]));
      const results = [...new Set(found)].flatMap(stored => (stored ? [shape(stored, properties)] : []));
      const errors = gone.length > 0 ? [missing(type, gone)] : [];
      return { status: gone.length > 0 ? 207 : 200, body: batchShape(now(), results, errors) };
    },
    /** Refused as a whole where one input is wrong, unless each input has a trace id: then each stands by itself. */
    batchCreate(type: ObjectType, { inputs }: Body<'batchCreate'>): Answer {
      most(inputs);
      if (inputs.some(({ objectWriteTraceId }) => objectWriteTraceId === undefined)) {
        const complaints = inputs.flatMap(({ properties }) => complaintsAbout(type, properties));
        if (complaints.length > 0) throw refusal(complaints);
        for (const { properties, associations } of inputs) {
          checkAddress(type, properties);
          checkLinks(type, associations);
        }
      }
      const results: unknown[] = [];
      const errors: unknown[] = [];
      for (const input of inputs) {
        const { objectWriteTraceId } = input;
        const trace = objectWriteTraceId === undefined ? {} : { objectWriteTraceId };
        try {
          results.push({ ...writtenShape(make(type, input), input.properties), ...trace });
        } catch (error) {
          if (!(error instanceof HubSpotError) || objectWriteTraceId === undefined) throw error;
          const { category, errors: details = [] } = error.more;
          const context = { objectWriteTraceId: [objectWriteTraceId] };
          errors.push({ status: 'error', category, message: error.message, context, links: {}, errors: details });
        }
      }
      return { status: errors.length > 0 ? 207 : 201, body: batchShape(now(), results, errors) };
    },
    batchUpdate(type: ObjectType, { inputs }: Body<'batchUpdate'>): Answer {
      most(inputs);
      if (inputs.some(({ idProperty }) => idProperty))
        throw invalid('Unable to perform update/upsert by non-unique 0-1 property');
      const complaints = inputs.flatMap(({ properties }) => complaintsAbout(type, properties));
      if (complaints.length > 0) throw refusal(complaints);
      const stored = inputs.map(({ id }) => find(type, id));
      const written = inputs.map(({ properties }, index) => {
        store.update(stored[index]!, properties);
        return writtenShape(stored[index]!, properties);
      });
      return { status: 200, body: batchShape(now(), written) };
    },
    /** By e-mail, contacts alone. Refused as a whole where one input is wrong, unless partial answers are switched on. */
    batchUpsert(type: ObjectType, { inputs }: Body<'batchUpsert'>): Answer {
      most(inputs);
      if (type !== 'contacts' || inputs.some(({ idProperty }) => idProperty !== 'email'))
        throw invalid('Unable to perform update/upsert by non-unique property');
      const ids = inputs.map(({ id }) => id.toLowerCase());
      const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
      if (twice.length > 0) throw invalid(`Duplicate IDs found in batch input: [${twice.join(', ')}]`);
      const complaints = inputs.map(({ id, properties }) =>
        complaintsAbout('contacts', store.byEmail(id) ? properties : { email: id, ...properties }),
      );
      if (!controls.partialUpserts && complaints.some(each => each.length > 0)) throw refusal(complaints.flat());
      for (const { id } of inputs) {
        const holder = store.byEmail(id) ? undefined : store.holderOf(id);
        if (holder) throw conflict(holder.id);
      }
      const results = inputs.flatMap((input, index) => (complaints[index]!.length > 0 ? [] : [upsert(input)]));
      const errors = inputs.flatMap((input, index) => refusedInput(input, complaints[index]!));
      return { status: errors.length > 0 ? 207 : 200, body: batchShape(now(), results, errors) };
    },
    merge({ primaryObjectId, objectIdToMerge }: Body<'merge'>): Answer {
      const [primary, other] = [find('contacts', primaryObjectId), find('contacts', objectIdToMerge)];
      if (primary === other) throw invalid('A contact cannot be merged with itself');
      store.merge(primary, other);
      return { status: 200, body: shape(primary) };
    },
  };

  function upsert({ id, properties, objectWriteTraceId }: Body<'batchUpsert'>['inputs'][number]) {
    const known = store.byEmail(id);
    const stored = known ?? store.create('contacts', { ...properties, email: id });
    if (known) store.update(known, properties);
    const trace = objectWriteTraceId === undefined ? {} : { objectWriteTraceId };
    return { ...writtenShape(stored, { ...properties, email: id }), ...trace, new: known === undefined };
  }
};

const refusedInput = ({ objectWriteTraceId }: { objectWriteTraceId?: string }, complaints: Complaint[]) =>
  complaints.length === 0
    ? []
    : [
        {
          status: 'error',
          category: 'VALIDATION_ERROR',
          message: `Property values were not valid: ${JSON.stringify(complaints)}`,
          context: objectWriteTraceId === undefined ? {} : { objectWriteTraceId: [objectWriteTraceId] },
          links: {},
          errors: complaints.map(({ message, error, name }) => ({
            message,
            code: error,
            context: { propertyName: [name] },
          })),
        },
      ];
