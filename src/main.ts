import { createApp } from './app.ts';
import { type Role, readConfig, roles } from './config.ts';
import { openDatabase } from './db/database.ts';

/** A little less than platforms wait before they kill. What a call leaves unsettled then, the next start settles. */
const STOP_MS = 28_000;

const role = roles.find(known => known === process.argv[2]);
if (!role) {
  console.error(`Say which role to start: ${roles.join(', ')}.`);
  process.exit(2);
}

try {
  if (role === 'migrate') await migrate();
  else await serve(role);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function migrate(): Promise<void> {
  const { databaseUrl, dataDirectory } = readConfig('migrate', process.env);
  const database = await openDatabase(databaseUrl ? { url: databaseUrl } : { directory: dataDirectory });
  await database.close();
  console.log('The database is up to date.');
}

async function serve(role: Role): Promise<void> {
  const config = readConfig(role, process.env);
  const app = await createApp(config);
  const { url, adminToken } = await app.start();
  if (url) console.log(`Baton listens at ${url} (PUBLIC_URL ${config.publicUrl}); its API is described at ${url}/docs`);
  if (adminToken) console.log(`Your admin token, shown this once:\n\n  ${adminToken}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), STOP_MS).unref();
      void app.stop().then(() => process.exit(0));
    });
  }
}
