import { domainToASCII } from 'node:url';
import { StepError } from '../../src/sdk/index.ts';
import { oneLine } from './text.ts';

export type Mailbox = { address: string; name?: string };

const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * An address in the one form in which mail servers everywhere take it: a plain local part of ASCII (no quoting, no comments), and a
 * domain name whose other letters have become `xn--`. Local parts of other letters would need SMTPUTF8 all the way to the mailbox,
 * so they are refused here, where somebody reads the reason.
 * @throws Error with what is wrong, as the end of a sentence
 */
export function readAddress(text: string): string {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  const given = trimmed.slice(at + 1);
  // Asked only of what is a name: it would also take addresses by number apart, and drop a path.
  const domain = /^[\p{L}\p{M}\p{N}.。-]+$/u.test(given) ? domainToASCII(given) : '';
  if (domain !== '' && /^[\p{L}\p{M}\p{N}._+-]+$/u.test(local) && /[^ -~]/.test(local))
    throw new Error('has letters before the @ that are not ASCII, which not every mail server takes');
  const labels = domain.split('.');
  const right =
    localPart.test(local) &&
    local.length <= 64 &&
    domain.length <= 253 &&
    labels.length >= 2 &&
    labels.every(each => label.test(each)) &&
    // An address by number is no domain.
    /[a-z]/.test(labels.at(-1) ?? '');
  if (!right) throw new Error('must be one e-mail address such as ann@example.com');
  return `${local}@${domain}`;
}

/** `Baton <baton@example.com>` or the address alone. @throws Error with what is wrong, as the end of a sentence */
export function readMailbox(text: string): Mailbox {
  const [, quoted, bare, angled] = /^\s*(?:"([^"<>]*)"|([^"<>]*?))\s*<([^<>]*)>\s*$/.exec(text) ?? [];
  if (angled === undefined) return { address: readAddress(text) };
  const name = oneLine(quoted ?? bare ?? '');
  return { address: readAddress(angled), ...(name !== '' && { name }) };
}

/** An address of the step's input. @throws StepError `rejected` that names the field */
export function addressAt(field: string, text: string): string {
  try {
    return readAddress(text);
  } catch (error) {
    const shown = oneLine(text).slice(0, 100);
    throw new StepError('rejected', `\`${field}\` ${(error as Error).message}; it was “${shown}”.`, { field });
  }
}
