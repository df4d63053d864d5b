import path from 'node:path';
import * as z from 'zod';
import type { ConnectorSettings } from './sdk/auth.ts';
import type { Connector } from './sdk/connector.ts';
import { Secret } from './sdk/secret.ts';

export type Config = {
  port: number;
  /** Without a slash at its end. */
  publicUrl: string;
  /** A PostgreSQL server; undefined: the SQLite file under `dataDir`. */
  databaseUrl: Secret | undefined;
  /** Absolute. */
  dataDir: string;
  redisUrl: Secret | undefined;
  /** As given: comma-separated base64. Absent only outside of production. */
  encryptionKeys: Secret | undefined;
  logLevel: string;
  adminToken: Secret | undefined;
  ingestKey: Secret | undefined;
  allowPrivateAddresses: boolean;
  production: boolean;
  /** How many events one key may bring in a second; undefined: any number. */
  ingestEventsPerSecond: number | undefined;
  /** What each connector declared in `settings`, by the connector's id. */
  connectors: ReadonlyMap<string, ConnectorSettings>;
};

/** The start is refused: `message` names every setting that is wrong and what is wrong with it, never its value. */
export class ConfigError extends Error {
  readonly mistakes: { name: string; message: string }[];
  constructor(mistakes: { name: string; message: string }[]) {
    super(`Some settings are wrong:\n${mistakes.map(({ name, message }) => `  ${name} ${message}`).join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

const secret = (schema: z.ZodType<string>) => schema.transform(text => new Secret(text)).optional();
const fixedKey = z.string().min(32, 'must have 32 characters or more').regex(/^\S+$/, 'must not hold spaces');
const is32Bytes = (key: string) => {
  const bytes = Buffer.from(key, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === key;
};
const url = (protocols: RegExp, message: string) =>
  z.string().refine(text => URL.canParse(text) && protocols.test(new URL(text).protocol), message);
const yesOrNo = z
  .enum(['0', '1', 'true', 'false'], 'must be 1 or 0')
  .default('0')
  .transform(text => text === '1' || text === 'true');

const schema = z.object({
  NODE_ENV: z.string().optional(),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine(port => port <= 65_535, 'must be a port number (65535 at most)')
    .default(3000),
  PUBLIC_URL: url(/^https?:$/, 'must be an http or https address')
    .transform(text => text.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: secret(url(/^postgres(ql)?:$/, 'must be a postgres:// address; leave it out for SQLite')),
  DATA_DIR: z
    .string()
    .default('./data')
    .transform(directory => path.resolve(directory)),
  REDIS_URL: secret(url(/^rediss?:$/, 'must be a redis:// or rediss:// address')),
  ENCRYPTION_KEYS: secret(
    z
      .string()
      .refine(
        keys => keys.split(',').every(key => is32Bytes(key.trim())),
        'must be one or more keys, comma-separated, each 32 bytes in standard base64 (for instance from `openssl rand -base64 32`)',
      ),
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
  ADMIN_TOKEN: secret(fixedKey),
  INGEST_KEY: secret(fixedKey),
  ALLOW_PRIVATE_ADDRESSES: yesOrNo,
  INGEST_EVENTS_PER_SECOND: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be a whole number, 1 or more')
    .transform(Number)
    .optional(),
});

type Mistake = ConfigError['mistakes'][number];

/**
 * Reads the settings, once at the start. An empty value counts as absent.
 * @param connectors those whose own settings are collected
 * @throws ConfigError with every mistake at once
 */
export function readConfig(
  environment: Record<string, string | undefined> = process.env,
  connectors: Iterable<Pick<Connector, 'id' | 'settings'>> = [],
): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const mistakes: Mistake[] = [];
  const own = read(schema, given, mistakes);
  mistakes.push(...togetherWrong(given));
  const collected = new Map<string, ConnectorSettings>();
  for (const connector of connectors)
    collected.set(connector.id, connector.settings ? (read(connector.settings, given, mistakes) ?? {}) : {});
  if (!own || mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    port: own.PORT,
    publicUrl: own.PUBLIC_URL ?? `http://localhost:${own.PORT}`,
    databaseUrl: own.DATABASE_URL,
    dataDir: own.DATA_DIR,
    redisUrl: own.REDIS_URL,
    encryptionKeys: own.ENCRYPTION_KEYS,
    logLevel: own.LOG_LEVEL,
    adminToken: own.ADMIN_TOKEN,
    ingestKey: own.INGEST_KEY,
    allowPrivateAddresses: own.ALLOW_PRIVATE_ADDRESSES,
    production: own.NODE_ENV === 'production',
    ingestEventsPerSecond: own.INGEST_EVENTS_PER_SECOND,
    connectors: collected,
  };
}

/** Looked at by itself, so that it is told together with what is wrong with single settings. */
function togetherWrong({
  NODE_ENV,
  ENCRYPTION_KEYS,
  ADMIN_TOKEN,
  INGEST_KEY,
}: Record<string, string | undefined>): Mistake[] {
  const mistakes: Mistake[] = [];
  if (NODE_ENV === 'production' && !ENCRYPTION_KEYS)
    mistakes.push({
      name: 'ENCRYPTION_KEYS',
      message: 'must be set in production: one or more keys, comma-separated, each 32 bytes in standard base64',
    });
  if (ADMIN_TOKEN && ADMIN_TOKEN === INGEST_KEY)
    mistakes.push({ name: 'INGEST_KEY', message: 'must differ from ADMIN_TOKEN' });
  return mistakes;
}

function read<T>(
  settings: z.ZodType<T>,
  given: Record<string, string | undefined>,
  mistakes: Mistake[],
): T | undefined {
  const result = settings.safeParse(given);
  if (result.success) return result.data;
  for (const { path: place, message } of result.error.issues) {
    const name = place.join('.');
    if (!mistakes.some(mistake => mistake.name === name)) mistakes.push({ name, message });
  }
  return undefined;
}
