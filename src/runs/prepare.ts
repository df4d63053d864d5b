import type { StepIntent } from '../db/entities.ts';
import type { ActionStep } from '../model/workflow.ts';
import { type Action, type PushInput, StepError } from '../sdk/index.ts';
import { formatPath } from '../workflows/paths.ts';
import { destinationOf, pushRecordAction } from './push.ts';
import { type RunScope, runScope } from './scope.ts';
import type { HeldStep, InstalledAction, RunServices } from './services.ts';
import { mappedFields, vendorFacts } from './vendor-facts.ts';

/** Parts of the scope that cost a read of all messages: made only where something reads them. */
export const HEAVY = ['conversation.transcript', 'conversation.messages'];

/** Who carries a step out, and with what. */
export type Prepared = { installed: InstalledAction; intent: StepIntent };

/**
 * Finds both: as at the step's first try, where there was one.
 * @throws StepError `defect` where what should carry it out is not installed (any more); what prepareIntent and preparePush throw
 */
export async function prepared(services: RunServices, held: HeldStep, definition: ActionStep): Promise<Prepared> {
  const { step } = held;
  if (definition.action === pushRecordAction.id) {
    const intent = step.intent ?? (await preparePush(services, held, definition));
    return { installed: pushTo(services, (intent.input as PushInput).destination!), intent };
  }
  const installed = services.findAction(definition.action);
  if (!installed) throw new StepError('defect', `The action \`${definition.action}\` is not installed here.`);
  const { action, connector } = installed;
  return { installed, intent: step.intent ?? (await prepareIntent(services, held, definition, action, connector)) };
}

type Rendering = Pick<Action, 'input' | 'defaults'>;

/**
 * Renders a step's input, strictly, and validates it: what will be sent now and at every later try.
 * @param connector whom it is sent to, where it is sent at all
 * @throws TemplateError where a value is missing or a template cannot be rendered; StepError `rejected` where a rendered
 * value does not fit the action
 */
export async function prepareIntent(
  services: RunServices,
  held: HeldStep,
  definition: ActionStep,
  action: Rendering,
  connector?: InstalledAction['connector'],
): Promise<StepIntent> {
  const { reader, clock } = services;
  const { input, facts } = await render(services, held, definition, action);
  const theirs = connector && (await vendorFacts(reader, held.run, connector, facts));
  return { input, facts: { ...facts, ...theirs }, firstTriedAt: clock.now() };
}

/**
 * The same for a push: finds where it goes to, names that in the input (so that every later try goes there too), and fills
 * in the workspace's field mappings.
 * @throws also StepError `rejected` where it cannot be told where to push to
 */
async function preparePush(services: RunServices, held: HeldStep, definition: ActionStep): Promise<StepIntent> {
  const { reader, clock, templates } = services;
  const { run } = held;
  const rendered = await render(services, held, definition, pushRecordAction);
  const destination = destinationOf(rendered.input as PushInput, await services.pushTargets(run.workspaceId));
  const { connector } = pushTo(services, destination);
  const mappings = await services.mappingsOf(run.workspaceId, connector);
  const paths = Object.values(mappings).flatMap(lines => lines.flatMap(({ from }) => (from ? [`{{ ${from} }}`] : [])));
  const messages = templates.referencesAny(paths, HEAVY);
  const { scope } = messages ? await runScope(reader, held, { messages }) : rendered;
  const theirs = await vendorFacts(reader, run, connector, rendered.facts);
  const facts = { ...rendered.facts, ...theirs, mapped: mappedFields(mappings, scope) };
  return { input: { destination }, facts, firstTriedAt: clock.now() };
}

/** What carries out a push to this connector. @throws StepError `defect` where it is not installed any more */
function pushTo({ pushes }: Pick<RunServices, 'pushes'>, destination: string): InstalledAction {
  const installed = pushes.get(destination);
  if (!installed) throw new StepError('defect', `The connector \`${destination}\` is not installed here any more.`);
  return installed;
}

async function render(
  { reader, templates }: RunServices,
  held: HeldStep,
  definition: ActionStep,
  action: Rendering,
): Promise<RunScope & { input: unknown }> {
  const template = { ...action.defaults, ...definition.input };
  const messages = templates.referencesAny(template, HEAVY);
  const built = await runScope(reader, held, { messages });
  const parsed = action.input.safeParse(templates.render(template, built.scope));
  if (parsed.success) return { ...built, input: parsed.data };
  const issue = parsed.error.issues[0]!;
  const field = formatPath(issue.path as (string | number)[], 'input');
  throw new StepError('rejected', `\`${field}\`: ${issue.message}`, { field });
}
