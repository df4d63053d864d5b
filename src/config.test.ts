import { inspect } from 'node:util';
import * as z from 'zod';
import { ConfigError, readConfig } from './config.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const crm = {
  id: 'crm',
  settings: z.object({
    CRM_API_URL: z.url('must be an address').default('https://api.crm.example'),
    CRM_CLIENT_SECRET: z.string().optional(),
  }),
};
const mistakes = (environment: Record<string, string>) => {
  try {
    readConfig(environment, [crm]);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(mistake => mistake.name);
    throw error;
  }
};

describe('settings of the environment', () => {
  it('have defaults with which everything starts on a laptop', () => {
    const config = readConfig({}, [crm, { id: 'plain' }]);
    expect(config).toMatchObject({
      port: 3000,
      publicUrl: 'http://localhost:3000',
      databaseUrl: undefined,
      redisUrl: undefined,
      encryptionKeys: undefined,
      logLevel: 'info',
      allowPrivateAddresses: false,
      production: false,
    });
    expect(config.dataDir).toBe(`${process.cwd()}/data`);
    expect(config.connectors).toEqual(
      new Map<string, object>([
        ['crm', { CRM_API_URL: 'https://api.crm.example' }],
        ['plain', {}],
      ]),
    );
  });

  it('are read and parsed', () => {
    const config = readConfig(
      {
        PORT: '8080',
        PUBLIC_URL: 'https://hub.example/',
        DATABASE_URL: 'postgres://u:p@db/x',
        REDIS_URL: 'rediss://cache:6379',
        ENCRYPTION_KEYS: `${key}, ${key}`,
        ADMIN_TOKEN: 'a'.repeat(32),
        INGEST_KEY: 'i'.repeat(32),
        ALLOW_PRIVATE_ADDRESSES: '1',
        NODE_ENV: 'production',
        CRM_API_URL: 'http://localhost:4010',
      },
      [crm],
    );
    expect(config).toMatchObject({ port: 8080, publicUrl: 'https://hub.example', allowPrivateAddresses: true });
    expect(config.databaseUrl?.reveal()).toBe('postgres://u:p@db/x');
    expect(config.connectors.get('crm')).toEqual({ CRM_API_URL: 'http://localhost:4010' });
  });

  it('count as absent where they are empty', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '', ADMIN_TOKEN: '', CRM_API_URL: '' }, [crm])).toMatchObject({
      port: 3000,
      databaseUrl: undefined,
      adminToken: undefined,
    });
  });

  it.each([
    ['PORT', { PORT: 'http' }],
    ['PORT', { PORT: '65536' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'hub.example' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://db' }],
    ['REDIS_URL', { REDIS_URL: 'localhost' }],
    ['ENCRYPTION_KEYS', { ENCRYPTION_KEYS: 'c2hvcnQ=' }],
    ['ENCRYPTION_KEYS', { ENCRYPTION_KEYS: `${key},` }],
    ['ENCRYPTION_KEYS', { NODE_ENV: 'production' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['ADMIN_TOKEN', { ADMIN_TOKEN: 'short' }],
    ['INGEST_KEY', { INGEST_KEY: 'short' }],
    ['INGEST_KEY', { INGEST_KEY: 'x'.repeat(32), ADMIN_TOKEN: 'x'.repeat(32) }],
    ['ALLOW_PRIVATE_ADDRESSES', { ALLOW_PRIVATE_ADDRESSES: 'maybe' }],
    ['CRM_API_URL', { CRM_API_URL: 'crm' }],
  ] as [string, Record<string, string>][])('stop the start by name where %s is wrong: %j', (name, environment) => {
    expect(mistakes(environment)).toEqual([name]);
  });

  it('tell all mistakes at once, and no value', () => {
    const environment = { PORT: 'x', ADMIN_TOKEN: 'hunter2', NODE_ENV: 'production', CRM_API_URL: 'crm' };
    expect(mistakes(environment).toSorted()).toEqual(['ADMIN_TOKEN', 'CRM_API_URL', 'ENCRYPTION_KEYS', 'PORT']);
    expect(() => readConfig(environment)).toThrow(/ADMIN_TOKEN must have 32 characters or more/);
    expect(() => readConfig(environment)).not.toThrow(/hunter2/);
  });

  it('do not show what is secret when printed', () => {
    const config = readConfig({ ADMIN_TOKEN: 'a'.repeat(32), DATABASE_URL: 'postgres://u:hunter2@db/x' });
    expect(inspect(config) + JSON.stringify(config)).not.toMatch(/hunter2|aaaa/);
  });
});
