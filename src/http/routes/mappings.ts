import * as z from 'zod';
import type { VisitorFieldStore } from '../../access/visitor-fields.ts';
import type { Clock } from '../../clock.ts';
import { mappingMistakes } from '../../connections/check-mappings.ts';
import type { FindConnector } from '../../connections/credential.ts';
import type { Describer } from '../../connections/describe.ts';
import type { MappingStore } from '../../connections/mappings.ts';
import type { ConnectionStore } from '../../connections/store.ts';
import type { Connector, FieldMapping } from '../../sdk/index.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { asProblem } from './connections.ts';

export type MappingServices = {
  clock: Clock;
  store: ConnectionStore;
  find: FindConnector;
  mappings: MappingStore;
  describer: Describer;
  visitorFields: VisitorFieldStore;
};

const tag = 'Connectors';
const line = z
  .strictObject({
    field: z.string().min(1).max(255).meta({ description: 'The vendor’s name of the field' }),
    from: z.string().min(1).max(200).optional().meta({ description: 'A path such as `visitor.fields.title`' }),
    value: z.unknown().optional().meta({ description: 'A fixed value, in place of `from`' }),
    update: z.enum(['always', 'if_blank', 'never']).meta({
      description: 'What becomes of a record that is there already; a blank value never wipes a filled one',
    }),
  })
  .refine(
    given => (given.from === undefined) !== (given.value === undefined || given.value === null || given.value === ''),
    {
      message: 'needs either from or value',
    },
  )
  .meta({ id: 'FieldMapping' });
const params = z.strictObject({ id: z.string().min(1).max(64) });
const answer = z
  .object({
    connector: z.string(),
    checked: z
      .boolean()
      .meta({ description: 'Whether they could be compared with what the vendor says of its fields' }),
    objects: z.record(
      z.string(),
      z.object({
        label: z.string(),
        custom: z.boolean().meta({ description: 'false: the connector’s defaults' }),
        mappings: z.array(line),
      }),
    ),
  })
  .meta({ id: 'FieldMappings' });

/** What goes into which field of a vendor's objects when people are pushed. */
export function mappingRoutes(services: MappingServices): Route[] {
  const { clock, store, find, mappings, describer, visitorFields } = services;

  const mappable = (id: string): { connector: Connector; mappable: NonNullable<Connector['mappable']> } => {
    const connector = find(id)?.connector;
    if (!connector) throw notFound('connector', id);
    if (!connector.mappable) throw new Problem('not-found', `${connector.title} has no fields to map.`);
    return { connector, mappable: connector.mappable };
  };
  const shown = async (workspaceId: string, id: string, checked: boolean) => {
    const { connector } = mappable(id);
    const own = await mappings.own(workspaceId, id);
    const inEffect = await mappings.inEffect(workspaceId, connector);
    const objects = connector.mappable!.objects.map(({ name, label }) => [
      name,
      { label, custom: name in own, mappings: inEffect[name] ?? [] },
    ]);
    return { connector: id, checked, objects: Object.fromEntries(objects) };
  };
  /** @throws Problem with every mistake; @returns whether the vendor could be asked */
  const check = async (workspaceId: string, connector: Connector, changes: Record<string, FieldMapping[] | null>) => {
    const row = await store.current(workspaceId, connector.id);
    const fields = await visitorFields.list(workspaceId);
    const errors = [];
    for (const [object, lines] of Object.entries(changes)) {
      const path = `objects.${object}`;
      if (!connector.mappable!.objects.some(({ name }) => name === object)) {
        const names = connector.mappable!.objects.map(({ name }) => name).join(', ');
        errors.push({ path, message: `is no object of ${connector.title} whose fields can be mapped: ${names}` });
        continue;
      }
      const usable = lines && row?.status === 'active';
      const described = usable ? await describer.describe(row, object).catch(asProblem) : undefined;
      const mistakes = mappingMistakes(lines ?? [], { visitorFields: fields, fields: described?.fields });
      errors.push(...mistakes.map(mistake => ({ path: path + mistake.path, message: mistake.message })));
    }
    if (errors.length > 0) {
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
      throw new Problem('invalid-document', `${errors[0]!.path} ${errors[0]!.message}${more}.`, { errors });
    }
    return row?.status === 'active';
  };

  return [
    defineRoute({
      method: 'get',
      path: '/v1/connectors/:id/mappings',
      summary: 'Get what goes into which field',
      tag,
      auth: 'admin',
      params,
      response: answer,
      handler: ({ params: { id } }, { caller }) => shown(caller.workspaceId, id, false),
    }),
    defineRoute({
      method: 'put',
      path: '/v1/connectors/:id/mappings',
      summary: 'Say what goes into which field',
      description:
        'Each object named is replaced whole; null goes back to the connector’s defaults. Where the vendor is connected, fields, values and types are compared with what it says of them.',
      tag,
      auth: 'admin',
      params,
      body: z.strictObject({ objects: z.record(z.string().min(1).max(128), z.array(line).max(500).nullable()) }),
      response: answer,
      problems: { 422: 'There are mistakes: each with its path.', 503: 'The vendor does not answer.' },
      async handler({ params: { id }, body }, { caller }) {
        const { connector } = mappable(id);
        const checked = await check(caller.workspaceId, connector, body.objects);
        await mappings.replace(caller.workspaceId, id, body.objects, clock.now());
        return shown(caller.workspaceId, id, checked);
      },
    }),
  ];
}
