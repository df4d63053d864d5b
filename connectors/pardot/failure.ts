import type { HttpAnswer } from '../../src/sdk/http.ts';

type Facts = { write: boolean; answer?: HttpAnswer; json?: unknown; cause?: unknown };

/** One call that brought no usable answer. `write` says whether it could have changed something. */
export class PardotFailure extends Error {
  readonly facts: Facts;
  constructor(facts: Facts) {
    super('the call to Account Engagement failed', { cause: facts.cause });
    this.name = 'PardotFailure';
    this.facts = facts;
  }
}

/** The complaint of an answer: `{code, message}` of version 5, or the `<err code="184">` that the gateway before it still writes. */
export function complaintOf({ answer, json }: Facts): { code?: number; message?: string } {
  const { code, message } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  if (typeof code === 'number')
    return { code, message: typeof message === 'string' && message !== '' ? clipped(message) : undefined };
  const [, xmlCode, xmlMessage = ''] = /<err code="(\d{1,4})"[^>]*>([^<]*)/.exec(answer?.body ?? '') ?? [];
  return xmlCode ? { code: Number(xmlCode), message: clipped(xmlMessage) || undefined } : {};
}

/** One line of the vendor's words: no markup, nothing that looks like a token, 300 characters at most. */
function clipped(words: string): string {
  const line = words
    .replace(/\b00D[A-Za-z0-9]{12,15}![^\s"']+|Bearer \S+/g, '‹secret›')
    .replace(/<[^>]*>|\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
