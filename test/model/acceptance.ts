import type { Manifest } from '../../lib';
import { judge } from '../../ops/check/judge';
import { Rendering } from '../../ops/rendering/rendering';

/** The rules that refuse a step of production; a step that none refuses is merged. */
export type Refusals = (
  base: readonly Manifest[],
  next: readonly Manifest[],
) => readonly { readonly rule: string; readonly object: string; readonly reason: string }[];

const renderings = new WeakMap<readonly Manifest[], Rendering>();

function rendering(objects: readonly Manifest[]): Rendering {
  const known = renderings.get(objects) ?? new Rendering(objects);
  renderings.set(objects, known);
  return known;
}

/** What `seda check` says. Every image ran where it must come from. */
export const refusals: Refusals = (base, next) =>
  judge('production', rendering(base), rendering(next), { ran: () => true }).refusals;

/** The check without some of its rules. */
export function withoutRules(...rules: readonly string[]): Refusals {
  return (base, next) => refusals(base, next).filter(({ rule }) => !rules.includes(rule));
}
