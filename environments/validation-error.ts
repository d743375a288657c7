/** What is wrong with the environments, their records or what was asked for: every fault, one a line. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
  }
}
