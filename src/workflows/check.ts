import {
  internalTriggers,
  storedDocument,
  type Trigger,
  timings,
  triggerPairs,
  triggerTypes,
  type WorkflowDocument,
  workflowDocument,
} from '../model/workflow.ts';
import { type LooseStep, readSteps, StepGraph } from './check-graph.ts';
import { type Finding, type Mistake, schemaFindings } from './check-schema.ts';
import { type CheckContext, checkSteps } from './check-steps.ts';
import { suggestion } from './nearest.ts';
import { formatPath } from './paths.ts';

export type { Mistake } from './check-schema.ts';
export type { CheckContext } from './check-steps.ts';

/** `document` is there where nothing is wrong. Warnings do not keep a workflow from being saved. */
export type CheckResult = { document?: WorkflowDocument; mistakes: Mistake[]; warnings: Mistake[] };

/** No document needs more; deeper ones could exhaust the stack. */
const deepest = 64;

/**
 * Checks a workflow document from raw JSON and reports every mistake at once, each with its path, in the order of the document.
 * A branch without `else` goes on to the step below it where no path matches.
 */
export function checkWorkflow(input: unknown, context: CheckContext): CheckResult {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return {
      mistakes: [{ path: '', message: 'A workflow is an object with `name`, `trigger` and `steps`.' }],
      warnings: [],
    };
  if (isDeeper(input, deepest))
    return {
      mistakes: [{ path: '', message: `The document is nested more than ${deepest} levels deep.` }],
      warnings: [],
    };
  const raw: Record<string, unknown> = { ...input };
  const steps = Array.isArray(raw.steps) ? readSteps(raw.steps) : [];
  const graph = new StepGraph(steps);
  const schema = context.builtIn ? storedDocument : workflowDocument;
  const trigger = readTrigger(raw.trigger, context.builtIn === true);
  const found = checkSteps(steps, graph, trigger.value, context);
  const mistakes = [...envelopeFindings(raw), ...trigger.findings, ...wayFindings(steps, graph), ...found.mistakes];
  if (mistakes.length > 0) return { mistakes: written(mistakes), warnings: written(found.warnings) };
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { document: parsed.data, mistakes: [], warnings: written(found.warnings) };
  return { mistakes: written(schemaFindings(schema, raw)), warnings: written(found.warnings) };
}

/** Paths as text, in the order of the document, nothing said twice. */
function written(findings: Finding[]): Mistake[] {
  const place = ({ path }: Finding) => (path[0] === 'steps' && typeof path[1] === 'number' ? path[1] + 1 : 0);
  const sorted = findings.toSorted((a, b) => place(a) - place(b));
  const byText = new Map<string, Mistake>();
  for (const { path, message } of sorted) {
    const mistake = { path: formatPath(path), message };
    byText.set(JSON.stringify(mistake), mistake);
  }
  return [...byText.values()];
}

/** Name, description and strange keys; trigger and steps are looked at on their own, so stand-ins take their places. */
function envelopeFindings(raw: Record<string, unknown>): Finding[] {
  const stand = { trigger: triggerPairs[0], steps: [{ id: 'a', action: 'jump', goto: 'end' }] };
  const trigger = { type: stand.trigger.type, timing: stand.trigger.timing };
  const { steps } = raw;
  const findings = schemaFindings(workflowDocument, { ...raw, trigger, steps: stand.steps });
  if (steps === undefined) findings.push({ path: ['steps'], message: 'This is required.' });
  else if (!Array.isArray(steps) || steps.length < 1 || steps.length > 100)
    findings.push({ path: ['steps'], message: 'This must be a list of 1 to 100 steps.' });
  return findings;
}

/** The trigger where it is one of the 19 pairs (or an internal one, where those are allowed), else what is wrong with it. */
function readTrigger(raw: unknown, builtIn: boolean): { value?: Trigger; findings: Finding[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { findings: [{ path: ['trigger'], message: 'This must be an object with `type` and `timing`.' }] };
  const { type, timing, ...strange } = raw as Record<string, unknown>;
  const findings: Finding[] = Object.keys(strange).map(key => ({
    path: ['trigger', key],
    message: 'There is no such field here.',
  }));
  const possiblePairs = builtIn ? [...triggerPairs, ...internalTriggers] : triggerPairs;
  const known = possiblePairs.filter(pair => pair.type === type);
  const pair = known.find(candidate => candidate.timing === timing);
  if (pair) return { value: { type: pair.type, timing: pair.timing }, findings };
  if (known.length === 0)
    findings.push({
      path: ['trigger', 'type'],
      message:
        type === undefined
          ? 'This is required.'
          : `There is no trigger \`${String(type)}\`.${suggestion(String(type), triggerTypes)} There are: ${triggerTypes.join(', ')}.`,
    });
  const possible = known.length > 0 ? known.map(candidate => candidate.timing) : [...timings];
  if (!possible.some(candidate => candidate === timing)) {
    const names = possible.map(candidate => `\`${candidate}\``).join(' or ');
    const whose = known.length > 0 ? ` of \`${String(type)}\`` : '';
    findings.push({ path: ['trigger', 'timing'], message: `The timing${whose} must be ${names}.` });
  }
  return { findings };
}

/** Ids and the ways between the steps. */
function wayFindings(steps: LooseStep[], graph: StepGraph): Finding[] {
  const findings: Finding[] = [];
  const ids = steps.map(step => step.id).filter(id => id !== undefined);
  const reachable = graph.reachable();
  for (const { index, id, targets } of steps) {
    const add = (path: (string | number)[], message: string) =>
      findings.push({ path: ['steps', index, ...path], message });
    const first = steps.findIndex(other => other.id === id);
    if (id === 'end') add(['id'], 'No step may be called `end`: it is the word for the end of a run.');
    else if (id !== undefined && first < index)
      add(['id'], `\`steps[${first}]\` is called \`${id}\` already: every step needs a name of its own.`);
    for (const target of targets)
      if (target.goto !== 'end' && !ids.includes(target.goto))
        add(target.path, `There is no step \`${target.goto}\` to go to.${suggestion(target.goto, [...ids, 'end'])}`);
    if (!reachable.has(index))
      add(
        [],
        `No path leads to this step${id === undefined ? '' : ` (\`${id}\`)`}: it would never run. Let a step above it go there, or remove it.`,
      );
  }
  return findings;
}

/** Whether JSON is nested more than so many levels, found without recursion. */
function isDeeper(value: object, levels: number): boolean {
  let layer: object[] = [value];
  for (let depth = 0; layer.length > 0; depth++) {
    if (depth > levels) return true;
    layer = layer.flatMap(part => Object.values(part).filter(inner => typeof inner === 'object' && inner !== null));
  }
  return false;
}
