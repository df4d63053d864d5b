import { isDeepStrictEqual } from 'node:util';
import { RE2JS } from 're2js';
import { rfc3339 } from '../model/event.ts';
import type { Condition, Operator } from '../model/workflow.ts';
import { isMissing, parsePath, readPath } from './paths.ts';
import { readsAny } from './references.ts';

export type ConditionTrace =
  | { field: string; op: Operator; value?: unknown; actual?: unknown; met: boolean }
  | { all: ConditionTrace[]; met: boolean }
  | { any: ConditionTrace[]; met: boolean }
  | { not: ConditionTrace; met: boolean };

/**
 * Bounds of `matches`: a longer pattern, or one that unfolds to more instructions (`a{999}` is a thousand), is a mistake when saving;
 * of a longer text only the beginning is looked at. RE2 is linear in text times instructions, so both must be bounded.
 */
export const patternLimits = { pattern: 200, instructions: 500, text: 10_000 };
const longestActual = 200;

/**
 * Evaluates a condition against the scope (plain JSON, the roots of scope.ts), every part of it, so that the trace can be shown
 * condition by condition. Never throws and never asks: what cannot be compared is not met.
 *
 * - A missing value (no such path, null, "", or a list without elements) is unknown: every comparison with it is false, except
 *   `is_unknown`, and the three that say "is not": `neq`, `not_contains` and `not_in` are each exactly the opposite of `eq`, `contains` and `in`.
 * - Texts are compared without regard to case (as marketing tools do; e-mail addresses need it); `matches` heeds it, and `(?i)` in the pattern lifts it.
 * - A numeric text counts as a number (`"1200"` eq `1200`); a text that is none is never greater or less than anything.
 * - On a list (multi-picklists): `contains` asks for an element, `in` for any element, `eq` with a list for the same elements in any order.
 * - `before` and `after` take RFC 3339 times or dates; a date is the whole day in UTC, so `after: 2026-11-20` begins with the 21st.
 */
export function evaluateCondition(condition: Condition, scope: object): { result: boolean; trace: ConditionTrace } {
  const trace = evaluate(condition, scope);
  return { result: trace.met, trace };
}

/** All paths that a condition reads, in order. */
export function conditionFields(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(conditionFields);
  if ('any' in condition) return condition.any.flatMap(conditionFields);
  if ('not' in condition) return conditionFields(condition.not);
  return [condition.field];
}

/** Whether a condition reads something at or under one of these paths (`conversation.transcript`), or a root as a whole. */
export function conditionReadsAny(condition: Condition, prefixes: readonly string[]): boolean {
  return conditionFields(condition).some(field =>
    readsAny({ segments: parsePath(field) ?? [], dynamic: false }, prefixes),
  );
}

function evaluate(condition: Condition, scope: object): ConditionTrace {
  if ('all' in condition) {
    const all = condition.all.map(part => evaluate(part, scope));
    return { all, met: all.every(part => part.met) };
  }
  if ('any' in condition) {
    const any = condition.any.map(part => evaluate(part, scope));
    return { any, met: any.some(part => part.met) };
  }
  if ('not' in condition) {
    const not = evaluate(condition.not, scope);
    return { not, met: !not.met };
  }
  const { field, op, value } = condition;
  const segments = parsePath(field);
  const actual = segments && readPath(scope, segments);
  return { field, op, value, actual: shortened(actual), met: compare(op, actual, value) };
}

function compare(op: Operator, actual: unknown, value: unknown): boolean {
  const unknown = isMissing(actual) || (Array.isArray(actual) && actual.length === 0);
  if (op === 'is_unknown') return unknown;
  if (op === 'neq') return unknown || !comparisons.eq(actual, value);
  if (op === 'not_contains') return unknown || !comparisons.contains(actual, value);
  if (op === 'not_in') return unknown || !comparisons.in(actual, value);
  return !unknown && comparisons[op](actual, value);
}

