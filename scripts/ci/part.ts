/** Something that takes long the first time and is there afterwards. */
export interface Build {
  readonly name: string;
  /** Prints little where it succeeds. */
  readonly command: readonly string[];
  /** Seconds on two idle cores with nothing in any cache, measured, downloads included. */
  readonly seconds: number;
  /** Whether it is there already. */
  readonly built: () => boolean;
}

/** One thing that a change must pass. */
export interface Part {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  /** Seconds on two idle cores once everything is built, measured. */
  readonly seconds: number;
  /**
   * What must be built before.
   * @default - nothing
   */
  readonly builds?: readonly Build[];
  /**
   * What makes more of its tests run; without, those are skipped and say so.
   * @default - nothing
   */
  readonly helpers?: readonly Build[];
  /**
   * Why it cannot run on this machine, or undefined where it can.
   * @default - it runs everywhere
   */
  readonly unavailable?: () => string | undefined;
  /**
   * It waits more than it computes, so another such part may run at the same time.
   * @default false
   */
  readonly beside?: boolean;
}
