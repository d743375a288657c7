import { execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { environments } from '../environments';

jest.setTimeout(60_000);

const ROOT = path.join(__dirname, '..');
const SOURCES = [
  'main.ts',
  'cdk8s.yaml',
  'package.json',
  'lib',
  'environments',
  'imports',
  'ops',
  'dist',
];

/** Names of the environments, as messages list them. */
const NAMES = environments.map(({ name }) => name).join(', ');

/** A copy of the repository that a test may break. */
let project: string;
beforeEach(() => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-synth-'));
  for (const source of SOURCES)
    fs.cpSync(path.join(ROOT, source), path.join(project, source), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'));
});
afterEach(() => fs.rmSync(project, { recursive: true }));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const [command, ...rest] = args;
  const env = { PATH: process.env.PATH!, HOME: project, ...options.env };
  return new Promise((resolve) => {
    execFile(command!, rest, { cwd: options.cwd ?? project, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const seda = (...args: string[]) =>
  run([process.execPath, path.join(project, 'ops', 'seda.cjs'), ...args]);

/** Every file below dist/ with its content. */
function dist(folder = path.join(project, 'dist')): Record<string, string> {
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile());
  return Object.fromEntries(
    files.sort().map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
}

/** Changes what the file says today, whatever that is. */
function edit(file: string, from: RegExp, to: string): void {
  const whole = path.join(project, file);
  const text = fs.readFileSync(whole, 'utf8');
  if (!from.test(text)) throw new Error(`${file} does not contain ${from}`);
  fs.writeFileSync(whole, text.replace(from, to));
}

/** A setting that shows in one file and has no other effect. */
const CPU = /cpu: '[^']+'/;

const leftovers = () => fs.readdirSync(project).filter((name) => name.startsWith('.dist-'));

test('renders what is committed, from any folder, time zone, locale and environment', async () => {
  const committed = dist();
  fs.rmSync(path.join(project, 'dist'), { recursive: true });
  const env = {
    TZ: 'Asia/Kolkata',
    LC_ALL: 'tr_TR.UTF-8',
    LANG: 'tr_TR.UTF-8',
    CDK8S_DISABLE_SORT: '1',
    CDK8S_LEGACY_HASH: '1',
    NODE_ENV: 'test',
    CI: 'true',
  };
  const result = await run([process.execPath, '../ops/seda.cjs', 'synth'], {
    cwd: path.join(project, 'lib'),
    env,
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(dist()).toEqual(committed);
  expect(await seda('synth')).toEqual({ code: 0, stdout: 'dist/ is up to date\n', stderr: '' });
});

test('cdk8s synth writes the same bytes', async () => {
  const committed = dist();
  const result = await run([path.join(ROOT, 'node_modules', '.bin', 'cdk8s'), 'synth'], {
    env: { CDK8S_CHECK_UPGRADE: 'false' },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(dist()).toEqual(committed);
});

test('tells which files change, and stale files go', async () => {
  fs.mkdirSync(path.join(project, 'dist', 'unlisted'));
  fs.writeFileSync(
    path.join(project, 'dist', 'unlisted', '00-namespace.k8s.yaml'),
    'kind: Namespace\n',
  );
  edit('environments/qa.ts', /api-qa.seda.fm/, 'api-test.seda.fm');
  expect(await seda('synth')).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'changed  dist/qa/10-config.k8s.yaml',
      'changed  dist/qa/20-api.k8s.yaml',
      'changed  dist/qa/30-traffic.k8s.yaml',
      'removed  dist/unlisted/00-namespace.k8s.yaml',
      '',
    ].join('\n'),
  });
  expect(fs.existsSync(path.join(project, 'dist', 'unlisted'))).toBe(false);
});

test('says that a merge does not bring dist/argocd to Argo CD', async () => {
  edit('environments/qa.ts', /cluster: IN_CLUSTER/, "cluster: { name: 'edge' }");
  const note =
    'note: a person applies dist/argocd, before or after the merge, see docs/argocd.md\n';
  expect(await seda('synth')).toEqual({
    code: 0,
    stdout: `changed  dist/argocd/qa.k8s.yaml\n${note}`,
    stderr: '',
  });
});

test('--check changes nothing and fails on a difference', async () => {
  edit('environments/qa.ts', CPU, "cpu: '251m'");
  const before = dist();
  expect(await seda('synth', '--check')).toEqual({
    code: 1,
    stdout: 'changed  dist/qa/20-api.k8s.yaml\n',
    stderr: '',
  });
  expect(dist()).toEqual(before);
});

describe('preview', () => {
  const IMAGE = `ghcr.io/seda-fm/seda-api:pr-12@sha256:${'b'.repeat(64)}`;
  const FILES = ['00-namespace', '10-config', '20-api', '30-traffic'].map(
    (name) => `dist/preview-12/${name}.k8s.yaml`,
  );
  const next = 'next: commit dist/preview-12 to the branch preview/12, and to no other\n';

  test('renders one environment beside the others, again only when it changes, and the next synth takes it away', async () => {
    const before = dist();
    expect(await seda('preview', '12', '--image', IMAGE)).toEqual({
      code: 0,
      stderr: '',
      stdout: `${FILES.map((file) => `added    ${file}\n`).join('')}${next}`,
    });
    expect(dist()).toMatchObject(before);
    expect(dist()['preview-12/20-api.k8s.yaml']).toContain(`image: ${IMAGE}\n`);
    expect(await seda('preview', '12', '--image', IMAGE)).toEqual({
      code: 0,
      stderr: '',
      stdout: `dist/preview-12 is up to date\n${next}`,
    });
    expect(
      await seda('preview', '12', '--image', IMAGE.replace(/b{64}/, 'c'.repeat(64))),
    ).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('changed  dist/preview-12/20-api.k8s.yaml\n'),
    });
    expect(await seda('synth')).toEqual({
      code: 0,
      stderr: '',
      stdout: FILES.map((file) => `removed  ${file}\n`).join(''),
    });
    expect(dist()).toEqual(before);
    expect(leftovers()).toEqual([]);
  });

  test.each([
    [
      ['preview', 'twelve', '--image', IMAGE],
      2,
      "error: command-argument value 'twelve' is invalid for argument 'number'. expected the number of a pull request.\n",
    ],
    [['preview', '12'], 2, "error: required option '--image <ref>' not specified\n"],
    [
      ['preview', '12', '--image', 'ghcr.io/seda-fm/seda-api:pr-12'],
      1,
      'image has no digest, got "ghcr.io/seda-fm/seda-api:pr-12", expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build\'s output\n',
    ],
  ])('bad input: %j', async (args, code, stderr) => {
    const before = dist();
    expect(await seda(...args)).toEqual({ code, stdout: '', stderr });
    expect(dist()).toEqual(before);
  });
});

test.each(['argocd', 'compose'])(
  'dist/%s is no environment for the verbs that judge',
  async (folder) => {
    const git = (...args: string[]) =>
      run([
        'git',
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@example.com',
        '-c',
        'commit.gpgsign=false',
        ...args,
      ]);
    fs.writeFileSync(path.join(project, '.gitignore'), 'node_modules\n');
    for (const args of [
      ['init', '--quiet'],
      ['add', '--all'],
      ['commit', '--quiet', '--message', 'a'],
    ])
      expect(await git(...args)).toMatchObject({ code: 0 });
    fs.rmSync(path.join(project, 'dist', folder), { recursive: true });
    expect(await seda('check', '--base', 'HEAD')).toEqual({
      code: 0,
      stdout: 'nothing changes what runs\n',
      stderr: '',
    });
    expect(await seda('deploy', folder, '--context', 'none')).toEqual({
      code: 2,
      stdout: '',
      stderr: `unknown environment "${folder}", expected one of ${NAMES}\n`,
    });
  },
);

describe('bad input', () => {
  let before: Record<string, string>;
  beforeEach(() => {
    before = dist();
  });
  afterEach(() => {
    expect(dist()).toEqual(before);
    expect(leftovers()).toEqual([]);
  });

  test('all faults of all environments are reported at once, one a line', async () => {
    edit('environments/production.release.yaml', /active: \w+/, 'active: red');
    edit('environments/sandbox.release.yaml', /image: ([^\n:]+):[^\n@]+@/, 'image: $1:latest@');
    edit('environments/qa.ts', /domain: '[^']+'/, "domain: 'https://API-QA.seda.fm'");
    edit('environments/qa.ts', /replicas: \d+/, 'replicas: -2');
    edit('environments/development.ts', /cpu: '[^']+'/, "cpu: 'some'");
    fs.writeFileSync(path.join(project, 'environments', 'nowhere.release.yaml'), 'image: x\n');
    expect(await seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        `environments/nowhere.release.yaml: belongs to an unknown environment, expected one of ${NAMES}; ` +
          'list the environment in environments/index.ts or delete the file',
        'development/seda/api/rolling: resources.requests.cpu is not a quantity, got "some", expected a quantity such as 250m or 256Mi; correct it',
        'qa/seda/api/rolling: replicas is out of range, got -2, expected a whole number from 1 to 1000; choose such a number',
        'qa/seda/ingress: host has a scheme, got "https://API-QA.seda.fm", expected a lower-case host name such as api.example.com; write the host alone',
        'environments/sandbox.release.yaml:3: image has a tag that moves, got "latest", expected a version or commit; name the build that was tested',
        'environments/production.release.yaml:4: active is of the wrong kind, got "red", expected ("blue" | "green"); correct it',
        '',
      ].join('\n'),
    });
  });

  test('a missing record', async () => {
    fs.rmSync(path.join(project, 'environments', 'sandbox.release.yaml'));
    expect(await seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'environments/sandbox.release.yaml: is missing, expected the record of what sandbox runs; restore it from git\n',
    });
  });

  test('sources that do not compile', async () => {
    edit('environments/qa.ts', /name: 'qa',/, "name: 'qa'");
    expect(await seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'environments/qa.ts:6: Expected "}" but found "nodeEnv"\n',
    });
  });

  test('sources that throw', async () => {
    fs.appendFileSync(
      path.join(project, 'environments', 'qa.ts'),
      "throw new Error('qa is not ready');\n",
    );
    expect(await seda('synth')).toEqual({ code: 1, stdout: '', stderr: 'qa is not ready\n' });
  });

  test('no project', async () => {
    const folder = path.parse(project).root;
    const result = await run([process.execPath, path.join(project, 'ops', 'seda.cjs'), 'synth'], {
      cwd: folder,
    });
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

test('runs at the same time never mix their output', async () => {
  const outputs = [];
  for (const cpu of ['251m', '252m']) {
    edit('environments/qa.ts', CPU, `cpu: '${cpu}'`);
    await seda('synth');
    outputs.push(dist());
  }
  for (let round = 0; round < 2; round++) {
    const first = seda('synth');
    await new Promise((resolve) => setTimeout(resolve, 100 * round));
    edit('environments/qa.ts', CPU, `cpu: '${round % 2 ? 252 : 251}m'`);
    const results = await Promise.all([first, seda('synth'), seda('synth')]);
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array(3).fill({ code: 0, stderr: '' }),
    );
    expect(outputs).toContainEqual(dist());
  }
  expect(leftovers()).toEqual([]);
});

test('a run that is killed leaves dist/ whole, and the next one cleans up', async () => {
  const outputs = [dist()];
  edit('environments/qa.ts', CPU, "cpu: '252m'");
  for (let wait = 80; wait <= 440; wait += 90) {
    const child = spawn(process.execPath, [path.join(project, 'ops', 'seda.cjs'), 'synth'], {
      cwd: project,
      stdio: 'ignore',
    });
    const closed = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, wait));
    child.kill('SIGKILL');
    await closed;
    expect(Object.keys(dist())).toEqual(Object.keys(outputs[0]!));
  }
  expect((await seda('synth')).code).toBe(0);
  expect(leftovers()).toEqual([]);
  expect(dist()['qa/20-api.k8s.yaml']).toContain('cpu: 252m');
});
