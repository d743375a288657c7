import type { Report } from '../node/load';
import type { Run } from '../node/under-load';

/** With what a result was measured. */
export interface Setting {
  readonly commit: string;
  readonly kubernetes: string;
  readonly node: string;
  readonly proxy: string;
  readonly machine: string;
  /** Requests a second. */
  readonly rate: number;
}

/** What was measured of a scenario. */
export interface Result {
  readonly setting: Setting;
  readonly name: string;
  /** What is done, in one sentence. */
  readonly what: string;
  /** Whether requests must fail, must not, or are only counted. */
  readonly expected: 'none fail' | 'some fail' | 'counted';
  readonly switches: number;
  readonly streams: { readonly [stream: string]: Sum };
  /** Seconds in which at least one request failed, of the first 500 failures of each run. */
  readonly seconds: number;
  /** Why runs of it were void; they are counted nowhere. */
  readonly voids: readonly string[];
}

/** The same, before it is said with what it was measured. */
export type Measured = Omit<Result, 'setting'>;

/** Requests of one sort. */
export interface Sum {
  readonly sent: number;
  readonly failed: number;
  readonly kinds: { readonly [kind: string]: number };
}

/** The sum of runs, of which void ones count only as void; nothing counts of those of a scenario that may starve pods. */
export class Tally {
  switches = 0;
  readonly voids: string[] = [];
  private readonly reports: Report[] = [];

  /** @returns whether the run counts */
  add({ report, void: reason }: Run, switches: number): boolean {
    if (reason !== undefined) {
      this.voids.push(reason);
      return false;
    }
    this.reports.push(report);
    this.switches += switches;
    return true;
  }

  get requests(): number {
    return sum(
      this.reports.flatMap(({ streams }) => Object.values(streams).map(({ sent }) => sent)),
    );
  }

  result(name: string, what: string, expected: Result['expected']): Measured {
    const names = [...new Set(this.reports.flatMap(({ streams }) => Object.keys(streams)))];
    const streams = names.map((stream): [string, Sum] => {
      const all = this.reports.flatMap((report) => report.streams[stream] ?? []);
      const kinds: { [kind: string]: number } = {};
      for (const counts of all)
        for (const [kind, count] of Object.entries(counts.kinds))
          kinds[kind] = (kinds[kind] ?? 0) + count;
      return [
        stream,
        {
          sent: sum(all.map(({ sent }) => sent)),
          failed: sum(all.map(({ failed }) => failed)),
          kinds,
        },
      ];
    });
    const seconds = sum(
      this.reports.map(({ failures }) => new Set(failures.map(({ at }) => Math.floor(at))).size),
    );
    return {
      ...{ name, what, expected, seconds },
      switches: this.switches,
      streams: Object.fromEntries(streams),
      voids: this.voids,
    };
  }
}

export const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);
