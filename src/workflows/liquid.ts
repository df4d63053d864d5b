import {
  Context,
  type Emitter,
  evalToken,
  type Filter,
  Liquid,
  Output,
  Parser,
  type Template,
  type Token,
  type TopLevelToken,
  TypeGuards,
  toValue,
} from 'liquidjs';
import { isMissing } from './paths.ts';

/** Tags that only look at data and write text. Others read files, change the scope of the caller or are not needed. */
const tags = new Set(['assign', 'capture', 'if', 'unless', 'case', 'for', 'break', 'continue', 'comment', '#', 'raw']);

/** Thrown while rendering where a variable has no value and no `default`. `variable` is written as in the template. */
export class MissingVariable extends Error {
  readonly variable: string;
  constructor(variable: string) {
    super(`\`${variable}\` has no value`);
    this.variable = variable;
  }
}

export type LiquidLimits = { templateLength: number; renderMs: number; memory: number };

/** LiquidJS as workflows use it: no files, no clock of the machine's zone, own properties, nothing missing unnoticed, bounded. */
export function createLiquid(limits: LiquidLimits): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    timezoneOffset: 0,
    locale: 'en-US',
    templates: {},
    parseLimit: limits.templateLength,
    renderLimit: limits.renderMs,
    memoryLimit: limits.memory,
  });
  for (const name of Object.keys(liquid.tags)) if (!tags.has(name)) delete liquid.tags[name];
  // They evaluate texts as expressions, which no static analysis sees.
  for (const name of Object.keys(liquid.filters)) if (name.endsWith('_exp')) liquid.unregisterFilter(name);
  return liquid;
}

/** Parses with outputs that fail on missing values. */
export const parseStrictly = (liquid: Liquid, template: string): Template[] => new StrictParser(liquid).parse(template);

/** A new context; contexts made with the same `first` share its time and memory. */
export const openContext = (liquid: Liquid, scope: object, first?: Context): Context =>
  new StrictContext(scope, liquid.options, { sync: true }, { ...(first && pick(first)), liquid });

const pick = ({ memoryLimit, renderLimit }: Context) => ({ memoryLimit, renderLimit });

class StrictContext extends Context {
  /** null is as missing as undefined, so that strictVariables sees both. */
  override readProperty(...[object, key]: Parameters<Context['readProperty']>): unknown {
    return super.readProperty(object, key) ?? undefined;
  }
}

class StrictParser extends Parser {
  readonly #liquid: Liquid;
  constructor(liquid: Liquid) {
    super(liquid);
    this.#liquid = liquid;
  }
  override parseToken(token: TopLevelToken, remaining: TopLevelToken[]): ReturnType<Parser['parseToken']> {
    const parsed = super.parseToken(token, remaining);
    return parsed instanceof Output && TypeGuards.isOutputToken(token) ? new StrictOutput(token, this.#liquid) : parsed;
  }
}

/**
 * `{{ expression | filters }}` that fails where it has no value. With a `default` among the filters, a missing value skips the filters
 * before it (so that `x | plus: 1 | default: 0` gives 0), and the default's own arguments may be missing too.
 */
export class StrictOutput extends Output {
  /** The value with its type; throws MissingVariable. */
  *evaluate(context: Context): Generator<unknown, unknown, unknown> {
    const { initial, filters } = this.value;
    const defaults = filters.filter(filter => filter.name === 'default');
    const variable = this.#variable();
    let value = toValue(yield initial.evaluate(context, defaults.length > 0));
    const absent = variable !== undefined && isMissing(value);
    if (absent && defaults.length === 0 && this.#isData(context)) throw new MissingVariable(variable);
    let skipping = absent && defaults.length > 0;
    for (const filter of filters) {
      if (filter.name === 'default') {
        skipping = false;
        value = yield applyDefault(filter, value, context);
      } else if (!skipping) value = yield filter.render(value, context);
    }
    value = toValue(value);
    const explained = defaults.some(filter => filter.args.every(isLiteral));
    if (isMissing(value) && variable !== undefined && !explained && this.#isData(context))
      throw new MissingVariable(variable);
    return value;
  }

  override *render(context: Context, emitter: Emitter): IterableIterator<unknown> {
    const text = toText(yield this.evaluate(context));
    context.memoryLimit.use(text.length);
    emitter.write(text);
  }

  /** The expression as the template writes it, where it reads a variable. */
  #variable(): string | undefined {
    const token = this.value.initial.postfix.find(part => TypeGuards.isPropertyAccessToken(part));
    return token?.getText();
  }

  /** Whether the variable is data: an empty text that the template made itself (assign, capture) is no missing value. */
  #isData(context: Context): boolean {
    const token = this.value.initial.postfix.find(part => TypeGuards.isPropertyAccessToken(part));
    const root = token?.props[0];
    return !root || !('content' in root) || !Object.hasOwn(context.bottom(), String(root.content));
  }
}

const isLiteral = (argument: Filter['args'][number]) =>
  Array.isArray(argument) ? argument[1] === undefined || isConstant(argument[1]) : isConstant(argument);
const isConstant = (token: Token) =>
  !TypeGuards.isPropertyAccessToken(token) && !TypeGuards.isFilteredValueToken(token);

/** The `default` filter with arguments that may be missing: LiquidJS would read them strictly even where they are not needed. */
function* applyDefault(filter: Filter, value: unknown, context: Context): Generator<unknown, unknown, unknown> {
  let allowFalse = false;
  let instead: unknown;
  for (const argument of filter.args) {
    if (!Array.isArray(argument)) instead = toValue(yield evalToken(argument, context, true));
    else if (argument[0] === 'allow_false') allowFalse = toValue(yield evalToken(argument[1], context, true)) === true;
  }
  if (value === false) return allowFalse ? value : instead;
  return isMissing(value) || (Array.isArray(value) && value.length === 0) ? instead : value;
}

/** How a value reads inside a text: a list of plain values with commas, anything deeper as JSON. */
function toText(value: unknown): string {
  if (Array.isArray(value) && value.every(element => typeof element !== 'object')) return value.join(', ');
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return value === undefined || value === null ? '' : String(value);
}
