import { serviceKey } from './compose-file';
import type { Machine } from './machine';

/** Seconds until everything must be healthy; the first start builds the image of the API and fetches those of the services. */
const WAIT_SECONDS = 600;

/**
 * Starts Supabase and the Compose file, and ends when all of it is healthy. A second start changes nothing
 * but what is new.
 *
 * @throws Error with everything that is missing or in the way, or with what did not start
 */
export async function up(machine: Machine, print: (line: string) => void): Promise<void> {
  const faults = await machine.startFaults();
  if (faults.length > 0) throw new Error(faults.join('\n'));
  print('starts Supabase, which takes minutes the first time');
  // Its standard output, which holds the keys, is not shown.
  const { code: started } = await machine.supabase(['start'], 'stderr');
  if (started !== 0) throw new Error(`supabase start ends with ${started}; what it said is above`);
  const key = serviceKey((await machine.supabase(['status', '--output', 'env'])).stdout);
  if (key === undefined)
    throw new Error(
      'supabase status --output env shows neither SERVICE_ROLE_KEY nor SECRET_KEY; update the Supabase CLI',
    );
  print('builds the image of the API, and starts it with its database');
  const { code } = await machine.docker(
    ['up', '--build', '--detach', '--wait', '--wait-timeout', String(WAIT_SECONDS)],
    { key, show: 'all' },
  );
  if (code !== 0) {
    await machine.docker(['logs', '--no-color', '--tail', '20'], { show: 'all' });
    throw new Error(
      `docker compose up ends with ${code}; the last lines of every service are above\nnext: mend it and run npm run dev:up again, or npm run dev:down`,
    );
  }
  print(
    `development: the API answers at ${machine.compose.url}\nnext: npm run dev:down ends it and keeps the data`,
  );
}

/**
 * Ends everything that `up` has started.
 *
 * @param volumes the data goes as well
 * @throws Error with everything that is missing, or that did not end
 */
export async function down(
  machine: Machine,
  volumes: boolean,
  print: (line: string) => void,
): Promise<void> {
  const faults = await machine.toolFaults();
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const compose = await machine.docker(['down', ...(volumes ? ['--volumes'] : [])], {
    show: 'all',
  });
  const supabase = await machine.supabase(['stop', ...(volumes ? ['--no-backup'] : [])], 'stderr');
  const failed = [
    ...(compose.code === 0 ? [] : [`docker compose down ends with ${compose.code}`]),
    ...(supabase.code === 0
      ? []
      : [`supabase stop ends with ${supabase.code}; what it said is above`]),
  ];
  if (failed.length > 0) throw new Error(failed.join('\n'));
  print(`development: ended, ${volumes ? 'and its data is gone' : 'its data is kept'}`);
}
