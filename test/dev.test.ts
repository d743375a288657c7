import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { ComposeFile, publishedPorts, serviceKey } from '../ops/dev/compose-file';

const ROOT = path.join(__dirname, '..');
const COMPOSE = fs.readFileSync(path.join(ROOT, 'dist/compose/development.yaml'), 'utf8');
const KEY = 'the-key-of-the-service-role';

/** Docker and the Supabase CLI as far as they are asked: what they were told goes to a log, what they answer comes from variables. */
const PROGRAMS = {
  docker: `
echo "docker $*" >> "$LOG"
case "$*" in
  'compose version') exit "\${PLUGIN:-0}" ;;
  info*) echo "$ENGINE" >&2; [ -z "$ENGINE" ] ;;
  *' ps '*) echo "$CONTAINERS" ;;
  *' up '*) echo "  with $SUPABASE_SERVICE_KEY from $SEDA_API_SOURCE" >> "$LOG"; exit "\${UP:-0}" ;;
  *' down'*) exit "\${DOWN:-0}" ;;
  *' logs '*) echo 'migrate-1  | P3009' ;;
esac`,
  supabase: `
echo "supabase $*" >> "$LOG"
case "$*" in
  start*) echo "service_role key: ${KEY}"; echo 'pulls images' >&2; exit "\${START:-0}" ;;
  'status --output env'*) echo "$STATUS" ;;
  status*) [ -n "$RUNS" ] ;;
  stop*) exit "\${STOP:-0}" ;;
esac`,
};

jest.setTimeout(60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dev-'));
const at = (...names: string[]) => path.join(folder, ...names);
const compose = at('manifests/dist/compose/development.yaml');
const source = at('seda-api');
const servers: Server[] = [];

/** Runs what `npm run dev:up` and `dev:down` run. */
function dev(
  args: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; stdout: string; stderr: string; log: string[] }> {
  fs.rmSync(at('log'), { force: true });
  const all = {
    PATH: at('bin'),
    LOG: at('log'),
    ENGINE: '',
    STATUS: `API_URL="x"\nSERVICE_ROLE_KEY="${KEY}"`,
    ...env,
  };
  return new Promise((resolve) => {
    const run = [
      path.join(ROOT, 'ops/run.cjs'),
      path.join(ROOT, 'ops/dev/index.ts'),
      ...args.split(' '),
    ];
    execFile(process.execPath, run, { cwd: at('manifests'), env: all }, (error, stdout, stderr) => {
      const log = fs.existsSync(at('log'))
        ? fs.readFileSync(at('log'), 'utf8').replaceAll(folder, '').trim().split('\n')
        : [];
      resolve({
        code: (error?.code as number | undefined) ?? 0,
        stdout,
        stderr: stderr.replaceAll(folder, ''),
        log,
      });
    });
  });
}

/** The commands that change something. */
const changes = (log: readonly string[]) =>
  log.filter((line) => !/ (version|info|ps|status|--version)( |$)/.test(line));

async function listen(port = 0): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

async function freePorts(count: number): Promise<number[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => listen()));
  await close();
  return ports;
}

const close = () =>
  Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));

/** Ports that nobody else on this machine wants. */
let ports: { app: number; db: number; redis: number; supabase: number };

beforeEach(async () => {
  const [app = 0, db = 0, redis = 0, supabase = 0] = await freePorts(4);
  ports = { app, db, redis, supabase };
  const own = COMPOSE.replace(':3001:', `:${app}:`)
    .replace(':5432:', `:${db}:`)
    .replace(':6379:', `:${redis}:`)
    .replaceAll('internal:54321', `internal:${supabase}`);
  for (const [file, text] of [
    ['manifests/cdk8s.yaml', ''],
    ['manifests/dist/compose/development.yaml', own],
    ['seda-api/Dockerfile', ''],
    ['seda-api/supabase/config.toml', ''],
  ] as const) {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true });
    fs.writeFileSync(at(file), text);
  }
  fs.mkdirSync(at('bin'), { recursive: true });
  for (const [name, text] of Object.entries(PROGRAMS))
    fs.writeFileSync(at('bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  fs.rmSync(at('manifests/.env'), { force: true });
});

