import * as fs from 'node:fs';
import * as path from 'node:path';
import { Project, RETIRED } from './kit';

/** Names of the environments, as messages list them. */
const NAMES = 'development, qa, sandbox, production';

/** A copy of the repository that a test may break. */
let project: Project;
beforeEach(async () => {
  project = await Project.onFirstDay();
});

const seda = (...args: string[]) => project.seda(args);
const dist = () => project.files('dist');
const edit = (file: string, from: RegExp, to: string) => project.edit(file, from, to);

/** A setting that shows in one file and has no other effect. */
const CPU = /cpu: '[^']+'/;

test('tells which files change, and stale files go', async () => {
  project.write('dist/unlisted/00-namespace.k8s.yaml', 'kind: Namespace\n');
  edit('environments/qa.ts', /api-qa.seda.fm/, 'api-test.seda.fm');
  expect(await seda('synth')).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      RETIRED.trimEnd(),
      'changed  dist/qa/10-config.k8s.yaml',
      'changed  dist/qa/20-api.k8s.yaml',
      'changed  dist/qa/30-traffic.k8s.yaml',
      'removed  dist/unlisted/00-namespace.k8s.yaml',
      '',
    ].join('\n'),
  });
  expect(fs.existsSync(project.path('dist/unlisted'))).toBe(false);
});

test('says that a merge does not bring dist/argocd to Argo CD', async () => {
  edit('environments/qa.ts', /cluster: \{[^}]*\}/, "cluster: { name: 'edge' }");
  const note =
    'note: a person applies dist/argocd, before or after the merge, see docs/argocd.md\n';
  expect(await seda('synth')).toEqual({
    code: 0,
    stdout: `${RETIRED}changed  dist/argocd/qa.k8s.yaml\n${note}`,
    stderr: '',
  });
});

test('says what waits for the next release, where an edit changes no YAML', async () => {
  edit('environments/production.ts', /replicas: \d+,/, 'replicas: 7,');
  expect(await seda('synth')).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^production: waits for the next release: replicas \d -> 7\nnote: .+\ndist\/ is up to date\n$/,
    ),
    stderr: '',
  });
  expect((await seda('release', 'status', 'production')).stdout).toMatch(
    /\nproduction: waits for the next release: replicas \d -> 7\n$/,
  );
});

test('says once which environments are behind ingress-nginx, until none is', async () => {
  const leave = (name: string) =>
    edit(
      `environments/${name}.ts`,
      /ingress: \{[^}]*\}/,
      "ingress: { kind: 'gateway-api', implementation: 'envoy-gateway', gateway: { name: 'public', namespace: 'gateways' } }, clientNamespaces: ['envoy-gateway-system']",
    );
  const managed = (name: string) =>
    edit(`environments/${name}.ts`, /kind: 'lets-encrypt'/, "kind: 'managed'");
  leave('qa');
  managed('qa');
  const noted = async () =>
    (await seda('synth')).stdout.split('\n').filter((line) => line.startsWith('note: ingress'));
  expect(await noted()).toEqual([
    'note: ingress-nginx is retired since March 2026, without security fixes: sandbox, production; docs/gateway.md says how to leave it',
  ]);
  leave('sandbox');
  managed('sandbox');
  leave('production');
  expect(await noted()).toEqual([]);
});

test('--check changes nothing and fails on a difference', async () => {
  edit('environments/qa.ts', CPU, "cpu: '251m'");
  const before = dist();
  expect(await seda('synth', '--check')).toEqual({
    code: 1,
    stdout: `${RETIRED}changed  dist/qa/20-api.k8s.yaml\n`,
    stderr: '',
  });
  expect(dist()).toEqual(before);
});

test('an environment of the name of another one is said in a sentence', async () => {
  edit('environments/sandbox.ts', /name: 'sandbox'/, "name: 'qa'");
  const { code, stderr } = await seda('synth');
  expect(code).toBe(1);
  expect(stderr).toContain(
    'qa: name is taken by qa, got "qa", expected a name of its own; change one of them\n',
  );
  expect(stderr).not.toMatch(/^ +at /m);
});