type Comparison = (actual: unknown, value: unknown) => boolean;
const comparisons: Record<Exclude<Operator, 'is_unknown' | 'neq' | 'not_contains' | 'not_in'>, Comparison> = {
  is_known: () => true,
  eq: (actual, value) => {
    if (!Array.isArray(actual)) return sameScalar(actual, value) || isDeepStrictEqual(actual, value);
    const values = Array.isArray(value) ? value : [value];
    return (
      values.every(wanted => actual.some(element => sameScalar(element, wanted))) &&
      actual.every(element => values.some(wanted => sameScalar(element, wanted)))
    );
  },
  contains: (actual, value) =>
    Array.isArray(actual) ? actual.some(element => sameScalar(element, value)) : onTexts(actual, value, 'includes'),
  starts_with: (actual, value) => onTexts(actual, value, 'startsWith'),
  ends_with: (actual, value) => onTexts(actual, value, 'endsWith'),
  in: (actual, value) =>
    Array.isArray(value) &&
    (Array.isArray(actual) ? actual : [actual]).some(element => value.some(wanted => sameScalar(element, wanted))),
  gt: (actual, value) => onNumbers(actual, value, (a, b) => a > b),
  gte: (actual, value) => onNumbers(actual, value, (a, b) => a >= b),
  lt: (actual, value) => onNumbers(actual, value, (a, b) => a < b),
  lte: (actual, value) => onNumbers(actual, value, (a, b) => a <= b),
  before: (actual, value) => onTimes(actual, value, (a, b) => a.from < b.from),
  after: (actual, value) => onTimes(actual, value, (a, b) => a.from >= b.to && a.from > b.from),
  matches: (actual, value) => {
    const pattern = typeof value === 'string' ? compilePattern(value) : undefined;
    if (!(pattern instanceof RE2JS)) return false;
    let left = patternLimits.text;
    return (Array.isArray(actual) ? actual : [actual]).filter(isScalar).some(element => {
      const text = String(element).slice(0, left);
      left -= text.length;
      return text !== '' && pattern.matcher(text).find();
    });
  },
};

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
const folded = (value: string | number | boolean) => String(value).toLowerCase();

function sameScalar(one: unknown, other: unknown): boolean {
  if (!isScalar(one) || !isScalar(other)) return false;
  if (typeof one === 'number' || typeof other === 'number') {
    const [a, b] = [toNumber(one), toNumber(other)];
    if (a !== undefined && b !== undefined) return a === b;
  }
  return folded(one) === folded(other);
}

const onTexts = (actual: unknown, value: unknown, test: 'includes' | 'startsWith' | 'endsWith') =>
  isScalar(actual) && isScalar(value) && folded(actual)[test](folded(value));

function onNumbers(actual: unknown, value: unknown, test: (a: number, b: number) => boolean): boolean {
  const [a, b] = [toNumber(actual), toNumber(value)];
  return a !== undefined && b !== undefined && test(a, b);
}

type Span = { from: number; to: number };
function onTimes(actual: unknown, value: unknown, test: (a: Span, b: Span) => boolean): boolean {
  const [a, b] = [toTime(actual), toTime(value)];
  return a !== undefined && b !== undefined && test(a, b);
}

/** A number, or a text that is nothing but a decimal number; else undefined. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 100) return undefined;
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(value) ? Number(value) : undefined;
}

const dayMs = 86_400_000;
/** From when to when (exclusive, epoch ms) a time or a date lasts: a time is one moment. Undefined for anything else. */
export function toTime(value: unknown): Span | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) {
    const from = Date.parse(`${value}T00:00:00Z`);
    return Number.isNaN(from) ? undefined : { from, to: from + dayMs };
  }
  if (!rfc3339.safeParse(value).success) return undefined;
  const from = Date.parse(value);
  return { from, to: from };
}

const compiled = new Map<string, RE2JS | string>();
/** Compiles a pattern for `matches` (RE2 syntax, linear time); answers the sentence of what is wrong with it where it cannot. */
export function compilePattern(pattern: string): RE2JS | string {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (pattern.length > patternLimits.pattern) return `the pattern is longer than ${patternLimits.pattern} characters`;
  let result: RE2JS | string;
  try {
    const program = RE2JS.compile(pattern);
    result =
      program.programSize() > patternLimits.instructions
        ? 'the pattern repeats too much: use smaller repeat counts'
        : program;
  } catch (error) {
    result = `the pattern cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (compiled.size >= 500) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

/** What the timeline keeps of a value: enough to recognise it. */
function shortened(value: unknown): unknown {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  return typeof text === 'string' && text.length > longestActual ? `${text.slice(0, longestActual)}…` : value;
}
