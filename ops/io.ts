import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A stream that people may look at. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The time, so that a test decides how late it is. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** A signal that is aborted, with a `TimeoutError`, once the time is over. */
  timeout(milliseconds: number): AbortSignal;
  /**
   * Does something again and again.
   * @returns ends it
   */
  every(milliseconds: number, work: () => void): () => void;
}

/**
 * Everything that the command takes from its process. Nothing below `ops/` reads `process` or `console` besides
 * the entrance, ops/seda.cjs, so a test runs the command in its own process (test/kit.ts).
 */
export interface Io {
  /** Folder in which the command is given. */
  readonly cwd: string;
  /** Environment variables; git and kubectl have the same. */
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Program that is kubectl, and its first arguments. */
  readonly kubectl: readonly [program: string, ...args: string[]];
  readonly clock: Clock;
  /**
   * Takes over what Ctrl-C and SIGTERM do, which without a listener end the process at once.
   * @returns ends that
   */
  onInterrupt(listener: () => void): () => void;
}

/** Where files are, and what git is told. */
export type Workspace = Pick<Io, 'cwd' | 'env'>;

/** Writes lines to a stream. */
export function printTo(stream: Output): (line: string) => void {
  return (line) => void stream.write(`${line}\n`);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => sleep(milliseconds),
  timeout: (milliseconds) => AbortSignal.timeout(Math.ceil(milliseconds)),
  every: (milliseconds, work) => {
    const timer = setInterval(work, milliseconds);
    return () => clearInterval(timer);
  },
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What a process has. */
export function ioOf(process: NodeJS.Process): Io {
  // A reader such as head may have enough; the work goes on.
  for (const [name, stream] of [
    ['standard output', process.stdout],
    ['standard error', process.stderr],
  ] as const)
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') throw new Error(`${name}: ${code}`);
    });
  return {
    cwd: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    kubectl: ['kubectl'],
    clock: systemClock,
    onInterrupt: (listener) => {
      let interrupted = false;
      const interrupt = (signal: (typeof SIGNALS)[number]) => {
        // Whoever asks twice does not want to wait for the end of anything.
        if (interrupted) process.exit(128 + constants.signals[signal]);
        interrupted = true;
        listener();
      };
      // Not `once`: the library that runs processes ends this one when it finds no other listener.
      for (const signal of SIGNALS) process.on(signal, interrupt);
      return () => {
        for (const signal of SIGNALS) process.removeListener(signal, interrupt);
      };
    },
  };
}
