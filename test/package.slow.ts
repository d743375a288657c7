import * as fs from 'node:fs';
import * as path from 'node:path';
import { build } from 'esbuild';
import { parseAllDocuments } from 'yaml';
import { API, environments } from '../environments';
import { renderAll } from '../environments/render';
import { namespacePeer } from '../lib/network';
import { commandsOf } from './documents';
import { EDITS, EXAMPLES, folderOf } from './examples';
import { Consumer, MODULES, readTree } from './installed-package';
import { ROOT } from './kit';
import { Rendered } from './render';
import { blocksOfPage } from './story';

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

/** What docs/library.md says to another team. */
const LIBRARY = blocksOfPage('docs/library.md').filter(
  ({ section }) => section === 'Start a project',
);
/** The blocks of a language. */
const blocks = (wanted: string) => LIBRARY.filter(({ language }) => language === wanted);
const textOf = (language: string) =>
  blocks(language)
    .map(({ lines }) => `${lines.join('\n')}\n`)
    .join();

const consumer = new Consumer();
const { run } = consumer;
const shop = consumer.root;
const seda = path.join(shop, 'node_modules/.bin/seda');

function rendered(): string {
  return fs.readFileSync(path.join(shop, 'dist/shop.k8s.yaml'), 'utf8');
}

beforeAll(async () => {
  await consumer.pack();
  for (const { command } of blocks('sh').flatMap(commandsOf)) await consumer.sh(command);
});

afterAll(() => consumer.remove());

test('nothing else comes along', () => {
  const { packages } = JSON.parse(consumer.read('node_modules/.package-lock.json')) as {
    packages: { [folder: string]: { inBundle?: boolean } };
  };
  const own = Object.keys(packages).filter((name) => !packages[name]!.inBundle);
  expect(own.map((name) => name.replace('node_modules/', ''))).toEqual([
    `@esbuild/${process.platform}-${process.arch}`,
    PACKAGE,
    'cdk8s',
    'constructs',
    'esbuild',
    'yaml',
  ]);
});

describe('the project of docs/library.md, as it stands there', () => {
  const files = ['dist/shop.k8s.yaml', 'dist/shop.yml', 'dist/shop/Ingress.shop-api.yaml'];

  beforeAll(() => {
    consumer.write('cdk8s.yaml', textOf('yaml'));
    consumer.write('main.ts', textOf('ts'));
    consumer.write('tsconfig.json', JSON.stringify(TSCONFIG));
    consumer.write('.gitignore', 'node_modules\n');
  });

  test('has types that resolve, prints what is said, and cdk8s synth gives the same bytes', async () => {
    await run('node', path.join(MODULES, 'typescript/bin/tsc'), '--noEmit');
    for (const { command, output } of blocks('console').flatMap(commandsOf))
      expect(await consumer.sh(command)).toBe(`${output}\n`);
    const files = readTree(consumer.path('dist'));
    expect([...files.keys()]).toEqual(['shop.k8s.yaml']);
    const cdk8s = path.join(MODULES, 'cdk8s-cli/bin/cdk8s');
    await run('node', cdk8s, 'synth', '--check-upgrade=false');
    expect(readTree(consumer.path('dist'))).toEqual(files);

    consumer.write('cdk8s.yaml', 'language: typescript\n');
    expect(await run(seda, 'synth')).toBe('dist/ is up to date\n');
  });

  test.each([
    ['a file a chart', 'new App()', files[0]!],
    ['another extension', "new App({ outputFileExtension: '.yml' })", files[1]!],
    [
      'a folder a chart',
      "new App({ yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE, outputFileExtension: '.yaml' })",
      files[2]!,
    ],
    [
      'a file an object',
      'new App({ yamlOutputType: YamlOutputType.FILE_PER_RESOURCE })',
      'dist/Ingress.shop-api.k8s.yaml',
      'dist',
    ],
  ])('is checked, shown and drawn: %s', async (_, app, file, name = 'shop') => {
    consumer.write(
      'main.ts',
      textOf('ts').replace('new App()', app).replace('{ App,', '{ App, YamlOutputType,'),
    );
    await run(seda, 'synth');
    expect(fs.existsSync(consumer.path(file))).toBe(true);
    await consumer.commit();
    expect(await run(seda, 'diff')).toBe('nothing changes\n');

    await consumer.edit('shop.example.com', 'www.example.com');
    await expect(run(seda, 'check', '--base', 'HEAD')).rejects.toThrow(
      `${name}: refused, entry-lost: Ingress/shop-api: shop.example.com/ led to the Service shop-api, port http, and would no more in the same way; add the new way beside the old one, and take the old one away when nobody uses it\n`,
    );
    expect(await run(seda, 'check', '--base', 'HEAD', '--allow', `entry-lost=${name}`)).toBe(
      `${name}: changes Ingress/shop-api\n` +
        `${name}: allowed in this run, entry-lost: Ingress/shop-api: shop.example.com/ led to the Service shop-api, port http, and would no more in the same way\n`,
    );
    expect(await run(seda, 'diff')).toBe(
      `${name}: changed Ingress shop-api: shop.example.com/ leads here no more; www.example.com/ leads to shop-api, port http\n` +
        '    spec.rules.0.host: shop.example.com -> www.example.com\n',
    );
    expect(await run(seda, 'graph', name)).toMatch(/^<svg [^]*www\.example\.com[^]*<\/svg>\n$/);
    expect(await run(seda, 'graph', name, '--format', 'mermaid')).toMatch(
      /^flowchart TD\n[^]*"www\.example\.com"/,
    );

    await consumer.edit("'info'", "'debug'");
    await expect(run(seda, 'check', '--base', 'HEAD')).rejects.toThrow(
      `${name}: refused, serving-colour-changed: Deployment/shop-api-blue: its pods change, and clients reach it; stage it in the other colour and promote it\n`,
    );
  });
});

