/**
 * Begins the ids of visitors, sessions and conversations that a page in somebody's browser has named. Nobody vouches for them, so they
 * are kept apart from those of systems that hold a secret: a page cannot write to what such a system calls by the same id.
 */
export const CLAIMED = 'site:';

/** @returns the hub's id for what a page calls `id` */
export const claimed = (id: string): string => CLAIMED + id;
export const isClaimed = (id: string): boolean => id.startsWith(CLAIMED);
/** @returns what the page calls it; other ids as they are */
export const unclaimed = (id: string): string => (isClaimed(id) ? id.slice(CLAIMED.length) : id);