afterEach(close);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('dev:up', () => {
  test('starts Supabase, then the Compose file with the key that Supabase gave, and shows no key', async () => {
    const { code, stdout, stderr, log } = await dev('up');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'pulls images\n' });
    expect(changes(log)).toEqual([
      'supabase start --workdir /seda-api',
      'docker compose --file /manifests/dist/compose/development.yaml up --build --detach --wait --wait-timeout 600',
      `  with ${KEY} from /seda-api`,
    ]);
    expect(stdout).toBe(
      'starts Supabase, which takes minutes the first time\nbuilds the image of the API, and starts it with its database\n' +
        'development: the API answers at http://localhost:3001\nnext: npm run dev:down ends it and keeps the data\n',
    );
  });

  test('says everything that is missing or in the way at once, and starts nothing', async () => {
    for (const name of Object.keys(PROGRAMS)) fs.rmSync(at('bin', name));
    fs.rmSync(source, { recursive: true });
    fs.appendFileSync(
      compose,
      'x-more: ${REGION} ${REGION} ${ZONE:?} ${WITH:-a default} $${ESCAPED}\n',
    );
    for (const port of [ports.db, ports.supabase]) await listen(port);
    const { code, stderr, log } = await dev('up');
    expect({ code, log }).toEqual({ code: 1, log: [] });
    expect(stderr.trim().split('\n')).toEqual([
      'SEDA_API_SOURCE has no Dockerfile, got "/seda-api", expected the checkout of the API; set SEDA_API_SOURCE in the file .env, or copy app/ there',
      'SEDA_API_SOURCE has no supabase/config.toml, got "/seda-api", expected the checkout of the API; run there: supabase init',
      'REGION has no value, and dist/compose/development.yaml needs one; set it in the file .env',
      'ZONE has no value, and dist/compose/development.yaml needs one; set it in the file .env',
      'docker is not installed, or not on the PATH; install it: https://docs.docker.com/get-docker/',
      'supabase is not installed, or not on the PATH; install the CLI: https://supabase.com/docs/guides/local-development/cli/getting-started',
      `port ${ports.db} is taken, and db needs it; end what listens there, to be seen with: lsof -nP -iTCP:${ports.db} -sTCP:LISTEN`,
      `port ${ports.supabase} is taken, and Supabase needs it; end what listens there, to be seen with: lsof -nP -iTCP:${ports.supabase} -sTCP:LISTEN`,
    ]);
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'the engine is not running',
      { ENGINE: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' },
      'the engine of Docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.; start Docker Desktop, or on Linux: sudo systemctl start docker\n',
    ],
    [
      'the engine refuses this user',
      { ENGINE: 'permission denied while trying to connect to the Docker daemon socket' },
      'the engine of Docker does not answer: permission denied while trying to connect to the Docker daemon socket; let this user talk to it: https://docs.docker.com/engine/install/linux-postinstall/\n',
    ],
    [
      'Docker has no Compose',
      { PLUGIN: '1' },
      'docker has no compose plugin; install it: https://docs.docker.com/compose/install/\n',
    ],
    [
      'Supabase does not start',
      { START: '1' },
      'pulls images\nsupabase start ends with 1; what it said is above\n',
    ],
    [
      'Supabase shows no key',
      { STATUS: 'API_URL="x"' },
      'pulls images\nsupabase status --output env shows neither SERVICE_ROLE_KEY nor SECRET_KEY; update the Supabase CLI\n',
    ],
  ])('stops where %s', async (_, env, message) => {
    const { code, stderr, log } = await dev('up', env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: message });
    expect(log.filter((line) => line.includes(' up '))).toEqual([]);
  });

  test('a second start takes the ports of the first for its own', async () => {
    for (const port of Object.values(ports)) await listen(port);
    const lines = [ports.app, ports.db, ports.redis].map((port) =>
      JSON.stringify({ Service: 'x', Publishers: [{ PublishedPort: port }, { PublishedPort: 0 }] }),
    );
    expect(await dev('up', { CONTAINERS: lines.join('\n'), RUNS: 'yes' })).toMatchObject({
      code: 0,
    });
    const { stderr } = await dev('up', { CONTAINERS: `[${lines.slice(1).join()}]`, RUNS: 'yes' });
    expect(stderr).toBe(
      `port ${ports.app} is taken, and app needs it; end what listens there, to be seen with: lsof -nP -iTCP:${ports.app} -sTCP:LISTEN\n`,
    );
  });

  test('shows the last lines of what did not get healthy', async () => {
    const { code, stdout, stderr } = await dev('up', { UP: '1' });
    expect(code).toBe(1);
    expect(stdout).toContain('migrate-1  | P3009\n');
    expect(stderr).toBe(
      'pulls images\ndocker compose up ends with 1; the last lines of every service are above\nnext: mend it and run npm run dev:up again, or npm run dev:down\n',
    );
  });

  test('reads the file .env, below the environment', async () => {
    fs.cpSync(source, at('elsewhere'), { recursive: true });
    fs.appendFileSync(compose, 'x-more: ${REGION}\n');
    fs.writeFileSync(at('manifests/.env'), 'REGION=eu\nSEDA_API_SOURCE=../elsewhere\n');
    expect((await dev('up')).log).toContain(`  with ${KEY} from /elsewhere`);
    expect((await dev('up', { SEDA_API_SOURCE: '../seda-api' })).log).toContain(
      `  with ${KEY} from /seda-api`,
    );
  });

  test('wants dist/ to be there', async () => {
    fs.rmSync(compose);
    expect(await dev('up')).toMatchObject({
      code: 1,
      stderr: 'dist/compose/development.yaml does not exist; run: npm run synth\n',
    });
  });
});

