import * as z from 'zod';
import type { Database } from '../../db/database.ts';
import { triggerPairs } from '../../model/workflow.ts';
import type { Connector } from '../../sdk/connector.ts';
import { fits } from '../../workflows/availability.ts';
import type { BuiltIn } from '../../workflows/built-in.ts';
import type { CheckContext } from '../../workflows/check.ts';
import type { CheckedAction } from '../../workflows/check-input.ts';
import { connectedConnectors } from '../../workflows/review.ts';
import { jsonSchema } from '../json-schema.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { defineRoute, type Route } from '../route.ts';
import { triggerShape } from '../shapes.ts';

/** What the hub can do: connectors, and every action that a workflow may name. */
export type Catalogue = Pick<CheckContext, 'actions' | 'connectorOf'> & {
  connectors: readonly Connector[];
  builtIns: BuiltIn[];
  /** Names of the settings without which this connector cannot be connected; empty where it is ready. */
  missingSettings(connectorId: string): string[];
};

const schemaShape = z.record(z.string(), z.unknown()).meta({ description: 'A JSON Schema.' });
const actionShape = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  input: schemaShape,
  output: schemaShape,
  triggers: z.array(triggerShape).meta({ description: 'The triggers and timings that it fits.' }),
  notification: z.boolean(),
});
const connectorShape = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string(),
    auth: z.object({
      kind: z.enum(['oauth2', 'key', 'none']),
      options: schemaShape.optional(),
      fields: schemaShape.optional(),
    }),
    connected: z.boolean(),
    missingSettings: z.array(z.string()),
    roles: z.array(z.string()).meta({
      description:
        'What it can do for the built-in actions: take people (`push`) or events (`track`), show alerts (`chat`), make tasks (`task`), know people (`directory`), bring events in (`source`).',
    }),
    mappable: z
      .array(z.object({ name: z.string(), label: z.string() }))
      .meta({ description: 'Objects whose fields can be mapped.' }),
    options: z.array(z.string()).meta({ description: 'Lists to choose from: `/v1/connections/{id}/options/{list}`.' }),
    checksRights: z.boolean(),
    setup: z
      .object({ title: z.string(), description: z.string() })
      .optional()
      .meta({ description: 'What POST /v1/connections/:id/setup has done in the connected account' }),
    actions: z.array(actionShape),
  })
  .meta({ id: 'Connector' });

const shownAction = (action: CheckedAction): z.infer<typeof actionShape> => ({
  id: action.id,
  title: action.title,
  description: action.description,
  input: jsonSchema(action.input, 'input'),
  output: jsonSchema(action.output, 'output'),
  triggers: triggerPairs.map(({ type, timing }) => ({ type, timing })).filter(trigger => fits(action.fits, trigger)),
  notification: action.notification === true,
});

function shownAuth({ auth }: Connector): z.infer<typeof connectorShape>['auth'] {
  if (auth.kind === 'oauth2' && auth.options) return { kind: auth.kind, options: jsonSchema(auth.options, 'input') };
  if (auth.kind === 'key') return { kind: auth.kind, fields: jsonSchema(auth.fields, 'input') };
  return { kind: auth.kind };
}

/** The connectors with their actions, as a console needs them to build its forms. */
export function connectorRoutes({ database, catalogue }: { database: Database; catalogue: Catalogue }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/connectors',
      summary: 'List connectors and what they can do',
      tag: 'Connectors',
      auth: 'admin',
      query: z.strictObject(pageQuery),
      response: pageOf(connectorShape),
      async handler({ query }, { caller }) {
        const connected = await connectedConnectors(database, caller.workspaceId);
        const after = readCursor(query.after)?.[1] ?? '';
        const sorted = catalogue.connectors.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        return page(
          sorted.filter(connector => connector.id > after),
          query.limit,
          connector => [0, connector.id],
          connector => ({
            id: connector.id,
            title: connector.title,
            description: connector.description,
            auth: shownAuth(connector),
            connected: connected.has(connector.id),
            missingSettings: catalogue.missingSettings(connector.id),
            roles: Object.keys(connector.roles ?? {}),
            mappable: (connector.mappable?.objects ?? []).map(({ name, label }) => ({ name, label })),
            options: Object.keys(connector.pickLists ?? {}),
            checksRights: connector.checkRights !== undefined,
            ...(connector.setup && {
              setup: { title: connector.setup.title, description: connector.setup.description },
            }),
            actions: connector.actions.map(shownAction),
          }),
        );
      },
    }),
  ];
}
