export { claimed, isClaimed, unclaimed } from '../model/claimed.ts';
export * from './alerts.ts';
export type * from './auth.ts';
export * from './connector.ts';
export { StepError, type StepErrorDetails } from './errors.ts';
export type * from './inbound.ts';
export { Secret } from './secret.ts';
export type * from './source.ts';
