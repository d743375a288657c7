import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_CREDENTIALS, LOCAL_SERVICES } from '../environments/local-services';
import type { Node } from '../policy/check';
import { objectsOf } from '../policy/dist';
import type { NpmRegistry } from '../test/npm-registry';
import { containersUnavailable, Engine, RESTRICTED } from './containers/engine';
import { apiRegistry, apiSources, nodeBase, postgres } from './containers/images';

const IMAGE = 'localhost/seda-api:e2e';
const NETWORK = 'seda';
const SEDA = path.join(__dirname, '../ops/seda.cjs');
/** What must not be in an image, wherever it lay in the checkout that the image was built from. */
const PLANTED = 'planted-credential-0123456789';

const unavailable = containersUnavailable();
if (unavailable) console.warn(`${unavailable}; the image of the API is not built and not run`);
/** What cannot run here is shown as skipped: nothing is claimed. */
const withContainers = unavailable ? describe.skip : describe;

/** What pods of production are given, with the credentials of the local database. */
const production = objectsOf.get('production')!;
const jobOf = (component: string): Node =>
  production.find(
    ({ kind, metadata }) =>
      kind === 'Job' && metadata.labels?.['app.kubernetes.io/component'] === component,
  )!.spec.template.spec.containers[0];
const apiContainer: Node = production.find(
  ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'seda-api-blue',
)!.spec.template.spec.containers[0];

function environmentOf(container: Node): { [name: string]: string } {
  const maps = (container.envFrom ?? []).map(
    ({ configMapRef }: Node) =>
      production.find(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name,
      )!.data,
  );
  const own = (container.env ?? []).map(({ name, value, valueFrom }: Node) => [
    name,
    value ?? LOCAL_CREDENTIALS[valueFrom.secretKeyRef.key as keyof typeof LOCAL_CREDENTIALS],
  ]);
  return Object.assign({}, ...maps, Object.fromEntries(own));
}

const asOptions = (environment: { readonly [name: string]: string }) =>
  Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

