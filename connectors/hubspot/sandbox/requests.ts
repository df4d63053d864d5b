import type { Request } from 'express';
import * as z from 'zod';
import { rawText } from '../../../src/sdk/testing/oauth-server.ts';
import { invalid } from './errors.ts';

/** What a call brings, checked for its form alone. */
const properties = z.record(z.string(), z.string());
const associations = z.array(
  z.object({
    to: z.object({ id: z.string() }),
    types: z.array(z.object({ associationCategory: z.literal('HUBSPOT_DEFINED'), associationTypeId: z.int() })),
  }),
);
const id = z.string().min(1);
const inputs = <Input extends z.ZodType>(input: Input) => z.object({ inputs: z.array(input).min(1) });

export const bodies = {
  create: z.object({ properties, associations: associations.default([]) }),
  update: z.object({ properties }),
  batchRead: inputs(z.object({ id })).extend({
    idProperty: z.string().optional(),
    properties: z.array(z.string()).default([]),
    propertiesWithHistory: z.array(z.string()).optional(),
  }),
  batchCreate: inputs(
    z.object({ properties, associations: associations.default([]), objectWriteTraceId: z.string().optional() }),
  ),
  batchUpdate: inputs(z.object({ id, properties, idProperty: z.string().optional() })),
  batchUpsert: inputs(
    z.object({ id, properties, idProperty: z.string().optional(), objectWriteTraceId: z.string().optional() }),
  ),
  search: z.object({
    filterGroups: z
      .array(
        z.object({
          filters: z
            .array(
              z.object({
                propertyName: z.string(),
                operator: z.string(),
                value: z.string().optional(),
                values: z.array(z.string()).optional(),
              }),
            )
            .max(6),
        }),
      )
      .max(5)
      .default([]),
    properties: z.array(z.string()).default([]),
    sorts: z.array(z.string()).default([]),
    limit: z.int().min(0).max(200).default(10),
    after: z.string().optional(),
  }),
  merge: z.object({ primaryObjectId: z.string(), objectIdToMerge: z.string() }),
  links: inputs(z.object({ from: z.object({ id }), to: z.object({ id }) })),
  linkTypes: z.array(z.object({ associationCategory: z.string(), associationTypeId: z.int() })).min(1),
  linksRead: inputs(z.object({ id, after: z.string().optional() })),
  event: z.object({
    eventTemplateId: z.string(),
    id: z.string().max(500).optional(),
    objectId: z.string().optional(),
    email: z.string().optional(),
    tokens: z.record(z.string(), z.string()),
    extraData: z.object({ transcript: z.string().optional() }).optional(),
    timestamp: z.iso.datetime({ offset: true }).optional(),
  }),
};

export type Body<Name extends keyof typeof bodies> = z.output<(typeof bodies)[Name]>;

/** The body as JSON of the form that the call takes. Throws HubSpot's refusal of any other. */
export const bodyOf = <Name extends keyof typeof bodies>(request: Request, name: Name): Body<Name> => {
  let json: unknown;
  try {
    json = JSON.parse(rawText(request));
  } catch {
    throw invalid('Invalid input JSON: the body cannot be read');
  }
  const parsed = bodies[name].safeParse(json);
  if (parsed.success) return parsed.data as Body<Name>;
  const [issue] = parsed.error.issues;
  throw invalid(`Invalid input JSON on ${issue?.path.join('.')}: ${issue?.message}`);
};

/** A list in the query, in either of the forms that clients use: repeated, or comma-separated. */
export const listOf = (query: URLSearchParams, name: string): string[] =>
  query.getAll(name).flatMap(value => value.split(',').filter(Boolean));
