import { IsNull } from 'typeorm';
import { aboutOf } from '../alerts/about.ts';
import { isOutdated } from '../alerts/change.ts';
import { openAlert, wasHereBefore } from '../alerts/open.ts';
import { alertView } from '../alerts/view.ts';
import { Alerts, type StepIntent, Steps } from '../db/entities.ts';
import type { ActionStep } from '../model/workflow.ts';
import type { AlertAbout, AlertInputs } from '../sdk/alerts.ts';
import { type Action, type PushInput, StepError, type StepFacts } from '../sdk/index.ts';
import { formatPath } from '../workflows/paths.ts';
import { changeHeld } from './claim.ts';
import { destinationOf, pushInputFor, pushRecordAction } from './push.ts';
import { recipientOf } from './recipients.ts';
import { type RunScope, runScope } from './scope.ts';
import type { HeldStep, InstalledAction, RunServices } from './services.ts';
import { mappedFields, vendorFacts } from './vendor-facts.ts';

/** Parts of the scope that cost a read of all messages: made only where something reads them. */
export const HEAVY = ['conversation.transcript', 'conversation.messages'];

/** Who carries a step out, and with what. */
export type Prepared = { installed: InstalledAction; intent: StepIntent };
/** Nothing to be sent: look again then (epoch ms), or not at all, for a reason. */
export type NotNow = { lookAgainAt: number } | { skip: string };

type Note = (sentence: string) => void;

/**
 * Finds both: as at the step's first try, where there was one.
 * @throws StepError `defect` where what should carry it out is not installed (any more); what prepareIntent and preparePush throw
 */
export async function prepared(
  services: RunServices,
  held: HeldStep,
  definition: ActionStep,
  note: Note,
): Promise<Prepared | NotNow> {
  const { step } = held;
  if (definition.action === pushRecordAction.id) {
    const intent = step.intent ?? (await preparePush(services, held, definition));
    return { installed: pushTo(services, (intent.input as PushInput).destination!), intent };
  }
  const installed = services.findAction(definition.action);
  if (!installed) throw new StepError('defect', `The action \`${definition.action}\` is not installed here.`);
  if (step.intent) return (await outdated(services, step)) ?? { installed, intent: step.intent };
  const { action, connector } = installed;
  const { intent, scope } = await rendered(services, held, definition, action, { connector, note });
  const alert = await alertOf(services, held, { installed, intent, scope });
  if (!alert) return { installed, intent };
  if (!('id' in alert)) return alert;
  return { installed, intent: { ...intent, facts: { ...intent.facts, alert } } };
}

type Rendering = Pick<Action, 'input' | 'defaults' | 'alert' | 'recipients'>;

/**
 * Renders a step's input, strictly, and validates it: what will be sent now and at every later try.
 * @throws TemplateError where a value is missing or a template cannot be rendered; StepError `rejected` where a rendered
 * value does not fit the action, `transient` or `throttled` where it cannot be found out at the moment who is to be told
 */
export async function prepareIntent(
  services: RunServices,
  held: HeldStep,
  definition: ActionStep,
  action: Rendering,
  note: Note,
): Promise<{ intent: StepIntent; scope: RunScope['scope'] }> {
  return rendered(services, held, definition, action, { note });
}

/** @param to.connector whom it is sent to, where it is sent at all */
async function rendered(
  services: RunServices,
  held: HeldStep,
  definition: ActionStep,
  action: Rendering,
  to: { connector?: InstalledAction['connector']; note: Note },
): Promise<{ intent: StepIntent; scope: RunScope['scope'] }> {
  const { reader, clock, directories } = services;
  const { input, facts, scope } = await render(services, held, definition, action);
  const theirs = to.connector && (await vendorFacts(reader, held.run, to.connector, facts));
  const known: StepFacts = { ...facts, ...theirs };
  const asked = { input, facts: known, users: action.recipients === 'users', note: to.note };
  const named = action.alert || action.recipients;
  const recipient = named ? await recipientOf(directories, held.run.workspaceId, asked) : undefined;
  return { intent: { input, facts: { ...known, ...(recipient && { recipient }) }, firstTriedAt: clock.now() }, scope };
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
  const { connector, action } = pushTo(services, destination);
  const input = pushInputFor(action, destination, rendered.input as PushInput);
  const mappings = await services.mappingsOf(run.workspaceId, connector);
  const paths = Object.values(mappings).flatMap(lines => lines.flatMap(({ from }) => (from ? [`{{ ${from} }}`] : [])));
  const messages = templates.referencesAny(paths, HEAVY);
  const { scope } = messages ? await runScope(reader, held, { messages }) : rendered;
  const theirs = await vendorFacts(reader, run, connector, rendered.facts);
  const facts = { ...rendered.facts, ...theirs, mapped: mappedFields(mappings, scope) };
  return { input, facts, firstTriedAt: clock.now() };
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
  // What stands beside the workflow holds words of people, not templates.
  const literal = held.step.definition !== null;
  const template = literal ? (definition.input ?? {}) : { ...action.defaults, ...definition.input };
  const messages = !literal && (action.alert === true || templates.referencesAny(template, HEAVY));
  const built = await runScope(reader, held, { messages });
  const parsed = action.input.safeParse(literal ? template : templates.render(template, built.scope));
  if (parsed.success) return { ...built, input: parsed.data };
  const issue = parsed.error.issues[0]!;
  const field = formatPath(issue.path as (string | number)[], 'input');
  throw new StepError('rejected', `\`${field}\`: ${issue.message}`, { field });
}

