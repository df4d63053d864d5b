import * as z from 'zod';
import type { VisitorField } from '../model/workflow.ts';
import { suggestion } from './nearest.ts';
import { formatPath } from './paths.ts';
import type { VariablePath } from './references.ts';
import { type ScopeNode, scopeRoots } from './scope.ts';

/** What stands behind `steps.<id>` where the path is read: a description of it, or the sentence why it can have no value there. */
export type StepLookup = (id: string) => ScopeNode | string;
export type PathCheck = (variable: VariablePath, lookup: StepLookup) => string | undefined;

const anything: ScopeNode = { type: 'any', description: '' };
const size: ScopeNode = { type: 'number', description: 'How many there are' };

/**
 * Makes the check of one variable path: answers the sentence of what is wrong with it, undefined where it may have a value.
 * Only what can be known is judged: behind a computed segment, under `event.data` and in open objects every path is fine.
 */
export function createPathCheck(visitorFields: readonly VisitorField[]): PathCheck {
  const fields: ScopeNode = {
    type: 'object',
    description: 'visitor fields',
    properties: Object.fromEntries(visitorFields.map(field => [field.name, anything])),
  };
  const visitor: ScopeNode = { ...scopeRoots.visitor!, properties: { ...scopeRoots.visitor!.properties, fields } };
  const roots: Record<string, ScopeNode> = { ...scopeRoots, visitor };

  return ({ segments }, lookup) => {
    const [root = '', second] = segments;
    const node = Object.hasOwn(roots, root) ? roots[root] : undefined;
    if (!node) return `A workflow has no data called \`${root}\`.${suggestion(root, Object.keys(roots))}`;
    if (root !== 'steps' || second === undefined) return walk(node, segments, 1);
    const step = lookup(second);
    return typeof step === 'string' ? step : walk(step, segments, 2);
  };
}

/** What stands at a path of the scope, as far as it is described. */
export function nodeAt([root = '', ...segments]: string[]): ScopeNode | undefined {
  const start = Object.hasOwn(scopeRoots, root) ? scopeRoots[root] : undefined;
  return segments.reduce<ScopeNode | undefined>(
    (node, name) => (node?.type === 'any' ? node : node && child(node, name)),
    start,
  );
}

function walk(start: ScopeNode, segments: string[], from: number): string | undefined {
  let node = start;
  for (let at = from; at < segments.length; at++) {
    if (node.type === 'any') return undefined;
    const name = segments[at] ?? '';
    const next = child(node, name);
    if (!next) return noSuch(node, segments.slice(0, at), name);
    node = next;
  }
  return undefined;
}

function child(node: ScopeNode, name: string): ScopeNode | undefined {
  const own = node.properties && Object.hasOwn(node.properties, name) ? node.properties[name] : undefined;
  if (own) return own;
  if (name === 'size' && node.type !== 'number' && node.type !== 'boolean') return size;
  const isElement = name === 'first' || name === 'last' || /^\d+$/.test(name);
  return node.type === 'list' && isElement ? (node.items ?? anything) : undefined;
}

function noSuch(node: ScopeNode, parents: string[], name: string): string {
  const parent = formatPath(parents);
  if (parent === 'visitor.fields')
    return `No visitor field \`${name}\` is defined.${suggestion(name, Object.keys(node.properties ?? {}))}`;
  if (node.type === 'list')
    return `\`${parent}\` is a list: name an element (\`${parent}[0]\`, \`${parent}.first\`) before \`${name}\`.`;
  if (node.type !== 'object') return `\`${parent}\` is a plain value: there is no \`${name}\` in it.`;
  return `\`${parent}\` has no \`${name}\`.${suggestion(name, Object.keys(node.properties ?? {}))}`;
}

const described = new WeakMap<z.ZodType, ScopeNode>();
/** What an action gives back, as its output schema says it. */
export function outputNode(schema: z.ZodType): ScopeNode {
  const known = described.get(schema);
  if (known) return known;
  const node = fromJsonSchema(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
  described.set(schema, node);
  return node;
}

function fromJsonSchema(schema: z.core.JSONSchema._JSONSchema | undefined): ScopeNode {
  if (typeof schema !== 'object') return anything;
  const description = schema.description ?? '';
  switch (schema.type) {
    case 'string':
      return { type: 'text', description };
    case 'number':
    case 'integer':
      return { type: 'number', description };
    case 'boolean':
      return { type: 'boolean', description };
    case 'array':
      return {
        type: 'list',
        description,
        items: Array.isArray(schema.items) ? anything : fromJsonSchema(schema.items),
      };
    case 'object': {
      if (schema.additionalProperties !== false) return anything;
      const properties = Object.entries(schema.properties ?? {}).map(([name, part]) => [name, fromJsonSchema(part)]);
      return { type: 'object', description, properties: Object.fromEntries(properties) };
    }
    default:
      return anything;
  }
}
