/** How long what Marketo says of its lists, programs and activity types is believed. Adobe advises a day or more. */
const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 500;

const kept = new Map<string, { value: unknown; until: number }>();

/** Asks once in ten minutes per instance and question, in this process. What failed is not kept. */
export async function described<Value>(
  { base, question, now }: { base: string; question: string; now: number },
  ask: () => Promise<Value>,
): Promise<Value> {
  const key = `${base} ${question}`;
  const known = kept.get(key);
  if (known && known.until > now) return known.value as Value;
  const value = await ask();
  kept.delete(key);
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, { value, until: now + KEPT_MS });
  return value;
}

/** What was believed has proved wrong. */
export const doubt = (base: string, question: string): void => {
  kept.delete(`${base} ${question}`);
};
