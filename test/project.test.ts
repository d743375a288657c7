import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Project as Repository, ROOT, seda } from './kit';

/*
 * How the command runs the app of a project, and what it reads of its output here and in a commit. The projects are small
 * ones of another team, without anything of seda.fm.
 */

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/** A project of these files. */
function projectOf(files: { readonly [file: string]: string }) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-app-'));
  folders.push(root);
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  return {
    root,
    write,
    synth: (...args: string[]) => seda(['synth', ...args], { cwd: root }),
    read: (file: string) => fs.readFileSync(path.join(root, file), 'utf8'),
    files: () => fs.readdirSync(root).sort(),
  };
}

const NAMED = (app: string, output = '') => `language: typescript\napp: ${app}\n${output}`;
const WRITES = `
const fs = require('fs');
fs.mkdirSync(process.env.CDK8S_OUTDIR, { recursive: true });
fs.writeFileSync(process.env.CDK8S_OUTDIR + '/a.yaml', 'rendered\\n');`;

test('main.ts needs no command, and is waited for when it renders later', async () => {
  const project = projectOf({
    'cdk8s.yaml': 'language: typescript\n',
    'main.ts': `
      import { App, Chart, ApiObject } from 'cdk8s';
      async function main(): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const app = new App();
        new ApiObject(new Chart(app, 'shop'), 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
        app.synth();
      }
      void main();`,
  });
  expect(await project.synth()).toEqual({
    code: 0,
    stdout: 'added    dist/shop.k8s.yaml\n',
    stderr: '',
  });
  expect(project.read('dist/shop.k8s.yaml')).toBe(
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n',
  );
  expect(await project.synth()).toMatchObject({ code: 0, stdout: 'dist/ is up to date\n' });
});

test('what an app writes to standard error is an error, and red at a terminal, only when the app fails', async () => {
  const project = projectOf({
    'cdk8s.yaml': NAMED('node render.js'),
    'render.js': `${WRITES}\nconsole.error('an option is deprecated');`,
  });
  const synth = () => seda('synth', { cwd: project.root, terminal: true });
  expect(await synth()).toEqual({
    code: 0,
    stdout: '\u001b[32madded\u001b[39m    dist/a.yaml\n',
    stderr: 'an option is deprecated\n',
  });
  project.write('render.js', `console.error('no database');\nprocess.exit(3);`);
  expect(await synth()).toEqual({
    code: 1,
    stdout: '',
    stderr:
      '\u001b[31mno database\u001b[39m\n\u001b[31mthe app failed with exit code 3: node render.js\u001b[39m\n',
  });
});

test('the command and the output folder are those of cdk8s.yaml', async () => {
  const project = projectOf({
    'cdk8s.yaml': NAMED('node render.js here', 'output: deploy/rendered/\n'),
    'render.js': `${WRITES}\nconsole.log('said by', process.argv[2]);`,
  });
  expect(await project.synth()).toEqual({
    code: 0,
    stdout: 'said by here\nadded    deploy/rendered/a.yaml\n',
    stderr: '',
  });
  expect(project.read('deploy/rendered/a.yaml')).toBe('rendered\n');
  expect(project.files()).toEqual(['cdk8s.yaml', 'deploy', 'node_modules', 'render.js']);
});