test.each([
  ['compose', 0, 'nothing changes what runs\n'],
  [
    'argocd',
    1,
    `argocd: is no longer rendered
argocd: refused, environment-removed: argocd: all that it renders would be deleted; take it out of the cluster first, then allow it
what must be, is allowed by name: --allow environment-removed=argocd
`,
  ],
])('dist/%s is no environment for the verbs that deploy', async (folder, code, stdout) => {
  project.commit('start');
  fs.rmSync(project.path(`dist/${folder}`), { recursive: true });
  expect(await seda('check', '--base', 'HEAD')).toEqual({ code, stdout, stderr: '' });
  expect(await seda('deploy', folder, '--context', 'none')).toEqual({
    code: 2,
    stdout: '',
    stderr: `unknown environment "${folder}", expected one of ${NAMES}\n`,
  });
});

describe('bad input', () => {
  let before: Record<string, string>;
  beforeEach(() => {
    before = dist();
  });
  afterEach(() => {
    expect(dist()).toEqual(before);
    expect(project.leftovers()).toEqual([]);
  });

  test('all faults of all environments are reported at once, one a line', async () => {
    edit('environments/production.release.yaml', /active: \w+/, 'active: red');
    edit('environments/sandbox.release.yaml', /image: ([^\n:]+):[^\n@]+@/, 'image: $1:latest@');
    edit('environments/qa.ts', /domain: '[^']+'/, "domain: 'https://API-QA.seda.fm'");
    edit('environments/qa.ts', /replicas: \d+/, 'replicas: -2');
    edit('environments/development.ts', /cpu: '[^']+'/, "cpu: 'some'");
    project.write('environments/nowhere.release.yaml', 'image: x\n');
    expect(await seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        `environments/nowhere.release.yaml: belongs to an unknown environment, expected one of ${NAMES}; ` +
          'list the environment in environments/index.ts or delete the file',
        'development: resources.requests.cpu is not an amount of CPU, got "some", expected cores from 1m to 16, such as 250m; correct it',
        'qa: domain has a scheme, got "https://API-QA.seda.fm", expected a lower-case host name such as api.example.com; write the host alone',
        'qa: replicas is out of range, got -2, expected a whole number from 1 to 1000; choose such a number',
        'environments/sandbox.release.yaml:3: image has a tag that moves, got "latest", expected a version or commit; name the build that was tested',
        'environments/production.release.yaml:4: active is of the wrong kind, got "red", expected ("blue" | "green"); correct it',
        '',
      ].join('\n'),
    });
  });

  test('a missing record', async () => {
    fs.rmSync(project.path('environments/sandbox.release.yaml'));
    expect(await seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'environments/sandbox.release.yaml: is missing, expected the record of what sandbox runs; restore it from git\n',
    });
  });

  test('sources that do not compile', async () => {
    edit('environments/qa.ts', /name: 'qa',/, "name: 'qa'");
    for (const folder of ['.', 'docs/deeper'])
      expect(await project.seda('synth', { cwd: project.path(folder) })).toEqual({
        code: 1,
        stdout: '',
        stderr: 'environments/qa.ts:3: Expected "}" but found "nodeEnv"\n',
      });
  });

  test('sources that throw', async () => {
    edit('environments/qa.ts', /$/, "throw new Error('qa is not ready');\n");
    const { code, stdout, stderr } = await seda('synth');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: qa is not ready\n +at .*environments\/qa\.ts:\d+:\d+/);
  });

  test('no project', async () => {
    const folder = path.parse(project.root).root;
    const result = await project.seda('synth', { cwd: folder });
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: `no cdk8s.yaml in ${folder} or above it; run seda inside the project\n`,
    });
  });

  test.each([
    [['synthesize'], "error: unknown command 'synthesize'\n"],
    [['synth', '--out'], "error: unknown option '--out'\n"],
    [['synth', 'qa'], "error: too many arguments for 'synth'. Expected 0 arguments but got 1.\n"],
  ])('wrong usage: %j', async (args, stderr) => {
    expect(await seda(...args)).toEqual({ code: 2, stdout: '', stderr });
  });
});

test('help shows examples', async () => {
  const { code, stdout } = await seda('synth', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Examples:\n  seda synth\n  seda synth --check\n');
});

test('a process that is killed while it replaces dist/ loses nothing, also where the next one finds faults', async () => {
  const before = dist();
  // No system has a process of this number.
  const killed = project.path('.dist-99999999-abcdef');
  fs.renameSync(project.path('dist'), `${killed}.old`);
  fs.mkdirSync(killed);
  edit('environments/qa.ts', CPU, "cpu: '-1'");
  expect((await seda('synth')).code).toBe(1);
  expect(dist()).toEqual(before);
  expect(project.leftovers()).toEqual([]);
});
