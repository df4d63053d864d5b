import type { StepIntent } from '../db/entities.ts';
import type { ActionStep } from '../model/workflow.ts';
import { type Action, StepError } from '../sdk/index.ts';
import { formatPath } from '../workflows/paths.ts';
import { runScope } from './scope.ts';
import type { HeldStep, RunServices } from './services.ts';

/** Parts of the scope that cost a read of all messages: made only where something reads them. */
export const HEAVY = ['conversation.transcript', 'conversation.messages'];

/**
 * Renders a step's input, strictly, and validates it: what will be sent now and at every later try.
 * @throws TemplateError where a value is missing or a template cannot be rendered; StepError `rejected` where a rendered
 * value does not fit the action
 */
export async function prepareIntent(
  { reader, templates, clock }: RunServices,
  held: HeldStep,
  definition: ActionStep,
  action: Pick<Action, 'input' | 'defaults' | 'title'>,
): Promise<StepIntent> {
  const template = { ...action.defaults, ...definition.input };
  const messages = templates.referencesAny(template, HEAVY);
  const { scope, facts } = await runScope(reader, held, { messages });
  const rendered = templates.render(template, scope);
  const parsed = action.input.safeParse(rendered);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const field = formatPath(issue.path as (string | number)[], 'input');
    throw new StepError('rejected', `\`${field}\`: ${issue.message}`, { field });
  }
  return { input: parsed.data, facts, firstTriedAt: clock.now() };
}
