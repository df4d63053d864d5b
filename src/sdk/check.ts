import * as z from 'zod';
import { internalTriggers, triggerPairs } from '../model/workflow.ts';
import type { KeyAuth } from './auth.ts';
import type { Action, Connector, Fits } from './connector.ts';
import { secretFields } from './typed-values.ts';

const plain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const wholeNumber = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const text = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const wants = (holds: boolean, sentence: string): string[] => (holds ? [] : [sentence]);

/**
 * Every mistake in the shape of a connector, as sentences; none where it may be used. `folder` is the name of its folder, `value` the
 * default export of its index.ts. It looks at the shape alone: what it does is for the contract suite.
 */
export function checkConnector(folder: string, value: unknown): string[] {
  if (!plain(value)) return ['the default export is no connector; export default defineConnector({ … })'];
  const connector = value as Partial<Connector>;
  return [
    ...wants(/^[a-z][a-z0-9-]*$/.test(folder), 'the folder name must be lower-case letters, digits and dashes'),
    ...wants(connector.id === folder, `id must be the folder's name '${folder}', not '${String(connector.id)}'`),
    ...wants(text(connector.title), 'title is missing'),
    ...wants(text(connector.description), 'description is missing'),
    ...wants(typeof connector.open === 'function', 'open must be a function'),
    ...wants(typeof connector.classify === 'function', 'classify must be a function'),
    ...checkAuth(connector),
    ...checkSettings(connector),
    ...checkLimits(connector.limits),
    ...checkActions(connector.id ?? folder, connector.actions),
    ...checkPush(connector.id ?? folder, connector),
    ...checkSource(connector.roles?.source),
    ...checkRoles(connector.id ?? folder, connector),
    ...checkInbound(connector),
    ...checkBuiltIns(connector.builtInWorkflows),
    ...checkSetup(connector.setup),
    ...wants(connector.package === undefined || typeof connector.package === 'function', 'package must be a function'),
  ];
}

function checkPush(id: string, { roles, externalIds }: Partial<Connector>): string[] {
  const push: unknown = roles?.push;
  if (push === undefined) return [];
  if (!plain(push)) return ['roles.push must be an action'];
  return [
    ...checkAction(id, push).map(mistake => `roles.push: ${mistake}`),
    ...wants(
      Array.isArray(externalIds) && externalIds.length > 0,
      'externalIds must name the ids that a push gives back',
    ),
  ];
}

const checkSource = (source: unknown): string[] =>
  wants(
    source === undefined || (plain(source) && typeof source.origin === 'function' && typeof source.poll === 'function'),
    'roles.source needs origin and poll',
  );

function checkRoles(id: string, { roles, actions = [] }: Partial<Connector>): string[] {
  const { chat, track, task, directory } = roles ?? {};
  const role = (name: string, action: unknown) =>
    plain(action)
      ? checkAction(id, action).map(mistake => `roles.${name}: ${mistake}`)
      : [`roles.${name} must be an action`];
  return [
    ...(chat ? role('chat.update', chat.update) : []),
    ...(chat
      ? wants(
          actions.some(action => action.id === chat.send?.id && action.alert === true),
          'roles.chat.send must be one of actions, with alert: true',
        )
      : []),
    ...(track ? role('track.action', track.action) : []),
    ...(task ? role('task', task) : []),
    ...wants(
      directory === undefined || (typeof directory.ownerOf === 'function' && typeof directory.findUser === 'function'),
      'roles.directory needs ownerOf and findUser',
    ),
  ];
}

function checkInbound({ inbound, settings }: Partial<Connector>): string[] {
  if (inbound === undefined) return [];
  if (!Array.isArray(inbound)) return ['inbound must be a list'];
  const known = settings instanceof z.ZodObject ? Object.keys(settings.shape) : [];
  return inbound.flatMap(({ path, methods, answer, requires = [] }) => [
    ...wants(/^(\/[a-z0-9._-]+)+$/.test(path), `inbound path '${path}' must be fixed and lower-case`),
    ...wants(
      Array.isArray(methods) && methods.length > 0 && typeof answer === 'function',
      `inbound ${path} needs methods and answer`,
    ),
    ...requires.flatMap(name =>
      wants(known.includes(name), `inbound ${path} requires ${name}, which is not among the settings`),
    ),
  ]);
}

const checkSetup = (setup: unknown): string[] =>
  wants(
    setup === undefined ||
      (plain(setup) && text(setup.title) && text(setup.description) && typeof setup.run === 'function'),
    'setup needs title, description and run',
  );

function checkBuiltIns(workflows: unknown): string[] {
  if (workflows === undefined) return [];
  if (!Array.isArray(workflows)) return ['builtInWorkflows must be a list'];
  const keys = workflows.map(workflow => (plain(workflow) ? workflow.key : undefined));
  return keys.flatMap((key, index) => [
    ...wants(
      typeof key === 'string' && /^[a-z][a-z0-9-]{0,29}$/.test(key),
      `the key of built-in workflow ${index + 1} must be lower-case letters, digits and dashes (30 at most)`,
    ),
    ...wants(keys.indexOf(key) === index, `two built-in workflows have the key '${String(key)}'`),
  ]);
}

function checkAuth({ auth, whoAmI }: Partial<Connector>): string[] {
  const kind = plain(auth) ? auth.kind : undefined;
  if (kind === 'none') return [];
  const identity = wants(typeof whoAmI === 'function', 'whoAmI is missing: say who is connected');
  if (auth?.kind === 'key') return [...identity, ...checkKeyAuth(auth)];
  if (auth?.kind !== 'oauth2') return ["auth.kind must be 'oauth2', 'key' or 'none'"];
  return [
    ...identity,
    ...wants(typeof auth.pkce === 'boolean', 'auth.pkce must say true or false'),
    ...wants(Array.isArray(auth.scopes), 'auth.scopes must be a list'),
    ...wants(
      Array.isArray(auth.requires),
      'auth.requires must list the settings without which nothing can be connected',
    ),
    ...wants(typeof auth.authorizeUrl === 'function', 'auth.authorizeUrl must be a function'),
    ...wants(typeof auth.exchange === 'function', 'auth.exchange must be a function'),
  ];
}

