import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { containersUnavailable } from '../e2e/containers/engine';
import { environments } from '../environments';
import { API } from '../environments/api';
import {
  type Job,
  pinsIn,
  RELEASE,
  rules,
  type Step,
  workflow,
  type Workflow,
  WORKFLOWS,
} from './workflow-rules';

const ROOT = path.join(__dirname, '..');
const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

const PINS = pinsIn(read('docs/actions.md'));
const [ci, release, delivery] = [
  '.github/workflows/ci.yml',
  '.github/workflows/release.yml',
  'app/.github/workflows/delivery.yml',
].map((file) => workflow(read(file))) as [Workflow, Workflow, Workflow];

/** Shell lines of a job. */
const shell = ({ steps = [] }: Job): string[] => steps.flatMap(({ run }) => run ?? []);
const using = ({ steps = [] }: Job, action: string): Step[] =>
  steps.filter((step) => step.uses?.startsWith(`${action}@`));
const needs = ({ needs: jobs = [] }: Job): readonly string[] => [jobs].flat();

describe.each(WORKFLOWS)('%s', (file) => {
  const parsed = workflow(read(file));

  test.each(rules)('$name', ({ faults }) => {
    expect(faults(parsed, PINS)).toEqual([]);
  });
});

describe('rules fail on', () => {
  const CI = read('.github/workflows/ci.yml');
  const cases: readonly [string, string, string | RegExp, string, string][] = [
    [
      'a tag for a SHA',
      CI,
      /actions\/checkout@\w+ # v7.0.1/,
      'actions/checkout@v7',
      'actions/checkout@v7 is not of the form ACTION@SHA # vX.Y.Z',
    ],
    ['a SHA without its version', CI, / # v7.0.1/, '', 'is not of the form ACTION@SHA # vX.Y.Z'],
    [
      'another version than the SHA is',
      CI,
      '# v7.0.1',
      '# v7.0.0',
      'is not in docs/actions.md with two sources',
    ],
    [
      'another SHA than the version is',
      CI,
      '@3d3c',
      '@4d3c',
      'is not in docs/actions.md with two sources',
    ],
    [
      'a foreign workflow by its branch',
      delivery.text,
      RELEASE,
      'someone/else/.github/workflows/release.yml@main',
      'someone/else/.github/workflows/release.yml@main is not of the form',
    ],
    [
      'permissions at the top',
      CI,
      'permissions: {}',
      'permissions: read-all',
      'permissions at the top are not {}',
    ],
    [
      'a job that inherits its permissions',
      CI,
      '    permissions:\n      contents: read\n',
      '',
      'test: has no list of permissions of its own',
    ],
    ['a job that may write', CI, 'contents: read', 'contents: write', 'test: may write contents'],
    [
      'a job that may write something else than it needs',
      CI,
      'pull-requests: write',
      'contents: write',
      'comment: may write contents',
    ],
    [
      'a pipe whose failure is lost',
      CI,
      /defaults:\n.*\n.*\n.*\n/,
      '',
      'the default shell is not bash, so pipefail is off',
    ],
    [
      'a job that may hang',
      CI,
      '    timeout-minutes: 10\n',
      '',
      'drift: has no timeout-minutes up to 30',
    ],
    [
      'a job that may hang for hours',
      CI,
      'timeout-minutes: 10',
      'timeout-minutes: 360',
      'drift: has no timeout-minutes up to 30',
    ],
    [
      'runs beside each other',
      CI,
      /concurrency:\n.*\n.*\n.*\n/,
      '',
      'test: is in no concurrency group',
    ],
    ['a runner that changes', CI, 'ubuntu-24.04', 'ubuntu-latest', 'test: runs on ubuntu-latest'],
    [
      'a token on the disk',
      CI,
      'persist-credentials: false',
      'persist-credentials: true',
      'test: step 1: keeps the credentials',
    ],
    ['Node 20.2', CI, "'20.20'", '20.20', 'test: step 2: node-version is not in quotes'],
    [
      'a cache',
      CI,
      'package-manager-cache: false',
      'cache: npm',
      'test: step 2: may take packages from a cache that a pull request wrote',
    ],
    [
      'a title in a shell line',
      CI,
      'run: npm test',
      'run: echo ${{ github.event.pull_request.title }}',
      'test: step 6: has an expression in its shell lines',
    ],
    [
      'an input in a shell line',
      release.text,
      /bash .ci\/release \|/,
      'bash .ci/release ${{ inputs.verb }} |',
      'release: step 6: has an expression in its shell lines',
    ],
    [
      'the event that gives forks a token',
      CI,
      '  pull_request:\n',
      '  pull_request_target:\n',
      'starts on pull_request_target',
    ],
    [
      'a secret of no environment',
      release.text,
      /    environment: .*\n/,
      '',
      'release: uses a secret and names no environment',
    ],
    [
      'secrets for somebody else',
      delivery.text,
      RELEASE,
      'someone/else/.github/workflows/release.yml@main',
      'qa: hands its secrets to someone/else/.github/workflows/release.yml@main',
    ],
    [
      'a deploy',
      CI,
      'run: npm test',
      'run: kubectl apply -f dist/qa',
      '- run: kubectl apply -f dist/qa needs a cluster',
    ],
  ];

  const found = cases.map(([, text, good, bad]) => {
    const spoilt = workflow(text.replace(good, bad));
    return rules.map(({ name, faults }) => ({ name, faults: faults(spoilt, PINS) }));
  });

  test.each(cases.map((one, index) => [...one, found[index]!] as const))(
    '%s',
    (_, text, good, bad, fault, results) => {
      expect(text.replace(good, bad)).not.toBe(text);
      expect(results.flatMap(({ faults }) => faults).join('\n')).toContain(fault);
    },
  );

  test('every rule is among them', () => {
    const caught = found.flat().filter(({ faults }) => faults.length > 0);
    expect(new Set(caught.map(({ name }) => name))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  test('a pin with one source', () => {
    const table = read('docs/actions.md');
    expect(pinsIn(table).size).toBe(6);
    expect(
      pinsIn(table.replace(', [gpt-load#512](https://github.com/tbphp/gpt-load/pull/512) |', ' |'))
        .size,
    ).toBe(5);
  });
});

test('every pin in docs/actions.md is used', () => {
  const used = WORKFLOWS.flatMap((file) =>
    [...read(file).matchAll(/uses: (\S+)@(\w{40}) # (\S+)/g)].map(
      ([, action, sha, version]) => `${action} ${version} ${sha}`,
    ),
  );
  expect([...PINS].filter((pin) => !used.includes(pin))).toEqual([]);
});

describe('ci.yml', () => {
  test('has a job for each required check, which runs on every pull request, and the rules let nobody past it', () => {
    const {
      bypass_actors,
      enforcement,
      rules: branch,
    } = JSON.parse(read('.github/rulesets/main.json'));
    const parameters = (type: string) =>
      branch.find((rule: { type: string }) => rule.type === type)?.parameters;
    const required = parameters('required_status_checks').required_status_checks.map(
      ({ context }: { context: string }) => context,
    );
    // One only writes, and the others take long, or fail over something elsewhere, which must not stop a rollback.
    const jobs = Object.values(ci.jobs).filter(
      ({ name }) =>
        ![
          'comment',
          'advisories',
          'containers',
          'imports',
          'node ${{ matrix.node }}',
          'model',
        ].includes(name!),
    );
    expect(required.sort()).toEqual(jobs.map(({ name }) => name).sort());
    expect(
      jobs
        .map((job) => job.if)
        .filter(
          (condition) =>
            condition !== undefined && condition !== "github.event_name == 'pull_request'",
        ),
    ).toEqual([]);
    // A verdict belongs to a commit: one against another base would count for main as well.
    expect(ci.on).toEqual({
      pull_request: { branches: ['main'] },
      push: { branches: ['main'] },
    });
    expect({ bypass_actors, enforcement }).toEqual({ bypass_actors: [], enforcement: 'active' });
    expect(parameters('required_status_checks').strict_required_status_checks_policy).toBe(true);
    expect(parameters('pull_request')).toMatchObject({
      require_code_owner_review: true,
      require_last_push_approval: true,
      dismiss_stale_reviews_on_push: true,
    });
    expect(branch.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['deletion', 'non_fast_forward', 'required_signatures']),
    );
    for (const name of required) expect(read('docs/review.md')).toContain(`\`${name}\``);
  });

  test('checks types, style, behaviour, drift, manifests, the image and imports', () => {
    const lines = Object.values(ci.jobs).flatMap(shell);
    expect(lines).toEqual(
      expect.arrayContaining([
        'npm run typecheck',
        'npm run lint',
        'npm test',
        'npm run test:slow',
        'npm run test:model',
        'npx seda synth --check',
        'npm run lint:manifests',
        'npm run e2e -- image development',
        'npm run import',
      ]),
    );
  });

  test('fails where no container can be run, which elsewhere skips the tests of containers', () => {
    jest.spyOn(process, 'getuid').mockReturnValue(1000);
    jest.replaceProperty(process, 'env', {});
    expect(containersUnavailable()).toBe('containers need Linux and root');
    jest.replaceProperty(process, 'env', { GITHUB_ACTIONS: 'true' });
    expect(containersUnavailable).toThrow('containers need Linux and root, and CI must run them');
    jest.restoreAllMocks();
  });

  test('gives each commit on main its verdict, and of a pull request only the newest', () => {
    expect(ci.concurrency).toEqual({
      group: "ci-${{ github.event_name == 'pull_request' && github.ref || github.sha }}",
      'cancel-in-progress': true,
    });
  });

  test('installs and runs nothing of a change in the job that judges with the base', () => {
    const { steps = [] } = ci.jobs.base!;
    expect(steps.flatMap(({ uses }) => uses?.replace(/@.*/, '') ?? [])).toEqual([
      'actions/checkout',
      'actions/setup-node',
    ]);
    const [lines, ...more] = shell(ci.jobs.base!);
    expect(more).toEqual([]);
    expect(lines!.match(/^ *(?:bash|node|npm|npx) \S+|\$\(bash \S+/gm)).toEqual([
      expect.stringContaining('bash "$RUNNER_TEMP/base-review"'),
      expect.stringContaining('bash "$RUNNER_TEMP/cut"'),
      expect.stringContaining('bash "$RUNNER_TEMP/cut"'),
    ]);
    expect(lines).toContain('git show "$base:.ci/$script"');
    expect(needs(ci.jobs.comment!)).toEqual(['base', 'review']);
  });

  test('lets no job that runs the code of a change write', () => {
    const writing = Object.entries(ci.jobs).filter(([, { permissions = {} }]) =>
      Object.values(permissions).includes('write'),
    );
    expect(writing.map(([id]) => id)).toEqual(['comment']);
    expect(writing[0]![1].steps!.filter(({ uses }) => uses !== undefined)).toEqual([]);
    expect(writing[0]![1].if).toContain(
      'github.event.pull_request.head.repo.full_name == github.repository',
    );
  });
});

describe('.ci/cut', () => {
  const cut = (text: string, bytes = 500) => {
    const { status, stdout, stderr } = spawnSync('bash', ['.ci/cut', `${bytes}`, '[run](u)'], {
      cwd: ROOT,
      encoding: 'utf8',
      input: text,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(Math.max(bytes, Buffer.byteLength(text)));
    return stdout;
  };
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

  test('leaves what is short enough as it is', () => {
    const text = `## a\n<details>\n\n${'é'.repeat(200)}\n</details>\n`;
    expect(cut(text, Buffer.byteLength(text))).toBe(text);
    expect(cut('')).toBe('');
  });

  test('ends after a whole line, and says where all of it is', () => {
    expect(cut(lines(100, (index) => `- change ${index} é`))).toMatch(
      /^(- change \d+ é\n)+\nShortened: \d\d lines are left out\. All of it: \[run\]\(u\)\n$/,
    );
  });

  test('leaves out folded fields before anything else', () => {
    const fields = `<details><summary>fields</summary>\n\n${lines(90, (index) => `field ${index}`)}\n</details>\n`;
    expect(cut(`### qa\n${fields}### sandbox\n${fields}end\n`)).toBe(
      '### qa\n### sandbox\nend\n\nShortened: 188 lines are left out. All of it: [run](u)\n',
    );
  });

  test('counts refusals that no comment could hold', () => {
    const refusals = lines(
      100,
      (index) => `    qa: refused, rule: Service/a-${index}: gone; keep it`,
    );
    expect(cut(`## refused\n\n${refusals}\n### qa\n${lines(9, () => '- x')}`)).toMatch(
      /^## refused\n\n( {4}qa: refused, .*\n)+\nShortened: \d+ lines are left out, 9\d of them refusals\. All/,
    );
  });

  test('leaves out a line that is too long, and never fails', () => {
    expect(cut(`a\n${'b'.repeat(9_000_000)}\n`)).toBe(
      'a\n\nShortened: 1 lines are left out. All of it: [run](u)\n',
    );
  });
});

describe('release.yml', () => {
  test('offers every environment that is released and every verb, by hand and to a caller', () => {
    const { workflow_call, workflow_dispatch } = release.on;
    const { environment, verb } = workflow_dispatch!.inputs!;
    expect([...environment!.options!].sort()).toEqual(
      environments
        .filter(({ database }) => database.kind !== 'local')
        .map(({ name }) => name)
        .sort(),
    );
    const help = execFileSync(process.execPath, ['ops/seda.cjs', 'release', '--help'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const verbs = [...help.matchAll(/^ {2}(\w+) \[options\]/gm)]
      .map(([, name]) => name)
      // These two read.
      .filter((name) => !['status', 'history'].includes(name!));
    expect([...verb!.options!].sort()).toEqual(verbs.sort());
    expect(Object.keys(workflow_call!.inputs!)).toEqual(Object.keys(workflow_dispatch!.inputs!));
    // One would take the place of what the environment before recorded.
    for (const { migration } of [workflow_call!.inputs!, workflow_dispatch!.inputs!])
      expect(migration).not.toHaveProperty('default');
  });

  test('waits for the reviewers of the environment that it changes', () => {
    expect(
      Object.values(release.jobs).map(({ environment, concurrency }) => ({
        environment,
        concurrency,
      })),
    ).toEqual([
      {
        environment: '${{ inputs.environment }}',
        concurrency: { group: 'release-${{ inputs.environment }}' },
      },
    ]);
  });
});

describe('delivery.yml', () => {
  const { test: tests, tag, image, qa, sandbox, production } = delivery.jobs as Record<string, Job>;

  test('tests with PostgreSQL on a port that the runner reaches, with the generated client and after all migrations', () => {
    expect(tests!.services!.postgres!.ports).toEqual(['5432:5432']);
    expect(tests!.env!.DATABASE_URL).toContain('@localhost:5432/');
    expect(shell(tests!)).toEqual([
      'npm ci --no-audit --no-fund',
      'npx prisma generate',
      'npx prisma migrate deploy',
      'npm run lint',
      'npm run test:ci',
      'npm run test:e2e',
    ]);
  });

  test('builds in one place, on develop, after the tests, with SBOM and provenance', () => {
    const builds = Object.values(delivery.jobs).filter(
      (job) => using(job, 'docker/build-push-action').length > 0,
    );
    expect(builds).toEqual([image]);
    expect(tag!.if).toBe("github.event_name == 'push'");
    expect(using(image!, 'docker/build-push-action')[0]!.with).toMatchObject({
      push: true,
      sbom: true,
      provenance: 'mode=max',
    });
    expect(using(image!, 'actions/attest')[0]!.with).toMatchObject({
      'subject-digest': '${{ steps.build.outputs.digest }}',
      'push-to-registry': true,
    });
    expect({ condition: image!.if, needs: needs(image!), before: needs(tag!) }).toEqual({
      condition: "github.ref == 'refs/heads/develop'",
      needs: ['tag'],
      before: ['test'],
    });
    expect(delivery.text).not.toMatch(/:latest\b/);
    expect(shell(image!).join('\n')).toContain(`image=${API.repository}:$TAG@$DIGEST`);
  });

  test('brings develop to qa, and to each later environment what the one before it ran', () => {
    const steps = Object.values(delivery.jobs).filter((job) => job.uses === RELEASE);
    expect(steps).toEqual([qa, sandbox, production]);
    expect(
      [qa, sandbox, production].map((job) => ({ on: job!.if, needs: needs(job!), ...job!.with })),
    ).toEqual([
      {
        on: "github.ref == 'refs/heads/develop'",
        needs: ['image'],
        environment: 'qa',
        verb: 'stage',
        image: '${{ needs.image.outputs.image }}',
        migration: '${{ needs.image.outputs.migration }}',
      },
      {
        on: "github.ref == 'refs/heads/main'",
        needs: ['tag'],
        environment: 'sandbox',
        verb: 'stage',
        from: 'qa',
        tag: '${{ needs.tag.outputs.tag }}',
      },
      {
        on: "github.ref == 'refs/heads/main'",
        needs: ['tag', 'sandbox'],
        environment: 'production',
        verb: 'stage',
        from: 'sandbox',
        tag: '${{ needs.tag.outputs.tag }}',
      },
    ]);
    for (const { name, imageFrom } of environments.filter(
      ({ imageFrom }) => imageFrom !== undefined,
    ))
      expect(delivery.jobs[name]!.with!.from).toBe(imageFrom);
  });
});

describe('code owners', () => {
  /** The owners of a file: those of the last line that matches. The lines here are `*`, files and folders. */
  const ownersOf = (file: string, text = read('.github/CODEOWNERS')): string[] => {
    const lines = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(/ +/));
    return (
      lines
        .filter(
          ([pattern]) =>
            pattern === '*' ||
            `/${file}` === pattern ||
            (pattern!.endsWith('/') && `/${file}`.startsWith(pattern!)),
        )
        .at(-1)
        ?.slice(1) ?? []
    );
  };

  test.each([
    'environments/production.ts',
    'environments/production.release.yaml',
    'dist/production/20-api.k8s.yaml',
    '.github/workflows/ci.yml',
    '.github/CODEOWNERS',
    '.github/rulesets/main.json',
    '.ci/release',
    'app/.github/workflows/delivery.yml',
    'ops/check/judge.ts',
    'ops/diff/changes.ts',
    'ops/rendering/rendering.ts',
    'policy/waivers.ts',
    'docs/actions.md',
    '.gitattributes',
    'dist/argocd/production.k8s.yaml',
    'environments/argocd.ts',
    'environments/preview.ts',
    'environments/chart.ts',
    'lib/wave-plan.ts',
    'cdk8s.yaml',
    'main.ts',
    'package-lock.json',
  ])('%s belongs to sre', (file) => {
    expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
    expect(ownersOf(file)).toEqual(['@seda-fm/sre']);
  });

  test('whatever the jobs of ci.yml run belongs to sre, and so does what sets it up', () => {
    const { scripts, bin } = JSON.parse(read('package.json'));
    const READS: Readonly<Record<string, readonly string[]>> = {
      npm: ['package.json', 'package-lock.json'],
      tsc: ['tsconfig.json'],
      eslint: ['eslint.config.mjs'],
      jest: ['jest.config.cjs', 'test/'],
      seda: [bin.seda],
    };
    const lines = Object.values(ci.jobs)
      .flatMap(shell)
      .map((line) =>
        line.replace(/^npm (?:run )?([\w:]+)/, (npm, name) => `${npm} ${scripts[name] ?? ''}`),
      );
    const words = new Set(
      lines.flatMap((line) => line.split(/\s+/)).flatMap((word) => READS[word] ?? [word]),
    );
    // A word with a dot or a slash in it may be a path; `imports` is only looked at.
    const files = [...words].filter(
      (word) => /\w[./]\w|\/$/.test(word) && fs.existsSync(path.join(ROOT, word)),
    );
    expect(files).toEqual(
      expect.arrayContaining([
        '.ci/tools',
        '.ci/review',
        'e2e/jest.config.cjs',
        'ops/seda.cjs',
        'scripts/import.mjs',
        'scripts/lint-manifests.mjs',
        ...Object.values(READS).flat(),
      ]),
    );
    expect(files.filter((file) => ownersOf(file).join() !== '@seda-fm/sre')).toEqual([]);
  });

  test('whatever the check is made of and reads belongs to sre', () => {
    const { metafile } = buildSync({
      entryPoints: [path.join(ROOT, 'ops/cli.ts')],
      absWorkingDir: ROOT,
      bundle: true,
      platform: 'node',
      packages: 'external',
      write: false,
      metafile: true,
    });
    const made = Object.keys(metafile.inputs);
    expect(made).toEqual(
      expect.arrayContaining(['ops/check/index.ts', 'environments/layout.ts', 'lib/wave-plan.ts']),
    );
    const committed = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
    // The settings and records of the environments that platform may release by itself.
    const released = /^environments\/(development|qa|sandbox)\.(release\.yaml|ts)$/;
    const read = committed
      .split('\0')
      .filter((file) =>
        /^(ops|lib|\.ci|policy|environments|\.github|dist\/(argocd|production))\/|^(cdk8s\.yaml|package.*\.json|\.npmrc|\.gitattributes)$/.test(
          file,
        ),
      )
      .filter((file) => !released.test(file));
    expect(read.length).toBeGreaterThan(200);
    expect(made.filter((file) => released.test(file))).toEqual([]);
    expect(
      [...made, ...read, '.npmrc'].filter((file) => ownersOf(file).join() !== '@seda-fm/sre'),
    ).toEqual([]);
  });

  test('everything else belongs to platform', () => {
    for (const file of [
      ...['environments/qa.ts', 'environments/qa.release.yaml', 'environments/sandbox.ts'],
      ...['dist/qa/20-api.k8s.yaml', 'docs/release.md', 'README.md'],
    ])
      expect({ file, owners: ownersOf(file) }).toEqual({ file, owners: ['@seda-fm/platform'] });
    expect(ownersOf('dist/production/x', '* @a\n/dist/production/ @b\n/dist/ @c')).toEqual(['@c']);
  });

  test('production is never folded in a review', () => {
    const attributes = execFileSync(
      'git',
      [
        'check-attr',
        'linguist-generated',
        'dist/production/20-api.k8s.yaml',
        'dist/qa/20-api.k8s.yaml',
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect(attributes).toBe(
      'dist/production/20-api.k8s.yaml: linguist-generated: unspecified\ndist/qa/20-api.k8s.yaml: linguist-generated: true\n',
    );
  });
});
