import { setMaxListeners } from 'node:events';
import { execa } from 'execa';
import type { Io } from '../io';
import { isConnectionError, type Reason, reasonOf } from './kubectl-errors';

/** An API server that restarts is back within this time. */
export const PATIENCE_SECONDS = 90;

/** kubectl limits its requests to 30 s each, but not a login that waits for somebody. */
const LIMIT_SECONDS = 120;

/** One call of kubectl that came to nothing. */
export class KubectlError extends Error {
  readonly reason: Reason;

  constructor(
    what: string,
    /** What kubectl was to do, such as `get` or `apply`. */
    readonly verb: string,
    /** Everything that it printed. */
    private readonly output: string,
  ) {
    const reason = reasonOf(output);
    super(`${what}: ${reason.text}`);
    this.reason = reason;
  }

  /** True when the same call may succeed a moment later. */
  get transient(): boolean {
    return isConnectionError(this.output);
  }
}

/** The API server's refusal; of anything else, such as a connection that broke, nothing is known, and it is thrown again. */
export function refusalIn(error: unknown): KubectlError {
  if (!(error instanceof KubectlError) || error.transient) throw error;
  return error;
}

/** What kubectl may be told beside its arguments. */
export interface CallOptions {
  /**
   * Standard input.
   * @default - none
   */
  readonly input?: string;
  /**
   * Try again while the API server does not answer.
   * @default true
   */
  readonly patient?: boolean;
  /**
   * Asked before another try; what it throws ends the call.
   * @default - nothing speaks against one
   */
  readonly beforeRetry?: () => Promise<void>;
  /**
   * Ends this call alone.
   * @default - only `close` does
   */
  readonly signal?: AbortSignal;
}

/** How a client calls. */
export interface KubectlOptions {
  /**
   * Its calls go on when Ctrl-C at the terminal reaches every process of this command.
   * @default false
   */
  readonly detached?: boolean;
  /**
   * Seconds that kubectl may take for one call.
   * @default 120
   */
  readonly limitSeconds?: number;
}

/** What a client takes from the process. */
export type KubectlIo = Pick<Io, 'kubectl' | 'env' | 'clock'>;

/** The only client of the cluster. Every call names the context, so that the current one never matters. */
export class Kubectl {
  private readonly closing = new AbortController();

  constructor(
    readonly context: string,
    readonly namespace: string,
    readonly io: KubectlIo,
    private readonly options: KubectlOptions = {},
  ) {
    // As many calls as run at once.
    setMaxListeners(0, this.signal);
  }

  /** Aborted once it was closed. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  /** Ends the calls that run. */
  close(): void {
    this.closing.abort();
  }

  /**
   * What kubectl prints.
   *
   * @param what the work for a person, e.g. "cannot read the pods"
   * @throws KubectlError with the reason and the way out
   */
  async run(
    what: string,
    args: readonly string[],
    { input, patient = true, beforeRetry, signal }: CallOptions = {},
  ): Promise<string> {
    const { clock, env, kubectl } = this.io;
    const [program, ...first] = kubectl;
    const until = clock.now() + (patient ? PATIENCE_SECONDS * 1000 : 0);
    const { detached = false, limitSeconds = LIMIT_SECONDS } = this.options;
    const cancelled = signal ? AbortSignal.any([this.signal, signal]) : this.signal;
    const options = {
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 2 ** 28,
      detached,
      env,
      extendEnv: false,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    };
    for (;;) {
      const late = clock.timeout(limitSeconds * 1000);
      const result = await execa(
        program,
        [
          ...first,
          `--context=${this.context}`,
          `--namespace=${this.namespace}`,
          '--request-timeout=30s',
          ...args,
        ],
        { ...options, cancelSignal: AbortSignal.any([cancelled, late]) },
      );
      if (!result.failed) return result.stdout;
      if (cancelled.aborted) throw new Error('interrupted');
      if (late.aborted)
        throw new Error(
          `${what}: kubectl gave no answer within ${limitSeconds} s; does its login wait for somebody?`,
        );
      if (result.code === 'ENOENT')
        throw new Error(
          'kubectl is not installed, or not on the PATH; install kubectl 1.30 or newer',
        );
      const output = `${result.stderr}${result.stdout}`;
      const error = new KubectlError(what, args[0]!, output);
      if (!error.transient || clock.now() > until) throw error;
      await clock.sleep(1000);
      await beforeRetry?.();
    }
  }

  /** What kubectl prints as JSON. */
  async json<T>(what: string, args: readonly string[], options?: CallOptions): Promise<T> {
    return JSON.parse(await this.run(what, [...args, '--output=json'], options)) as T;
  }
}
