import * as z from 'zod';
import { type Action, type PushInput, pushOutput, StepError } from '../sdk/index.ts';
import type { CheckedAction } from '../workflows/check-input.ts';
import { formatPath } from '../workflows/paths.ts';
import { type PushTargets, pushDestination } from '../workflows/push-destination.ts';

/** What a step asks for. `options` are what the connector's own push takes besides. */
type PushRecordInput = PushInput & { options?: Record<string, unknown> };

const input: z.ZodType<PushRecordInput> = z.strictObject({
  destination: z.string().min(1).max(64).optional().meta({
    title: 'Destination',
    description: 'The id of a connector; without one, the workspace’s default push destination',
  }),
  options: z.record(z.string(), z.unknown()).optional().meta({
    title: 'Options',
    description: 'What that destination takes besides, such as {"assignmentRules": true}: its README says what',
  }),
});

/**
 * The action that addresses a role: it is carried out by the `roles.push` of the connector that it goes to, and what counts
 * for retries, batches and exclusion is what that one says.
 */
export const pushRecordAction: CheckedAction = {
  id: 'push_record',
  title: 'Push to an external system',
  description: 'Creates or updates the person in the destination, by the field mappings of the workspace.',
  input,
  output: pushOutput,
  fits: {},
  replay: 'safe',
} as CheckedAction;

/**
 * The connector that a push goes to.
 * @throws StepError `rejected` with what to change, where none can be told
 */
export function destinationOf({ destination }: PushInput, targets: PushTargets): string {
  const found = pushDestination(destination, targets);
  if ('id' in found) return found.id;
  throw new StepError('rejected', found.reason, { field: 'input.destination' });
}

/**
 * What the connector's own push is given: the destination by name, and the options that it takes.
 * @throws StepError `rejected` naming the option that it does not take
 */
export function pushInputFor(push: Action, destination: string, { options = {} }: PushRecordInput): PushInput {
  const parsed = push.input.safeParse({ ...options, destination });
  if (parsed.success) return parsed.data as PushInput;
  const issue = parsed.error.issues[0]!;
  const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = formatPath([...issue.path, ...keys] as (string | number)[], 'input.options');
  const reason = keys.length > 0 ? `\`${destination}\` takes no such option` : issue.message;
  throw new StepError('rejected', `\`${field}\`: ${reason}.`, { field });
}
