// Measures what this repository's commands cost, beside the commands that teams use for the same. The commands
// of a group run in turn, and a ratio is the median of the ratios of each round.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { many, steps } from './many';
import { type Plan, type Row, table } from './measure';
import { release } from './release';
import { cli, render } from './render';

const GROUPS: { readonly [name: string]: (plan: Plan) => Promise<Row[]> } = {
  render,
  release,
  cli,
  many,
  steps,
};
/** What takes seconds varies little. */
const SLOW = { cli: 3, many: 3, steps: 3 } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    // Of `node ops/run.cjs scripts/bench/index.ts`, as npm calls it.
    args: process.argv.slice(3),
    options: {
      runs: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
    },
  });
  const { smoke, json } = values;
  if (smoke && values.runs !== undefined)
    throw new Error('--smoke is one round, so it takes no --runs; give one of them');
  const runs = Number(values.runs ?? (smoke ? 1 : 7));
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs is not a count, got ${values.runs}, expected a whole number from 1`);
  const known = Object.keys(GROUPS);
  const only = values.only?.split(',') ?? known;
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`--only is unknown, got ${unknown}, expected any of ${known.join()}`);

  const rows: Row[] = [];
  for (const name of known.filter((group) => only.includes(group))) {
    const most = SLOW[name as keyof typeof SLOW] ?? runs;
    rows.push(...(await GROUPS[name]!({ runs: Math.min(runs, most), warmUp: !smoke, smoke })));
  }
  const machine = { node: process.version, processors: availableParallelism(), runs, smoke };
  console.log(json ? JSON.stringify({ ...machine, rows }, null, 2) : table(rows, !smoke));
}

main().catch(({ message }: Error) => {
  console.error(`bench: ${message}`);
  process.exitCode = 1;
});
