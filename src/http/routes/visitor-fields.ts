import * as z from 'zod';
import type { VisitorFieldStore } from '../../access/visitor-fields.ts';
import { fieldTypes, type VisitorField } from '../../model/workflow.ts';
import type { Reviewer } from '../../workflows/review.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';

const fieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be a small letter followed by small letters, digits or _ (64 at most)')
  .refine(name => name !== 'email', 'is the visitor’s e-mail, which has a place of its own (visitor.email)');
const withoutName = {
  label: z.string().trim().min(1).max(255),
  type: z.enum(fieldTypes),
  category: z.enum(['person', 'account']),
  options: z
    .array(z.string().min(1).max(255))
    .min(1)
    .max(1000)
    .optional()
    .meta({ description: 'The values of a picklist; only there, and needed there.' }),
};
const optionsFit = ({ type, options }: { type: string; options?: string[] | undefined }) =>
  type.endsWith('picklist') === (options !== undefined);
const optionsMessage = { path: ['options'], message: 'belongs to picklist and multi_picklist, and is needed there' };

const fieldShape = z.object({ name: z.string(), ...withoutName }).meta({ id: 'VisitorField' });
const created = z.strictObject({ name: fieldName, ...withoutName }).refine(optionsFit, optionsMessage);
const replaced = z.strictObject({ name: fieldName.optional(), ...withoutName }).refine(optionsFit, optionsMessage);
const nameParams = z.strictObject({ name: z.string().min(1).max(255) });

const tag = 'Visitor fields';

/** The fields that a workspace knows of its visitors. One that an active workflow needs cannot be taken from it. */
export function visitorFieldRoutes(services: { visitorFields: VisitorFieldStore; reviewer: Reviewer }): Route[] {
  const { visitorFields, reviewer } = services;
  const refuseIfBroken = async (workspaceId: string, fields: VisitorField[], what: string) => {
    const broken = await reviewer.brokenBy(workspaceId, fields);
    if (broken.length === 0) return;
    const names = broken.map(name => `“${name}”`).join(', ');
    throw new Problem('conflict', `${what} is in use by ${names}. Change or deactivate that first.`);
  };
  const others = async (workspaceId: string, name: string) =>
    (await visitorFields.list(workspaceId)).filter(field => field.name !== name);

  return [
    defineRoute({
      method: 'get',
      path: '/v1/visitor-fields',
      summary: 'List visitor fields by name',
      tag,
      auth: 'admin',
      query: z.strictObject(pageQuery),
      response: pageOf(fieldShape),
      async handler({ query }, { caller }) {
        const after = readCursor(query.after)?.[1] ?? '';
        const fields = (await visitorFields.list(caller.workspaceId)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
        return page(
          fields.filter(field => field.name > after),
          query.limit,
          field => [0, field.name],
          field => field,
        );
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/visitor-fields',
      summary: 'Define a visitor field',
      tag,
      auth: 'admin',
      body: created,
      status: 201,
      response: fieldShape,
      problems: { 409: 'There is a field of that name.' },
      async handler({ body }, { caller, response }) {
        if (!(await visitorFields.create(caller.workspaceId, body)))
          throw new Problem('conflict', `There is a visitor field ${body.name} already.`);
        response.location(`/v1/visitor-fields/${body.name}`);
        return body;
      },
    }),
    defineRoute({
      method: 'put',
      path: '/v1/visitor-fields/:name',
      summary: 'Change a visitor field; its name stays',
      tag,
      auth: 'admin',
      params: nameParams,
      body: replaced,
      response: fieldShape,
      problems: { 409: 'An active workflow would no longer be right.' },
      async handler({ params: { name }, body }, { caller: { workspaceId } }) {
        if (body.name !== undefined && body.name !== name)
          throw new Problem('invalid-request', 'A visitor field keeps its name.', {
            errors: [{ path: 'name', message: 'cannot be changed' }],
          });
        if (!(await visitorFields.get(workspaceId, name))) throw notFound('visitor field', name);
        const field = { ...body, name };
        await refuseIfBroken(workspaceId, [...(await others(workspaceId, name)), field], `The visitor field ${name}`);
        if (!(await visitorFields.replace(workspaceId, field))) throw notFound('visitor field', name);
        return field;
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/visitor-fields/:name',
      summary: 'Remove a visitor field; values that are stored stay',
      tag,
      auth: 'admin',
      params: nameParams,
      status: 204,
      problems: { 409: 'An active workflow uses it.' },
      async handler({ params: { name } }, { caller: { workspaceId } }) {
        if (!(await visitorFields.get(workspaceId, name))) throw notFound('visitor field', name);
        await refuseIfBroken(workspaceId, await others(workspaceId, name), `The visitor field ${name}`);
        await visitorFields.remove(workspaceId, name);
      },
    }),
  ];
}
