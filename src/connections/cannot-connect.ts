import type { FieldError } from '../field-errors.ts';

/** Why nothing could be started or stored; the message is a sentence for the admin. */
export class CannotConnect extends Error {
  readonly why: 'unknown-connector' | 'other-kind' | 'not-configured' | 'invalid-values';
  readonly errors: FieldError[];
  constructor(why: CannotConnect['why'], message: string, errors: FieldError[] = []) {
    super(message);
    this.name = 'CannotConnect';
    this.why = why;
    this.errors = errors;
  }
}

/** A link that starts nothing (any more); the message says what to do. */
export class LinkRefused extends Error {
  constructor(message: string) {
    super(`${message} Ask an administrator of the hub for a new one (baton connect).`);
    this.name = 'LinkRefused';
  }
}
