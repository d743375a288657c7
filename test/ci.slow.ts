import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Project, ROOT } from './kit';
import { workflow } from './workflow-rules';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGE = `ghcr.io/seda-fm/seda-api:9.1.0-0123456789ab@${DIGEST}`;

/** Stands for `gh`: notes its arguments and the files that they name, and answers as it is told. */
const GH = `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2);
const file = args[args.indexOf('--input') + 1 || -1] ?? args.find((arg) => arg.startsWith('body=@'))?.slice(6);
fs.appendFileSync(process.env.GH_LOG, JSON.stringify({ args, file: file && fs.readFileSync(file, 'utf8') }) + '\\n');
const [, answer = '', code = 0] = JSON.parse(process.env.GH_ANSWERS).find(([part]) => args.join(' ').includes(part)) ?? [];
if (answer) console.log(answer);
process.exit(code);
`;

/** Stands for `npm ci`: notes how it was called, and gives the packages of this repository. It fails where a test says so. */
const NPM = `#!/bin/sh
{ echo "$*"; pwd; ls -A; env; } >"$HOME/npm.log"
if [ -e "$HOME/npm.fails" ]; then echo "npm error 404 no such package" >&2; exit 1; fi
ln -s '${path.join(ROOT, 'node_modules')}' node_modules
`;

interface Call {
  readonly args: readonly string[];
  readonly file?: string;
}

type Answer = readonly [part: string, answer?: string, code?: number];

let project: Project;
const git = (...args: string[]) => project.git(...args);
const edit = (file: string, from: string | RegExp, to: string) => project.edit(file, from, to);

beforeAll(async () => {
  project = await Project.onFirstDay();
  for (const script of ['release', 'review', 'base-review', 'cut', 'folders.cjs'])
    fs.cpSync(path.join(ROOT, '.ci', script), project.path(`.ci/${script}`));
  project.write('.gitignore', 'node_modules\n.dist-*\nreview.md\n');
  // The documents show qa, in a picture that is drawn again with every release.
  project.write('docs/qa.svg', 'to be drawn');
  project.program('gh', GH);
  project.program('npm', NPM);
  project.commit('before');
  git('tag', 'before');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
});
beforeEach(() => {
  git('reset', '--quiet', '--hard', 'before');
  // Twice for what is a repository of its own.
  git('clean', '--quiet', '--force', '--force', '-d');
});

/** Runs shell lines as GitHub Actions does with `shell: bash`. */
function bash(
  lines: string,
  env: Record<string, string> = {},
  answers: readonly Answer[] = [],
): { code: number | null; stdout: string; stderr: string; calls: Call[] } {
  const log = path.join(project.outside, 'gh.log');
  fs.writeFileSync(log, '');
  const PATH = [
    path.join(project.outside, 'bin'),
    path.dirname(process.execPath),
    process.env.PATH,
  ].join(path.delimiter);
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', lines],
    {
      cwd: project.root,
      encoding: 'utf8',
      env: {
        PATH,
        HOME: project.outside,
        GH_LOG: log,
        GH_ANSWERS: JSON.stringify(answers),
        ...env,
      },
    },
  );
  const calls = fs
    .readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Call);
  return { code: status, stdout, stderr, calls };
}

