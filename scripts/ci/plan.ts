import type { Build, Part } from './part';

/** What is known when a part's turn comes. */
export interface Clock {
  /** Seconds since the script started. */
  readonly elapsed: number;
  /** Seconds after which nothing more is begun that would not be done by then. */
  readonly budget: number;
  /** How many times longer than on two idle cores things take here; 1 where nothing is known yet. */
  readonly pace: number;
}

export type Decision =
  | { readonly run: true; readonly builds: readonly Build[]; readonly helpers: readonly Build[] }
  | { readonly run: false; readonly why: string };

/**
 * Whether a part is begun: when it can run here, and there is time for it and for what is not built yet. A part that
 * is left out takes no time from those after it, which may be shorter.
 */
export function decide(part: Part, { elapsed, budget, pace }: Clock): Decision {
  const unavailable = part.unavailable?.();
  if (unavailable !== undefined) return { run: false, why: unavailable };
  const missing = (builds: readonly Build[] = []) => builds.filter(({ built }) => !built());
  const builds = missing(part.builds);
  const needed = [part, ...builds].reduce((sum, { seconds }) => sum + seconds, 0) * pace;
  const left = budget - elapsed;
  if (needed <= left) {
    const helpers = missing(part.helpers);
    const more = helpers.reduce((sum, { seconds }) => sum + seconds, 0) * pace;
    return { run: true, builds, helpers: needed + more <= left ? helpers : [] };
  }
  const first =
    builds.length === 0
      ? ''
      : ` with the first build of ${builds.map(({ name }) => name).join(', ')}`;
  return {
    run: false,
    why: `takes about ${minutes(needed)}${first}, and ${minutes(Math.max(0, left))} are left`,
  };
}

/** How much slower this machine is than the one that was measured, by what has run on it; never below 1. */
export function paceOf(
  done: readonly { readonly expected: number; readonly took: number }[],
): number {
  const sum = (field: 'expected' | 'took') => done.reduce((total, part) => total + part[field], 0);
  return done.length === 0 ? 1 : Math.max(1, sum('took') / sum('expected'));
}

/** Whole minutes for people, never less than the time is. */
export function minutes(seconds: number): string {
  const count = Math.ceil(seconds / 60);
  return `${count} minute${count === 1 ? '' : 's'}`;
}

/** Tests by how they ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * What jest's closing lines say of its tests. Undefined where there is no such line: then the program was none
 * of tests, or it broke before it had run one.
 */
export function countsIn(output: string): Counts | undefined {
  const lines = [...output.matchAll(/^Tests: .*$/gm)].map(([line]) => line);
  if (lines.length === 0) return undefined;
  const count = (word: string): number =>
    lines.reduce((sum, line) => sum + Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0), 0);
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** How a part ended, in tests: one without tests counts as one, and one that failed has at least one failure. */
export function countsOf(failed: boolean, output: string): Counts {
  const counts = countsIn(output);
  if (!counts) return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 };
  return failed && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
