import { randomBytes } from 'node:crypto';

/** 32 random bytes, fit for an address or a cookie. */
export const randomToken = (): string => randomBytes(32).toString('base64url');