describe('the output stays as it was', () => {
  const KEPT = { 'dist/kept.yaml': 'kept\n' };
  test.each<[string, { [file: string]: string }, string]>([
    [
      'when the app writes nothing',
      { 'cdk8s.yaml': NAMED('node render.js'), 'render.js': '' },
      'the app wrote no file, dist/ stays as it was; expected it to write into the folder that CDK8S_OUTDIR names, as app.synth() does\n',
    ],
    [
      'when the app fails after it has written',
      {
        'cdk8s.yaml': NAMED('node render.js'),
        'render.js': `${WRITES}\nconsole.error('no'); process.exit(3);`,
      },
      'no\nthe app failed with exit code 3: node render.js\n',
    ],
    [
      'when what was compiled is older than its source',
      { 'cdk8s.yaml': NAMED('node main.js'), 'main.js': WRITES, 'main.ts': '' },
      'main.js is older than main.ts, from which it is compiled; compile it again, e.g. with npx tsc\n',
    ],
    [
      'when there is nothing to run',
      { 'cdk8s.yaml': 'language: typescript\n' },
      'has no main.ts and its cdk8s.yaml no "app"; write main.ts, or name the command that renders the project: app: npx ts-node main.ts\n',
    ],
    [
      'when the command is none',
      { 'cdk8s.yaml': 'app: [node, main.js]\n' },
      'cdk8s.yaml: app cannot be used, got ["node","main.js"], expected a command such as "npx ts-node main.ts"; correct it\n',
    ],
    [
      'when the output folder is the project itself',
      { 'cdk8s.yaml': NAMED('node main.js', 'output: .\n') },
      'cdk8s.yaml: output cannot be used, got ".", expected a folder below the one of cdk8s.yaml, such as dist; correct it\n',
    ],
    [
      'when cdk8s.yaml is no YAML',
      { 'cdk8s.yaml': 'app: "node\n' },
      'cdk8s.yaml: cannot be read: Missing closing "quote',
    ],
    [
      'when a validation of cdk8s fails, which is no error of the program',
      {
        'cdk8s.yaml': 'language: typescript\n',
        'main.ts': `
          import { App, Chart } from 'cdk8s';
          const app = new App();
          new Chart(app, 'shop').node.addValidation({ validate: () => ['is not good'] });
          app.synth();`,
      },
      'Validation failed with the following errors:\n  [shop] is not good\nthe app failed with exit code 1: ',
    ],
  ])('%s', async (_, files, message) => {
    const project = projectOf({ ...files, ...KEPT });
    const old = new Date(0);
    if ('main.ts' in files && 'main.js' in files)
      fs.utimesSync(path.join(project.root, 'main.js'), old, old);
    const { code, stdout, stderr } = await project.synth();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(project.read('dist/kept.yaml')).toBe('kept\n');
    expect(project.files().filter((file) => file.startsWith('.'))).toEqual([]);
  });
});

describe('an error of the program has a stack that leads to the source', () => {
  test('of an app that is a process', async () => {
    const project = projectOf({
      'cdk8s.yaml': 'language: typescript\n',
      'chart.ts': '\n\nexport const chart = (name?: string) => name!.length;\n',
      'main.ts': "import { chart } from './chart';\n\nchart();\n",
    });
    const { code, stderr } = await project.synth();
    expect(code).toBe(1);
    expect(stderr).toContain("TypeError: Cannot read properties of undefined (reading 'length')\n");
    expect(stderr).toMatch(
      / at chart \(chart\.ts:3:47\)\n +at Object\.<anonymous> \(main\.ts:3:1\)\n/,
    );
  });

  test('of this repository, whose app runs in the process of the command', async () => {
    const repository = Repository.asCommitted();
    repository.edit('main.ts', 'renderAll(', 'Object(undefined).renderAll(');
    const { code, stdout, stderr } = await repository.seda('synth');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^TypeError: .* is not a function.*\n +at .*main\.ts:\d+:\d+\)\n/);
  });

  test('but import.meta and what does not compile are said in a sentence', async () => {
    const repository = Repository.asCommitted();
    repository.write('main.ts', '\nconsole.log(import.meta.url);\n');
    expect(await repository.seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /main\.ts:2: import\.meta does not exist here, because the app runs as CommonJS; use __dirname or __filename\n$/,
      ),
    });
  });
});

