import { execFile, execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { LOCAL_SERVICES } from '../environments/local-services';
import type { Node } from '../policy/check';
import { objectsOf } from '../policy/dist';
import { freePorts } from './cluster/processes';
import { containersUnavailable, Engine } from './containers/engine';
import { apiRegistry, apiSources, nodeBase, postgres, redis } from './containers/images';

const COMPOSE = path.join(__dirname, '../dist/compose/development.yaml');
/** The reader of Compose files that Docker's own command is made with. */
const COMPOSE_GO = 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2';

const unavailable = containersUnavailable();
if (unavailable) console.warn(`${unavailable}; what dist/development describes is not started`);
const withContainers = unavailable ? describe.skip : describe;

const here = (program: string, ...args: string[]) =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const withGo = here('go', 'version') ? test : test.skip;
const withCompose = here('docker', 'compose', 'version') ? test : test.skip;

const objects: readonly Node[] = objectsOf.get('development')!;
const only = (kind: string, name?: string): Node =>
  objects.find(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  )!;

/**
 * The objects of dist/development, started by `podman kube play` with the images that they name. Podman 4.3 runs
 * Deployments and Pods with their ConfigMaps, claims, security contexts, resources and folders as they are. What it lacks:
 *
 * - Secrets: it wants the JSON of `data` under the name, so `podman secret create` takes that.
 * - Services: a name in the network of the pods takes their place.
 * - Jobs: the pod of the Job's template is started.
 * - Ports: it publishes each on all addresses of the host; here on a free port of 127.0.0.1.
 * - Probes: it runs liveness alone, and no port by its name; the tests run what the readiness probes say.
 * - fsGroup: folders belong to whom the image gives them.
 *
 * Namespace, ServiceAccounts and NetworkPolicies mean nothing to it and are left out.
 */
withContainers('dist/development, started', () => {
  let engine: Engine;
  const url: { [deployment: string]: string } = {};

  async function play(...documents: Node[]): Promise<void> {
    const file = path.join(engine.folder, 'play.yaml');
    fs.writeFileSync(file, documents.map((document) => stringify(document)).join('---\n'));
    await engine.podman(
      'kube',
      'play',
      '--network',
      `development:alias=${documents.at(-1)!.metadata.name}`,
      file,
    );
  }

  async function playDeployment(name: string, ...before: Node[]): Promise<void> {
    const deployment = structuredClone(only('Deployment', name));
    const [container] = deployment.spec.template.spec.containers;
    const { port } = await freePorts('port');
    container.ports = container.ports.map((own: Node) => ({
      ...own,
      hostIP: '127.0.0.1',
      hostPort: port,
    }));
    url[name] = `http://127.0.0.1:${port}`;
    await play(...before, deployment);
  }

  /** Runs the command of a readiness probe until it is content, as a kubelet does. */
  async function ready(name: string): Promise<void> {
    const { readinessProbe } = only('Deployment', name).spec.template.spec.containers[0];
    await until(
      name,
      async () =>
        (await engine.podmanEnds('exec', `${name}-pod-0-${name}`, ...readinessProbe.exec.command))
          .code === 0,
    );
  }

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await condition())) {
      if (Date.now() > end)
        throw new Error(`${what} is not ready after 60 s:\n${await engine.podman('ps', '--all')}`);
      await sleep(300);
    }
  }

  const health = async () => {
    const { path: readiness } = only('Deployment', 'seda-api-dev').spec.template.spec.containers[0]
      .readinessProbe.httpGet;
    const response = await fetch(`${url['seda-api-dev']}${readiness}`).catch(() => undefined);
    return response && { status: response.status, body: await response.json() };
  };

  /** Runs the migration Job's pod to its end; what it printed. */
  async function migrate(): Promise<string> {
    const { spec } = only('Job').spec.template;
    await play(only('ConfigMap'), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'migrate' },
      spec,
    });
    const code = (await engine.podman('wait', 'migrate-migrate')).trim();
    const { stdout, stderr } = await engine.podmanEnds('logs', 'migrate-migrate');
    await engine.podman('pod', 'rm', '--force', 'migrate');
    return `${code}: ${stdout}${stderr}`;
  }

  beforeAll(async () => {
    engine = new Engine();
    const registry = await apiRegistry();
    const base = await nodeBase(engine, registry);
    await engine.build(
      apiSources(path.join(engine.folder, 'sources')),
      only('Deployment', 'seda-api-dev').spec.template.spec.containers[0].image,
      '--build-arg',
      `NODE_IMAGE=${base}`,
    );
    registry.stop();
    await postgres(engine, `docker.io/library/${LOCAL_SERVICES.db.image}`);
    await redis(engine, `docker.io/library/${LOCAL_SERVICES.redis.image}`);
    await engine.podman('network', 'create', 'development');
    const secret = path.join(engine.folder, 'secret.json');
    fs.writeFileSync(secret, JSON.stringify(only('Secret').data));
    await engine.podman('secret', 'create', only('Secret').metadata.name, secret);
  });

  afterAll(() => engine?.close());

  test('PostgreSQL and Redis get ready, the migration ends, and the API has its database and its folder', async () => {
    for (const name of ['db', 'redis'])
      await playDeployment(name, only('PersistentVolumeClaim', `${name}-data`));
    for (const name of ['db', 'redis']) await ready(name);
    expect(await migrate()).toBe('0: applied 20260101000000_tracks\n1 migrations, 1 applied now\n');
    await playDeployment('seda-api-dev', only('ConfigMap'));
    await until('seda-api-dev', async () => (await health()) !== undefined);
    expect(await health()).toEqual({
      status: 200,
      body: { status: 'ok', checks: { database: true, storage: true } },
    });
  });

  test('every container is restricted as its YAML says', async () => {
    for (const [name, user] of [
      ['db', '70:70'],
      ['redis', '10001:10001'],
      ['seda-api-dev', '10001:10001'],
    ] as const) {
      const [container] = only('Deployment', name).spec.template.spec.containers;
      const running = `${name}-pod-0-${container.name}`;
      const [{ HostConfig, Config }] = JSON.parse(await engine.podman('inspect', running));
      expect({
        name,
        user: Config.User,
        readOnly: HostConfig.ReadonlyRootfs,
        memory: HostConfig.Memory,
      }).toEqual({
        name,
        user,
        readOnly: true,
        memory: parseInt(container.resources.limits.memory) * 2 ** 20,
      });
      const status = await engine.podman(
        'exec',
        running,
        'grep',
        '-E',
        '^(CapEff|CapBnd|NoNewPrivs)',
        '/proc/1/status',
      );
      expect(status).toBe('CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n');
    }
  });

  test('a database that restarts is missed, and comes back with its data', async () => {
    await engine.podman('pod', 'stop', '--time', '10', 'db-pod-0');
    await until('the answer 503', async () => (await health())?.status === 503);
    expect(await health()).toEqual({
      status: 503,
      body: { status: 'error', checks: { database: false, storage: true } },
    });
    await engine.podman('pod', 'start', 'db-pod-0');
    await ready('db');
    await until('the answer 200', async () => (await health())?.status === 200);
    expect(await migrate()).toBe('0: 1 migrations, 0 applied now\n');
  });
});

describe('dist/compose/development.yaml', () => {
  withGo(
    'is taken by the reader of Compose files, which takes no key that it does not know',
    async () => {
      const read = (file: string) => promisify(execFile)('go', ['run', COMPOSE_GO, file]);
      expect((await read(COMPOSE)).stdout).toContain('name: seda-dev');
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compose-'));
      try {
        const wrong = path.join(folder, 'compose.yaml');
        fs.writeFileSync(
          wrong,
          fs.readFileSync(COMPOSE, 'utf8').replace('healthcheck:', 'healthchecks:'),
        );
        await expect(read(wrong)).rejects.toThrow(/healthchecks/);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    },
  );

  withCompose('is taken by docker compose', () => {
    expect(
      execFileSync('docker', ['compose', '--file', COMPOSE, 'config', '--services'], {
        encoding: 'utf8',
      })
        .trim()
        .split('\n')
        .sort(),
    ).toEqual(['app', 'db', 'migrate', 'redis']);
  });
});