/** Runs the last shell lines of a job that judges, with what GitHub gives to them. */
function judge(job: 'base' | 'review', env: Record<string, string> = {}) {
  const files = {
    GITHUB_OUTPUT: path.join(project.outside, 'output'),
    GITHUB_STEP_SUMMARY: path.join(project.outside, 'summary'),
  };
  for (const file of Object.values(files)) fs.writeFileSync(file, '');
  const { code, stderr } = bash(lastStep('ci.yml', job), {
    GITHUB_BASE_REF: 'main',
    RUNNER_TEMP: project.outside,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'seda-fm/manifests',
    GITHUB_RUN_ID: '11',
    ...files,
    ...env,
  });
  const [, end, body = ''] =
    /^body<<([0-9a-f]{32})\n([^]*)\n\1\n$/.exec(fs.readFileSync(files.GITHUB_OUTPUT, 'utf8')) ?? [];
  return { code, stderr, end, body, summary: fs.readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8') };
}

/** The last shell lines of a job of a workflow. */
function lastStep(file: string, job: string): string {
  return workflow(fs.readFileSync(path.join(ROOT, '.github/workflows', file), 'utf8'))
    .jobs[job]!.steps!.flatMap(({ run }) => run ?? [])
    .at(-1)!;
}

describe('the review of a change', () => {
  const review = () => ({
    ...bash('bash .ci/review origin/main review.md'),
    body: fs.existsSync(project.path('review.md')) ? project.read('review.md') : '',
  });
  const weaken = () =>
    edit('dist/production/00-namespace.k8s.yaml', 'enforce: restricted', 'enforce: baseline');
  const commit = (message: string) => git('commit', '--quiet', '--all', '--message', message);
  beforeEach(() => fs.rmSync(project.path('review.md'), { force: true }));

  test('says that nothing changes', () => {
    const { code, body } = review();
    expect(body).toMatch(
      /^## seda check, code of this change: safe to merge\n\n {4}nothing changes what runs\n\n## seda diff\n\nnothing changes\n\nFrom [0-9a-f]{12} to the tree of this change\.\n$/,
    );
    expect(code).toBe(0);
  });

  test('takes an exception from a commit of the change, and names it', () => {
    weaken();
    commit('weaken production\n\nSeda-Allow: identity-changed production');
    expect(review()).toMatchObject({
      code: 0,
      body: expect.stringContaining(
        '## seda check, code of this change: safe to merge\n\n**Exception, asked for in a commit of this change: identity-changed production**\n',
      ),
    });
    // What came before the change is none of its exceptions.
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    edit('dist/production/00-namespace.k8s.yaml', 'enforce: baseline', 'enforce: privileged');
    commit('more');
    expect(review()).toMatchObject({ code: 1, body: expect.not.stringContaining('Exception') });
    git('update-ref', 'refs/remotes/origin/main', 'before');
  });

  test.each([
    'everything',
    'in-place production --base HEAD',
    'in-place $(id)',
    'removal Production',
  ])('takes no other exception: %s', (value) => {
    weaken();
    commit(`weaken production\n\nSeda-Allow: ${value}`);
    const { code, stderr, body } = review();
    expect({ code, body }).toEqual({ code: 2, body: '' });
    expect(stderr).toBe(
      `Seda-Allow: ${value} is no exception, expected "RULE ENV" such as "identity-changed production"; correct the commit message\n`,
    );
  });

  test('fits into a comment, with what is refused', () => {
    const many = Array.from(
      { length: 4000 },
      (_, index) =>
        `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a-name-that-is-rather-long-${index}\n  namespace: seda-qa\ndata:\n  a: "1"\n`,
    );
    edit('dist/qa/10-config.k8s.yaml', /$/, many.join(''));
    weaken();
    commit('too much for anybody');
    const { code, body, summary } = judge('review');
    expect(code).toBe(1);
    expect(body).toMatch(
      /^## seda check, code of this change: refused\n\n {4}production: refused, /,
    );
    expect(body.length).toBeGreaterThan(35_000);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(40_000);
    expect(body).not.toContain('<details>');
    expect(body).toMatch(
      /`a-name-that-is-rather-long-\d+`: [^\n]+\n\nShortened: \d+ lines are left out\. All of it: \[the summary of the run\]\(https:\/\/github\.com\/seda-fm\/manifests\/actions\/runs\/11\)$/,
    );
    expect(summary).toBe(project.read('review.md'));
    expect(summary).toContain('a-name-that-is-rather-long-3999');
  });

  test('fails as the check does, and reaches the summary and the job that comments all the same', () => {
    weaken();
    commit('weaken production');
    const { code, end, body, summary } = judge('review');
    expect(code).toBe(1);
    expect(body).toMatch(
      /^## seda check, code of this change: refused\n\n {4}production: refused, identity-changed: .*\n {4}production: .*\n {4}what must be, .*\n\nIn a commit of this change --allow RULE=ENV is the line Seda-Allow: RULE ENV .*\n\n## seda diff\n\n### production\n/,
    );
    expect(summary).toBe(project.read('review.md'));
    expect(end).toHaveLength(32);
    expect(`${body}\n`).toBe(summary);
  });

  test('is one comment, made once and then updated', () => {
    const step = lastStep('ci.yml', 'comment');
    const env = {
      GITHUB_REPOSITORY: 'seda-fm/manifests',
      NUMBER: '7',
      BASE: 'of the base',
      REVIEW: '`$(id)` "quoted" @file',
    };
    const body = `body=<!-- seda review -->\n${env.BASE}\n\n${env.REVIEW}`;
    const [, post] = bash(step, env, [['--paginate']]).calls;
    expect(post!.args).toEqual([
      'api',
      '--method',
      'POST',
      'repos/seda-fm/manifests/issues/7/comments',
      '--raw-field',
      body,
      '--silent',
    ]);
    const [list, patch] = bash(step, env, [['--paginate', '41\n42']]).calls;
    expect(list!.args.join(' ')).toContain(
      'select(.user.login == "github-actions[bot]" and (.body | startswith("<!-- seda review -->")))',
    );
    expect(patch!.args).toEqual([
      'api',
      '--method',
      'PATCH',
      'repos/seda-fm/manifests/issues/comments/41',
      '--raw-field',
      body,
      '--silent',
    ]);
    expect(bash(step, env, [['--paginate', '', 1]])).toMatchObject({
      code: 1,
      calls: [expect.anything()],
    });
  });
});

describe('the judgement of the base', () => {
  const commit = (message: string) => {
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
  };
  const weaken = () =>
    edit('dist/production/00-namespace.k8s.yaml', 'enforce: restricted', 'enforce: baseline');
  const base = (env?: Record<string, string>) => judge('base', env);
  const npm = () => fs.readFileSync(path.join(project.outside, 'npm.log'), 'utf8');
  const REFUSED =
    /^## seda check, code of the base [0-9a-f]{12}: refused\n\n {4}production: refused, identity-changed: /;
  beforeEach(() => {
    for (const file of ['npm.fails', 'npm.log', 'ran'])
      fs.rmSync(path.join(project.outside, file), { force: true });
  });
  afterEach(() => git('update-ref', 'refs/remotes/origin/main', 'before'));

  test('is short where it has nothing to say', () => {
    edit('dist/qa/20-api.k8s.yaml', 'memory: 512Mi', 'memory: 600Mi');
    commit('qa is not frozen');
    expect(base()).toMatchObject({
      code: 0,
      stderr: '',
      body: expect.stringMatching(
        /^## seda check, code of the base [0-9a-f]{12}: safe to merge\n*$/,
      ),
    });
  });

  test('refuses what a check allows that the change has opened, and says who refused', () => {
    weaken();
    project.write('ops/seda.cjs', "console.log('nothing changes what runs');\n");
    commit('the check is good to me');
    expect(judge('review')).toMatchObject({
      code: 0,
      body: expect.stringMatching(/^## seda check, code of this change: safe to merge\n/),
    });
    const { code, body, summary } = base();
    expect({ code, body }).toEqual({ code: 1, body: expect.stringMatching(REFUSED) });
    expect(body).toContain(
      'What only the code of the base refuses is possible once the check itself has changed, in a pull request before this one.',
    );
    expect(summary).toBe(`${body}\n`);
  });

  test('takes the exceptions of the commits', () => {
    weaken();
    commit('weaken production\n\nSeda-Allow: identity-changed production');
    expect(base()).toMatchObject({
      code: 0,
      body: expect.stringContaining(
        '**Exception, asked for in a commit of this change: identity-changed production**',
      ),
    });
    git('commit', '--quiet', '--amend', '--message', 'raise\n\nSeda-Allow: everything');
    expect(base()).toMatchObject({
      code: 1,
      body: expect.stringContaining('Seda-Allow: everything is no exception'),
    });
  });

  test('runs, imports and installs nothing of the change', () => {
    const ran = path.join(project.outside, 'ran');
    const script = `require('node:fs').appendFileSync(${JSON.stringify(ran)}, __filename);\n`;
    for (const file of ['main.ts', 'ops/cli.ts', 'environments/index.ts', 'lib/wave-plan.ts'])
      project.write(file, `${script}${project.read(file)}`);
    for (const file of ['ops/seda.cjs', 'ops/load.cjs', '.ci/folders.cjs', 'index.js'])
      project.write(file, script);
    for (const file of ['.ci/base-review', '.ci/review', '.ci/cut', 'bin/node', 'bin/npm']) {
      project.write(file, '#!/bin/sh\necho "$0" >>"$HOME/ran"\n');
      fs.chmodSync(project.path(file), 0o755);
    }
    project.write('.npmrc', 'git=./bin/npm\nnode-options=--require ./index.js\n');
    edit('package.json', '"scripts": {', '"scripts": {\n    "preinstall": "echo >>$HOME/ran",');
    edit('cdk8s.yaml', /^app: .*/m, 'app: echo >>$HOME/ran');
    project.write('package-lock.json', '{}\n');
    weaken();
    commit('everywhere');
    const env = {
      PATH: [
        ...[project.path('bin'), './bin', path.join(project.outside, 'bin')],
        ...[path.dirname(process.execPath), process.env.PATH],
      ].join(path.delimiter),
      NODE_OPTIONS: `--require ${project.path('index.js')}`,
      NODE_PATH: project.path('lib'),
      npm_config_git: './bin/npm',
    };
    // What the other job runs, which judges with the code of the change.
    judge('review', env);
    expect(fs.readFileSync(ran, 'utf8')).not.toBe('');
    fs.rmSync(ran);
    expect(base(env)).toMatchObject({ code: 1, body: expect.stringMatching(REFUSED) });
    expect(fs.existsSync(ran)).toBe(false);
    const [args, folder, ...rest] = npm().split('\n');
    expect(args).toBe('ci --ignore-scripts --no-audit --no-fund');
    expect(folder).not.toContain(project.root);
    expect(rest).toContain('cdk8s.yaml');
    expect(rest.filter((line) => /^\.npmrc$|^NODE_|^npm_config/.test(line))).toEqual([]);
  });

  test.each<[string, () => void, string]>([
    [
      'another output',
      () => {
        fs.cpSync(project.path('dist'), project.path('rendered'), { recursive: true });
        edit('cdk8s.yaml', 'output: dist', 'output: rendered');
        weaken();
      },
      'cdk8s.yaml: output is rendered, expected dist as in the base: Argo CD would go on applying dist, and nobody would judge it; leave it',
    ],
    [
      'a cdk8s.yaml that is somewhere else',
      () => {
        fs.renameSync(project.path('cdk8s.yaml'), project.path('settings.yaml'));
        fs.symlinkSync('settings.yaml', project.path('cdk8s.yaml'));
      },
      'cdk8s.yaml has the mode 120000, expected a file',
    ],
    [
      'a dist/ that is somewhere else',
      () => {
        fs.renameSync(project.path('dist'), project.path('elsewhere'));
        fs.symlinkSync('elsewhere', project.path('dist'));
      },
      'dist has the mode 120000, expected a file',
    ],
    [
      'a link in dist/',
      () => fs.symlinkSync('20-api.k8s.yaml', project.path('dist/production/25-api.k8s.yaml')),
      'dist/production/25-api.k8s.yaml has the mode 120000, expected a file',
    ],
    [
      'a submodule in dist/',
      () => {
        const more = project.path('dist/production/more');
        git('init', '--quiet', more);
        git('-C', more, 'commit', '--quiet', '--allow-empty', '--message', 'more');
      },
      'dist/production/more has the mode 160000, expected a file',
    ],
    [
      'attributes that change bytes',
      () =>
        // An encoding that git can read from any bytes, for it reads the files again at times.
        project.write('dist/production/.gitattributes', '*.yaml working-tree-encoding=latin1\n'),
      'dist/production/\\S+ has the git attribute working-tree-encoding=latin1: what is checked out could differ',
    ],
    [
      'a filter for dist/',
      () => project.write('.gitattributes', '*.yaml filter=mine\n'),
      'dist/\\S+ has the git attribute filter=mine: ',
    ],
    [
      'a source of Argo CD that nobody judges',
      () =>
        edit('dist/argocd/production.k8s.yaml', 'path: dist/production', 'path: app/production'),
      'dist/argocd/production.k8s.yaml: Argo CD would apply app/production, expected a folder of dist: the check reads no other; correct path',
    ],
    [
      'a source of Argo CD that leaves dist/',
      () => edit('dist/argocd/production.k8s.yaml', 'path: dist/production', 'path: dist/../app'),
      'dist/argocd/production.k8s.yaml: Argo CD would apply dist/../app, expected a folder of dist',
    ],
  ])('refuses %s', (_, spoil, message) => {
    spoil();
    commit('elsewhere');
    expect(base()).toMatchObject({
      code: 1,
      body: expect.stringMatching(
        new RegExp(`^## seda check, code of the base [0-9a-f]{12}: refused\n\n {4}${message}`),
      ),
    });
  });

  test('reads the objects of the commits, not what replaces them', () => {
    weaken();
    commit('weaken production');
    const file = 'dist/production/00-namespace.k8s.yaml';
    git(
      'replace',
      git('rev-parse', `HEAD:${file}`).trim(),
      git('rev-parse', `before:${file}`).trim(),
    );
    try {
      expect(base()).toMatchObject({ code: 1, body: expect.stringMatching(REFUSED) });
    } finally {
      git('replace', '--delete', git('--no-replace-objects', 'rev-parse', `HEAD:${file}`).trim());
    }
  });

  test('takes the branch, not a tag that is called like it', () => {
    weaken();
    commit('weaken production');
    git('tag', 'origin/main');
    try {
      for (const job of ['base', 'review'] as const) expect(judge(job)).toMatchObject({ code: 1 });
    } finally {
      git('tag', '--delete', 'origin/main');
    }
  });

  test('says why there is none, and fails', () => {
    weaken();
    commit('weaken production');
    fs.writeFileSync(path.join(project.outside, 'npm.fails'), '');
    expect(base()).toMatchObject({
      code: 1,
      body: expect.stringMatching(
        /: cannot judge\n\n {4}the packages of the base cannot be installed: npm error 404 no such package$/,
      ),
    });
    git('checkout', '--quiet', '--detach', 'before');
    git('rm', '--quiet', '.ci/base-review', '.ci/cut');
    commit('as it was long ago');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    git('checkout', '--quiet', 'before', '--', '.ci');
    commit('the base gets a check');
    expect(base()).toMatchObject({
      code: 1,
      body: expect.stringContaining(
        ': cannot judge\n\n    the base has no .ci/base-review, so its check cannot be asked; ',
      ),
    });
  });

  test('is not asked for where the base has nothing', () => {
    git('checkout', '--quiet', '--orphan', 'first');
    git('rm', '--quiet', '-r', '--cached', '.');
    git('add', '.gitignore');
    git('commit', '--quiet', '--message', 'a repository');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    commit('everything');
    expect(base()).toMatchObject({
      code: 0,
      body: expect.stringMatching(
        /: nothing to judge with\n\nThe base has neither a check nor manifests: /,
      ),
    });
    git('checkout', '--quiet', '--detach', 'before');
  });
});

describe('a release', () => {
  const ANSWERS: readonly Answer[] = [
    ['git/trees', '1'.repeat(40)],
    ['git/commits', '2'.repeat(40)],
    ['/pulls?', ''],
    ['/pulls ', 'https://github.com/seda-fm/manifests/pull/7'],
  ];
  const release = (env: Record<string, string>, ...answers: Answer[]) =>
    bash('bash .ci/release', env, [...answers, ...ANSWERS]);
  const said =
    'qa: moves from develop to 9.1.0-0123456789ab, pod by pod; back: seda release rollback qa';

  test('becomes a commit that GitHub signs and a pull request with what seda said', () => {
    const { code, stdout, calls } = release(
      { ENVIRONMENT: 'qa', VERB: 'stage', IMAGE, MIGRATION: 'none' },
      ['git/ref/heads', '', 1],
    );
    expect({
      code,
      lines: stdout.split('\n').filter((line) => !line.startsWith('changed')),
    }).toEqual({
      code: 0,
      lines: [
        said,
        'next: commit these files; merge',
        'https://github.com/seda-fm/manifests/pull/7',
        '',
      ],
    });
    const [verify, trees, commits, ref, create, search, open] = calls;
    expect(verify!.args).toEqual([
      'attestation',
      'verify',
      `oci://${IMAGE}`,
      '--bundle-from-oci',
      '--deny-self-hosted-runners',
      '--repo',
      'seda-fm/seda-api',
      '--signer-workflow',
      'seda-fm/seda-api/.github/workflows/delivery.yml',
      '--source-ref',
      'refs/heads/develop',
    ]);
    const { base_tree, tree } = JSON.parse(trees!.file!);
    expect(base_tree).toBe(git('rev-parse', 'HEAD^{tree}').trim());
    expect(tree).toContainEqual({
      path: 'environments/qa.release.yaml',
      mode: '100644',
      type: 'blob',
      content: expect.stringContaining(`image: ${IMAGE}`),
    });
    expect(tree).toContainEqual({
      path: 'docs/qa.svg',
      mode: '100644',
      type: 'blob',
      content: expect.stringContaining('>image seda-api:9.1.0-0123456789ab</text>'),
    });
    expect(tree.map((entry: { path: string }) => entry.path)).toEqual(
      git('diff', '--cached', '--name-only').trim().split('\n'),
    );
    expect(JSON.parse(commits!.file!)).toEqual({
      message: said,
      tree: '1'.repeat(40),
      parents: [git('rev-parse', 'HEAD').trim()],
    });
    expect(ref!.args).toContain('repos/seda-fm/manifests/git/ref/heads/release/qa');
    expect(create!.args).toEqual([
      'api',
      '--method',
      'POST',
      'repos/seda-fm/manifests/git/refs',
      '--raw-field',
      'ref=refs/heads/release/qa',
      '--raw-field',
      `sha=${'2'.repeat(40)}`,
      '--silent',
    ]);
    expect(search!.args).toContain(
      'repos/seda-fm/manifests/pulls?state=open&base=main&head=seda-fm:release/qa',
    );
    expect(open!.args).toEqual(
      expect.arrayContaining(['head=release/qa', 'base=main', `title=${said}`]),
    );
    expect(open!.file).toMatch(
      new RegExp(
        `^    ${said}\n[^]*its provenance was verified\\.\nAsked for by somebody in a shell\n$`,
      ),
    );
  });

  test('updates the branch and the pull request that are there', () => {
    const { code, calls } = release({ ENVIRONMENT: 'qa', VERB: 'stage', IMAGE }, ['/pulls?', '7']);
    expect(code).toBe(0);
    expect(calls.at(-3)!.args).toEqual([
      'api',
      '--method',
      'PATCH',
      'repos/seda-fm/manifests/git/refs/heads/release/qa',
      '--raw-field',
      `sha=${'2'.repeat(40)}`,
      '--field',
      'force=true',
      '--silent',
    ]);
    expect(calls.at(-1)!.args.slice(0, 4)).toEqual([
      'api',
      '--method',
      'PATCH',
      'repos/seda-fm/manifests/pulls/7',
    ]);
  });

  test('writes nothing when the provenance is not good', () => {
    expect(
      release({ ENVIRONMENT: 'qa', VERB: 'stage', IMAGE }, ['attestation', '', 1]),
    ).toMatchObject({ code: 1, calls: [{ args: expect.arrayContaining(['attestation']) }] });
  });

  test('takes the image that the environment before runs, and no other', async () => {
    const from = (tag: string) =>
      release({ ENVIRONMENT: 'sandbox', VERB: 'stage', FROM: 'qa', TAG: tag });
    expect(from('9.1.0-0123456789ab')).toMatchObject({
      code: 1,
      calls: [],
      stderr:
        'qa runs ghcr.io/seda-fm/seda-api:develop and not 9.1.0-0123456789ab; merge the release that brings it there, then run this job again\n',
    });
    expect(await project.seda(['release', 'stage', 'qa', '--image', IMAGE])).toMatchObject({
      code: 0,
    });
    git('commit', '--quiet', '--all', '--message', 'qa');
    expect(from('9.1.0-ba9876543210')).toMatchObject({
      code: 1,
      calls: [],
      stderr: expect.stringContaining('and not 9.1.0-ba9876543210'),
    });
    const { code, calls } = from('9.1.0-0123456789ab');
    expect({ code, verified: calls[0]!.args[2] }).toEqual({ code: 0, verified: `oci://${IMAGE}` });
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'no environment',
      { ENVIRONMENT: 'prod --force', VERB: 'promote' },
      'ENVIRONMENT is no name, got "prod --force"; expected one of environments/, e.g. production',
    ],
    [
      'an unknown environment',
      { ENVIRONMENT: 'nowhere', VERB: 'promote' },
      'unknown environment "nowhere", expected one of development, qa, sandbox, production',
    ],
    [
      'no verb',
      { ENVIRONMENT: 'qa', VERB: 'delete' },
      'unknown VERB "delete", expected stage, shift, promote, rollback, retire or abort',
    ],
    [
      'no image',
      { ENVIRONMENT: 'qa', VERB: 'stage' },
      'nothing to stage: give an image, or an environment to take one from',
    ],
    [
      'two images',
      { ENVIRONMENT: 'qa', VERB: 'stage', IMAGE, FROM: 'sandbox' },
      `both an image and an environment to take one from, got "${IMAGE}" and "sandbox"; leave one empty`,
    ],
    [
      'an image for another verb',
      { ENVIRONMENT: 'production', VERB: 'promote', IMAGE },
      `promote takes no image and no environment to take one from, got "${IMAGE}"; leave them empty`,
    ],
    [
      'no share',
      { ENVIRONMENT: 'production', VERB: 'shift', PERCENT: '100' },
      'PERCENT is no share of the requests, got "100"; expected a whole number from 1 to 99',
    ],
    [
      'a share for another verb',
      { ENVIRONMENT: 'production', VERB: 'promote', PERCENT: '5' },
      'promote takes no percent, got "5"; leave it empty',
    ],
    [
      'a share where there is no Gateway',
      { ENVIRONMENT: 'qa', VERB: 'shift', PERCENT: '5' },
      'qa: is a rolling environment and has no colours',
    ],
    [
      'what seda refuses',
      { ENVIRONMENT: 'production', VERB: 'stage', FROM: 'sandbox' },
      'production: the all-zero digest is a placeholder and not an image; name one that was built',
    ],
    [
      'an option for an image',
      { ENVIRONMENT: 'qa', VERB: 'stage', IMAGE: '--skip-order=x' },
      'qa: the image has a bad repository, got "--skip-order=x"',
    ],
  ])('fails with %s', (_, env, message) => {
    expect(release(env)).toMatchObject({
      code: 1,
      calls: [],
      stderr: expect.stringContaining(message),
    });
    expect(git('status', '--porcelain')).toBe('');
  });

  test('is no pull request when there is nothing to do', () => {
    expect(release({ ENVIRONMENT: 'production', VERB: 'promote' })).toMatchObject({
      code: 0,
      calls: [],
      stdout: expect.stringMatching(/nothing is staged.*\nno pull request: nothing changed\n$/),
    });
  });

  test('fails as a job when it fails in the middle of a pipe', () => {
    const summary = path.join(project.outside, 'summary');
    expect(
      bash(lastStep('release.yml', 'release'), {
        ENVIRONMENT: 'qa',
        VERB: 'stage',
        GITHUB_STEP_SUMMARY: summary,
      }),
    ).toMatchObject({ code: 1 });
  });
});

describe('what a migration does', () => {
  const { run } = workflow(
    fs.readFileSync(path.join(ROOT, 'app/.github/workflows/delivery.yml'), 'utf8'),
  ).jobs.image!.steps!.find(({ id }) => id === 'migration')!;
  /** What the step hands on after a push of commits with these texts. */
  const pushed = (...messages: string[]) => pushedOnto(undefined, ...messages);
  const pushedOnto = (before: string | undefined, ...messages: string[]) => {
    const output = path.join(project.outside, 'output');
    fs.writeFileSync(output, '');
    for (const message of messages) git('commit', '--quiet', '--allow-empty', '--message', message);
    const { code, stderr } = bash(run!, {
      BEFORE: before ?? git('rev-parse', `HEAD~${messages.length}`).trim(),
      GITHUB_OUTPUT: output,
    });
    return { code, stderr, output: fs.readFileSync(output, 'utf8') };
  };
  const SAID = 'drop the column\n\nSeda-Migration: contract';

  test.each<[string, readonly string[], string]>([
    [
      'nothing, where nobody says it',
      ['add a column', 'Seda-Migration: contract is a trailer\n\nand this is none'],
      '',
    ],
    ['the word of its commit', [SAID], 'contract'],
    [
      'the word of any commit of the push',
      ['before', SAID, `${SAID}\nCo-authored-by: a <a@example.com>`, 'after'],
      'contract',
    ],
  ])('is %s', (_, messages, word) =>
    expect(pushed(...messages)).toEqual({ code: 0, stderr: '', output: `migration=${word}\n` }),
  );

  test('is not what an earlier push said', () => {
    git('commit', '--quiet', '--allow-empty', '--message', SAID);
    expect(pushed('later')).toMatchObject({ output: 'migration=\n' });
  });

  test.each([['0'.repeat(40)], ['a'.repeat(40)]])(
    'is what the newest commit says where the one before is not known, %s',
    (before) => {
      expect(pushedOnto(before, SAID, SAID.replace('contract', 'none'))).toEqual({
        code: 0,
        stderr: '',
        output: 'migration=none\n',
      });
    },
  );

  test.each<[string, readonly string[], string]>([
    ['two words', [SAID, SAID.replace('contract', 'none')], 'contract, none'],
    ['another word', [SAID.replace('contract', 'shrink')], 'shrink'],
    ['a command', [SAID.replace('contract', '$(id) `id` "; id')], '$(id) `id` "; id'],
  ])('fails with %s', (_, messages, said) => {
    expect(pushed(...messages)).toEqual({
      code: 1,
      output: '',
      stderr: `Seda-Migration: ${said} is not one of expand, contract and none; say it in one more commit\n`,
    });
  });
});
