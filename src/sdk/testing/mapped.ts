import type { Connector, MappedField, StepFacts } from '../connector.ts';
import { isBlank } from '../values.ts';

/** What the engine puts into `facts.mapped` of a push where the workspace has mapped nothing: the connector's defaults, filled from the visitor. */
export function mappedByDefault(
  { mappable }: Pick<Connector<never>, 'mappable'>,
  visitor: StepFacts['visitor'],
): Record<string, MappedField[]> {
  const objects = (mappable?.objects ?? []).map(({ name, defaults }): [string, MappedField[]] => [
    name,
    defaults.flatMap(({ field, from, value, update }) => {
      const found = from === undefined ? value : at(from, { visitor });
      return isBlank(found) ? [] : [{ field, value: found, update }];
    }),
  ]);
  return Object.fromEntries(objects);
}

const at = (path: string, scope: object): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], scope);
