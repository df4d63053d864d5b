import { oneLine } from '../../src/sdk/index.ts';
import type { CallFacts } from '../../src/sdk/json-call.ts';

/** The complaint of an answer: `{code, message}` of version 5, or the `<err code="184">` that the gateway before it still writes. */
export function complaintOf({ answer, json }: CallFacts): { code?: number; message?: string } {
  const { code, message } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  if (typeof code === 'number')
    return { code, message: typeof message === 'string' && message !== '' ? clipped(message) : undefined };
  const [, xmlCode, xmlMessage = ''] = /<err code="(\d{1,4})"[^>]*>([^<]*)/.exec(answer?.body ?? '') ?? [];
  return xmlCode ? { code: Number(xmlCode), message: clipped(xmlMessage) || undefined } : {};
}

const withoutTokens = (text: string): string =>
  text.replace(/\b00D[A-Za-z0-9]{12,15}![^\s"']+|Bearer \S+/g, '‹secret›');

const clipped = (words: string): string => oneLine(withoutTokens(words));
