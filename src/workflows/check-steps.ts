import { stepSchemas, type Trigger, type VisitorField } from '../model/workflow.ts';
import { fits } from './availability.ts';
import { conditionFindings } from './check-conditions.ts';
import type { LooseStep, StepGraph } from './check-graph.ts';
import { type CheckedAction, inputFindings } from './check-input.ts';
import { createPathCheck, outputNode, type StepLookup } from './check-paths.ts';
import { missingRole, pushFindings, type RoleTargets, roleFindings } from './check-roles.ts';
import { type Finding, schemaFindings } from './check-schema.ts';
import { nearest, suggestion } from './nearest.ts';
import { type PushTargets, pushDestination } from './push-destination.ts';
import { isTemplate, templatesIn } from './references.ts';
import { createTemplates, TemplateError } from './templates.ts';

/** The built-in action that puts a person into a system of record, and the one that sets a visitor field. */
export const pushAction = 'push_record';
const setFieldAction = 'set_visitor_field';

export type CheckContext = {
  /** Every action a step may name, by its id; `branch` and `jump` are part of the document and need not be there. */
  actions: ReadonlyMap<string, CheckedAction>;
  visitorFields: readonly VisitorField[];
  /** Ids of the connectors that this workspace has a connection to. */
  connected: ReadonlySet<string>;
  connectorOf(actionId: string): { id: string; needsConnection: boolean } | undefined;
  /** Settings of the environment without which this connector cannot be used at all. */
  unset?(connectorId: string): readonly string[];
  /** What `track_event` and `app_alert` can reach. */
  roles?: RoleTargets;
  /** Where `push_record` can go to; absent where nothing takes people. */
  pushes?: PushTargets;
  /** The document comes with a connector: it may start on internal triggers too. */
  builtIn?: boolean;
};

const templates = createTemplates();
type Findings = { mistakes: Finding[]; warnings: Finding[] };

/** Everything that can be wrong inside the steps. `trigger` is absent where it is itself a mistake. */
export function checkSteps(
  steps: LooseStep[],
  graph: StepGraph,
  trigger: Trigger | undefined,
  context: CheckContext,
): Findings {
  const checkPath = createPathCheck(context.visitorFields);
  const withoutPush = graph.reachableWithout(index => steps[index]?.action === pushAction);
  const found = steps.map(step => {
    const lookup = stepLookup(step, steps, graph, context.actions);
    const action = step.action === undefined ? undefined : context.actions.get(step.action);
    const mistakes = [
      ...shapeFindings(step),
      ...actionFindings(step, action, trigger, context.actions),
      ...branchFindings(step, segments => checkPath({ segments, dynamic: false }, lookup)),
      ...templateFindings(step.raw.input, variable => checkPath(variable, lookup)),
      ...(action ? stepInputFindings(action, step.raw.input, context) : []),
      ...(action?.alert ? sameAlertFindings(step, steps, context.actions) : []),
    ];
    return { step, mistakes, warnings: stepWarnings(step, action, { withoutPush, trigger, context }) };
  });
  return {
    mistakes: found.flatMap(({ step, mistakes }) => mistakes.map(finding => at(step, finding))),
    warnings: found.flatMap(({ step, warnings }) => warnings.map(finding => at(step, finding))),
  };
}

const at = (step: LooseStep, { path, message }: Finding): Finding => ({
  path: ['steps', step.index, ...path],
  message,
});
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The step's own shape, by the schema that its action asks for. Conditions are checked on their own. */
function shapeFindings({ raw, action }: LooseStep): Finding[] {
  if (Object.keys(raw).length === 0) return [{ path: [], message: 'A step is an object with `id` and `action`.' }];
  if (action === 'jump') return schemaFindings(stepSchemas.jump, raw);
  if (action !== 'branch') return schemaFindings(stepSchemas.action, raw);
  const paths = Array.isArray(raw.paths)
    ? raw.paths.map(path => (isRecord(path) ? { ...path, when: { field: 'visitor.email', op: 'is_known' } } : path))
    : raw.paths;
  return schemaFindings(stepSchemas.branch, { ...raw, paths });
}

