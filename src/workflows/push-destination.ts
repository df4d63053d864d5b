/** Where a workspace can push people to: connector ids. `connected` holds those that can be used at once; `fallback` is the workspace's default. */
export type PushTargets = { offered: readonly string[]; connected: ReadonlySet<string>; fallback: string | null };

/** The connector that a push goes to, or the sentence why none can be told. `candidates` are those that would do once connected. */
export type PushDestination = { id: string } | { reason: string; candidates: readonly string[] };

/**
 * The destination that the step names, else the workspace's default, else the only connected one, else (nothing is connected)
 * the only one there is.
 */
export function pushDestination(asked: string | undefined, targets: PushTargets): PushDestination {
  const { offered, fallback } = targets;
  const names = offered.map(id => `\`${id}\``).join(', ');
  if (asked !== undefined) {
    if (offered.includes(asked)) return { id: asked };
    return { reason: `People cannot be pushed to \`${asked}\`. Possible: ${names}.`, candidates: [] };
  }
  if (fallback !== null) {
    if (offered.includes(fallback)) return { id: fallback };
    const reason = `The setting defaultPushDestination is \`${fallback}\`, to which people cannot be pushed. Possible: ${names}.`;
    return { reason, candidates: [] };
  }
  const connected = offered.filter(id => targets.connected.has(id));
  const [only, ...more] = connected.length > 0 ? connected : offered;
  if (only !== undefined && more.length === 0) return { id: only };
  const choose = 'Name one as `destination`, or set defaultPushDestination.';
  if (connected.length > 1) {
    const several = connected.map(id => `\`${id}\``).join(' and ');
    return { reason: `People could be pushed to ${several}. ${choose}`, candidates: [] };
  }
  return { reason: `None of ${names} is connected. Connect one.`, candidates: offered };
}
