import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Processes } from '../cluster/processes';
import type { Namespaces } from './namespaces';

/** One sort of requests. */
export interface Target {
  readonly name: string;
  /** A connection for each request, or connections that are used again; with a body where it is a POST. */
  readonly kind: 'new' | 'kept' | 'new-post' | 'kept-post';
  /** Requests a second. */
  readonly rate: number;
  readonly url: string;
}

/** What all sorts of requests have in common. */
export interface LoadOptions {
  /**
   * A header of all requests, such as `x-seda-preview: true`.
   * @default - none
   */
  readonly header?: string;
  /**
   * What they ask for.
   * @default - the host of their URLs
   */
  readonly host?: string;
  /**
   * Length of the bodies.
   * @default 44
   */
  readonly bodyBytes?: number;
}

/** What became of one sort of requests. */
export interface Counts {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Failures by what happened. */
  readonly kinds: { readonly [kind: string]: number };
  /** Answers by the version that gave them. */
  readonly versions: { readonly [version: string]: number };
  /** Requests that left more than 100 ms after their time. */
  readonly late: number;
  readonly latestMs: number;
  readonly slowestMs: number;
}

export interface Failure {
  /** Seconds since 1970. */
  readonly at: number;
  readonly stream: string;
  readonly kind: string;
  readonly carried: number;
}

export interface Report {
  readonly begin: number;
  readonly end: number;
  readonly streams: { readonly [name: string]: Counts };
  /** The first 500. */
  readonly failures: readonly Failure[];
}

/** It ends by itself where nobody ends it. */
const LONGEST_SECONDS = 900;
/** Where more than one of a hundred requests left late, the machine was not there to send them. */
const LATE_SHARE = 0.01;

/** Open-model load: requests leave at their time, whatever the answers do, and none is repeated. */
export class Load {
  private readonly events: { readonly at: number; readonly name: string }[] = [];
  private static count = 0;
  private readonly name = `load-${++Load.count}`;

  constructor(
    namespaces: Namespaces,
    private readonly processes: Processes,
    program: string,
    targets: readonly Target[],
    { host, header, bodyBytes }: LoadOptions = {},
  ) {
    const streams = targets.map(({ name, kind, rate, url }) => `${name}=${kind},${rate},${url}`);
    // In the network of the node alone, where a signal reaches it.
    namespaces.start(
      this.name,
      program,
      [
        `-seconds=${LONGEST_SECONDS}`,
        ...(host === undefined ? [] : [`-host=${host}`]),
        ...(header === undefined ? [] : [`-header=${header}`]),
        ...(bodyBytes === undefined ? [] : [`-body=${bodyBytes}`]),
        ...streams,
      ],
      ['--net'],
    );
  }

  /** Says what happens from now on, for who reads of failures. */
  event(name: string): void {
    this.events.push({ at: Date.now() / 1000, name });
  }

  /** Ends it, and waits for the answers that are due. */
  async stop(): Promise<Report> {
    await this.processes.kill(this.name, 'SIGTERM', 60_000);
    const text = readFileSync(join(this.processes.folder, `${this.name}.log`), 'utf8');
    try {
      return JSON.parse(text) as Report;
    } catch {
      throw new Error(`the load ended without its report: ${text.slice(-500)}`);
    }
  }

  /** Failures after each event, by sort and kind. */
  story({ failures }: Report): string[] {
    return this.events.flatMap(({ at, name }, index) => {
      const next = this.events[index + 1]?.at ?? Infinity;
      const mine = failures.filter((failure) => failure.at >= at && failure.at < next);
      if (mine.length === 0) return [];
      const counts = new Map<string, number>();
      for (const { stream, kind } of mine)
        counts.set(`${stream} ${kind}`, (counts.get(`${stream} ${kind}`) ?? 0) + 1);
      const seconds = (failure: Failure) => (failure.at - at).toFixed(2);
      const listed = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
      return [`${seconds(mine[0]!)} to ${seconds(mine.at(-1)!)} s after "${name}": ${listed}`];
    });
  }
}

/** Why nothing can be said of a run: requests that the machine did not send in time. */
export function lateness({ streams }: Report): string | undefined {
  const all = Object.values(streams);
  const sent = all.reduce((sum, counts) => sum + counts.sent, 0);
  const late = all.reduce((sum, counts) => sum + counts.late, 0);
  const latest = Math.max(...all.map(({ latestMs }) => latestMs));
  return late > sent * LATE_SHARE
    ? `${late} of ${sent} requests left late, the latest by ${latest.toFixed(0)} ms`
    : undefined;
}
