import { types } from 'node:util';
import {
  type Context,
  type Liquid,
  LiquidError,
  type Template,
  TypeGuards,
  toValueSync,
  UndefinedVariableError,
} from 'liquidjs';
import { createLiquid, MissingVariable, openContext, parseStrictly, StrictOutput } from './liquid.ts';
import { formatPath } from './paths.ts';
import { isTemplate, readsAny, templatesIn, toVariablePath, type VariablePath } from './references.ts';

/** A template that cannot be rendered. `path` is the field (`input.fields.Title`), `reason` says what is wrong, the message both. */
export class TemplateError extends Error {
  readonly path: string;
  readonly reason: string;
  constructor(path: string, reason: string) {
    super(`\`${path}\` ${reason}.`);
    this.name = 'TemplateError';
    this.path = path;
    this.reason = reason;
  }
}

/** A variable without a value and without `default`. `variable` is written as in the template (`visitor.email`). */
export class MissingValueError extends TemplateError {
  readonly variable: string;
  constructor(path: string, variable: string) {
    super(
      path,
      `needs \`${variable}\`, which has no value: give it one with \`{{ ${variable} | default: '…' }}\`, or branch on \`is_known\` before this step`,
    );
    this.name = 'MissingValueError';
    this.variable = variable;
  }
}

/** Characters, milliseconds and (for memory) characters and list elements made while rendering one whole input. */
export type TemplateLimits = {
  templateLength: number;
  outputLength: number;
  renderMs: number;
  memory: number;
  depth: number;
  cached: number;
};
export const templateLimits: TemplateLimits = {
  templateLength: 100_000,
  outputLength: 1_048_576,
  // Time on the wall: what takes a millisecond takes many on a machine that is busy, and a step must not fail for that.
  renderMs: 1000,
  memory: 10_000_000,
  depth: 64,
  cached: 500,
};
/** Longer templates are parsed each time, so that the cache stays small in bytes as well. */
const longestCached = 10_000;

export type Templates = {
  /**
   * Renders every string of a JSON value as Liquid. A string that is one single `{{ expression }}` (spaces around it aside) keeps
   * the type of its value; in a longer text a list of plain values is written with commas and an object as JSON.
   * `path` names the value in errors. Throws MissingValueError and TemplateError, for the first field that cannot be rendered.
   */
  render(value: unknown, scope: object, path?: string): unknown;
  /** The variables of the scope that a template reads, `{% if %}` included, its own local ones left out. Throws TemplateError where it cannot be parsed. */
  variables(template: string): VariablePath[];
  /** Whether a template is one single `{{ expression }}`, whose value keeps its type. Throws TemplateError where it cannot be parsed. */
  keepsType(template: string): boolean;
  /** What is wrong with a template's syntax, as sentences; none where it parses. */
  parseErrors(template: string): string[];
  /**
   * Whether any template in a JSON value may read something at or under one of these paths (`conversation.transcript`), so that heavy
   * parts of the scope are made only when needed. Where it cannot be told (a whole root, a computed name, a syntax error) the answer is true.
   */
  referencesAny(value: unknown, prefixes: readonly string[]): boolean;
};

