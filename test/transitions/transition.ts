import type { Change } from './tree';

/** A step from one commit to the next. */
export interface Transition {
  readonly name: string;
  /** What the base is: a name in `states.ts`. */
  readonly from: string;
  readonly change: Change;
}

/** A step that must be refused. */
export interface Unsafe extends Transition {
  /** The family of attacks that it belongs to. */
  readonly kind: string;
  /** Which of the statements 1 to 15 of the promise it breaks. */
  readonly breaks: number;
  /** What would break, and when. */
  readonly why: string;
}

/** A step that must be accepted. */
export interface Safe extends Transition {
  readonly kind: string;
}

/** Transitions of one kind. */
export const ofKind = <T extends { readonly kind: string }>(
  kind: string,
  transitions: readonly Omit<T, 'kind'>[],
): T[] => transitions.map((transition) => ({ kind, ...transition }) as T);

/** Makes unsafe steps of one state, or of another one where it is named. */
export const unsafeFrom =
  (state: string) =>
  (
    name: string,
    breaks: number,
    why: string,
    change: Change,
    from = state,
  ): Omit<Unsafe, 'kind'> => ({ name, breaks, from, why, change });
