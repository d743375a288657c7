import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { composeFile } from '../environments/compose';
import { ComposeFile, publishedPorts, serviceKey } from '../ops/dev/compose-file';
import { Machine, type Run } from '../ops/dev/machine';
import { down, up } from '../ops/dev/stack';
import { development } from './fixtures';
import { type Result, ROOT, runProgram } from './kit';

const COMPOSE = composeFile(development, { image: 'ghcr.io/seda-fm/seda-api:local' });
const KEY = 'the-key-of-the-service-role';

/** What Docker and the Supabase CLI say and do in a test; what is not given is as it should be. */
interface Programs {
  /** Exit codes by the command that ends with them. */
  readonly codes?: { readonly [command: string]: number };
  /** Programs that are not installed. */
  readonly absent?: readonly string[];
  /** What keeps the engine of Docker from answering. */
  readonly engine?: string;
  /** What `docker compose ps` prints. */
  readonly containers?: string;
  /** What `supabase status` prints. */
  readonly status?: string;
  /** Supabase runs already. */
  readonly runs?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

const STATUS = `API_URL="x"\nSERVICE_ROLE_KEY="${KEY}"`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dev-'));
const at = (...names: string[]) => path.join(folder, ...names);
const compose = at('manifests/dist/compose/development.yaml');
const source = at('seda-api');
const servers: Server[] = [];

/** Does what `npm run dev:up` and `dev:down` do, and notes every call of a program. */
async function dev(
  verb: 'up' | 'down' | 'down --volumes',
  { codes = {}, absent = [], engine, containers = '', status = STATUS, runs, env }: Programs = {},
): Promise<Result & { readonly log: string[] }> {
  const [log, stdout, stderr]: [string[], string[], string[]] = [[], [], []];
  const answer = (line: string): { code?: number; stdout?: string; stderr?: string } => {
    if (line.startsWith('docker info'))
      return engine === undefined ? {} : { code: 1, stderr: engine };
    if (line.includes(' ps ')) return { stdout: containers };
    if (line.includes(' logs ')) return { stdout: 'migrate-1  | P3009' };
    if (line.startsWith('supabase start'))
      return { stdout: `service_role key: ${KEY}`, stderr: 'pulls images' };
    if (line.startsWith('supabase status --output env')) return { stdout: status };
    if (line.startsWith('supabase status')) return { code: runs ? 0 : 1 };
    return {};
  };
  const run: Run = async (program, args, { env: given = {}, show } = {}) => {
    const line = [program, ...args].join(' ').replaceAll(folder, '');
    if (absent.includes(program)) return { stdout: '', stderr: '' };
    log.push(line);
    if (line.includes(' up '))
      log.push(
        `  with ${given.SUPABASE_SERVICE_KEY} from ${given.SEDA_API_SOURCE}`.replaceAll(folder, ''),
      );
    const said = answer(line);
    const [code = said.code ?? 0] = Object.entries(codes)
      .filter(([command]) => line.includes(command))
      .map(([, own]) => own);
    if (show === 'all' && said.stdout) stdout.push(said.stdout);
    if (show && said.stderr) stderr.push(said.stderr);
    // What is shown is not kept.
    return {
      code,
      stdout: show === 'all' ? '' : (said.stdout ?? ''),
      stderr: show ? '' : (said.stderr ?? ''),
    };
  };
  const machine = new Machine(at('manifests'), env ?? {}, run);
  const print = (line: string) => stdout.push(line);
  const code = await (verb === 'up' ? up(machine, print) : down(machine, verb !== 'down', print))
    .then(() => 0)
    .catch((error: Error) => (stderr.push(error.message), 1));
  const text = (lines: readonly string[]) =>
    lines.map((line) => `${line}\n`.replaceAll(folder, '')).join('');
  return { code, stdout: text(stdout), stderr: text(stderr), log };
}

/** The commands that change something. */
const changes = (log: readonly string[]) =>
  log.filter((line) => !/ (version|info|ps|status|--version)( |$)/.test(line));

async function listen(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
}

/** Ports above those that the system gives to whoever asks for any. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 61_000 + Math.floor(Math.random() * 4000);
    await listen(port).then(
      () => ports.add(port),
      () => undefined,
    );
    await close();
  }
  return [...ports];
}

const close = () =>
  Promise.all(
    servers
      .splice(0)
      .filter((server) => server.listening)
      .map((server) => new Promise((resolve) => server.close(resolve))),
  );

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

  test('is a command, which runs what is on the PATH', async () => {
    const program = (name: string, lines: string) => {
      fs.mkdirSync(at('bin'), { recursive: true });
      fs.writeFileSync(at('bin', name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    };
    program('docker', `case "$*" in *' up '*) echo "builds with $SUPABASE_SERVICE_KEY" ;; esac`);
    program(
      'supabase',
      `case "$*" in start*) echo '${KEY}'; echo 'pulls images' >&2 ;; status\\ --output*) echo 'SECRET_KEY="sb_1"' ;; status*) exit 1 ;; esac`,
    );
    const run = ['ops/run.cjs', 'ops/dev/index.ts'].map((file) => path.join(ROOT, file));
    const env = { PATH: at('bin') };
    expect(
      await runProgram([process.execPath, ...run, 'up'], { cwd: at('manifests'), env }),
    ).toEqual({
      code: 0,
      stdout:
        'starts Supabase, which takes minutes the first time\nbuilds the image of the API, and starts it with its database\n' +
        'builds with sb_1\ndevelopment: the API answers at http://localhost:3001\nnext: npm run dev:down ends it and keeps the data\n',
      stderr: 'pulls images\n',
    });
  });

  test('says everything that is missing or in the way at once, and starts nothing', async () => {
    fs.rmSync(source, { recursive: true });
    fs.appendFileSync(
      compose,
      'x-more: ${REGION} ${REGION} ${ZONE:?} ${WITH:-a default} $${ESCAPED}\n',
    );
    for (const port of [ports.db, ports.supabase]) await listen(port);
    const { code, stderr, log } = await dev('up', { absent: ['docker', 'supabase'] });
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

  test.each<[string, Programs, string]>([
    [
      'the engine is not running',
      { engine: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' },
      'the engine of Docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.; start Docker Desktop, or on Linux: sudo systemctl start docker\n',
    ],
    [
      'the engine refuses this user',
      { engine: 'permission denied while trying to connect to the Docker daemon socket' },
      'the engine of Docker does not answer: permission denied while trying to connect to the Docker daemon socket; let this user talk to it: https://docs.docker.com/engine/install/linux-postinstall/\n',
    ],
    [
      'Docker has no Compose',
      { codes: { 'compose version': 1 } },
      'docker has no compose plugin; install it: https://docs.docker.com/compose/install/\n',
    ],
    [
      'Supabase does not start',
      { codes: { 'supabase start': 1 } },
      'pulls images\nsupabase start ends with 1; what it said is above\n',
    ],
    [
      'Supabase shows no key',
      { status: 'API_URL="x"' },
      'pulls images\nsupabase status --output env shows neither SERVICE_ROLE_KEY nor SECRET_KEY; update the Supabase CLI\n',
    ],
  ])('stops where %s', async (_, programs, message) => {
    const { code, stderr, log } = await dev('up', programs);
    expect({ code, stderr }).toEqual({ code: 1, stderr: message });
    expect(log.filter((line) => line.includes(' up '))).toEqual([]);
  });

  test('a second start takes the ports of the first for its own', async () => {
    for (const port of Object.values(ports)) await listen(port);
    const lines = [ports.app, ports.db, ports.redis].map((port) =>
      JSON.stringify({ Service: 'x', Publishers: [{ PublishedPort: port }, { PublishedPort: 0 }] }),
    );
    expect(await dev('up', { containers: lines.join('\n'), runs: true })).toMatchObject({
      code: 0,
    });
    const { stderr } = await dev('up', { containers: `[${lines.slice(1).join()}]`, runs: true });
    expect(stderr).toBe(
      `port ${ports.app} is taken, and app needs it; end what listens there, to be seen with: lsof -nP -iTCP:${ports.app} -sTCP:LISTEN\n`,
    );
  });

  test('shows the last lines of what did not get healthy', async () => {
    const { code, stdout, stderr } = await dev('up', { codes: { ' up ': 1 } });
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
    expect((await dev('up', { env: { SEDA_API_SOURCE: '../seda-api' } })).log).toContain(
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
  test.each<['down' | 'down --volumes', string[], string]>([
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
    const { code, stderr, log } = await dev('down', { codes: { ' down': 1, 'supabase stop': 2 } });
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

test('the Compose file takes these ports and needs no value', () => {
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
