import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { seda } from './kit';
import { folders, projectOf } from './small-project';

/* What the command reads of the output of a project, here and in a commit. */

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
      'a comment that ends for kubectl at U+2028',
      map('1').replace('data:', '# all of it\u2028data:'),
      'dist/shop.yaml:3: has a character that only some readers take for the end of a line, expected objects between lines of "---"; render it again\n',
    ],
    [
      'a comment that ends for kubectl at a CR',
      map('1').replace('data:', 'immutable: false # all of it\r  paused: true\ndata:'),
      'dist/shop.yaml:3: has a character that only some readers take for the end of a line, ',
    ],
    [
      'a control in a comment',
      map('1').replace('data:', '# all of it\x1b\ndata:'),
      'dist/shop.yaml:3: has a character that kubectl reads in no place, also not in a comment, ',
    ],
    [
      'a blank line with a tab',
      map('1').replace('\ndata:\n', '\ndata:\n\t\n'),
      'dist/shop.yaml:6: begins with a tab, which kubectl does not take for indentation, expected spaces; render it again\n',
    ],
    [
      'a tab before the indentation of a block text',
      map('1').replace('"1"', '|\n    x\n  \t\n'),
      'dist/shop.yaml:8: begins with a tab, ',
    ],
    [
      'an object behind "..."',
      `${map('1')}...\n${map('2', 'b')}`,
      'dist/shop.yaml:7: ends a document with "...", after which kubectl reads no object, ',
    ],
    [
      'an object behind more than "---"',
      `${map('1')}--- !!map\n${map('2', 'b')}`,
      'dist/shop.yaml:7: has something behind "---", which kubectl takes for no beginning of an object, ',
    ],
    [
      'a directive',
      `%YAML 1.1\n---\n${map('1')}`,
      'dist/shop.yaml:1: has a directive, which kubectl does not read, ',
    ],
    [
      'a number to the base of 60',
      `${map('1')}spec:\n  seconds: 1:00\n`,
      'dist/shop.yaml:8: is read as a number by some and as a text by kubectl, got 1:00, ',
    ],
    [
      'a text that is null',
      `${map('1').trimEnd()}\n  B: null\n`,
      'dist/shop.yaml:1: data.B is null, which Kubernetes takes for an empty text, ',
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

  test('which release expanded the schema is not forgotten, unless what was to expand it is taken back', async () => {
    const record = (blue: number, expandedIn?: number) =>
      `active: green\nblue:\n  release: ${blue}\ngreen:\n  release: 2\n${expandedIn === undefined ? '' : `expandedIn: ${expandedIn}\n`}`;
    const project = committed({
      'dist/shop.yaml': map('1'),
      'environments/shop.release.yaml': record(3, 3),
    });
    const judged = async (text: string) => {
      project.write('environments/shop.release.yaml', text);
      return (await project.run('check --base HEAD')).stdout.split('\n')[0];
    };
    expect(await judged(record(3))).toBe(
      'shop: refused, contraction-too-early: environments/shop.release.yaml: release 3 expanded the schema last, and the record would say nothing of it; keep expandedIn in the record: it guards the next contraction',
    );
    expect(await judged(record(4, 2))).toContain('would say release 2; keep expandedIn');
    expect(await judged(record(1))).not.toContain('refused');
    expect(await judged(record(4, 4))).not.toContain('refused');
  });

  test('a rollback goes to an image that ran', async () => {
    const record = (image: string, previous?: string) =>
      `image: shop:${image}\n${previous === undefined ? '' : `previous: shop:${previous}\n`}`;
    const project = committed({
      'dist/shop.yaml': map('1'),
      'environments/shop.release.yaml': record('2', '1'),
    });
    const judged = async (text: string) => {
      project.write('environments/shop.release.yaml', text);
      return (await project.run('check --base HEAD')).stdout.split('\n')[0];
    };
    expect(await judged(record('2', '9'))).toBe(
      'shop: refused, image-not-proven: environments/shop.release.yaml: previous is shop:9, which this environment did not run, and a rollback would go there; let it be shop:2, the image that runs',
    );
    expect(await judged(record('3', '2'))).not.toContain('refused');
    expect(await judged(record('1', '2'))).not.toContain('refused');
    expect(await judged(record('3'))).not.toContain('refused');
  });

  test('what a colour was staged with stays as long as it has pods', async () => {
    const record = (replicas: number) =>
      `active: green\nblue:\n  release: 1\n  replicas: ${replicas}\ngreen:\n  release: 2\n  replicas: 3\n`;
    const project = committed({
      'dist/shop.yaml': map('1'),
      'environments/shop.release.yaml': record(3),
      'environments/shop.blue.yaml': map('2'),
    });
    fs.rmSync(path.join(project.root, 'environments/shop.blue.yaml'));
    expect((await project.run('check --base HEAD')).stdout.split('\n')[0]).toBe(
      'shop: refused, serving-colour-changed: environments/shop.blue.yaml: it is gone, and its colour has pods: the next change of the code would reach them without a stage; take it back: git checkout HEAD -- environments/shop.blue.yaml',
    );
    project.write('environments/shop.release.yaml', record(0));
    expect((await project.run('check --base HEAD')).stdout).not.toContain('refused');
  });

  test('a program that Argo CD would run is an error', async () => {
    const project = committed({ 'dist/shop.yaml': map('1') });
    project.write('dist/more.jsonnet', '{}');
    expect((await project.run('check --base HEAD')).stderr).toBe(
      'dist/more.jsonnet: is a program, of which nobody can say what Argo CD would apply; render what it makes, and remove it\n',
    );
  });

  test('another output folder is an error, as everything would be new', async () => {
    const project = committed({ 'dist/shop.yaml': map('1') });
    project.write('cdk8s.yaml', 'app: none\noutput: rendered\n');
    project.write('rendered/shop.yaml', map('2'));
    expect(await project.run('check --base HEAD')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'cdk8s.yaml: output is rendered and was dist, where HEAD has its manifests, so nothing can be compared; keep the name, as whatever applies dist goes on doing so\n',
    });
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

  test('a file of git is an error: it says what others get of the files beside it', async () => {
    const project = committed({ 'dist/shop.yaml': map('1') });
    project.write('dist/.gitattributes', '*.yaml working-tree-encoding=UTF-16\n');
    expect((await project.run('check --base HEAD')).stderr).toBe(
      'dist/.gitattributes: is a file of git, which may leave out or change what is beside it; remove it\n',
    );
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
        /^\/.* is in no git repository, so there are no commits; clone it, or begin one: git init && git add \. && git commit --message start\n$/,
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

    test('brings what is behind a commit to a shallow clone by the command that the message names', async () => {
      const origin = shop();
      origin.write('dist/shop.yaml', map('2'));
      origin.git('commit', '--quiet', '--all', '--message', 'next');
      const clone = path.join(origin.root, '..', `${path.basename(origin.root)}-behind`);
      folders.push(clone);
      gitIn(origin.root, 'clone', '--quiet', '--depth=1', `file://${origin.root}`, clone);
      const before = await seda('check --base HEAD~1', { cwd: clone });
      expect(before.stderr).toBe(
        'git has no commit "HEAD~1"; the clone is shallow, so fetch what it lacks: git fetch --unshallow origin\n',
      );
      gitIn(clone, 'fetch', '--unshallow', 'origin');
      expect(await seda('check --base HEAD~1', { cwd: clone })).toMatchObject({ code: 0 });
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
