import type { Manifest } from '../../lib/manifests';

/** A change that must not be merged: which rule it breaks, where, why, and the way out. */
export interface Refusal {
  readonly rule: string;
  readonly object: string;
  readonly reason: string;
  readonly remedy: string;
}

export const refusal = (
  rule: string,
  object: Manifest,
  reason: string,
  remedy: string,
): Refusal => ({ rule, object: `${object.kind}/${object.metadata.name}`, reason, remedy });
