/** Exit codes of every verb. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Tells the caller of the process whether the verb did what was asked, or found what was asked for good. */
export function exitWith(good: boolean): void {
  process.exitCode = good ? EXIT.done : EXIT.failed;
}
