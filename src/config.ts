import * as z from 'zod';

export const roles = ['all', 'web', 'worker', 'migrate'] as const;
export type Role = (typeof roles)[number];

/** All settings, read once at the start. `environment` is what connectors pick their own settings from. */
export type Config = {
  role: Role;
  port: number;
  host: string;
  publicUrl: string;
  /** How many proxies of ours stand in front, each of which adds to X-Forwarded-For. */
  trustProxy?: number;
  databaseUrl?: string;
  dataDirectory: string;
  redisUrl?: string;
  encryptionKeys?: string;
  production: boolean;
  logLevel: string;
  adminToken?: string;
  ingestKey?: string;
  /** How many events one key may bring in a second; any number where absent. */
  ingestEventsPerSecond?: number;
  environment: Record<string, string | undefined>;
};

const credential = z.string().min(32, 'must have 32 or more characters').optional();
const address = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `must be an address such as ${example}` }).optional();

const is32Bytes = (key: string) => {
  const bytes = Buffer.from(key, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === key;
};

const schema = z.object({
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  PUBLIC_URL: address(/^https?$/, 'https://baton.example.com'),
  TRUST_PROXY: z.coerce.number({ error: 'must be the number of proxies in front' }).int().min(0).max(10).optional(),
  DATABASE_URL: address(/^postgres(ql)?$/, 'postgres://user:password@host:5432/baton'),
  DATA_DIR: z.string().default('./data'),
  REDIS_URL: address(/^rediss?$/, 'redis://127.0.0.1:6379'),
  ENCRYPTION_KEYS: z
    .string()
    .superRefine((keys, context) => {
      for (const [position, key] of keys.split(',').entries()) {
        const message = `key number ${position + 1} is not 32 bytes in standard base64`;
        if (!is32Bytes(key.trim())) context.addIssue({ code: 'custom', message });
      }
    })
    .optional(),
  NODE_ENV: z.string().optional(),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  ADMIN_TOKEN: credential,
  INGEST_KEY: credential,
  INGEST_EVENTS_PER_SECOND: z.coerce.number({ error: 'must be a number' }).int().min(1).max(1_000_000).optional(),
});

/** The names of the hub's own settings; connectors declare theirs. */
export const settingNames = Object.keys(schema.shape);

/**
 * Reads the hub's own settings. An empty value counts as absent.
 * @throws Error that names every wrong setting and what is wrong with it, never its value
 */
export function readConfig(role: Role, environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  const issues = parsed.success ? [] : parsed.error.issues;
  const mistakes = [...issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`), ...togetherWrong(given)];
  if (!parsed.success || mistakes.length > 0) {
    throw new Error(`Baton cannot start with these settings:\n${mistakes.join('\n')}`);
  }
  const env = parsed.data;
  if (env.REDIS_URL && !env.DATABASE_URL && role !== 'all') {
    throw new Error(
      'REDIS_URL is for several processes, and those need DATABASE_URL: SQLite takes one process at a time.',
    );
  }
  return {
    role,
    port: env.PORT,
    host: env.HOST,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    trustProxy: env.TRUST_PROXY,
    databaseUrl: env.DATABASE_URL,
    dataDirectory: env.DATA_DIR,
    redisUrl: env.REDIS_URL,
    encryptionKeys: env.ENCRYPTION_KEYS,
    production: env.NODE_ENV === 'production',
    logLevel: env.LOG_LEVEL,
    adminToken: env.ADMIN_TOKEN,
    ingestKey: env.INGEST_KEY,
    ingestEventsPerSecond: env.INGEST_EVENTS_PER_SECOND,
    environment: given,
  };
}

/** What is wrong with settings taken together, told beside what is wrong with single ones. */
function togetherWrong({ NODE_ENV, ENCRYPTION_KEYS, ADMIN_TOKEN, INGEST_KEY }: Record<string, string | undefined>) {
  const mistakes: string[] = [];
  if (NODE_ENV === 'production' && !ENCRYPTION_KEYS)
    mistakes.push('  ENCRYPTION_KEYS: must be set in production (for instance from `openssl rand -base64 32`)');
  if (ADMIN_TOKEN && ADMIN_TOKEN === INGEST_KEY) mistakes.push('  INGEST_KEY: must differ from ADMIN_TOKEN');
  return mistakes;
}