function actionFindings(
  { action: id }: LooseStep,
  action: CheckedAction | undefined,
  trigger: Trigger | undefined,
  actions: ReadonlyMap<string, CheckedAction>,
): Finding[] {
  if (id === undefined || id === 'branch' || id === 'jump') return [];
  const path = ['action'];
  if (!action)
    return [{ path, message: `There is no action \`${id}\`.${suggestion(id, [...actions.keys(), 'branch', 'jump'])}` }];
  if (!trigger || fits(action.fits, trigger)) return [];
  return [
    {
      path,
      message: `\`${id}\` cannot be used with the trigger \`${trigger.type}\` and the timing \`${trigger.timing}\`.`,
    },
  ];
}

function branchFindings({ raw, action }: LooseStep, checkField: (segments: string[]) => string | undefined): Finding[] {
  if (action !== 'branch' || !Array.isArray(raw.paths)) return [];
  return raw.paths.flatMap((path, index) =>
    isRecord(path) ? conditionFindings(path.when, ['paths', index, 'when'], checkField) : [],
  );
}

function templateFindings(
  input: unknown,
  check: (variable: { segments: string[]; dynamic: boolean }) => string | undefined,
): Finding[] {
  return templatesIn(input).flatMap(({ segments, template }) => {
    const path = ['input', ...segments];
    const errors = templates.parseErrors(template);
    if (errors.length > 0) return errors.map(reason => ({ path, message: `This template ${reason}.` }));
    return templates
      .variables(template)
      .map(check)
      .filter(message => message !== undefined)
      .map(message => ({ path, message }));
  });
}

function stepInputFindings(action: CheckedAction, raw: unknown, context: CheckContext): Finding[] {
  if (raw !== undefined && !isRecord(raw)) return [];
  const input = raw ?? {};
  const findings = inputFindings(action, input, keepsType);
  if (context.roles) {
    const asked = { action: action.id, input, trigger: undefined };
    findings.push(...roleFindings(asked, context.roles, context.connected));
  }
  const target = action.id === pushAction && context.pushes && destinationOf(input, context.pushes);
  if (target && 'id' in target && context.roles) findings.push(...pushFindings(input, target.id, context.roles));
  const { field, destination } = input;
  if (action.id === pushAction && context.pushes && typeof destination === 'string' && !isTemplate(destination)) {
    const { offered } = context.pushes;
    if (!offered.includes(destination))
      findings.push({
        path: ['destination'],
        message: `People cannot be pushed to \`${destination}\`.${suggestion(destination, offered)} Possible: ${offered.join(', ')}.`,
      });
  }
  if (action.id === setFieldAction && typeof field === 'string' && !field.includes('{')) {
    const names = ['email', ...context.visitorFields.map(known => known.name)];
    if (!names.includes(field))
      findings.push({
        path: ['field'],
        message: `No visitor field \`${field}\` is defined.${suggestion(field, names)}`,
      });
  }
  return findings.map(({ path, message }) => ({ path: ['input', ...path], message }));
}

/** `sameAs` names another step that sends an alert. */
function sameAlertFindings(
  step: LooseStep,
  steps: LooseStep[],
  actions: ReadonlyMap<string, CheckedAction>,
): Finding[] {
  const { sameAs } = isRecord(step.raw.input) ? step.raw.input : {};
  if (typeof sameAs !== 'string' || isTemplate(sameAs)) return [];
  const alerting = steps.flatMap(({ id, action, index }) =>
    id !== undefined && index !== step.index && actions.get(action ?? '')?.alert ? [id] : [],
  );
  if (alerting.includes(sameAs)) return [];
  const path = ['input', 'sameAs'];
  return [{ path, message: `No other step \`${sameAs}\` sends an alert.${suggestion(sameAs, alerting)}` }];
}

/** A template that cannot be read is a mistake of its own: no second one is made of what it might give. */
function keepsType(template: string): boolean {
  try {
    return templates.keepsType(template);
  } catch (error) {
    if (error instanceof TemplateError) return true;
    throw error;
  }
}

