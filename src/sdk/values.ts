import { DateTime } from 'luxon';

/** Nothing that could be written: null, an empty or blank text, a list of nothing else. */
export const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isBlank));

const MOST_SHOWN = 60;

/** A value as an error shows it: its JSON, shortened. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

/** One text; a list joined by commas. Undefined for an object. */
export function textOf(value: unknown): string | undefined {
  if (!Array.isArray(value)) return typeof value === 'object' ? undefined : String(value);
  const texts = value.map(textOf);
  return texts.includes(undefined) ? undefined : texts.join(', ');
}

/** The texts of a list, or of one text that holds several. Undefined where an object is among them. */
export function listOf(value: unknown, separator: string | RegExp = ';'): string[] | undefined {
  const texts = Array.isArray(value) ? value.map(textOf) : textOf(value)?.split(separator);
  if (texts === undefined || texts.includes(undefined)) return undefined;
  return (texts as string[]).map(each => each.trim()).filter(each => each !== '');
}

/** True and false, and their words in any case. Undefined for anything else. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** A number, or a text that is one. Undefined for what does not fit (`Number.isSafeInteger` for whole numbers). */
export function numberOf(value: unknown, fits: (number: unknown) => boolean = Number.isFinite): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && fits(number) ? number : undefined;
}

/** A moment from ISO 8601 text, in the zone that it names, else in UTC. Undefined where it is none. */
export function timeOf(value: unknown): DateTime<true> | undefined {
  const time = typeof value === 'string' ? DateTime.fromISO(value.trim(), { zone: 'utc', setZone: true }) : undefined;
  return time?.isValid ? time : undefined;
}

/** The day that an ISO 8601 text names where it was written, e.g. `2026-11-23`. */
export const dayOf = (value: unknown): string | undefined => timeOf(value)?.toISODate();

/** A moment from ISO 8601 text as UTC, e.g. `2026-11-23T10:00:00.000Z`. */
export const utcTimeOf = (value: unknown): string | undefined => timeOf(value)?.toUTC().toISO();
