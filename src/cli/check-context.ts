import * as z from 'zod';
import { startFields } from '../access/visitor-fields.ts';
import { loadConnectors } from '../connectors.ts';
import { fieldTypes, type VisitorField } from '../model/workflow.ts';
import { checkedActions, connectorOfAction } from '../runs/catalogue.ts';
import type { CheckContext } from '../workflows/check.ts';
import { pushTargets } from '../workflows/review.ts';
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

/**
 * What workflows are checked against without a hub: this checkout's actions, and the visitor fields of `fields` or, where it is
 * undefined, those of a new workspace. Every connection counts as made.
 */
export async function checkContext(fields?: unknown): Promise<CheckContext> {
  const parsed = fieldList.safeParse(fields ?? startFields);
  if (!parsed.success) throw new CommandError('The visitor fields are no list such as /v1/visitor-fields answers.');
  const registry = await loadConnectors();
  const connected = new Set(registry.connectors.keys());
  const pushes = pushTargets(registry.connectors.values(), connected, null);
  return {
    actions: checkedActions(registry),
    visitorFields: parsed.data,
    connected,
    connectorOf: connectorOfAction(registry),
    // Which of several is the default is for the hub to say.
    pushes: { ...pushes, fallback: pushes.offered[0] ?? null },
  };
}
