export * from './alerts.ts';
export type * from './auth.ts';
export * from './batch.ts';
export * from './connector.ts';
export * from './errors.ts';
export type * from './inbound.ts';
export * from './push.ts';
export { Secret } from './secret.ts';
export * from './values.ts';
