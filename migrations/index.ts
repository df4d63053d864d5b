import { Corridor1764000000000 } from './1764000000000-corridor.ts';
import { Alerts1764100000000 } from './1764100000000-alerts.ts';
import { Sources1764200000000 } from './1764200000000-sources.ts';
import { SiteKeys1764300000000 } from './1764300000000-site-keys.ts';

/** In order. One set for both databases. */
export const migrations = [Corridor1764000000000, Alerts1764100000000, Sources1764200000000, SiteKeys1764300000000];
