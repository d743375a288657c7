import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { loadEnvironment } from '../ops/rendering/load';

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

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-commands-'));
const project = path.join(folder, 'project');
const git = (...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=a', '-c', 'user.email=a@seda.fm', '-c', 'commit.gpgsign=false', ...args],
    { cwd: project },
  );

/** A cluster without any operator, and without the namespace where no file says what runs and what an apply makes of it. */
const KUBECTL = `#!/bin/sh
case "$*" in
  *--raw*) echo 'Error from server (NotFound): the server could not find the requested resource' >&2; exit 1 ;;
  *' get namespace '*) [ -z "$LIVE" ] || echo namespace/seda-dev ;;
  *' apply '*) cat "$APPLIED" ;;
  *' get '*--selector=*) cat "$LIVE" ;;
esac
`;

beforeAll(() => {
  for (const source of SOURCES)
    fs.cpSync(path.join(ROOT, source), path.join(project, source), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'));
  fs.writeFileSync(path.join(project, '.gitignore'), 'node_modules\n');
  fs.mkdirSync(path.join(folder, 'bin'));
  fs.writeFileSync(path.join(folder, 'bin/kubectl'), KUBECTL, { mode: 0o755 });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'start');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function seda(
  line: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = { PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`, HOME: folder, ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(project, 'ops/seda.cjs'), ...line.split(' ')],
      { cwd: project, env: all },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const UNKNOWN = 'unknown environment "nope", expected one of development, qa, sandbox, production';
const NO_CONTEXT =
  'qa: no context is named, and the current one is never trusted; give --context NAME or set context in environments/qa.ts';

describe('an error before the work begins', () => {
  test.each([
    ['deploy nope --json', { type: 'failed', message: UNKNOWN, details: [] }],
    ['deploy qa --yes --json', { type: 'failed', message: NO_CONTEXT, details: [] }],
    ['rollback nope --json', { type: 'failed', message: UNKNOWN, details: [] }],
    ['doctor nope --json', { environment: 'nope', error: UNKNOWN }],
    ['health nope --json', { environment: 'nope', error: UNKNOWN }],
    ['secrets check qa --json', { environment: 'qa', error: NO_CONTEXT }],
  ])('%s is said where a program reads', async (line, expected) => {
    const { code, stdout, stderr } = await seda(line);
    expect([code, JSON.parse(stdout), stderr]).toEqual([1, expected, '']);
  });

  test('a person reads it on standard error', async () => {
    expect(await seda('deploy nope')).toEqual({ code: 1, stdout: '', stderr: `${UNKNOWN}\n` });
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    [
      'health qa --attempts abc',
      "argument 'abc' is invalid. expected a whole number from 1 to 1000.",
    ],
    ['health qa --attempts 1.5', 'expected a whole number from 1 to 1000.'],
    ['health qa --interval -1', 'expected seconds from 0 to 3600.'],
    ['health qa --timeout 0', 'expected seconds from 0.1 to 300.'],
    ['health qa --url https://a:hunter2@api', 'health: url holds credentials, expected none'],
    ['deploy qa --timeout 1.5 --context a', 'expected whole seconds from 1 to 86400.'],
    ['deploy qa --context --yes', "argument '--yes' is invalid. expected the name of a context."],
    ['secrets template qa --context --kubectl', 'expected the name of a context.'],
  ])('%s', async (line, message) => {
    const { code, stdout, stderr } = await seda(line);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
  });
});

test.each(['', ' --json'])(
  'the plan names a value that a hand has put into a pod, and does not show it%s',
  async (json) => {
    const objects = loadEnvironment(project, 'development').objects.map((object) =>
      structuredClone(object),
    );
    const [LIVE, APPLIED] = [path.join(folder, 'live.json'), path.join(folder, 'applied.json')];
    fs.writeFileSync(APPLIED, JSON.stringify({ items: objects }));
    const variable = objects
      .find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.startsWith('seda-api'))!
      .spec.template.spec.containers[0].env.find(
        ({ name }: { name: string }) => name === 'DATABASE_URL',
      );
    delete variable.valueFrom;
    variable.value = 'postgresql://seda:hunter2@db/seda';
    const left = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dashboard' } };
    fs.writeFileSync(LIVE, JSON.stringify({ items: [...objects, left] }));
    const plan = async (options: string) => {
      const { code, stdout, stderr } = await seda(
        `deploy development --context a --dry-run${options}`,
        { LIVE, APPLIED },
      );
      expect([code, stderr, code === 0 ? '' : stdout]).toEqual([0, '', '']);
      expect(stdout).toContain('env.DATABASE_URL.value');
      expect(stdout).not.toMatch(/hunter2|postgresql/);
      return stdout;
    };
    // Only what the deploy deletes is in its plan.
    expect(await plan(json)).not.toContain('dashboard');
    expect(await plan(`${json} --prune`)).toContain('deletes the ConfigMap dashboard');
  },
);

describe('a deploy from a repository that is not as it must be', () => {
  const reasons = async (env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await seda(
      'deploy production --context a --dry-run --json',
      env,
    );
    const { type, details } = JSON.parse(stdout) as { type: string; details: string[] };
    expect([code, type, stderr]).toEqual([1, 'failed', '']);
    return details.filter(
      (line) => !/^the cluster does not know|still has placeholders/.test(line),
    );
  };
  afterEach(() => git('reset', '--quiet', '--hard'));

  test('that is in order is not the reason', async () => expect(await reasons()).toEqual([]));

  test('says what git says of one that belongs to another user', async () => {
    expect(await reasons({ GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' })).toEqual([
      expect.stringMatching(
        /^git does not say what is in no commit: fatal: detected dubious ownership in repository at \S+ .*git config --global --add safe\.directory /,
      ),
    ]);
    expect(
      (
        await seda('rollback production --context a --json', {
          GIT_TEST_ASSUME_DIFFERENT_OWNER: '1',
        })
      ).stdout,
    ).toContain('dubious ownership');
  });

  test('says that there is none', async () => {
    expect(await reasons({ GIT_DIR: path.join(folder, 'nowhere') })).toEqual([
      'this is no git repository, so nobody could tell what was deployed; deploy from a clone',
    ]);
  });

  test('says the faults of the sources, and what has changed', async () => {
    const file = path.join(project, 'environments/qa.ts');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/replicas: \d+/, 'replicas: -2'));
    expect(await reasons()).toEqual([
      'the tree has changes that are in no commit, got environments/qa.ts; commit or drop them',
    ]);
    expect(JSON.parse((await seda('rollback production --context a --json')).stdout)).toMatchObject(
      {
        type: 'failed',
        message: expect.stringContaining('the tree has changes that are in no commit'),
      },
    );
    git('commit', '--quiet', '--all', '--message', 'faults');
    expect(await reasons()).toEqual([
      'the sources have faults, so nobody knows what dist/ should be; mend them, run npm run synth and commit:',
      '  qa/seda/api/rolling: replicas is out of range, got -2, expected a whole number from 1 to 1000; choose such a number',
    ]);
  });
});
