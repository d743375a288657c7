import { type ChildProcess, spawn } from 'node:child_process';
import type { Build, Part } from './part';
import { type Counts, countsOf, decide, paceOf } from './plan';

/** How a part ended. */
export interface Result {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'left out';
  /** Why it was left out. */
  readonly why?: string;
  readonly seconds: number;
  readonly counts: Counts;
}

/** What a run needs of the world. */
export interface World {
  /** Seconds since the script started. */
  readonly elapsed: () => number;
  readonly print: (text: string) => void;
  /** Runs a command; `show` is given what it prints. */
  readonly execute: (
    command: readonly string[],
    environment: { readonly [name: string]: string },
    show: (text: string) => void,
  ) => Promise<boolean>;
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };
/** Parts that run at the same time, where all say that they may: four keep two cores at work. */
const LANES = 4;

/** Runs the parts in their order, and each that there is time for. */
export async function runParts(
  parts: readonly Part[],
  budget: number,
  world: World,
): Promise<Result[]> {
  const { elapsed, print, execute } = world;
  const results = new Map<Part, Result>();
  const done: { expected: number; took: number }[] = [];
  const running = new Set<Promise<void>>();
  const idle = async (lanes: number): Promise<void> => {
    while (running.size > lanes) await Promise.race(running);
  };
  const leftOut = (part: Part, why: string): void => {
    print(`\n--- ${part.name}: left out, ${why}\n`);
    results.set(part, { name: part.name, outcome: 'left out', why, seconds: 0, counts: NONE });
  };
  const build = async ({ name, command, seconds }: Build): Promise<boolean> => {
    const start = elapsed();
    print(`\n--- build of ${name}: ${command.join(' ')}\n`);
    const built = await execute(command, {}, print);
    if (built) done.push({ expected: seconds, took: elapsed() - start });
    return built;
  };
  const run = async (part: Part): Promise<void> => {
    const start = elapsed();
    const headline = `\n--- ${part.name}: ${part.command.join(' ')}\n`;
    let output = '';
    // What runs beside another part is shown when it has ended, so that the two are not mixed.
    if (part.beside) print(`\n--- ${part.name}: begins, its output follows\n`);
    else print(headline);
    const passed = await execute(part.command, part.environment ?? {}, (text) => {
      output += text;
      if (!part.beside) print(text);
    });
    if (part.beside) print(headline + output);
    const seconds = elapsed() - start;
    const counts = countsOf(!passed, output);
    results.set(part, { name: part.name, outcome: passed ? 'passed' : 'failed', seconds, counts });
    if (!part.beside) done.push({ expected: part.seconds, took: seconds });
  };

  for (const part of parts) {
    await idle(part.beside ? LANES - 1 : 0);
    const decision = decide(part, { elapsed: elapsed(), budget, pace: paceOf(done) });
    if (!decision.run) {
      leftOut(part, decision.why);
      continue;
    }
    const { builds, helpers } = decision;
    for (const helper of helpers) await build(helper);
    const broken: string[] = [];
    for (const needed of builds)
      if (broken.length === 0 && !(await build(needed))) broken.push(needed.name);
    if (broken.length > 0) {
      leftOut(part, `the build of ${broken.join()} failed`);
      continue;
    }
    const promise = run(part).finally(() => running.delete(promise));
    running.add(promise);
    if (!part.beside) await promise;
  }
  await idle(0);
  return parts.map((part) => results.get(part)!);
}

/** The closing lines; the last is read by machines. */
export function closing(results: readonly Result[], elapsed: number): string {
  const sum = (field: keyof Counts): number =>
    results.reduce((total, { counts }) => total + counts[field], 0);
  const lines = results
    .filter(({ outcome }) => outcome !== 'left out')
    .map(
      ({ name, outcome, seconds, counts }) =>
        `${outcome.padEnd(8)} ${`${seconds.toFixed(0)} s`.padStart(7)}  ${name}${counts.skipped > 0 ? `, ${counts.skipped} tests skipped` : ''}`,
    );
  const left = results
    .filter(({ outcome }) => outcome === 'left out')
    .map(({ name, why }) => `left out           ${name}: ${why}`);
  const total = `${sum('passed')} passed, ${sum('failed')} failed`;
  const skipped = sum('skipped');
  return [
    ...lines,
    ...left,
    `in all   ${`${elapsed.toFixed(0)} s`.padStart(7)}`,
    '',
    skipped > 0 ? `${total}, ${skipped} skipped` : total,
    '',
  ].join('\n');
}

/** Runs commands in groups of their own, which end together with this process, and at the latest when `limit` seconds have passed. */
export function executor(
  root: string,
  limit: () => number,
): { execute: World['execute']; end: () => void } {
  const children = new Set<ChildProcess>();
  const end = (child: ChildProcess): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const execute: World['execute'] = ([file, ...args], environment, show) =>
    new Promise((resolve) => {
      const child = spawn(file!, args, {
        cwd: root,
        // Colours would hide the line that says how many tests there were.
        env: { ...process.env, FORCE_COLOR: '0', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      children.add(child);
      const timer = setTimeout(
        () => {
          show(`\nended, because the time of all parts is over\n`);
          end(child);
        },
        Math.max(1, limit()) * 1000,
      );
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', show);
      child.on('error', ({ message }) => show(`${message}\n`));
      child.on('close', (code) => {
        clearTimeout(timer);
        children.delete(child);
        resolve(code === 0);
      });
    });
  return { execute, end: () => children.forEach(end) };
}
