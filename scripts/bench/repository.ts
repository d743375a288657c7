import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT, run, scratch } from './measure';

export const COPY = path.join(scratch, 'repository');

/**
 * A copy of this repository as it was on its first day, because a measurement must neither touch the working
 * tree nor depend on what people have released. `cdk8s synth` begins with deleting dist/.
 */
export async function copyRepository(): Promise<void> {
  if (fs.existsSync(COPY)) return;
  const skipped = /^(node_modules|\.git|\.ci|build|coverage|e2e|\.dist-.*)$/;
  fs.cpSync(ROOT, COPY, {
    recursive: true,
    filter: (source) => !skipped.test(path.relative(ROOT, source)),
  });
  fs.cpSync(path.join(ROOT, 'test/first-day'), path.join(COPY, 'environments'), {
    recursive: true,
  });
  const environments = path.join(COPY, 'environments');
  // On the first day nothing was staged.
  for (const file of fs.readdirSync(environments))
    if (/\.(blue|green)\.yaml$/.test(file)) fs.rmSync(path.join(environments, file));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(COPY, 'node_modules'));
  await run(['node', 'ops/seda.cjs', 'synth'], COPY);
}
