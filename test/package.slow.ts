import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { parseAllDocuments } from 'yaml';
import { API, environments } from '../environments';
import { renderAll } from '../environments/render';
import { namespacePeer } from '../lib/network';
import { startNpmRegistry } from './npm-registry';
import { Rendered } from './render';

const ROOT = path.join(__dirname, '..');
const MODULES = path.join(ROOT, 'node_modules');
const PACKAGE = '@seda-fm/manifests';

/** What another team writes: an app of its own, with nothing of seda.fm in it. */
const SHOP = `
import { App, Chart } from 'cdk8s';
import { type ApiRevision, BlueGreenPair, type Colour, INGRESS_NGINX_NAMESPACE, SedaApi, SedaIngress, SedaMonitoring, SedaNamespace } from '${PACKAGE}';

const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
const pod = { port: 8080, health: { readiness: '/ready', liveness: '/live' } };
const revision: ApiRevision = {
  image: 'images.example.com/shop/api:1.4.2',
  replicas: 2,
  config: { LOG_LEVEL: 'info' },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
};

new SedaNamespace(chart, 'namespace', { name: 'shop' });
const { service, metricsService } = new SedaApi(chart, 'api', { ...pod, name: 'shop-api', clientNamespaces: [INGRESS_NGINX_NAMESPACE], workload: { strategy: 'rolling', revision } });
new BlueGreenPair(chart, 'cart', { ...pod, name: 'shop-cart', serviceAccountName: 'shop-api', active: 'green', blue: revision, green: revision });
new SedaIngress(chart, 'ingress', {
  name: 'shop-ingress',
  host: 'api.shop.example.com',
  service,
  controller: { kind: 'ingress-nginx', className: 'nginx' },
  paths: ['/v1'],
});
new SedaMonitoring(chart, 'monitoring', { level: 'basic', service, metricsService, team: 'shop' });
// @ts-expect-error -- an error only where the types have arrived
export const colour: Colour = 'red';
app.synth();
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    skipLibCheck: false,
    module: 'Node16',
    target: 'ES2022',
    types: [],
    outDir: 'out',
  },
  files: ['main.ts'],
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'package-'));
const shop = path.join(folder, 'shop');
const seda = path.join(shop, 'node_modules/.bin/seda');

// As in a shell: without the settings that `npm test` hands down.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|cdk8s_)/i.test(name)),
);

async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env })).stdout;
  } catch (error) {
    const { message, stdout } = error as Error & { stdout: string };
    throw new Error(`${message}\n${stdout}`);
  }
}

function npm(cwd: string, ...args: string[]): Promise<string> {
  const own = ['--cache', path.join(folder, 'cache'), '--userconfig', path.join(folder, 'npmrc')];
  return run(
    cwd,
    'npm',
    ...args,
    ...own,
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
  );
}

/** Installs as a user does. Links or `file:` overrides would hide a dependency that package.json does not name, and npm's cache cannot be relied on. */
async function install(tarball: string, ...packages: string[]): Promise<void> {
  const registry = await startNpmRegistry((name) => path.join(MODULES, name));
  try {
    await npm(
      shop,
      'install',
      tarball,
      ...packages,
      '--registry',
      registry.url,
      '--noproxy',
      '127.0.0.1',
      '--ignore-scripts',
    );
  } finally {
    registry.stop();
  }
}

/** Text by path below `start`. */
function readTree(start: string): Map<string, string> {
  const entries = fs
    .readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile());
  const files = entries.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  return new Map(
    files.map((file) => [
      path.relative(start, file).split(path.sep).join('/'),
      fs.readFileSync(file, 'utf8'),
    ]),
  );
}

function rendered(): string {
  return fs.readFileSync(path.join(shop, 'dist/shop.k8s.yaml'), 'utf8');
}

beforeAll(async () => {
  await npm(ROOT, 'pack', '--pack-destination', folder);
  const [tarball] = fs.readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  fs.mkdirSync(shop);
  fs.writeFileSync(path.join(shop, 'package.json'), '{ "name": "shop", "private": true }');
  fs.writeFileSync(path.join(shop, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  fs.writeFileSync(path.join(shop, 'cdk8s.yaml'), 'language: typescript\napp: node out/main.js\n');
  fs.writeFileSync(path.join(shop, 'main.ts'), SHOP);
  await install(path.join(folder, tarball!), 'cdk8s', 'constructs');
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

afterEach(() => fs.rmSync(path.join(shop, 'dist'), { recursive: true, force: true }));

test('the package holds the library and the command, and nothing of seda.fm', () => {
  const files = readTree(path.join(shop, 'node_modules', PACKAGE));
  const wanted =
    /^(package\.json|README\.md|ops\/(seda|load|run)\.cjs|build\/THIRD_PARTY_NOTICES\.txt|build\/ops\/cli\.js(\.cache)?|build\/ops\/(deploy|deploy\/rollback|doctor|graph|health|secrets)\.js|build\/(lib|imports)\/[\w.-]+\.(js|d\.ts))$/;
  expect([...files.keys()].filter((name) => !wanted.test(name) || name.includes('.test.'))).toEqual(
    [],
  );
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      'build/lib/index.js',
      'build/lib/index.d.ts',
      'build/ops/cli.js',
      'ops/seda.cjs',
    ]),
  );

  files.delete('README.md');
  const facts = [
    ...environments.map(({ namespace }) => namespace),
    API.health.readiness,
    API.secret.name,
  ];
  expect(
    facts.flatMap((fact) =>
      [...files.keys()]
        .filter((name) => files.get(name)!.includes(fact))
        .map((name) => `${fact} in ${name}`),
    ),
  ).toEqual([]);
});

test('the licences of everything that is built in are in the package', async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['main.ts', 'ops/cli.ts'],
    bundle: true,
    platform: 'node',
    write: false,
    outdir: 'build',
    metafile: true,
  });
  const folders = Object.keys(metafile.inputs).flatMap(
    (input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
  const heads = folders.map((bundled) => {
    const { name, version, license } = JSON.parse(
      fs.readFileSync(path.join(ROOT, bundled, 'package.json'), 'utf8'),
    );
    return `${name} ${version}\n${license}`;
  });
  const text = fs.readFileSync(
    path.join(shop, 'node_modules', PACKAGE, 'build/THIRD_PARTY_NOTICES.txt'),
    'utf8',
  );
  const parts = text
    .split(`\n${'-'.repeat(80)}\n\n`)
    .map((part) => /^(.+\n.+)\n\n[^]*(copyright|licen[cs]e)[^]*\n$/i.exec(part)?.[1]);
  expect(parts).toEqual([...new Set(heads)].sort());
  for (const part of [
    'Permission is hereby granted',
    'TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION',
    'Graphviz, https://graphviz.org, under the Eclipse Public License',
  ])
    expect(text).toContain(part);
});

test('only the public API can be reached, from both kinds of module', async () => {
  const names = `Object.keys(require('${PACKAGE}')).join()`;
  expect(await run(shop, 'node', '-p', names)).toContain('BlueGreenPair');
  expect(
    await run(
      shop,
      'node',
      '--input-type=module',
      '-e',
      `import { SedaApi } from '${PACKAGE}'; console.log(SedaApi.name)`,
    ),
  ).toBe('SedaApi\n');
  await expect(
    run(shop, 'node', '-p', `require('${PACKAGE}/build/lib/yaml-text')`),
  ).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('an app of another team compiles in strict mode and renders, alone and through seda', async () => {
  await run(shop, 'node', path.join(MODULES, 'typescript/bin/tsc'));
  await run(shop, 'node', 'out/main.js');
  const text = rendered();
  const manifests = new Rendered(
    parseAllDocuments(text).map((document) => document.toJS()),
    [],
  );
  expect(manifests.find('Namespace', 'shop').metadata.namespace).toBeUndefined();
  expect(manifests.find('Deployment', 'shop-api').spec.template.metadata.labels).toMatchObject({
    app: 'shop-api',
  });
  expect(manifests.find('Service', 'shop-api').spec.selector).toEqual({ app: 'shop-api' });
  expect(manifests.find('Service', 'shop-cart').spec.selector).toEqual({
    app: 'shop-cart',
    version: 'green',
  });
  expect(manifests.find('Service', 'shop-cart-preview').spec.selector).toEqual({
    app: 'shop-cart',
    version: 'blue',
  });
  expect(manifests.find('NetworkPolicy', 'shop-api').spec.ingress[0].from).toEqual([
    namespacePeer('ingress-nginx'),
  ]);
  expect(
    manifests.find('Ingress', 'shop-ingress').spec.rules[0].http.paths[0].backend.service.name,
  ).toBe('shop-api');
  expect(manifests.find('ServiceMonitor', 'shop-api-metrics').metadata.namespace).toBe('shop');
  expect(text).not.toContain('seda-api');

  // What needs environments and their records says so.
  await expect(run(shop, seda, 'health', 'production')).rejects.toThrow(
    'shop has no environments/index.ts, which this command reads; in a project of other constructs use synth, check, diff and graph\n',
  );

  fs.rmSync(path.join(shop, 'dist'), { recursive: true });
  expect(await run(shop, seda, 'synth')).toBe('added    dist/shop.k8s.yaml\n');
  expect(rendered()).toBe(text);
});

test('the compiled app of seda.fm needs nothing beside it and renders what the sources render', async () => {
  const app = path.join(folder, 'app');
  fs.cpSync(path.join(ROOT, 'build/app'), app, { recursive: true });
  await run(app, seda, 'synth');
  expect(readTree(path.join(app, 'dist'))).toEqual(
    renderAll(environments, path.join(ROOT, 'environments')),
  );
  expect(await run(app, seda, 'graph', 'production')).toBe(
    fs.readFileSync(path.join(ROOT, 'docs/production.svg'), 'utf8'),
  );
});
