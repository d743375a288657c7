import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Project, ROOT, runProgram } from './kit';

/* What takes a synth that is a process of its own, or one of cdk8s. */

/** A setting that shows in one file and has no other effect. */
const CPU = /cpu: '[^']+'/;

test('cdk8s synth writes what is committed', async () => {
  const project = Project.asCommitted();
  const committed = project.files('dist');
  fs.rmSync(project.path('dist'), { recursive: true });
  const cdk8s = path.join(ROOT, 'node_modules/.bin/cdk8s');
  const env = { CDK8S_CHECK_UPGRADE: 'false' };
  expect(await runProgram([cdk8s, 'synth'], { cwd: project.root, env })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(project.files('dist')).toEqual(committed);
});

test('seda synth writes it from any folder, time zone, locale and environment', async () => {
  const env = {
    TZ: 'Asia/Kolkata',
    LC_ALL: 'tr_TR.UTF-8',
    LANG: 'tr_TR.UTF-8',
    CDK8S_DISABLE_SORT: '1',
    CDK8S_LEGACY_HASH: '1',
    NODE_ENV: 'test',
    CI: 'true',
  };
  const project = Project.asCommitted();
  const committed = project.files('dist');
  fs.rmSync(project.path('dist'), { recursive: true });
  const command = [process.execPath, '../ops/seda.cjs', 'synth'] as const;
  project.own();
  expect(await runProgram([...command], { cwd: project.path('lib'), env })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(project.files('dist')).toEqual(committed);
});

describe('processes', () => {
  let project: Project;
  beforeEach(async () => {
    project = await Project.onFirstDay();
  });
  const dist = () => project.files('dist');
  const edit = (file: string, from: RegExp, to: string) => project.edit(file, from, to);
  const leftovers = () => fs.readdirSync(project.root).filter((name) => name.startsWith('.dist-'));

  /** Makes the app say on standard output that it renders qa, and runs it. */
  const start = async () => {
    project.edit('main.ts', '    fs.writeFileSync(file, text);', `${ANNOUNCE}$&`);
    const child = spawn(process.execPath, [project.path('ops/seda.cjs'), 'synth'], {
      cwd: project.root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    project.edit('main.ts', ANNOUNCE, '');
    return child;
  };
  /** Goes on once there is a file called go. */
  const ANNOUNCE =
    "    if (name === 'qa/20-api.k8s.yaml') { fs.writeSync(1, name); while (!fs.existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10); }\n";

  test('at the same time never mix their output', async () => {
    const outputs = [dist()];
    const first = await start();
    edit('environments/qa.ts', CPU, "cpu: '252m'");
    const others = [project.sedaProcess('synth'), project.sedaProcess('synth')];
    project.write('go', '');
    const [[code], ...results] = await Promise.all([once(first, 'close'), ...others]);
    expect([code, ...results.map(({ code }) => code)]).toEqual([0, 0, 0]);
    const output = dist();
    expect((await project.seda('synth')).code).toBe(0);
    outputs.push(dist());
    expect(outputs).toContainEqual(output);
    expect(leftovers()).toEqual([]);
  });

  test('that are killed leave dist/ whole, and the next one cleans up', async () => {
    const before = dist();
    edit('environments/qa.ts', CPU, "cpu: '252m'");
    const child = await start();
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(dist()).toEqual(before);
    expect(leftovers()).toHaveLength(1);
    expect((await project.seda('synth')).code).toBe(0);
    expect(leftovers()).toEqual([]);
    expect(dist()['qa/20-api.k8s.yaml']).toContain('cpu: 252m');
  });
});