describe('dev:down', () => {
  test.each<[string, string[], string]>([
    [
      'down',
      [
        'docker compose --file /manifests/dist/compose/development.yaml down',
        'supabase stop --workdir /seda-api',
      ],
      'development: ended, its data is kept\n',
    ],
    [
      'down --volumes',
      [
        'docker compose --file /manifests/dist/compose/development.yaml down --volumes',
        'supabase stop --no-backup --workdir /seda-api',
      ],
      'development: ended, and its data is gone\n',
    ],
  ])('%s', async (args, commands, says) => {
    const { code, stdout, log } = await dev(args);
    expect({ code, stdout, commands: changes(log) }).toEqual({ code: 0, stdout: says, commands });
  });

  test('ends the one where the other does not end, and says what did not', async () => {
    const { code, stderr, log } = await dev('down', { DOWN: '1', STOP: '2' });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'docker compose down ends with 1\nsupabase stop ends with 2; what it said is above\n',
    });
    expect(changes(log)).toHaveLength(2);
  });

  test('needs no source, no free port and no value', async () => {
    fs.rmSync(source, { recursive: true });
    for (const port of Object.values(ports)) await listen(port);
    expect(await dev('down')).toMatchObject({ code: 0 });
  });
});

test('the Compose file that is committed takes these ports and needs no value', () => {
  const file = new ComposeFile(COMPOSE);
  expect(file.ports).toEqual([
    { port: 3001, by: 'app' },
    { port: 5432, by: 'db' },
    { port: 6379, by: 'redis' },
    { port: 54321, by: 'Supabase' },
  ]);
  expect(file.missing({})).toEqual([]);
  expect(file.url).toBe('http://localhost:3001');
});

test('containers without ports, and keys of newer projects', () => {
  expect(publishedPorts('{"Publishers":null}\n\n{"Publishers":[{"PublishedPort":1}]}\n')).toEqual([
    1,
  ]);
  expect(publishedPorts('')).toEqual([]);
  expect(serviceKey('SECRET_KEY=sb_1\nPUBLISHABLE_KEY="sb_2"')).toBe('sb_1');
  expect(serviceKey('SECRET_KEY="sb_1"\nSERVICE_ROLE_KEY="ey"')).toBe('ey');
});