describe('what is compared', () => {
  const GIT_ENV = {
    PATH: process.env.PATH,
    HOME: os.tmpdir(),
    GIT_CONFIG_GLOBAL: os.devNull,
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const gitIn = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd,
      env: GIT_ENV,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const map = (value: string, name = 'a') =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  A: "${value}"\n`;

  /** A project whose output is committed. */
  function committed(files: { readonly [file: string]: string }, settings = 'app: none\n') {
    const project = projectOf({ 'cdk8s.yaml': settings, ...files });
    const git = (...args: string[]) => gitIn(project.root, ...args);
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'first');
    const run = (line: string, env: NodeJS.ProcessEnv = {}, cwd = project.root) =>
      seda(line, { cwd, env });
    return { ...project, git, run };
  }

  const CHANGED = 'changed ConfigMap a: ';
  test.each<[string, string, string]>([
    ['shop', 'dist/shop.k8s.yaml', map('1')],
    ['shop', 'dist/shop.yml', map('1')],
    [
      'shop',
      'dist/shop.json',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a' },
        data: { A: '1' },
      }),
    ],
    ['shop', 'dist/shop/any.yaml', map('1')],
    ['shop', 'dist/shop/deeper/any.yaml', map('1')],
    ['argocd', 'dist/argocd/any.yaml', map('1')],
    [
      'shop',
      'dist/shop.yaml',
      `apiVersion: v1\nkind: List\nitems:\n  - ${map('1').trimEnd().replace(/\n/g, '\n    ')}\n`,
    ],
  ])('%s in %s is read on both sides', async (name, file, text) => {
    const project = committed({ [file]: text });
    expect(await project.run('diff')).toEqual({ code: 0, stdout: 'nothing changes\n', stderr: '' });
    project.write(file, text.replace(/"1"/, '"2"'));
    const { code, stdout } = await project.run('diff');
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [`${name}: ${CHANGED}applies to pods that start from now on`, '    data.A: 1 -> 2', ''].map(
        (line) => (line.startsWith(name) ? expect.stringContaining(`${name}: ${CHANGED}`) : line),
      ),
    ]);
  });

  test('the output folder of cdk8s.yaml', async () => {
    const project = committed({ 'k8s/shop.yaml': map('1') }, 'app: none\noutput: k8s\n');
    project.write('k8s/shop.yaml', map('2'));
    expect((await project.run('diff')).stdout).toContain('data.A: 1 -> 2');
    expect((await project.run('check --base HEAD')).code).toBe(0);
  });

  test('a commit without manifests is called one', async () => {
    const project = committed({ 'readme.txt': '' });
    project.write('dist/shop.yaml', map('1'));
    expect(await project.run('check --base HEAD')).toEqual({
      code: 0,
      stdout:
        'shop: is a new environment\nHEAD has no manifests: everything is new, and nothing was compared\n',
      stderr: '',
    });
  });

  test.each<[string, string | Buffer, string]>([
    ['text that is no YAML', 'a: [', 'dist/shop.yaml:1: is not YAML: '],
    [
      'what is no object',
      'a: 1\n',
      'dist/shop.yaml:1: is no object of Kubernetes, expected apiVersion, kind and metadata.name; render it again, or keep it out of the output folder\n',
    ],
    [
      'an object without a name',
      map('1').replace('  name: a', '  generateName: a'),
      'dist/shop.yaml:1: is no object of Kubernetes',
    ],
    [
      'one object twice',
      `${map('1')}---\n${map('2')}`,
      'dist/shop.yaml:8: is ConfigMap a, which dist/shop.yaml:1 is as well, expected each object once; remove one of them\n',
    ],
    [
      'another encoding',
      Buffer.from('data: \xff', 'latin1'),
      'dist/shop.yaml: is not UTF-8, expected text that kubectl can read; render it again\n',
    ],
  ])('%s is an error, here and in a commit', async (_, text, message) => {
    const project = committed({ 'dist/shop.yaml': map('1') });
    fs.writeFileSync(path.join(project.root, 'dist/shop.yaml'), text);
    expect(await project.run('check --base HEAD')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
    project.git('commit', '--all', '--quiet', '--message', 'second');
    project.write('dist/shop.yaml', map('1'));
    const { code, stderr } = await project.run('check --base HEAD');
    expect(code).toBe(1);
    expect(stderr).toContain(message.replace(/dist\/shop/g, 'HEAD:dist/shop'));
  });

  test('a link is an error, here and in a commit', async () => {
    const project = committed({ 'dist/shop.yaml': map('1'), 'other.yaml': map('2') });
    fs.rmSync(path.join(project.root, 'dist/shop.yaml'));
    fs.symlinkSync('../other.yaml', path.join(project.root, 'dist/shop.yaml'));
    const message =
      'is a symbolic link, expected a file: a commit holds only where a link leads; put the file in its place\n';
    expect((await project.run('check --base HEAD')).stderr).toBe(`dist/shop.yaml: ${message}`);
    project.git('commit', '--all', '--quiet', '--message', 'second');
    fs.rmSync(path.join(project.root, 'dist/shop.yaml'));
    project.write('dist/shop.yaml', map('1'));
    expect((await project.run('check --base HEAD')).stderr).toBe(`HEAD:dist/shop.yaml: ${message}`);
  });

  test('nothing rendered is an error and no removal', async () => {
    const project = committed({ 'dist/shop.yaml': map('1') });
    fs.rmSync(path.join(project.root, 'dist'), { recursive: true });
    expect(await project.run('check --base HEAD')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'dist/ has no manifests, so there is nothing to compare with HEAD; render them: seda synth\n',
    });
  });

  describe('git', () => {
    const shop = () => committed({ 'dist/shop.yaml': map('1') });

    test('has its own reason where there is no repository', async () => {
      const project = projectOf({ 'cdk8s.yaml': 'app: none\n', 'dist/shop.yaml': map('1') });
      expect((await seda('diff', { cwd: project.root })).stderr).toMatch(
        /^git cannot read .*: fatal: not a git repository/,
      );
      expect((await seda('diff', { cwd: project.root, env: { PATH: '/nowhere' } })).stderr).toMatch(
        /^git cannot read .*: git is not installed, or not in PATH; install it\n$/,
      );
    });

    test('has nothing before the first commit', async () => {
      const project = projectOf({ 'cdk8s.yaml': 'app: none\n', 'dist/shop.yaml': map('1') });
      gitIn(project.root, 'init', '--quiet');
      expect((await seda('diff', { cwd: project.root })).stderr).toBe(
        'git has no commit "HEAD"; nothing is committed yet; commit first\n',
      );
    });

    test('brings a branch to a shallow clone by the command that the message names', async () => {
      const origin = shop();
      origin.git('branch', 'feature');
      const clone = path.join(origin.root, '..', `${path.basename(origin.root)}-clone`);
      folders.push(clone);
      gitIn(
        origin.root,
        'clone',
        '--quiet',
        '--depth=1',
        '--branch=feature',
        `file://${origin.root}`,
        clone,
      );
      const before = await seda('check --base origin/main', { cwd: clone });
      expect(before).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'git has no commit "origin/main"; fetch it first: git fetch --depth=1 origin main:refs/remotes/origin/main\n',
      });
      const [, command] = /fetch it first: git (.*)\n/.exec(before.stderr)!;
      gitIn(clone, ...command!.split(' '));
      expect(await seda('check --base origin/main', { cwd: clone })).toMatchObject({
        code: 0,
        stdout: 'nothing changes what runs\n',
      });
    });

    test('finds its repository in a linked worktree, and from a hook of another one', async () => {
      const project = shop();
      const linked = `${project.root}-linked`;
      folders.push(linked);
      project.git('worktree', 'add', '--quiet', linked);
      fs.writeFileSync(path.join(linked, 'dist/shop.yaml'), map('2'));
      const other = shop();
      for (const env of [
        {},
        {
          GIT_DIR: path.join(other.root, '.git'),
          GIT_INDEX_FILE: path.join(other.root, '.git/index'),
          GIT_PREFIX: 'dist/',
        },
        { GIT_DIR: '.git' },
      ])
        expect((await project.run('diff', env, linked)).stdout).toContain('data.A: 1 -> 2');
    });

    // Only root can give a folder to somebody else.
    (process.getuid?.() === 0 ? test : test.skip)(
      'says how to trust a repository of somebody else',
      async () => {
        const project = shop();
        execFileSync('chown', ['-R', '12345', project.root]);
        const { code, stderr } = await project.run('diff');
        expect(code).toBe(1);
        expect(stderr).toContain('detected dubious ownership');
        expect(stderr).toContain(`git config --global --add safe.directory ${project.root}`);
      },
    );
  });
});
