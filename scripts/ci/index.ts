// Everything that a change must pass, after npm ci: bash .ci/run

import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { partsOn } from './parts';
import { closing, executor, runParts } from './run';

const ROOT = path.join(__dirname, '../..');
/** The limit of the CI that runs this is 90 minutes; what has begun in the budget has 10 more. */
const BUDGET = 75 * 60;
const GRACE = 10 * 60;

function secondsFrom(text: string | undefined, otherwise: number, name: string): number {
  const seconds = Number(text ?? otherwise);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new Error(`${name} is no number of seconds, got ${text}, expected a whole number from 1`);
}

async function main(): Promise<void> {
  const budget = secondsFrom(process.env.SEDA_CI_SECONDS, BUDGET, 'SEDA_CI_SECONDS');
  // The start of the script, whose npm ci is part of the time.
  const start = secondsFrom(process.argv[3], Math.floor(Date.now() / 1000), 'the start');
  const elapsed = (): number => Date.now() / 1000 - start;
  const succeeds = (...[file, ...args]: readonly string[]): boolean =>
    spawnSync(file!, args, { cwd: ROOT, stdio: 'ignore' }).status === 0;
  const has = (program: string): boolean => succeeds('sh', '-c', `command -v ${program}`);
  const parts = partsOn({
    root: ROOT,
    env: process.env,
    has,
    succeeds,
    isRoot: process.getuid?.() === 0,
  });

  const { execute, end } = executor(ROOT, () => budget + GRACE - elapsed());
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => (end(), process.exit(1)));
  const print = (text: string): void => void process.stdout.write(text);
  const results = await runParts(parts, budget, { elapsed, print, execute });
  print(`\n${closing(results, elapsed())}`);
  if (results.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
}

main().catch(({ message }: Error) => {
  console.error(`.ci/run: ${message}`);
  process.exitCode = 1;
});
