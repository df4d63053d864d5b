import { type ConnectorSettings, StepError } from '../../src/sdk/index.ts';

/**
 * Where one Marketo instance answers. `base` has no trailing slash; identity, REST and asset paths follow it. `instance` is its
 * Munchkin id (123-ABC-456). `allowPrivate` only for the address that the operator named.
 */
export type Address = { base: string; instance: string; allowPrivate: boolean };

const MARKETO_HOST = /^([a-z0-9-]+)\.mktorest\.com$/;

/**
 * The address that an admin typed, which is one of Marketo's own hosts by https, or exactly the operator's MARKETO_BASE_URL: the hub
 * sends the client secret there, and must not be led to any other machine. The suffixes /rest and /identity, with which Marketo shows
 * it, are left off.
 * @throws StepError `rejected` with what to type instead
 */
export function addressOf(typed: string, settings: ConnectorSettings): Address {
  const base = plainAddress(typed);
  const url = URL.parse(base);
  const operators = settings.MARKETO_BASE_URL;
  if (url && operators !== undefined && base === plainAddress(operators))
    return { base, instance: `${url.host}${url.pathname}`.replace(/\/$/, ''), allowPrivate: true };
  const name = url?.origin === base && url.protocol === 'https:' ? MARKETO_HOST.exec(url.host)?.[1] : undefined;
  if (name === undefined)
    throw new StepError(
      'rejected',
      'The base URL must be the one of your Marketo instance, such as https://123-ABC-456.mktorest.com (Admin, Integration, Web Services). For another server the operator sets MARKETO_BASE_URL to exactly that address.',
      { field: 'values.baseUrl' },
    );
  return { base, instance: name.toUpperCase(), allowPrivate: false };
}

/** The same text for the same address, however it was typed. */
function plainAddress(typed: string): string {
  const url = URL.parse(typed.trim());
  if (!url || url.username || url.password || url.search || url.hash) return '';
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/(rest|identity)$/, '');
}
