import { oneLine, shortened } from './text.ts';

/** What a server said: `550 5.1.1 No such user`. `enhanced` is the code of RFC 3463 where it gave one. */
export type Reply = { code: number; enhanced?: string; text: string };

/** Reads a reply of one line or several; undefined where it is none. */
export function readReply(reply: string | undefined): Reply | undefined {
  const [, code] = /^(\d{3})(?:[ -]|$)/.exec(reply ?? '') ?? [];
  if (code === undefined || reply === undefined) return undefined;
  let enhanced: string | undefined;
  const words = reply.split('\n').map(line => {
    const [, status, text = ''] = /^(?:\d{3}[ -]?)?(?:([245]\.\d{1,3}\.\d{1,3})(?:\s|$))?(.*)$/.exec(line.trim()) ?? [];
    enhanced ??= status;
    return text;
  });
  return { code: Number(code), ...(enhanced && { enhanced }), text: shortened(oneLine(words.join(' ')), 300) };
}

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** How long the server says to wait ("try again in 300 seconds", "retry after 5 minutes"), in milliseconds. */
export function waitIn(text: string): number | undefined {
  const [, amount, unit = ''] =
    /\b(?:in|after|for|within)\s+(\d{1,5})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/i.exec(text) ?? [];
  const ms = Number(amount) * (units[unit.charAt(0).toLowerCase()] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}
