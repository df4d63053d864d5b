import type * as z from 'zod';
import { suggestion } from './nearest.ts';

/** One thing that is wrong (or worth a warning): where, as `steps[2].input.subject`, and a sentence about what to do. */
export type Mistake = { path: string; message: string };
/** The same before its path is written out. */
export type Finding = { path: (string | number)[]; message: string };

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/**
 * Checks a value with a zod schema and answers every issue in words, unions narrowed down to the variant that was meant.
 * `ignored` names the places where nothing can be known before a run; an issue there is no issue.
 */
export function schemaFindings(
  schema: z.ZodType,
  value: unknown,
  ignored: (path: (string | number)[], issue: Issue) => boolean = () => false,
): Finding[] {
  const result = schema.safeParse(value, { error: words, reportInput: false });
  return result.success ? [] : result.error.issues.flatMap(issue => narrowed(issue, [], ignored));
}

function narrowed(
  issue: Issue,
  base: (string | number)[],
  ignored: (path: (string | number)[], issue: Issue) => boolean,
): Finding[] {
  const path = [...base, ...issue.path.map(segment => (typeof segment === 'number' ? segment : String(segment)))];
  if (ignored(path, issue)) return [];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ path: [...path, key], message: 'There is no such field here.' }));
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: sentence(issue.message) }];
  const variants = issue.errors.map(issues => ({
    findings: issues.flatMap(inner => narrowed(inner, path, ignored)),
    strange: issues.filter(inner => inner.path.length < 2).length,
  }));
  const [best] = variants.sort((a, b) => a.strange - b.strange || a.findings.length - b.findings.length);
  if (variants.some(variant => variant.findings.length === 0)) return [];
  return best?.findings ?? [{ path, message: sentence(issue.message) }];
}

const sentence = (message: string) => {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.?!]$/.test(text) ? text : `${text}.`;
};

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};
const kindOf = (value: unknown) => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : (kinds[typeof value] ?? typeof value);
};

/** Sentences in place of zod's; a schema's own message wins over them. */
function words(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'This is required.';
      return `This must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}.`;
    case 'invalid_value': {
      if (issue.input === undefined) return 'This is required.';
      const values = issue.values.map(String);
      return `This must be one of ${values.map(value => `\`${value}\``).join(', ')}.${suggestion(String(issue.input), values)}`;
    }
    case 'too_small':
      if (issue.minimum === 1 && issue.origin === 'string') return 'This must not be empty.';
      return `This must ${size(issue.origin)} at least ${issue.minimum}${unit(issue.origin, issue.minimum)}.`;
    case 'too_big':
      return `This must ${size(issue.origin)} at most ${issue.maximum}${unit(issue.origin, issue.maximum)}.`;
    case 'invalid_format':
      return issue.format === 'regex' ? `This has not the form that is expected here (${issue.pattern}).` : undefined;
    default:
      return undefined;
  }
}

const size = (origin: string) => (origin === 'string' || origin === 'array' ? 'have' : 'be');
const unit = (origin: string, count: number | bigint) => {
  const plural = Number(count) === 1 ? '' : 's';
  if (origin === 'string') return ` character${plural}`;
  return origin === 'array' ? ` element${plural}` : '';
};
