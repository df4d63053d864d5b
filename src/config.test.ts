import { readConfig } from './config.ts';

const key = Buffer.alloc(32, 7).toString('base64');
/** The names of the settings that the start complains about. */
const mistakes = (environment: Record<string, string>) => {
  try {
    readConfig('all', environment);
    return [];
  } catch (error) {
    return [...(error as Error).message.matchAll(/^ {2}([A-Z_]+): /gm)].map(match => match[1]);
  }
};

describe('settings of the environment', () => {
  it('have defaults with which everything starts on a laptop', () => {
    expect(readConfig('all', {})).toMatchObject({
      port: 3000,
      publicUrl: 'http://localhost:3000',
      databaseUrl: undefined,
      redisUrl: undefined,
      encryptionKeys: undefined,
      dataDirectory: './data',
      logLevel: 'info',
      production: false,
      ingestEventsPerSecond: undefined,
    });
  });

  it('are read and parsed', () => {
    const environment = {
      PORT: '8080',
      PUBLIC_URL: 'https://hub.example/',
      DATABASE_URL: 'postgres://u:p@db/x',
      REDIS_URL: 'rediss://cache:6379',
      ENCRYPTION_KEYS: `${key}, ${key}`,
      ADMIN_TOKEN: 'a'.repeat(32),
      INGEST_KEY: 'i'.repeat(32),
      INGEST_EVENTS_PER_SECOND: '500',
      TRUST_PROXY: '2',
      NODE_ENV: 'production',
      CRM_API_URL: 'http://localhost:4010',
    };
    expect(readConfig('web', environment)).toMatchObject({
      port: 8080,
      publicUrl: 'https://hub.example',
      databaseUrl: 'postgres://u:p@db/x',
      ingestEventsPerSecond: 500,
      trustProxy: 2,
      production: true,
      environment: { CRM_API_URL: 'http://localhost:4010' },
    });
  });

  it('count as absent where they are empty', () => {
    expect(readConfig('all', { PORT: '', DATABASE_URL: '', ADMIN_TOKEN: '' })).toMatchObject({
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
    ['TRUST_PROXY', { TRUST_PROXY: 'true' }],
    ['INGEST_EVENTS_PER_SECOND', { INGEST_EVENTS_PER_SECOND: '0' }],
  ] as [string, Record<string, string>][])('stop the start by name where %s is wrong: %j', (name, environment) => {
    expect(mistakes(environment)).toEqual([name]);
  });

  it('tell all mistakes at once, and no value', () => {
    const environment = { PORT: 'x', ADMIN_TOKEN: 'hunter2', NODE_ENV: 'production' };
    expect(mistakes(environment).toSorted()).toEqual(['ADMIN_TOKEN', 'ENCRYPTION_KEYS', 'PORT']);
    expect(() => readConfig('all', environment)).toThrow(/ADMIN_TOKEN: must have 32 or more characters/);
    expect(() => readConfig('all', environment)).not.toThrow(/hunter2/);
  });
});
