import { Corridor1764000000000 } from './1764000000000-corridor.ts';
import { Alerts1764100000000 } from './1764100000000-alerts.ts';
import { Sources1764200000000 } from './1764200000000-sources.ts';

/** In order. One set for both databases. */
export const migrations = [Corridor1764000000000, Alerts1764100000000, Sources1764200000000];