/** A picture of an alert is not shown over a newer one, however often its call had to be made. */
async function outdated({ database }: RunServices, step: HeldStep['step']): Promise<NotNow | undefined> {
  if (step.alertId === null || step.definition?.input?.version === undefined) return undefined;
  const row = await database.reader.findOneBy(Alerts, { id: step.alertId, workspaceId: step.workspaceId });
  return row && isOutdated(step, row) ? { skip: NEWER_STATE } : undefined;
}
const NEWER_STATE = 'The alert has changed again since; the newer state is shown.';

/** The alert that a step shows: the one that it belongs to, else its own. Undefined for a step that shows none. */
async function alertOf(
  services: RunServices,
  held: HeldStep,
  { installed, intent, scope }: Prepared & Pick<RunScope, 'scope'>,
): Promise<StepFacts['alert'] | NotNow | undefined> {
  const { step } = held;
  const { sameAs } = intent.input as AlertInputs;
  if (installed.action.alert && step.alertId === null && sameAs !== undefined) {
    step.alertId = (await joinedAlert(services, held, sameAs)) ?? null;
  }
  if (step.alertId !== null) {
    const row = await services.database.reader.findOneBy(Alerts, { id: step.alertId, workspaceId: step.workspaceId });
    if (!row) return { skip: 'The alert is not there any more.' };
    if (isOutdated(step, row)) return { skip: NEWER_STATE };
    return alertView(row);
  }
  if (!installed.action.alert) return undefined;
  return newAlert(services, held, {
    input: intent.input as AlertInputs,
    about: await aboutThe(services, held, scope, intent.facts),
    facts: intent.facts,
    audience: null,
    connector: installed.connector,
  });
}

/** The alert of an earlier step of the run, which this one shows, too. Undefined where that step has sent none: it then has one of its own. */
async function joinedAlert(
  { database }: RunServices,
  { step, token }: HeldStep,
  sameAs: string,
): Promise<string | undefined> {
  const { runId, workspaceId } = step;
  const [earlier] = await database.reader.find(Steps, {
    where: { runId, stepId: sameAs, definition: IsNull(), status: 'succeeded' },
    order: { position: 'DESC' },
    take: 1,
  });
  const alertId = earlier && (earlier.alertId ?? earlier.id);
  if (!alertId || !(await database.reader.findOneBy(Alerts, { id: alertId, workspaceId }))) return undefined;
  const kept = await database.write(tx => changeHeld(tx, step, token, { alertId, keepLease: true }));
  return kept ? alertId : undefined;
}

/** What an alert of this step says about its visitor. */
export async function aboutThe(
  { database, titleOf }: RunServices,
  { run }: HeldStep,
  scope: RunScope['scope'],
  facts: StepFacts,
): Promise<AlertAbout> {
  return aboutOf(scope, facts, { before: await wasHereBefore(database, run, facts.visitor.visitorId), titleOf });
}

/** Opens the step's alert, or joins it to an earlier one. */
export async function newAlert(
  services: RunServices,
  held: HeldStep,
  wanted: {
    input: AlertInputs;
    about: AlertAbout;
    facts: StepFacts;
    audience: string[] | 'all' | null;
    connector?: InstalledAction['connector'];
  },
): Promise<NonNullable<StepFacts['alert']> | { lookAgainAt: number }> {
  const { database, clock, settingsOf, taskActionOf, ring } = services;
  const { workspaceId } = held.step;
  const { input, about, facts, audience, connector } = wanted;
  const [{ alertGroupMinutes }, taskAction] = await Promise.all([settingsOf(workspaceId), taskActionOf(workspaceId)]);
  const opening = {
    held,
    input,
    about,
    visitorId: facts.visitor.visitorId,
    audience,
    ...(connector && { connector }),
    groupMinutes: alertGroupMinutes,
    tasksPossible: taskAction !== undefined,
    now: clock.now(),
  };
  const opened = await database.write(tx => openAlert(services.alerts, tx, opening));
  if ('lookAgainAt' in opened) return opened;
  ring(opened.bells);
  return opened.alert;
}