function checkKeyAuth(auth: KeyAuth): string[] {
  if (!(auth.fields instanceof z.ZodObject)) return ['auth.fields must be a zod object'];
  if (auth.exchange !== undefined)
    return wants(typeof auth.exchange === 'function', 'auth.exchange must be a function');
  return wants(
    secretFields(auth).length === 1,
    'auth.fields needs exactly one field with secret: true in its meta, or an auth.exchange that makes a grant of several',
  );
}

function checkSettings({ settings, auth }: Partial<Connector>): string[] {
  if (settings !== undefined && !(settings instanceof z.ZodObject)) return ['settings must be a zod object'];
  const shape: Record<string, unknown> = settings?.shape ?? {};
  const requires = auth && 'requires' in auth && Array.isArray(auth.requires) ? auth.requires : [];
  return [
    ...Object.keys(shape).flatMap(name =>
      wants(/^[A-Z][A-Z0-9_]*$/.test(name), `setting ${name} must be named like an environment variable`),
    ),
    ...wants(
      settings === undefined || settings.safeParse({}).success,
      'every setting must be optional or have a default, so that the hub starts without it; auth.requires says what connecting needs',
    ),
    ...requires.flatMap(name => wants(name in shape, `auth.requires names ${name}, which is not among the settings`)),
  ];
}

function checkLimits(limits: Partial<Connector>['limits']): string[] {
  if (!plain(limits)) return ['limits are missing'];
  const { points, perSeconds, concurrency, callTimeoutMs } = limits;
  return [
    ...wants(wholeNumber(callTimeoutMs, 1_000, 120_000), 'limits.callTimeoutMs must be 1,000 to 120,000'),
    ...wants((points === undefined) === (perSeconds === undefined), 'limits.points and limits.perSeconds go together'),
    ...wants(points === undefined || wholeNumber(points, 1, 1_000_000), 'limits.points must be a whole number from 1'),
    ...wants(perSeconds === undefined || wholeNumber(perSeconds, 1, 86_400), 'limits.perSeconds must be 1 to 86,400'),
    ...wants(concurrency === undefined || wholeNumber(concurrency, 1, 1_000), 'limits.concurrency must be 1 to 1,000'),
  ];
}

function checkActions(id: string, actions: unknown): string[] {
  if (!Array.isArray(actions)) return ['actions must be a list'];
  const ids = actions.map(action => (plain(action) ? action.id : undefined));
  const twice = ids.filter((each, index) => ids.indexOf(each) !== index);
  return [
    ...twice.map(each => `two actions have the id '${String(each)}'`),
    ...actions.flatMap((action, index) => {
      const name = plain(action) && text(action.id) ? String(action.id) : `action ${index + 1}`;
      return plain(action) ? checkAction(id, action).map(mistake => `${name}: ${mistake}`) : [`${name} is no object`];
    }),
  ];
}

function checkAction(id: string, action: Partial<Action>): string[] {
  const own = typeof action.id === 'string' && action.id.startsWith(`${id}.`);
  const keys = action.input instanceof z.ZodObject ? Object.keys(action.input.shape) : [];
  const { batch } = action;
  return [
    ...wants(own && /\.[a-z][a-z0-9_]*$/.test(action.id ?? ''), `the id must be '${id}.' and a lower_case_name`),
    ...wants(text(action.title), 'title is missing'),
    ...wants(text(action.description), 'description is missing'),
    ...wants(action.input instanceof z.ZodObject, 'input must be a zod object'),
    ...wants(action.output instanceof z.ZodObject, 'output must be a zod object'),
    ...wants(typeof action.run === 'function', 'run must be a function'),
    ...checkReplay(action.replay),
    ...checkFits(action.fits),
    ...Object.keys(action.defaults ?? {}).flatMap(key =>
      wants(keys.includes(key), `defaults name '${key}', which is no input`),
    ),
    ...(batch === undefined
      ? []
      : wants(
          wholeNumber(batch.max, 2, 1_000) && typeof batch.groupBy === 'function' && typeof batch.run === 'function',
          'batch needs max (2 to 1,000), groupBy and run',
        )),
  ];
}

function checkReplay(replay: unknown): string[] {
  if (replay === 'safe' || replay === 'keyed') return [];
  if (plain(replay) && 'findMany' in replay)
    return [
      ...wants(typeof replay.findMany === 'function', 'replay.findMany must be a function'),
      ...wants(wholeNumber(replay.graceSeconds, 0, 3_600), 'replay.graceSeconds must be 0 to 3,600'),
    ];
  if (plain(replay) && (replay.whenUnsure === 'park' || replay.whenUnsure === 'retry')) return [];
  return ["replay must say what happens on a repeat: 'safe', 'keyed', { findMany, graceSeconds } or { whenUnsure }"];
}

function checkFits(fits: Partial<Fits> | undefined): string[] {
  if (!plain(fits)) return ['fits is missing: {} fits everything'];
  const named = [...(fits.only ?? []), ...(fits.except ?? [])];
  return named.flatMap(({ type, timing }) =>
    wants(
      [...triggerPairs, ...internalTriggers].some(
        pair => (!type || pair.type === type) && (!timing || pair.timing === timing),
      ),
      `fits names ${[type, timing].filter(Boolean).join(' ')}, which is no trigger`,
    ),
  );
}
