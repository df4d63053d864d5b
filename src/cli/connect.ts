import * as z from 'zod';
import { adminApi } from './api.ts';
import { CommandError, type GlobalOptions, show, type World } from './world.ts';

const link = z.object({ url: z.string(), expiresAt: z.string() });

/** Prints a link that works once and connects an account in any browser. `option`: what the connector asks before, as name=value. */
export async function connectLink(
  world: World,
  options: GlobalOptions & { user?: string; option: string[] },
  connector: string,
): Promise<void> {
  const chosen = options.option.map(pair => {
    const [name = '', ...value] = pair.split('=');
    if (!name || value.length === 0) throw new CommandError(`--option takes name=value, not '${pair}'.`);
    return [name, value.join('=')] as const;
  });
  const body = {
    connector,
    ...(options.user && { user: options.user }),
    ...(chosen.length > 0 && { options: Object.fromEntries(chosen) }),
  };
  const made = await adminApi(world, options).call('/v1/connect-links', link, { method: 'POST', body });
  show(world, options, made, ({ url, expiresAt }) => [url, `Open it in a browser. It works once, until ${expiresAt}.`]);
}
