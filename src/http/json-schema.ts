import * as z from 'zod';

export type Json = Record<string, unknown>;

/**
 * A zod schema as JSON Schema (draft 2020-12, as in OpenAPI 3.1). What JSON Schema cannot say is left open.
 * @param io the form that is sent (`input`) or the one that comes out of parsing (`output`)
 */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}

/** The same inside an OpenAPI document: schemas that have an id are put into `components`, and referred to there. */
export function componentSchema(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  // Inside another schema, one that has an id becomes a reference wherever it stands.
  const { $defs, properties } = jsonSchema(z.object({ schema }), io) as { $defs?: Json; properties: Json };
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const { id: _, ...body } = relocated(definition) as Json;
    components[name] ??= body;
  }
  return relocated(properties.schema) as Json;
}

function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) =>
      name === '$ref' && typeof member === 'string'
        ? [name, member.replace('#/$defs/', '#/components/schemas/')]
        : [name, relocated(member)],
    ),
  );
}
