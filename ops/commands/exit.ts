import { withoutCredentials } from '../confidential';

/** Exit codes of every verb. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Tells the caller of the process whether the verb did what was asked, or found what was asked for good. */
export function exitWith(good: boolean): void {
  process.exitCode = good ? EXIT.done : EXIT.failed;
}

/**
 * Does the work of a verb with `--json`, which a program reads from standard output alone: there an error is said as well.
 *
 * @param say the error in the form that the verb prints
 */
export async function exitWithResult(
  json: boolean | undefined,
  work: () => Promise<boolean>,
  say: (message: string) => string,
): Promise<void> {
  try {
    exitWith(await work());
  } catch (error) {
    if (!json) throw error;
    console.log(say((error as Error).message));
    exitWith(false);
  }
}

/** An error of a verb whose `--json` is one object. */
export function errorOf(environment: string): (message: string) => string {
  return (message) => JSON.stringify({ environment, error: withoutCredentials(message) }, null, 2);
}
