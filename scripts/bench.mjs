// Measures renders beside the commands that teams use for the same: CPU time of all processes of a
// command, not elapsed time, so that other work on the machine counts little. The commands of a group
// run in turn, and a ratio is the median of the ratios of each round.

import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const GROUPS = { render, release, cli, many };
/** What takes seconds varies little. */
const SLOW_RUNS = 3;

const scratch = mkdtempSync(join(tmpdir(), 'seda-bench-'));
const copy = join(scratch, 'repository');
process.on('exit', () =>
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** Output of a command; the error of one that fails ends with what it printed. */
async function run([file, ...args], cwd = copy) {
  const options = {
    cwd,
    env: { ...process.env, LC_ALL: 'C', CDK8S_CHECK_UPGRADE: 'false' },
    maxBuffer: 2 ** 28,
  };
  try {
    return await promisify(execFile)(file, args, options);
  } catch ({ code, stdout, stderr }) {
    if (code === 'ENOENT') throw new Error(`${file} is not installed`);
    const output = `${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n');
    throw Object.assign(new Error(`${[file, ...args].join(' ')} failed:\n${output}`), { output });
  }
}

/** CPU time of a command and of all processes it waits for, in milliseconds. Node cannot tell it, bash can. */
async function cpu(command, cwd) {
  const output = join(scratch, 'output');
  try {
    const { stderr } = await run(
      ['bash', '-c', 'TIMEFORMAT="%3U %3S"; time "$@" >"$0" 2>&1', output, ...command],
      cwd,
    );
    const [user, system] = stderr.trim().split(' ').map(Number);
    return (user + system) * 1000;
  } catch (error) {
    if (error.output === undefined) throw error;
    throw new Error(`${command.join(' ')} failed:\n${readFileSync(output, 'utf8').trim()}`);
  }
}

/** Runs all commands in turn; the first round fills the caches and does not count. */
async function rounds(count, commands, warmUp = 1) {
  const samples = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 1 - warmUp; round <= count; round++) {
    for (const [name, command] of Object.entries(commands)) {
      console.error(round === 0 ? `warm-up: ${name}` : `round ${round} of ${count}: ${name}`);
      const sample = await command();
      if (round > 0) samples[name].push(sample);
    }
  }
  return samples;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One line of the table. `versus` names the other command; samples of the same round are compared. */
function compare(what, ours, versus, theirs, limit) {
  const ratio = median(
    ours.map((value, round) => value / theirs[Math.min(round, theirs.length - 1)]),
  );
  return {
    what,
    measured: `${median(ours).toFixed(0)} ms`,
    versus,
    reference: `${median(theirs).toFixed(0)} ms`,
    value: ratio,
    limit,
  };
}

/** A copy, because a measurement must not touch the working tree, and `cdk8s synth` begins with deleting dist/. */
async function copyRepository() {
  const skipped = /^(node_modules|\.git|build|coverage|\.dist-.*)$/;
  cpSync(ROOT, copy, {
    recursive: true,
    filter: (source) => !skipped.test(relative(ROOT, source)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await run(['node', 'ops/seda.cjs', 'synth']);
}

/** The kubectl of the machine, or one made from the module that scripts/kubectl pins. */
async function findKubectl() {
  if (
    await run(['kubectl', 'version', '--client']).then(
      () => true,
      () => false,
    )
  )
    return { kubectl: 'kubectl' };
  const built = join(ROOT, 'node_modules/.cache/seda-bench/kubectl');
  console.error('kubectl is not installed, building it with go');
  mkdirSync(dirname(built), { recursive: true });
  await run(['go', 'build', '-trimpath', '-o', built, '.'], join(ROOT, 'scripts/kubectl')).catch(
    ({ message }) => {
      throw new Error(`kubectl is not installed and cannot be built: ${message}`);
    },
  );
  return { kubectl: built };
}

/** A kustomization for each environment that emits what the render wrote. */
async function kustomizations(kubectl) {
  const dist = join(copy, 'dist');
  const environments = readdirSync(dist).filter((name) =>
    existsSync(join(dist, name, '20-api.k8s.yaml')),
  );
  const folders = environments.map((name) => join(scratch, 'kustomize', name));
  for (const [index, folder] of folders.entries()) {
    const source = join(dist, environments[index]);
    const files = readdirSync(source).filter((name) => name.endsWith('.k8s.yaml'));
    mkdirSync(folder, { recursive: true });
    for (const name of files) cpSync(join(source, name), join(folder, name));
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: files }));

    const { stdout } = await run([kubectl, 'kustomize', folder]);
    const written = files.map((name) => readFileSync(join(source, name), 'utf8')).join('---\n');
    if (!isDeepStrictEqual(objects(stdout), objects(written)))
      throw new Error(`kubectl kustomize does not emit the objects of dist/${environments[index]}`);
  }
  return folders;
}

function objects(text) {
  const documents = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS());
  return Object.fromEntries(
    documents.map((object) => [
      [object.apiVersion, object.kind, object.metadata.namespace, object.metadata.name].join(' '),
      object,
    ]),
  );
}

/** The package as npm installs it, with the built app of this repository beside it. */
async function installBuilt() {
  const project = join(scratch, 'project');
  const installed = join(project, 'node_modules/@seda-fm/manifests');
  await run(['npm', 'run', 'build']);
  cpSync(join(copy, 'build/app'), project, { recursive: true });
  const { files, bin } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
  for (const path of ['package.json', ...files])
    cpSync(join(copy, path), join(installed, path), { recursive: true });
  return () => cpu(['node', join(installed, bin.seda), 'synth'], project);
}

async function render(runs) {
  const commands = {
    'seda synth': () => cpu(['node', 'ops/seda.cjs', 'synth']),
    'seda synth, built': await installBuilt(),
    'node -e 0': () => cpu(['node', '-e', '0']),
  };
  const { kubectl, reason: skipped } = await findKubectl().catch(({ message }) => ({
    reason: message.split('\n', 2).join(' '),
  }));
  if (kubectl) {
    const folders = await kustomizations(kubectl);
    commands['kubectl kustomize'] = async () => {
      let sum = 0;
      for (const folder of folders) sum += await cpu([kubectl, 'kustomize', folder]);
      return sum;
    };
  }
  const samples = await rounds(runs, commands);
  const [source, built, kustomize] = ['seda synth', 'seda synth, built', 'kubectl kustomize'].map(
    (name) => samples[name],
  );
  const beside = (what, ours, limit) =>
    kustomize
      ? compare(what, ours, 'kubectl kustomize, four runs', kustomize, limit)
      : { what, skipped };
  return [
    beside('four environments from TypeScript', source, 1.5),
    beside('four environments from the built package', built, 1),
    compare(
      'four environments from the built package',
      built,
      'node -e 0',
      samples['node -e 0'],
      3,
    ),
  ];
}

/** Every verb from the state in which it has something to do, on the environments that know it, beside a synth of the same tree. */
async function release(runs) {
  const image = (version) =>
    `ghcr.io/seda-fm/seda-api:${version}@sha256:${version.replace(/\D/g, '').padEnd(64, 'a')}`;
  const stage = (name, version) => [
    'stage',
    name,
    '--image',
    image(version),
    ...(name === 'sandbox' || name === 'production' ? ['--skip-order', 'benchmark'] : []),
  ];
  const command = (args) => ['node', 'ops/seda.cjs', 'release', ...args];
  const save = (state) => {
    for (const name of ['environments', 'dist'])
      cpSync(join(copy, name), join(scratch, 'states', state, name), { recursive: true });
  };
  const restore = (state) => {
    rmSync(join(copy, 'dist'), { recursive: true });
    cpSync(join(scratch, 'states', state), copy, { recursive: true });
  };

  save('committed');
  const path = {
    served: [stage('production', '1.4.2'), ['promote', 'production']],
    staged: [stage('production', '1.5.0')],
    promoted: [['promote', 'production']],
  };
  for (const [state, steps] of Object.entries(path)) {
    for (const step of steps) await run(command(step));
    save(state);
  }
  const verbs = [
    ...['development', 'qa', 'sandbox', 'production'].map((name) => [
      'served',
      stage(name, '1.5.0'),
    ]),
    ['staged', ['promote', 'production']],
    ['staged', ['abort', 'production']],
    ['promoted', ['rollback', 'production']],
    ['promoted', ['retire', 'production']],
    ['promoted', ['status']],
  ];
  const commands = Object.fromEntries(
    verbs.map(([state, args]) => [
      `release ${args.slice(0, 2).join(' ')}`,
      () => (restore(state), cpu(command(args))),
    ]),
  );
  const samples = await rounds(runs, {
    'seda synth': () => (restore('served'), cpu(['node', 'ops/seda.cjs', 'synth'])),
    ...commands,
  });
  restore('committed');
  return Object.keys(commands).map((name) =>
    compare(name, samples[name], 'seda synth', samples['seda synth'], 2),
  );
}

async function cli(runs) {
  const samples = await rounds(Math.min(runs, SLOW_RUNS), {
    'cdk8s synth': () => cpu(['npx', 'cdk8s', 'synth']),
    'cdk8s synth, ts-node': () => cpu(['npx', 'cdk8s', 'synth', '--app', 'npx ts-node main.ts']),
  });
  return [
    compare(
      'cdk8s synth',
      samples['cdk8s synth'],
      'cdk8s synth of the template (ts-node)',
      samples['cdk8s synth, ts-node'],
      0.3,
    ),
  ];
}

async function many(runs) {
  const peaks = [];
  const measure = (mode, count) => async () => {
    const folder = join(scratch, 'many');
    rmSync(folder, { recursive: true, force: true });
    const { stdout } = await run([
      'node',
      'ops/run.cjs',
      'scripts/bench-many.ts',
      mode,
      String(count),
      folder,
    ]);
    const { milliseconds, mebibytes } = JSON.parse(stdout);
    if (mode === 'main') peaks.push(mebibytes);
    return milliseconds;
  };
  const commands = {
    hundred: measure('main', 100),
    thousand: measure('main', 1000),
    yaml: measure('yaml', 1000),
  };
  const { hundred, thousand, yaml } = await rounds(Math.min(runs, SLOW_RUNS), commands, 0);
  const { app } = await rounds(1, { app: measure('app', 1000) }, 0);
  return [
    compare('1000 environments', thousand, '100 environments', hundred, 10.5),
    { what: '1000 environments, peak memory in MiB', value: Math.max(...peaks), limit: 256 },
    compare('1000 environments', thousand, 'the same charts in one App', app, 0.2),
    compare('1000 environments', thousand, 'only yaml.stringify of their objects', yaml, 2),
  ];
}

async function test() {
  const start = performance.now();
  await run(['npm', 'test', '--', '--maxWorkers=2'], ROOT);
  return [
    {
      what: 'npm test with two workers, elapsed seconds',
      value: (performance.now() - start) / 1000,
      limit: 30,
    },
  ];
}

function print(rows) {
  const lines = rows.map(
    ({ what, measured = '', versus = '', reference = '', value, limit, skipped }) =>
      skipped
        ? [what, '', '', '', '', '', `skipped: ${skipped}`]
        : [
            what,
            measured,
            versus,
            reference,
            value.toFixed(limit < 20 ? 2 : 0),
            `<= ${limit}`,
            value <= limit ? 'pass' : 'over',
          ],
  );
  const table = [['', 'CPU', 'beside', 'CPU', 'value', 'target', ''], ...lines];
  const widths = table[0]
    .slice(0, -1)
    .map((_, column) => Math.max(...table.map((line) => line[column].length)));
  for (const line of table)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      only: { type: 'string' },
      json: { type: 'boolean' },
      'with-tests': { type: 'boolean' },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs is not a count, got ${values.runs}, expected a whole number from 1`);
  const groups = { ...GROUPS, ...(values['with-tests'] ? { test } : {}) };
  const { only = Object.keys(groups).join() } = values;
  const unknown = only.split(',').find((name) => !groups[name]);
  if (unknown !== undefined)
    throw new Error(
      `--only is unknown, got ${unknown}, expected any of ${Object.keys(groups).join()}`,
    );

  await copyRepository();
  const rows = [];
  for (const [name, group] of Object.entries(groups)) {
    if (only.split(',').includes(name)) rows.push(...(await group(runs)));
  }
  if (values.json)
    console.log(
      JSON.stringify(
        { node: process.version, processors: availableParallelism(), runs, rows },
        null,
        2,
      ),
    );
  else print(rows);
}

main().catch(({ message }) => {
  console.error(`bench: ${message}`);
  process.exitCode = 1;
});