/** What `steps.<id>` is, read in this step: an earlier step's output, or why there can be none. */
function stepLookup(
  reader: LooseStep,
  steps: LooseStep[],
  graph: StepGraph,
  actions: ReadonlyMap<string, CheckedAction>,
): StepLookup {
  return id => {
    const step = steps.find(candidate => candidate.id === id);
    if (!step) {
      const near = nearest(
        id,
        steps.flatMap(candidate => candidate.id ?? []),
      );
      return `There is no step \`${id}\`.${near === undefined ? '' : ` Did you mean \`steps.${near}\`?`}`;
    }
    if (!graph.reachableFrom(step.index).has(reader.index))
      return `Step \`${id}\` cannot have run before this one: no path leads from it to here.`;
    if (step.action === 'branch' || step.action === 'jump')
      return `Step \`${id}\` is a ${step.action}: it gives nothing back.`;
    const action = actions.get(step.action ?? '');
    return action ? outputNode(action.output) : { type: 'any', description: '' };
  };
}

function stepWarnings(
  step: LooseStep,
  action: CheckedAction | undefined,
  { withoutPush, trigger, context }: { withoutPush: Set<number>; trigger: Trigger | undefined; context: CheckContext },
): Finding[] {
  const { action: id = '', index } = step;
  const warnings: Finding[] = [];
  if (action?.needsPush && withoutPush.has(index))
    warnings.push({
      path: [],
      message: `A run can get here without a \`${pushAction}\` step before it: \`${id}\` then has no record to work on, and fails.`,
    });
  const missing = action ? missingConnection({ action: id, input: step.raw.input, trigger }, context) : [];
  if (missing.length > 0)
    warnings.push({
      path: ['action'],
      message: `\`${id}\` needs ${toBeDone(missing, context)}, and there is none yet: the workflow can be saved, and activated once that is done.`,
    });
  else if (action?.id === pushAction) warnings.push(...unclearPush(step.raw.input, context));
  return warnings;
}

/** What a person has to do before any one of these connectors can be used. */
export function toBeDone(connectorIds: readonly string[], { unset }: Pick<CheckContext, 'unset'>): string {
  const settingsOf = (id: string) => unset?.(id) ?? [];
  const connectable = connectorIds.filter(id => settingsOf(id).length === 0).map(id => `\`${id}\``);
  return [
    ...(connectable.length > 0 ? [`a connection to ${connectable.join(' or ')}`] : []),
    ...connectorIds
      .filter(id => settingsOf(id).length > 0)
      .map(id => `the settings ${settingsOf(id).join(' and ')} for \`${id}\``),
  ].join(' or ');
}

/** The connectors any of which a step needs and the workspace cannot use yet; none where nothing is missing. */
export function missingConnection(
  { action, input, trigger }: { action: string; input: unknown; trigger: Trigger | undefined },
  context: CheckContext,
): readonly string[] {
  const { connected, connectorOf, pushes, roles } = context;
  if (action === pushAction && pushes) {
    const destination = destinationOf(input, pushes);
    if (!destination) return [];
    if ('reason' in destination) return destination.candidates;
    return pushes.connected.has(destination.id) ? [] : [destination.id];
  }
  const connector = connectorOf(action);
  if (connector) return connector.needsConnection && !connected.has(connector.id) ? [connector.id] : [];
  return roles ? missingRole({ action, input: isRecord(input) ? input : {}, trigger }, roles, connected) : [];
}

/** Where a push step goes to; undefined where only a run can tell, or where the input is a mistake anyway. */
function destinationOf(input: unknown, pushes: PushTargets) {
  const asked = isRecord(input) ? input.destination : undefined;
  if (asked === undefined) return pushDestination(undefined, pushes);
  if (typeof asked !== 'string' || isTemplate(asked) || !pushes.offered.includes(asked)) return undefined;
  return { id: asked };
}

function unclearPush(input: unknown, { pushes }: CheckContext): Finding[] {
  const destination = pushes && destinationOf(input, pushes);
  if (!destination || 'id' in destination) return [];
  return [{ path: ['input', 'destination'], message: destination.reason }];
}
