/** What an environment, or the code, has and what waits for the next release. */
export interface WaitingSetting {
  /**
   * The object that the code renders otherwise, such as `Deployment seda-api-blue`.
   * @default - a setting of the pods, which the record knows
   */
  readonly object?: string;
  /** Where it is, such as `config.LOG_FORMAT`; of an object as a whole it is empty. */
  readonly path: string;
  /** What the newest release has; nothing where it has no such setting. */
  readonly from: unknown;
  /** What the next one gets; nothing where the setting is gone. */
  readonly to: unknown;
}

/** An edit of the code may change every object; a few of them say which edit it is. */
const FEW = 3;

/**
 * The settings in one line: `replicas 3 -> 5, config.LOG_LEVEL (none) -> debug`, and the first few of what the code
 * renders otherwise.
 */
export function waitingText(settings: readonly WaitingSetting[]): string {
  const rendered = settings.filter(({ object }) => object !== undefined);
  const more = rendered.length - FEW;
  return [...settings.filter(({ object }) => object === undefined), ...rendered.slice(0, FEW)]
    .map(({ object, path, from, to }) =>
      [object, path, `${show(from)} -> ${show(to)}`].filter(Boolean).join(' '),
    )
    .concat(more > 0 ? [`and ${more} more that the code renders otherwise`] : [])
    .join(', ');
}

function show(value: unknown): string {
  if (value === undefined) return '(none)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