export function createTemplates(limits: Partial<TemplateLimits> = {}): Templates {
  const bounds = { ...templateLimits, ...limits };
  const liquid = createLiquid(bounds);
  const compiled = new Map<string, Template[]>();

  function compile(template: string, path: string): Template[] {
    const known = compiled.get(template);
    if (known) return known;
    const parsed = explained(path, bounds, () => parseStrictly(liquid, template));
    if (template.length > longestCached) return parsed;
    if (compiled.size >= bounds.cached) compiled.delete(compiled.keys().next().value ?? '');
    compiled.set(template, parsed);
    return parsed;
  }

  function analyze(template: string, which: 'variableSegmentsSync' | 'globalVariableSegmentsSync'): VariablePath[] {
    const parsed = compile(template, 'template');
    return explained('template', bounds, () => liquid[which](parsed, { partials: false }).map(toVariablePath));
  }

  return {
    render(value, scope, path = 'input') {
      const first = openContext(liquid, scope);
      const renderPart = (part: unknown, at: string, depth: number): unknown => {
        if (depth > bounds.depth) throw new TemplateError(at, `is nested more than ${bounds.depth} levels deep`);
        if (isTemplate(part)) {
          const context = openContext(liquid, scope, first);
          return explained(at, bounds, () => renderString(liquid, compile(part, at), context, at, bounds));
        }
        if (Array.isArray(part))
          return part.map((element, index) => renderPart(element, formatPath([index], at), depth + 1));
        if (typeof part !== 'object' || part === null) return part;
        const entries = Object.entries(part);
        return Object.fromEntries(
          entries.map(([key, element]) => [key, renderPart(element, formatPath([key], at), depth + 1)]),
        );
      };
      return renderPart(value, path, 0);
    },
    variables: template => analyze(template, 'globalVariableSegmentsSync'),
    keepsType: template => isTemplate(template) && single(compile(template, 'template')) !== undefined,
    parseErrors(template) {
      try {
        analyze(template, 'globalVariableSegmentsSync');
        return [];
      } catch (error) {
        if (error instanceof TemplateError) return [error.reason];
        throw error;
      }
    },
    referencesAny(value, prefixes) {
      return templatesIn(value).some(({ template }) => {
        try {
          return analyze(template, 'variableSegmentsSync').some(variable => readsAny(variable, prefixes));
        } catch (error) {
          if (error instanceof TemplateError) return true;
          throw error;
        }
      });
    },
  };
}

function renderString(
  liquid: Liquid,
  parsed: Template[],
  context: Context,
  path: string,
  bounds: TemplateLimits,
): unknown {
  const output = single(parsed);
  const value: unknown = output
    ? toValueSync(output.evaluate(context))
    : toValueSync(liquid.renderer.renderTemplates(parsed, context));
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TemplateError(path, 'gives no number: it divides by zero, or calculates with something that is none');
  const length = typeof value === 'object' && value !== null ? JSON.stringify(value).length : String(value).length;
  if (length > bounds.outputLength)
    throw new TemplateError(path, `gives more than ${bounds.outputLength} characters, which is the limit`);
  return value ?? '';
}

/** The one expression that a template consists of, blanks around it aside. */
function single(parsed: Template[]): StrictOutput | undefined {
  const [only, ...others] = parsed.filter(
    part => !TypeGuards.isHTMLToken(part.token) || part.token.getContent().trim() !== '',
  );
  return others.length === 0 && only instanceof StrictOutput ? only : undefined;
}

/** Turns whatever LiquidJS throws into our errors, with the field's name. */
function explained<T>(path: string, bounds: TemplateLimits, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const cause = LiquidError.is(error) && error.originalError ? error.originalError : error;
    if (cause instanceof MissingVariable) throw new MissingValueError(path, cause.variable);
    if (error instanceof UndefinedVariableError) throw new MissingValueError(path, error.token.getText());
    // Where the stack overflows inside a hook that formats stacks, the error may be of another realm.
    if (cause instanceof TemplateError || !types.isNativeError(cause)) throw cause;
    throw new TemplateError(path, reasonOf(LiquidError.is(error) ? error.message : cause.message, bounds));
  }
}

function reasonOf(message: string, bounds: TemplateLimits): string {
  if (message.startsWith('parse length limit'))
    return `is a template of more than ${bounds.templateLength} characters, which is the limit`;
  if (message.startsWith('template render limit'))
    return `took more than ${bounds.renderMs} ms to render, which is the limit`;
  if (message.startsWith('memory alloc limit')) return 'needs more memory to render than is allowed';
  if (/call stack/i.test(message)) return 'is nested too deeply';
  return `cannot be read as a template: ${message}`;
}
