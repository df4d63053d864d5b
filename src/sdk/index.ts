export type * from './auth.ts';
export * from './connector.ts';
export { StepError, type StepErrorDetails } from './errors.ts';
export { Secret } from './secret.ts';
export type * from './source.ts';
