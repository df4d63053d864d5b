import { inspect } from 'node:util';

/** A value that must never be seen: however it is printed, logged or serialised it reads ‹secret›. Only `reveal()` gives it out. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '‹secret›';
  }
  toJSON(): string {
    return '‹secret›';
  }
  [inspect.custom](): string {
    return '‹secret›';
  }
}
