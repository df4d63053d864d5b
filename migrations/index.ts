import { Corridor1764000000000 } from './1764000000000-corridor.ts';

/** In order. One set for both databases. */
export const migrations = [Corridor1764000000000];
