/** Where the hub's time comes from: epoch milliseconds. Tests pass one that they move themselves. */
export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };
