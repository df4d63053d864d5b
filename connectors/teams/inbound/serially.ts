const lanes = new Map<string, Promise<unknown>>();

/** One after the other for the same key: what is kept of a connection is read, changed and written back. */
export async function serially<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
  const mine = (lanes.get(key) ?? Promise.resolve()).then(work, work);
  const settled = mine.then(
    () => undefined,
    () => undefined,
  );
  lanes.set(key, settled);
  try {
    return await mine;
  } finally {
    if (lanes.get(key) === settled) lanes.delete(key);
  }
}
