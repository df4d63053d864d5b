import * as z from 'zod';
import { startFields } from '../access/visitor-fields.ts';
import { loadConnectors } from '../connectors.ts';
import { fieldTypes, type VisitorField } from '../model/workflow.ts';
import { setVisitorFieldAction } from '../runs/built-in.ts';
import { type Action, StepError } from '../sdk/index.ts';
import type { CheckContext } from '../workflows/check.ts';
import { CommandError } from './world.ts';

const fieldShape: z.ZodType<VisitorField> = z.looseObject({
  name: z.string(),
  label: z.string(),
  type: z.enum(fieldTypes),
  category: z.enum(['person', 'account']),
  options: z.array(z.string()).optional(),
});
/** A bare list, or the hub's answer of /v1/visitor-fields. */
const fieldList = z.union([z.array(fieldShape), z.object({ data: z.array(fieldShape) }).transform(({ data }) => data)]);

const engineAction: Action = {
  ...setVisitorFieldAction,
  run: () => Promise.reject(new StepError('defect', 'The engine carries this action out by itself.')),
} as Action;

/**
 * What workflows are checked against without a hub: this checkout's actions, and the visitor fields of `fields` or, where it is
 * undefined, those of a new workspace. Every connection counts as made.
 */
export async function checkContext(fields?: unknown): Promise<CheckContext> {
  const parsed = fieldList.safeParse(fields ?? startFields);
  if (!parsed.success) throw new CommandError('The visitor fields are no list such as /v1/visitor-fields answers.');
  const { connectors, actions } = await loadConnectors();
  return {
    actions: new Map([
      [setVisitorFieldAction.id, engineAction],
      ...[...actions].map(([id, { action }]) => [id, action] as const),
    ]),
    visitorFields: parsed.data,
    connected: new Set(connectors.keys()),
    connectorOf: id => {
      const connector = actions.get(id)?.connector;
      return connector && { id: connector.id, needsConnection: connector.auth.kind !== 'none' };
    },
  };
}
