import type { StepFacts, TrackInput, TrackMistake } from '../../src/sdk/index.ts';
import { reservedEvents, reservedParameters, reservedPrefixes } from './names.ts';

/** https://developers.google.com/analytics/devguides/collection/protocol/ga4/sending-events#limitations */
const NAME_MAX = 40;
const PARAMETERS_MAX = 25;
const VALUE_MAX = 100;
const longerValues: Record<string, number> = { page_title: 300, page_referrer: 420, page_location: 1_000 };

type Value = string | number | boolean;
export type Parameters = Record<string, string | number>;

const mostOf = (parameter: string): number => longerValues[parameter] ?? VALUE_MAX;
/** One of the 25 is the engagement time, without which an event counts no active user. */
const ENGAGEMENT = 'engagement_time_msec';
const ENGAGEMENT_MS = 1;

/** What is wrong with an event: what Google would drop, or count as something else, without a word. */
export function mistakes(input: TrackInput): TrackMistake[] {
  return [
    ...nameMistakes(input.name),
    ...parameterMistakes(input.parameters ?? {}),
    ...tooLong(input.parameters ?? {}),
  ];
}

/** The same of a rendered event. Texts that are too long are no mistake there: they are cut. */
export const mistakesNow = ({ name, parameters = {} }: TrackInput): TrackMistake[] => [
  ...nameMistakes(name),
  ...parameterMistakes(parameters),
];

const spelled = (name: string): string | undefined => {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    return 'must begin with a letter and have only letters of A to Z, digits and underscores (no spaces)';
  if (name.length > NAME_MAX) return `may have ${NAME_MAX} characters; it has ${name.length}`;
  return undefined;
};

function nameMistakes(name: string): TrackMistake[] {
  const wrong =
    spelled(name) ??
    (reservedEvents.has(name)
      ? 'is a name that Google Analytics keeps for itself; take another, such as one with a prefix of yours'
      : prefixed(name));
  return wrong ? [{ path: ['name'], message: `For Google Analytics, an event’s name ${wrong}.` }] : [];
}

const prefixed = (name: string): string | undefined => {
  const prefix = reservedPrefixes.find(each => name.startsWith(each));
  return prefix && `may not begin with ${prefix}, which Google keeps for itself`;
};

function parameterMistakes(parameters: Record<string, Value>): TrackMistake[] {
  const names = Object.keys(parameters);
  const most = ENGAGEMENT in parameters ? PARAMETERS_MAX : PARAMETERS_MAX - 1;
  const at = (name: string, wrong: string): TrackMistake => ({
    path: ['parameters', name],
    message: `For Google Analytics, \`${name}\` ${wrong}.`,
  });
  const found = Object.entries(parameters).flatMap(([name, value]) => {
    const wrong =
      prefixed(name) ??
      spelled(name) ??
      (reservedParameters.has(name)
        ? 'is a parameter that Google Analytics fills by itself'
        : valueMistake(name, value));
    return wrong ? [at(name, wrong)] : [];
  });
  if (names.length > most)
    found.push({
      path: ['parameters'],
      message: `Google Analytics takes ${PARAMETERS_MAX} parameters with an event, one of which is \`${ENGAGEMENT}\`; there are ${names.length}.`,
    });
  if ('value' in parameters !== 'currency' in parameters)
    found.push(at('value', 'and `currency` go together: Google Analytics counts neither without the other'));
  return found;
}

function valueMistake(name: string, value: Value): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must be a number';
  if (name === 'value' && typeof value !== 'number') return 'must be a number, without a currency sign';
  if (name === 'currency' && !/^[A-Z]{3}$/.test(String(value))) return 'must be three capital letters such as EUR';
  if (name === 'session_id' && !/^\d+$/.test(String(value)))
    return 'must be the number of a session of Google Analytics (of the _ga_… cookie)';
  if (name === ENGAGEMENT && !(Number(value) > 0)) return 'must be a number of milliseconds';
  return undefined;
}

const tooLong = (parameters: Record<string, Value>): TrackMistake[] =>
  Object.entries(parameters).flatMap(([name, value]) => {
    const { length } = String(value);
    if (typeof value !== 'string' || length <= mostOf(name)) return [];
    const message = `For Google Analytics, \`${name}\` may have ${mostOf(name)} characters; it has ${length}.`;
    return [{ path: ['parameters', name], message }];
  });

/**
 * The parameters as they are sent: those of the step, the engagement time, and as far as there is room the page that the visitor
 * viewed last. `note` is told what was cut. Numbers and texts are all that Google takes.
 */
export function parametersOf(
  { parameters = {} }: TrackInput,
  { session }: StepFacts,
  note: (sentence: string) => void,
): Parameters {
  const sent: Parameters = {};
  const add = (name: string, value: Value | undefined, told = true) => {
    if (value === undefined || value === '') return;
    const most = mostOf(name);
    const text = typeof value === 'boolean' ? String(value) : value;
    if (typeof text === 'string' && text.length > most && told)
      note(`\`${name}\` was longer than ${most} characters, which is all that Google Analytics takes, and was cut.`);
    sent[name] = typeof text === 'string' ? cut(text, most) : text;
  };
  for (const [name, value] of Object.entries(parameters)) add(name, value);
  sent[ENGAGEMENT] ??= ENGAGEMENT_MS;
  const { url, title, referrer } = session?.page ?? {};
  for (const [name, value] of Object.entries({ page_location: url, page_title: title, page_referrer: referrer }))
    if (!(name in sent) && Object.keys(sent).length < PARAMETERS_MAX) add(name, value, false);
  return sent;
}

/** Never half of a surrogate pair. */
const cut = (text: string, most: number): string => text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
