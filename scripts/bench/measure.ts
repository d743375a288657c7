import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

export const ROOT = path.join(__dirname, '../..');
export const SEDA = ['node', path.join(ROOT, 'ops/seda.cjs')];

/** Everything that is measured happens below this folder, which goes when the process ends. */
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-bench-'));
process.on('exit', () =>
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** How a group measures. */
export interface Plan {
  /** Rounds that count. */
  readonly runs: number;
  /** Whether a round before them fills the caches. */
  readonly warmUp: boolean;
  /** Sizes are small and nothing is judged: only that every command still works. */
  readonly smoke: boolean;
}

/** One line of the table. */
export type Row =
  | { readonly what: string; readonly skipped: string }
  | {
      readonly what: string;
      readonly measured?: string;
      readonly versus?: string;
      readonly reference?: string;
      readonly value: number;
      /** The largest value that is good. */
      readonly limit: number;
    };

/**
 * Runs a command and returns what it prints.
 *
 * @throws Error whose message ends with the last lines that the command printed
 */
export async function run([file, ...args]: readonly string[], cwd: string): Promise<string> {
  const env = {
    ...process.env,
    LC_ALL: 'C',
    CDK8S_CHECK_UPGRADE: 'false',
    GIT_CONFIG_GLOBAL: os.devNull,
  };
  try {
    return (await promisify(execFile)(file!, args, { cwd, env, maxBuffer: 2 ** 28 })).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (code === 'ENOENT') throw new Error(`${file} is not installed`);
    const lines = `${stdout}${stderr}`.trim().split('\n');
    // What is wrong is said first or last.
    const output = (
      lines.length > 20 ? [...lines.slice(0, 10), '...', ...lines.slice(-10)] : lines
    ).join('\n');
    throw new Error(`${[file, ...args].join(' ')} failed:\n${output}`);
  }
}

/**
 * CPU time of a command and of all processes that it waits for, in milliseconds: other work on the machine
 * counts little in it. Node does not say it of children, bash does.
 */
export async function cpu(command: readonly string[], cwd: string): Promise<number> {
  const times = path.join(scratch, 'times');
  const script = 'TIMEFORMAT="%3U %3S"; { time "$@" 2>&3; } 3>&2 2>"$0"';
  await run(['bash', '-c', script, times, ...command], cwd);
  const [user, system] = fs.readFileSync(times, 'utf8').trim().split(' ').map(Number);
  return (user! + system!) * 1000;
}

/** Runs all commands in turn, `plan.runs` times; the warm-up does not count. */
export async function rounds<Name extends string>(
  { runs, warmUp }: Pick<Plan, 'runs' | 'warmUp'>,
  commands: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(commands) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = warmUp ? 0 : 1; round <= runs; round++) {
    for (const name of names) {
      console.error(round === 0 ? `warm-up: ${name}` : `round ${round} of ${runs}: ${name}`);
      const sample = await commands[name]();
      if (round > 0) samples[name].push(sample);
    }
  }
  return samples;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Two commands, by the median of the ratios of each round. `versus` names the other one. */
export function compare(
  what: string,
  ours: readonly number[],
  versus: string,
  theirs: readonly number[],
  limit: number,
): Row {
  return {
    what,
    measured: `${median(ours).toFixed(0)} ms`,
    versus,
    reference: `${median(theirs).toFixed(0)} ms`,
    value: median(ours.map((value, round) => value / theirs[Math.min(round, theirs.length - 1)]!)),
    limit,
  };
}

/** The rows as text; in a smoke run none passes or fails. */
export function table(rows: readonly Row[], judged: boolean): string {
  const cells = rows.map((row) =>
    'skipped' in row
      ? [row.what, '', '', '', '', '', `skipped: ${row.skipped}`]
      : [
          row.what,
          row.measured ?? '',
          row.versus ?? '',
          row.reference ?? '',
          row.value.toFixed(row.limit < 20 ? 2 : 0),
          `<= ${Number(row.limit.toFixed(2))}`,
          judged ? (row.value <= row.limit ? 'pass' : 'over') : 'not judged',
        ],
  );
  const lines = [['', 'CPU', 'beside', 'CPU', 'value', 'target', ''], ...cells];
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
