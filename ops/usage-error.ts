/**
 * The command line cannot be carried out as it is, whatever the state of files and clusters: it names an
 * environment that there is not, or lacks what it must say. The command ends with 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** True for a `UsageError`, also one of another file of the built package: each has a class of its own. */
export function isUsageError(error: unknown): boolean {
  return error instanceof Error && error.name === 'UsageError';
}
