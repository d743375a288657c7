import * as fs from 'node:fs';
import * as path from 'node:path';
import { madeUp, writeRecords } from './made-up';
import { compare, cpu, type Plan, ROOT, type Row, rounds, run, scratch, SEDA } from './measure';

/** Rendering many environments: how it grows, and beside other ways to write the same. */
export async function many({ smoke, ...plan }: Plan): Promise<Row[]> {
  const [few, lots] = smoke ? [2, 4] : [100, 1000];
  const once = { runs: 1, warmUp: false };
  const peaks: number[] = [];
  const measure = (mode: string, count: number) => async (): Promise<number> => {
    const folder = path.join(scratch, 'many');
    fs.rmSync(folder, { recursive: true, force: true });
    const script = path.join(ROOT, 'scripts/bench/once.ts');
    const printed = await run(['node', 'ops/run.cjs', script, mode, String(count), folder], ROOT);
    const { milliseconds, mebibytes } = JSON.parse(printed);
    if (mode === 'main') peaks.push(mebibytes);
    return milliseconds;
  };
  const samples = await rounds(
    { ...plan, warmUp: false },
    { few: measure('main', few), lots: measure('main', lots), yaml: measure('yaml', lots) },
  );
  // A quadratic one, which takes minutes.
  const { app } = await rounds(once, { app: measure('app', lots) });
  const what = `${lots} environments`;
  return [
    compare(what, samples.lots, `${few} environments`, samples.few, (lots / few) * 1.05),
    { what: `${what}, peak memory in MiB`, value: Math.max(...peaks), limit: 256 },
    compare(what, samples.lots, 'the same charts in one App', app, 0.2),
    compare(what, samples.lots, 'only yaml.stringify of their objects', samples.yaml, 2),
  ];
}

/** `seda check` and `seda diff` of a release staged in one environment, and in all of them, beside a synth of the same tree. */
export async function steps({ smoke, ...plan }: Plan): Promise<Row[]> {
  const sizes = smoke ? [2, 4] : [100, 300, 1000];
  const rows: Row[] = [];
  const worst: number[][] = [];
  for (const count of sizes) {
    const tree = await committed(count);
    for (const staged of [1, count]) {
      await stageIn(tree, count, staged);
      const commands = ['synth --check', 'check --base HEAD', 'diff --base HEAD'].map((args) => [
        `${args}, ${staged} of ${count} environments staged`,
        () => cpu([...SEDA, ...args.split(' ')], tree),
      ]);
      const samples = Object.values<number[]>(await rounds(plan, Object.fromEntries(commands)));
      const [synth, check, diff] = samples as [number[], number[], number[]];
      const what = `with ${staged} of ${count} staged`;
      rows.push(
        compare(`check ${what}`, check, 'synth of the same', synth, 1.5),
        compare(`diff ${what}`, diff, 'synth of the same', synth, 1.5),
      );
      if (staged === count) worst.push(check);
    }
  }
  const [few, lots] = [sizes[0]!, sizes.at(-1)!];
  const growth = compare(
    `check with ${lots} of ${lots} staged`,
    worst.at(-1)!,
    `check with ${few} of ${few} staged`,
    worst[0]!,
    (lots / few) * 1.05,
  );
  return [...rows, growth];
}

/** A git repository with `count` environments in its only commit. */
async function committed(count: number): Promise<string> {
  const tree = path.join(scratch, 'trees', String(count));
  const records = path.join(tree, 'records');
  writeRecords(records, madeUp(count));
  const module = JSON.stringify(path.join(ROOT, 'scripts/bench/made-up'));
  const main = `import { synthMadeUp } from ${module};\nsynthMadeUp(${count}, ${JSON.stringify(records)});\n`;
  fs.writeFileSync(path.join(tree, 'main.ts'), main);
  fs.writeFileSync(path.join(tree, 'cdk8s.yaml'), 'language: typescript\n');
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
  await run([...SEDA, 'synth'], tree);
  const git = ['git', '-c', 'user.name=bench', '-c', 'user.email=bench@localhost'];
  await run([...git, 'init', '--quiet'], tree);
  await run([...git, 'add', 'dist'], tree);
  await run([...git, 'commit', '--quiet', '--message', 'before'], tree);
  return tree;
}

/** Stages a release in the first environments, which no commit has yet. */
async function stageIn(tree: string, count: number, staged: number): Promise<void> {
  const changed = madeUp(count).slice(0, staged);
  writeRecords(path.join(tree, 'records'), changed, '1.1.0');
  await run([...SEDA, 'synth'], tree);
  const verdict = await run([...SEDA, 'check', '--base', 'HEAD'], tree);
  const unseen = changed.find(({ name }) => !verdict.includes(name));
  if (unseen !== undefined)
    throw new Error(`seda check does not see what was staged in ${unseen.name}:\n${verdict}`);
}
