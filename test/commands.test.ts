import * as fs from 'node:fs';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import { highlighter } from '../ops/highlight';
import { loadEnvironment } from '../ops/rendering/load';
import { type Given, Project, RETIRED, runProgram } from './kit';

let project: Project;
let kubectl: Given['kubectl'];

/** A cluster without any operator, and without the namespace where no file says what runs and what an apply makes of it. */
const KUBECTL = `#!/bin/sh
case "$*" in
  *--raw*) echo 'Error from server (NotFound): the server could not find the requested resource' >&2; exit 1 ;;
  *' get namespace '*) [ -z "$LIVE" ] || echo namespace/seda-dev ;;
  *' apply '*) cat "$APPLIED" ;;
  *' get '*--selector=*) cat "$LIVE" ;;
esac
`;

beforeAll(async () => {
  project = await Project.onFirstDay();
  kubectl = [project.program('kubectl', KUBECTL)];
  project.commit('start');
});

const seda = (line: string, env: Record<string, string> = {}) =>
  project.seda(line, { env, kubectl });

const UNKNOWN = 'unknown environment "nope", expected one of development, qa, sandbox, production';
const UNKNOWN_IN_DIST =
  'unknown environment "nope", expected one of argocd, development, production, qa, sandbox';
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
    expect([code, JSON.parse(stdout), stderr]).toEqual([2, expected, '']);
  });

  test('a person reads it on standard error', async () => {
    expect(await seda('deploy nope')).toEqual({ code: 2, stdout: '', stderr: `${UNKNOWN}\n` });
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    ['', 'Usage: seda [options] [command]'],
    ['synthesize', "unknown command 'synthesize'"],
    ['diff nope', UNKNOWN_IN_DIST],
    ['release stage nope --image x', UNKNOWN],
    ['graph nope', UNKNOWN_IN_DIST.replace('unknown environment', 'dist/ has no environment')],
    ['release stage qa --image=', 'nothing to stage: give --image REF or --from ENV'],
    ['release stage qa', 'nothing to stage: give --image REF or --from ENV'],
    ['release stage production --from nope', UNKNOWN],
    ['secrets template nope', UNKNOWN],
    ['doctor qa', NO_CONTEXT],
    ['deploy qa', NO_CONTEXT],
    [
      'health qa --attempts abc',
      "argument 'abc' is invalid. expected a whole number from 1 to 1000.",
    ],
    ['health qa --attempts 1.5', 'expected a whole number from 1 to 1000.'],
    ['health qa --interval -1', 'expected seconds from 0 to 3600.'],
    ['health qa --timeout 0', 'expected seconds from 0.1 to 300.'],
    ['health qa --url https://a:hunter2@api', 'health: url holds credentials, expected none'],
    ['health qa --address https://api', 'health: address is no address to connect to'],
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
    const objects = loadEnvironment(project.root, 'development').objects.map((object) =>
      structuredClone(object),
    );
    const [LIVE, APPLIED] = [
      path.join(project.outside, 'live.json'),
      path.join(project.outside, 'applied.json'),
    ];
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

test('help says what the exit codes mean', async () => {
  const { code, stdout } = await seda('--help');
  expect(code).toBe(0);
  expect(stdout).toContain(
    'Exit codes:\n  0  done, and what was asked for is good\n  1  failed, refused, or not good\n  2  wrong usage: ',
  );
  expect(stdout).toContain('NO_COLOR     no colours\n');
});

describe('colours', () => {
  const RED = '\u001b[31m';
  const END = '\u001b[39m';
  const seda = (line: string, given: Given = {}) =>
    project.seda(line, { kubectl, terminal: true, ...given });
  afterEach(() => project.git('reset', '--quiet', '--hard'));

  test.each<[shown: boolean, terminal: boolean, env: Record<string, string>]>([
    [true, true, {}],
    [false, false, {}],
    [false, true, { TERM: 'dumb' }],
    [false, true, { NO_COLOR: '1' }],
    [true, true, { NO_COLOR: '' }],
    [true, false, { FORCE_COLOR: '1' }],
    [false, true, { FORCE_COLOR: '0' }],
    [false, true, { FORCE_COLOR: 'false' }],
    [true, true, { FORCE_COLOR: '' }],
    [false, true, { NO_COLOR: '1', FORCE_COLOR: '1' }],
  ])('are shown: %s, at a terminal: %s, with %j', async (shown, terminal, env) => {
    expect(await seda('deploy nope', { terminal, env })).toEqual({
      code: 2,
      stdout: '',
      stderr: shown ? `${RED}${UNKNOWN}${END}\n` : `${UNKNOWN}\n`,
    });
  });

  test('tell files that are new, differ or go', async () => {
    project.edit('dist/qa/20-api.k8s.yaml', 'replicas: 2', 'replicas: 1');
    project.git('mv', 'dist/qa/00-namespace.k8s.yaml', 'dist/qa/old.k8s.yaml');
    expect(await seda('synth --check')).toEqual({
      code: 1,
      stdout: [
        RETIRED.trimEnd(),
        '\u001b[32madded\u001b[39m    dist/qa/00-namespace.k8s.yaml',
        '\u001b[33mchanged\u001b[39m  dist/qa/20-api.k8s.yaml',
        '\u001b[31mremoved\u001b[39m  dist/qa/old.k8s.yaml',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('tell every fault of the sources, line by line', async () => {
    project.edit('environments/qa.ts', /replicas: \d+/, 'replicas: -2');
    project.edit('environments/sandbox.ts', /replicas: \d+/, 'replicas: -2');
    const fault = (name: string) =>
      `${RED}${name}: replicas is out of range, got -2, expected a whole number from 1 to 1000; choose such a number${END}\n`;
    expect(await seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr: fault('qa') + fault('sandbox'),
    });
  });

  test('tell what is good, bad or doubtful, by the word and not by the line', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true });
    const [green, yellow] = ['\u001b[32m', '\u001b[33m'];
    expect(
      highlighter(
        stream,
        {},
      )(
        [
          '  ok Deployment/api healthy',
          '  x  Job/api degraded, failed',
          '  =  Service/api unchanged',
          'error: Pod/api: restarts',
          'warning: Pod/api: is slow',
          'next: commit what changed',
          '    removed field: added',
        ].join('\n'),
      ).split('\n'),
    ).toEqual([
      `  ${green}ok${END} Deployment/api healthy`,
      `  ${RED}x${END}  Job/api degraded, failed`,
      '  =  Service/api unchanged',
      `${RED}error${END}: Pod/api: restarts`,
      `${yellow}warning${END}: Pod/api: is slow`,
      'next: commit what changed',
      '    removed field: added',
    ]);
  });

  test('tell a word that the command does not know', async () => {
    const { stderr } = await seda('synthesize');
    expect(stderr).toContain(`${RED}error: unknown command 'synthesize'${END}`);
  });

  test('tell what check refuses and what diff lists, and are in nothing that a program reads', async () => {
    fs.rmSync(project.path('dist/qa'), { recursive: true });
    const { code, stdout } = await seda('check --base HEAD');
    expect(code).toBe(1);
    expect(stdout).toContain(`\nqa: ${RED}refused${END}, environment-removed: `);
    expect((await seda('diff qa')).stdout).toContain(`qa: ${RED}removed${END} Deployment `);
    for (const line of [
      'check --base HEAD --json',
      'diff qa --format markdown',
      'diff --format json',
    ])
      expect((await seda(line, { env: { FORCE_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(project.read('package.json'));
  expect(await seda('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('completion', () => {
  const ENVIRONMENTS = ['development', 'production', 'qa', 'sandbox'];
  test.each<[string, readonly string[]]>([
    ['re', ['release']],
    [
      'release ',
      ['status', 'history', 'stage', 'shift', 'promote', 'rollback', 'retire', 'abort', 'help'],
    ],
    ['release promote ', ENVIRONMENTS],
    ['release promote p', ['production']],
    ['release promote production ', []],
    ['release promote production --', ['--dry-run', '--again', '--help']],
    ['release promote --dry-run s', ['sandbox']],
    ['release stage production --from ', ENVIRONMENTS],
    ['release stage --migration c', ['contract']],
    ['release stage --image x q', ['qa']],
    ['check --allow entry-l', ['entry-lost=']],
    ['check --allow entry-lost=q', ['entry-lost=qa']],
    ['check --base ', []],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['comple', ['completion']],
    ['nope ', []],
    ['--v', ['--version']],
  ])('of "%s"', async (line, expected) => {
    const { code, stdout, stderr } = await project.seda(['complete', '--', ...line.split(' ')]);
    expect([code, stdout.split('\n').slice(0, -1), stderr]).toEqual([0, expected, '']);
  });

  test('offers no environment and no error outside of a project', async () => {
    const given = { cwd: project.outside };
    expect(await project.seda(['complete', '--', 'graph', ''], given)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('is what bash takes, and no other shell is known', async () => {
    const { stdout: script } = await seda('completion bash');
    const command = `seda() { "${process.execPath}" "${project.path('ops/seda.cjs')}" "$@"; }`;
    const typed =
      'COMP_WORDS=(seda release promote p); COMP_CWORD=3; _seda; echo "${COMPREPLY[@]}"';
    const bash = ['bash', '-c', [command, script, typed].join('\n')] as const;
    expect(await runProgram(bash, { cwd: project.root })).toMatchObject({
      code: 0,
      stdout: 'production\n',
    });
    for (const [shell, call] of [
      ['zsh', 'compdef _seda seda\n'],
      ['fish', 'complete --command seda '],
    ])
      expect(await seda(`completion ${shell}`)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(call!),
      });
    expect(await seda('completion csh')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Allowed choices are bash, zsh, fish.'),
    });
  });
});

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
  afterEach(() => project.git('reset', '--quiet', '--hard'));

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
    expect(await reasons({ GIT_DIR: path.join(project.outside, 'nowhere') })).toEqual([
      'this is no git repository, so nobody could tell what was deployed; deploy from a clone',
    ]);
  });

  test('says the faults of the sources, and what has changed', async () => {
    project.edit('environments/qa.ts', /replicas: \d+/, 'replicas: -2');
    expect(await reasons()).toEqual([
      'the tree has changes that are in no commit, got environments/qa.ts; commit or drop them',
    ]);
    expect(JSON.parse((await seda('rollback production --context a --json')).stdout)).toMatchObject(
      {
        type: 'failed',
        message: expect.stringContaining('the tree has changes that are in no commit'),
      },
    );
    project.commit('faults');
    expect(await reasons()).toEqual([
      'the sources have faults, so nobody knows what dist/ should be; mend them, run npm run synth and commit:',
      '  qa: replicas is out of range, got -2, expected a whole number from 1 to 1000; choose such a number',
    ]);
  });
});
