import { withoutCredentials } from '../confidential';
import { errorHighlighter, printHighlighted } from '../highlight';
import { type Io, printTo } from '../io';
import { isUsageError } from '../usage-error';

/** Exit codes of every verb. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** One call of the command: what it works with, and the exit code that it leaves. */
export class Session {
  exitCode: (typeof EXIT)[keyof typeof EXIT] = EXIT.done;
  /** Writes what programs read, as it is. */
  readonly print: (text: string) => void;
  /** Writes what people read, in colours where standard output shows them. */
  readonly printText: (text: string) => void;
  /** Writes what went wrong to standard error. */
  readonly printError: (text: string) => void;

  constructor(readonly io: Io) {
    this.print = printTo(io.stdout);
    this.printText = printHighlighted(io.stdout, io.env);
    const highlight = errorHighlighter(io.stderr, io.env);
    this.printError = (text) => printTo(io.stderr)(highlight(text));
  }

  /** Sets the exit code by whether the verb did what was asked, or found what was asked for good. */
  exitWith(good: boolean): void {
    this.exitCode = good ? EXIT.done : EXIT.failed;
  }

  /**
   * Does the work of a verb with `--json`, which a program reads from standard output alone: there an error is
   * printed as well.
   *
   * @param format the error in the form that the verb prints
   */
  async exitWithResult(
    json: boolean | undefined,
    work: () => Promise<boolean>,
    format: (message: string) => string,
  ): Promise<void> {
    try {
      this.exitWith(await work());
    } catch (error) {
      if (!json) throw error;
      this.print(format((error as Error).message));
      this.exitCode = exitCodeOf(error);
    }
  }
}

/** The exit code for an error. */
export function exitCodeOf(error: unknown): typeof EXIT.failed | typeof EXIT.usage {
  return isUsageError(error) ? EXIT.usage : EXIT.failed;
}

/** An error of a verb whose `--json` is one object. */
export function errorOf(environment: string): (message: string) => string {
  return (message) => JSON.stringify({ environment, error: withoutCredentials(message) }, null, 2);
}