describe('the examples, with the package in the place of the sources', () => {
  const copyOf = (name: string) => consumer.path(`examples/${name}`);

  beforeAll(async () => {
    for (const name of EXAMPLES) {
      fs.cpSync(folderOf(name), copyOf(name), { recursive: true });
      const git = 'git init --quiet && git add --all && git commit --quiet --message all';
      await consumer.runIn(copyOf(name), 'sh', '-c', git);
    }
  });

  test('their types resolve', async () => {
    const files = EXAMPLES.map((name) => `examples/${name}/main.ts`);
    consumer.write('tsconfig.json', JSON.stringify({ ...TSCONFIG, files }));
    await run('node', path.join(MODULES, 'typescript/bin/tsc'), '--noEmit');
  });

  test.each(EXAMPLES)('%s renders the same', async (name) => {
    expect(await consumer.runIn(copyOf(name), seda, 'synth')).toBe('dist/ is up to date\n');
  });

  test.each(EDITS)('$example: the check judges $from -> $to', async (edit) => {
    const folder = copyOf(edit.example);
    const main = path.join(folder, 'main.ts');
    const text = fs.readFileSync(main, 'utf8');
    expect(text).toContain(edit.from);
    fs.writeFileSync(main, text.replace(edit.from, edit.to));
    await consumer.runIn(folder, seda, 'synth');
    const check = consumer.runIn(folder, seda, 'check', '--base', 'HEAD');
    if (edit.refused) await expect(check).rejects.toThrow(edit.says);
    else expect(await check).toContain(edit.says);
    await consumer.runIn(folder, 'git', 'checkout', '--quiet', '.');
  });
});

test('the package holds the library and the command, and nothing of seda.fm', () => {
  const files = readTree(path.join(shop, 'node_modules', PACKAGE));
  const wanted =
    /^(package\.json|README\.md|ops\/(seda|load|run)\.cjs|build\/THIRD_PARTY_NOTICES\.txt|build\/ops\/cli\.js\.cache|build\/ops\/(check\/schema|cli|deploy|deploy\/rollback|doctor|graph|health|secrets)\.js(\.map)?|build\/(lib|imports)\/[\w.-]+\.(js|d\.ts))$/;
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
  expect(await run('node', '-p', names)).toContain('BlueGreenPair');
  expect(
    await run(
      'node',
      '--input-type=module',
      '-e',
      `import { SedaApi } from '${PACKAGE}'; console.log(SedaApi.name)`,
    ),
  ).toBe('SedaApi\n');
  await expect(run('node', '-p', `require('${PACKAGE}/build/lib/yaml-text')`)).rejects.toThrow(
    'ERR_PACKAGE_PATH_NOT_EXPORTED',
  );
});

test.each(['synth', 'graph shop'])(
  'an error of the program in "%s" names its source',
  async (line) => {
    // A folder that is none can come from no command line.
    const script = `
    const { runCompiled } = require('./node_modules/${PACKAGE}/ops/load.cjs');
    const cli = runCompiled(require('path').resolve('node_modules/${PACKAGE}/build/ops/cli.js'));
    const { stdout, env } = process;
    cli.run(${JSON.stringify(line.split(' '))}, { stdout, stderr: stdout, env, cwd: undefined });`;
    const printed = await run('node', '-e', script);
    const [, file, at] = /^TypeError [^]+? at projectRoot \((\S+):(\d+):\d+\)/.exec(printed) ?? [
      printed,
    ];
    expect(file).toBe(`node_modules/${PACKAGE}/ops/project.ts`);
    const source = fs.readFileSync(path.join(ROOT, 'ops/project.ts'), 'utf8').split('\n');
    expect(source[Number(at) - 1]).toContain('path.resolve(start)');
  },
);

test('an app of another team compiles in strict mode and renders, alone and through seda', async () => {
  fs.rmSync(consumer.path('dist'), { recursive: true, force: true });
  consumer.write('cdk8s.yaml', 'language: typescript\napp: node out/main.js\n');
  consumer.write('main.ts', SHOP);
  consumer.write('tsconfig.json', JSON.stringify(TSCONFIG));
  await run('node', path.join(MODULES, 'typescript/bin/tsc'));
  await run('node', 'out/main.js');
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
  await expect(run(seda, 'health', 'production')).rejects.toThrow(
    'shop has no environments/index.ts, which this command reads; in a project of other constructs use synth, check, diff and graph\n',
  );

  fs.rmSync(path.join(shop, 'dist'), { recursive: true });
  expect(await run(seda, 'synth')).toBe('added    dist/shop.k8s.yaml\n');
  expect(rendered()).toBe(text);
});

test('the compiled app of seda.fm needs nothing beside it and renders what the sources render', async () => {
  const app = path.join(consumer.folder, 'app');
  fs.cpSync(path.join(ROOT, 'build/app'), app, { recursive: true });
  await consumer.runIn(app, seda, 'synth');
  expect(readTree(path.join(app, 'dist'))).toEqual(
    renderAll(environments, path.join(ROOT, 'environments')),
  );
  expect(await consumer.runIn(app, seda, 'graph', 'production')).toBe(
    fs.readFileSync(path.join(ROOT, 'docs/production.svg'), 'utf8'),
  );
});
