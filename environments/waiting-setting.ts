/** A setting of the pods that an environment has and that waits for the next release. */
export interface WaitingSetting {
  /** Where it is, such as `config.LOG_FORMAT`. */
  readonly path: string;
  /** What the newest release has; nothing where it has no such setting. */
  readonly from: unknown;
  /** What the next one gets; nothing where the setting is gone. */
  readonly to: unknown;
}

/** The settings in one line: `replicas 3 -> 5, config.LOG_LEVEL (none) -> debug`. */
export function waitingText(settings: readonly WaitingSetting[]): string {
  return settings.map(({ path, from, to }) => `${path} ${show(from)} -> ${show(to)}`).join(', ');
}

function show(value: unknown): string {
  if (value === undefined) return '(none)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
