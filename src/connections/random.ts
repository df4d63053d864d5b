import { createHash, randomBytes } from 'node:crypto';

/** 32 random bytes, fit for an address or a cookie. */
export const randomToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of such a token: its SHA-256 in hexadecimal digits (64). */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
