import type { HubSpotClient } from './client.ts';

const KEPT_FOR_MS = 10 * 60_000;
const DOUBTED_AFTER_MS = 60_000;
const MOST_KEPT = 300;

export type Asking = { client: HubSpotClient; signal: AbortSignal; now(): number };

/** Something of an account that changes rarely: asked for at most once in ten minutes, for all steps together. */
export class Kept<Value> {
  readonly #ask: (asking: Asking) => Promise<Value>;
  readonly #kept = new Map<string, { value: Promise<Value>; at: number }>();
  constructor(ask: (asking: Asking) => Promise<Value>) {
    this.#ask = ask;
  }

  get(asking: Asking): Promise<Value> {
    const key = asking.client.account;
    const known = this.#kept.get(key);
    if (known && asking.now() - known.at < KEPT_FOR_MS) return known.value;
    const value = this.#ask(asking);
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value ?? '');
    this.#kept.set(key, { value, at: asking.now() });
    value.catch(() => this.#kept.delete(key));
    return value;
  }

  /** To be called where something is not in it: it may be new. Once a minute at most, since the question may be wrong as well. */
  doubt({ client, now }: Pick<Asking, 'client' | 'now'>): void {
    const known = this.#kept.get(client.account);
    if (known && now() - known.at > DOUBTED_AFTER_MS) this.forget(client);
  }

  forget(client: HubSpotClient): void {
    this.#kept.delete(client.account);
  }
}
