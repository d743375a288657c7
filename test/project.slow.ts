import * as fs from 'node:fs';
import * as path from 'node:path';
import { Project as Repository, seda } from './kit';
import { projectOf } from './small-project';

/* How the command runs the app of a project. */

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

test('what kubectl would not read, or read as something else, is refused with its line', async () => {
  const project = projectOf({
    'cdk8s.yaml': 'language: typescript\n',
    'main.ts': `
      import { App, Chart, ApiObject } from 'cdk8s';
      const app = new App();
      const map = (name: string, data: object) =>
        new ApiObject(new Chart(app, name), 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
      map('good', { a: 'x\\n\\ty', b: '0o7 and more' });
      map('octal', { a: '0o7' });
      map('tab', { a: '\\tx\\ny' });
      app.synth();`,
  });
  expect(await project.synth()).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'dist/octal.k8s.yaml:6: is not the same for all readers of YAML, got 0o7, expected quotes around it; render it again\n' +
      'dist/tab.k8s.yaml:6: has a text that begins with a tab, which kubectl takes for a fault of indentation, expected objects between lines of "---"; render it again\n',
  });
});

test('names of files that kubectl does not read are refused', async () => {
  const project = projectOf({
    'cdk8s.yaml': NAMED('node render.js'),
    'render.js': WRITES.replace('a.yaml', 'a.txt'),
  });
  expect(await project.synth()).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'dist/ would have no file that kubectl reads, expected names that end in .yaml, .yml or .json; leave outputFileExtension out\n',
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

  test('but an await outside of a function is said, with what to do', async () => {
    const repository = Repository.asCommitted();
    repository.write('main.ts', '\nawait Promise.resolve();\n');
    expect(await repository.seda('synth')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /main\.ts:2: await stands outside of a function, .*; put it into one: async function main\(\) \{ \.\.\. \} main\(\);\n$/,
      ),
    });
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
