/**
 * The value under `key`, or undefined. Keys are ids from outside, so `constructor` or `__proto__` must find only what was
 * put there.
 */
export function own<Value>(record: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Sets `key` as an own property, whatever it is called. */
export function put<Value>(record: Record<string, Value>, key: string, value: Value): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}
