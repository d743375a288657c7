import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checks } from './checks';
import { Api } from './server';

// What dist/ gives the API is read under its real name. What only tests set begins with E2E_:
//   E2E_DATABASE=up|down  no database is looked at, and the others may be missing
//   E2E_HEALTH=terminus   health in the form of @nestjs/terminus
//   E2E_HEALTH=lenient    health answers 200 whatever it says of the checks
//   E2E_START_MS=5000     listens only after this time
//   E2E_DRAIN_MS=10000    serves on for this time after SIGTERM
//   E2E_SIGTERM=exit      ends at SIGTERM in the middle of everything
//   E2E_HOST=127.0.0.1    listens there alone
//   E2E_VERSION, E2E_COLOUR   who answers
// SIGUSR2 takes the database away, and gives it back.
const { env } = process;

const REQUIRED = [
  'DATABASE_URL',
  'SUPABASE_URL',
  'SUPABASE_SERVICE_KEY',
  'JWT_SECRET',
  'ADMIN_API_KEY',
];

async function main(): Promise<void> {
  const missing = env.E2E_DATABASE === undefined ? REQUIRED.filter((name) => !env[name]) : [];
  if (missing.length > 0) throw new Error(`${missing.join(', ')} missing in the environment`);
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  const checks = new Checks(env);
  process.on('SIGUSR2', () => checks.toggleDatabase());
  const api = new Api(checks, {
    version: env.E2E_VERSION ?? version,
    ...(env.E2E_COLOUR ? { colour: env.E2E_COLOUR } : {}),
    terminus: env.E2E_HEALTH === 'terminus',
    lenient: env.E2E_HEALTH === 'lenient',
    metrics: env.METRICS_ENABLED !== 'false',
  });
  const starting = new AbortController();
  process.once('SIGTERM', () => {
    if (env.E2E_SIGTERM === 'exit') process.exit(0);
    starting.abort();
    console.log('SIGTERM: serves on for a while, and asks every client that it answers to leave');
    void api.close(Number(env.E2E_DRAIN_MS ?? 10_000)).then(() => console.log('closed'));
  });
  await sleep(Number(env.E2E_START_MS ?? 0), undefined, { signal: starting.signal }).catch(
    () => {},
  );
  await api.listen(Number(env.PORT ?? 3001), env.E2E_HOST);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