withContainers('the image of the API', () => {
  let engine: Engine;
  let registry: NpmRegistry;
  let base: string;
  let sources: string;
  const build = (from: string, tag: string, ...options: string[]) =>
    engine.build(from, tag, '--build-arg', `NODE_IMAGE=${base}`, ...options);
  const inImage = async (...command: string[]) =>
    (await engine.runs(IMAGE, ...command)).stdout.trim().split('\n');

  /** Starts the API as a pod of production does, and waits until it answers. */
  async function startApi(
    changes: { readonly [name: string]: string } = {},
    ...options: string[]
  ): Promise<{ id: string; url: string }> {
    const environment = asOptions({ ...environmentOf(apiContainer), ...changes });
    const id = await engine.start(
      ...RESTRICTED,
      '--network',
      NETWORK,
      '--publish',
      '127.0.0.1::3001',
      ...environment,
      ...options,
      IMAGE,
    );
    const url = await engine.address(id, 3001);
    for (let tries = 0; tries < 100; tries++) {
      if (await fetch(`${url}/api/v1/version`).catch(() => undefined)) return { id, url };
      await sleep(100);
    }
    throw new Error(`the API does not answer at ${url}:\n${await engine.podman('logs', id)}`);
  }

  const health = async (url: string) => {
    const response = await fetch(`${url}/api/v1/health`);
    return { status: response.status, body: await response.json() };
  };

  beforeAll(async () => {
    engine = new Engine();
    registry = await apiRegistry();
    base = await nodeBase(engine, registry);
    sources = apiSources(path.join(engine.folder, 'sources'));
    for (const file of [
      '.env',
      '.env.production',
      '.npmrc',
      '.git/config',
      'id_rsa',
      'prisma/.env',
      'src/.env.local',
      'src/tls/server.key',
      'src/ca.pem',
    ]) {
      fs.mkdirSync(path.dirname(path.join(sources, file)), { recursive: true });
      fs.writeFileSync(path.join(sources, file), PLANTED);
    }
    await build(sources, IMAGE);
    await engine.podman('network', 'create', NETWORK);
    await postgres(engine, 'localhost/postgres:15');
    const { env } = LOCAL_SERVICES.db;
    await engine.start(
      '--name',
      'db',
      '--network',
      NETWORK,
      ...asOptions(env),
      'localhost/postgres:15',
    );
    for (
      let tries = 0;
      (await engine.podmanEnds('exec', 'db', ...LOCAL_SERVICES.db.ready)).code !== 0;
      tries++
    ) {
      if (tries > 100)
        throw new Error(`the database does not start:\n${await engine.podman('logs', 'db')}`);
      await sleep(200);
    }
  });

  afterAll(() => {
    registry?.stop();
    engine?.close();
  });

  describe('is built', () => {
    test('from nothing but what the API is made of', async () => {
      await build(sources, 'localhost/build-stage', '--target', 'build');
      const { stdout } = await engine.runs(
        'localhost/build-stage',
        'sh',
        '-c',
        'ls -A /app; find /app/src /app/prisma -type f',
      );
      expect(stdout.trim().split('\n').sort()).toEqual(
        [
          '/app/prisma/migrations/20260101000000_tracks/migration.sql',
          '/app/prisma/migrations/migration_lock.toml',
          '/app/prisma/schema.prisma',
          ...fs.readdirSync(path.join(__dirname, 'api/src')).map((name) => `/app/src/${name}`),
          'dist',
          'node_modules',
          'package-lock.json',
          'package.json',
          'prisma',
          'src',
          'tsconfig.json',
        ].sort(),
      );
    });

    test('with production dependencies, the generated client and the command of Prisma, and without anything else', async () => {
      expect(await inImage('ls', '-A', '/app')).toEqual([
        'dist',
        'node_modules',
        'package.json',
        'prisma',
      ]);
      expect((await inImage('find', '/app/node_modules', '-name', 'package.json')).sort()).toEqual(
        ['@prisma/client', 'prisma'].map((name) => `/app/node_modules/${name}/package.json`),
      );
      expect(
        await inImage('ls', '/app/node_modules/.prisma/client', '/app/node_modules/.bin'),
      ).toEqual(expect.arrayContaining(['index.js', 'prisma']));
      // TypeScript alone has 23 MB: it is in no layer, not even in a lower one.
      const size = async (image: string) =>
        JSON.parse(await engine.podman('image', 'inspect', '--format', '{{.Size}}', image));
      expect((await size(IMAGE)) - (await size(base))).toBeLessThan(1_000_000);
    });

    test('with the settings that Kubernetes and Docker read', async () => {
      const [{ Config, Healthcheck }] = JSON.parse(await engine.podman('image', 'inspect', IMAGE));
      expect(Config).toMatchObject({
        User: '10001:10001',
        WorkingDir: '/app',
        ExposedPorts: { '3001/tcp': {} },
        Cmd: ['node', 'dist/main.js'],
      });
      expect(Config.Entrypoint ?? []).toEqual([]);
      expect(Config.Env.map((entry: string) => entry.split('=')[0]).sort()).toEqual([
        'CHECKPOINT_DISABLE',
        'HOME',
        'NODE_ENV',
        'PATH',
        'PORT',
      ]);
      expect(Healthcheck).toMatchObject({
        Interval: 10e9,
        Timeout: 3e9,
        StartPeriod: 30e9,
        Retries: 3,
      });
      expect(Healthcheck.Test.slice(0, 3)).toEqual(['CMD', 'node', '-e']);
    });

    test('with no byte of a credential in any layer or in its history', async () => {
      const archive = path.join(engine.folder, 'image.tar');
      await engine.podman('save', '--format', 'docker-archive', '--output', archive, IMAGE);
      const bytes = fs.readFileSync(archive);
      expect(bytes.includes('dist/main.js')).toBe(true);
      expect(bytes.includes(PLANTED)).toBe(false);
      fs.rmSync(archive);
    });

    test('so that the process can change nothing of it', async () => {
      expect(await inImage('find', '/app', '!', '-user', '0')).toEqual(['']);
      expect(await inImage('find', '/app', '-perm', '-0002', '!', '-type', 'l')).toEqual(['']);
    });

    test.each<[string, string, (file: string) => string, string]>([
      [
        'Prisma is no production dependency',
        'package',
        (text) => moveToDev(text),
        'prisma is missing: it must be in "dependencies", not in "devDependencies"',
      ],
      [
        'the build writes elsewhere',
        'tsconfig',
        (text) => text.replace('"outDir": "dist"', '"outDir": "dist/src"'),
        'dist/main.js is missing: "npm run build" must write it',
      ],
    ])('unless %s', async (_, name, change, message) => {
      const broken = apiSources(path.join(engine.folder, `broken-${name}`));
      const files = name === 'package' ? ['package.json', 'package-lock.json'] : ['tsconfig.json'];
      for (const file of files)
        fs.writeFileSync(
          path.join(broken, file),
          change(fs.readFileSync(path.join(broken, file), 'utf8')),
        );
      await expect(build(broken, 'localhost/broken')).rejects.toThrow(message);
    });
  });

  describe('run the way a pod of production runs it', () => {
    const { command } = jobOf('migration');
    const migrate = (...options: string[]) =>
      engine.runs(
        ...RESTRICTED,
        '--network',
        NETWORK,
        ...asOptions(environmentOf(jobOf('migration'))),
        ...options,
        IMAGE,
        ...command,
      );

    test('the command of the migration Job applies each migration once', async () => {
      expect(command).toEqual(['node_modules/.bin/prisma', 'migrate', 'deploy']);
      expect(await migrate()).toMatchObject({
        code: 0,
        stdout: 'applied 20260101000000_tracks\n1 migrations, 1 applied now\n',
      });
      expect(await migrate()).toMatchObject({ code: 0, stdout: '1 migrations, 0 applied now\n' });
    });

    test('the migration Job fails where the database refuses it', async () => {
      const { code, stderr } = await migrate(
        '--env',
        'DATABASE_URL=postgresql://seda_user:wrong@db:5432/seda_dev',
      );
      expect(code).toBe(1);
      expect(stderr).toContain('password authentication failed for user "seda_user"');
    });

    test('answers what manifests ask, as user 10001, without capabilities, over a read-only root', async () => {
      const { id, url } = await startApi();
      expect(await health(url)).toEqual({
        status: 200,
        body: { status: 'ok', checks: { database: true } },
      });
      const version = await fetch(`${url}/api/v1/version`);
      expect([version.headers.get('x-seda-version'), await version.json()]).toEqual([
        '1.0.0',
        { version: '1.0.0' },
      ]);
      const metrics = await (await fetch(`${url}/api/v1/metrics`)).text();
      expect(metrics).toMatch(
        /^http_request_duration_seconds_bucket\{le="0.5",method="GET",route="\/api\/v1\/health",status_code="200"\} 1$/m,
      );
      expect(
        metrics
          .trim()
          .split('\n')
          .filter(
            (line) =>
              !/^(# (TYPE|HELP) .+|[a-z_0-9]+(\{([a-z_]+="[^"]*",?)+\})? [\d.e+-]+)$/.test(line),
          ),
      ).toEqual([]);

      const inside = async (line: string) =>
        (await engine.podmanEnds('exec', id, 'sh', '-c', line)).stdout.trim();
      expect(await inside('id -u; id -g')).toBe('10001\n10001');
      expect(await inside("grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/1/status")).toBe(
        'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1',
      );
      expect(await inside("tr '\\0' ' ' < /proc/1/cmdline")).toBe('node dist/main.js');
      for (const place of ['/app', '/app/dist', '/storage', '/usr/local/bin', '/'])
        expect(await inside(`touch ${place}/x 2>/dev/null && echo written`)).toBe('');
      expect(await inside('touch "$HOME/x" && echo written')).toBe('written');
      await engine.podman('rm', '--force', '--time', '0', id);
    });

    test('its health check and seda health say what its health says, and a database that is away ends nothing', async () => {
      const { id, url } = await startApi();
      const sedaHealth = () =>
        spawnSync(
          process.execPath,
          [SEDA, 'health', 'production', '--url', url, '--attempts', '1'],
          { cwd: path.dirname(SEDA), encoding: 'utf8' },
        );
      expect((await engine.podmanEnds('healthcheck', 'run', id)).code).toBe(0);
      expect(sedaHealth()).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('version 1.0.0'),
      });
      await engine.podman('pause', 'db');
      try {
        expect(await health(url)).toEqual({
          status: 503,
          body: { status: 'error', checks: { database: false } },
        });
        expect((await engine.podmanEnds('healthcheck', 'run', id)).code).toBe(1);
        expect(sedaHealth()).toMatchObject({
          status: 1,
          stdout: expect.stringContaining('database'),
        });
      } finally {
        await engine.podman('unpause', 'db');
      }
      expect((await health(url)).status).toBe(200);
      await engine.podman('rm', '--force', '--time', '0', id);
    });

    test('SIGTERM: it serves on for a while and sends clients away, then takes nothing new, answers what was begun, and the exit code is 0', async () => {
      const { id, url } = await startApi({ E2E_DRAIN_MS: '3000' });
      const begun = fetch(`${url}/api/v1/slow?milliseconds=6000`);
      await sleep(500);
      const grace = apiContainer.lifecycle.preStop.sleep.seconds;
      const stopped = performance.now();
      const stop = engine.podman('stop', '--time', String(grace), id);
      await sleep(1000);
      const version = await fetch(`${url}/api/v1/version`);
      expect([version.status, version.headers.get('connection')]).toEqual([200, 'close']);
      await sleep(3000);
      await expect(fetch(`${url}/api/v1/version`)).rejects.toThrow('fetch failed');
      const response = await begun;
      expect([response.status, response.headers.get('connection'), await response.json()]).toEqual([
        200,
        'close',
        { slept: '6000' },
      ]);
      await stop;
      expect(performance.now() - stopped).toBeLessThan(grace * 1000);
      expect(
        JSON.parse(await engine.podman('inspect', '--format', '{{.State.ExitCode}}', id)),
      ).toBe(0);
    });

    test('SIGTERM while it still starts ends it as well', async () => {
      const id = await engine.start(
        ...RESTRICTED,
        ...asOptions({ ...environmentOf(apiContainer), E2E_START_MS: '60000' }),
        IMAGE,
      );
      await sleep(1000);
      await engine.podman('stop', '--time', '10', id);
      expect(
        JSON.parse(await engine.podman('inspect', '--format', '{{.State.ExitCode}}', id)),
      ).toBe(0);
    });

    test('a process that handles no SIGTERM would be killed at the end of its time', async () => {
      const id = await engine.start(
        ...RESTRICTED,
        IMAGE,
        'node',
        '-e',
        'setInterval(() => {}, 1000)',
      );
      await engine.podman('stop', '--time', '2', id);
      expect(
        JSON.parse(await engine.podman('inspect', '--format', '{{.State.ExitCode}}', id)),
      ).toBe(137);
    });

    test('a new volume for files belongs to the process, as Compose needs it', async () => {
      const { code } = await engine.runs(
        ...RESTRICTED,
        '--volume',
        'storage:/storage',
        IMAGE,
        'touch',
        '/storage/x',
      );
      expect(code).toBe(0);
    });

    test('refuses to start without its Secret, and names what is missing', async () => {
      const { DATABASE_URL: _url, JWT_SECRET: _secret, ...rest } = environmentOf(apiContainer);
      const { code, stderr } = await engine.runs(...RESTRICTED, ...asOptions(rest), IMAGE);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'DATABASE_URL, JWT_SECRET missing in the environment\n',
      });
    });
  });

  describe('the gate Job of production, in the image', () => {
    const { command, env } = jobOf('gate');
    const variables = environmentOf({ env });
    const gate = (...options: string[]) =>
      engine.runs(
        ...RESTRICTED,
        '--network',
        NETWORK,
        ...asOptions(variables),
        ...options,
        IMAGE,
        ...command,
      );
    // As the headless Service: one name, and an address for each pod.
    const pod = (changes = {}) => startApi(changes, '--network-alias', variables.GATE_HOST!);
    /** The DNS server of the network starts again with each container, and a name that is asked for meanwhile takes seconds. */
    const goodPod = async (changes = {}) => {
      const started = await pod(changes);
      for (let tries = 0; tries < 60 && (await health(started.url)).status !== 200; tries++)
        await sleep(1000);
      return started;
    };

    test('opens for as many good pods as production has, in both forms of health, and for no fewer', async () => {
      expect(variables.GATE_FLOOR).toBe('3');
      const pods = [await goodPod(), await goodPod({ E2E_HEALTH: 'terminus' })];
      // The new container has restarted the name server, which the pods ask for their database: they may need a moment.
      let few = await gate('--env', 'GATE_SECONDS=15');
      for (let tries = 0; tries < 5 && !few.stdout.startsWith('2 of 3'); tries++)
        few = await gate('--env', 'GATE_SECONDS=15');
      expect(few).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(
          /^2 of 3 pods are good\n(\S+ answers 200, database up\n){2}$/,
        ),
      });
      pods.push(await goodPod());
      expect(await gate()).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /^3 of 3 pods are good\n(\S+ answers 200, database up\n){3}$/,
        ),
      });
      const bad = await pod({ E2E_DATABASE: 'down' });
      expect(await gate('--env', 'GATE_SECONDS=15')).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/answers 503, database not up/),
      });
      await engine.podman('rm', '--force', '--time', '0', ...[...pods, bad].map(({ id }) => id));
    });
  });
});

/** A package.json or its lock in which `prisma` is a development dependency. */
function moveToDev(text: string): string {
  const file = JSON.parse(text);
  const about = file.packages?.[''] ?? file;
  about.devDependencies = { ...about.devDependencies, prisma: about.dependencies.prisma };
  delete about.dependencies.prisma;
  if (file.packages) file.packages['node_modules/prisma'].dev = true;
  return JSON.stringify(file);
}
