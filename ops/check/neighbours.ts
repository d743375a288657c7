import { ARGOCD_FOLDER } from '../../environments/layout';
import type { Manifest } from '../../lib/manifests';
import { identityOf } from '../../lib/kubernetes/identity';
import type { Pair, Step } from '../rendering/load';
import { Rendering } from '../rendering/rendering';
import { judge } from './judge';
import type { Refusal } from './rule';

/**
 * What a step does to other environments in its namespaces: a policy, a Service or a budget selects their pods as well. Judged
 * with what is theirs on both sides, as if it were one rendering; `own` is refused already.
 */
export function refusedAmongNeighbours(
  { name, old, next, formerName }: Pair,
  { rendering, naming, ran }: Step,
  own: readonly Refusal[],
): Refusal[] {
  if (next === undefined || name === ARGOCD_FOLDER) return [];
  const namespaces = new Set(next.objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  const inThem = ({ metadata }: Manifest) =>
    metadata.namespace !== undefined && namespaces.has(metadata.namespace);
  const mine = new Set([...(old?.objects ?? []), ...next.objects].map(identityOf));
  const known = new Set(own.map(textOf));
  return [...naming([...namespaces], [])]
    .filter((other) => ![name, formerName, ARGOCD_FOLDER].includes(other))
    .sort()
    .flatMap((other): Refusal[] => {
      // What two of them write is refused already.
      const theirs = rendering(other).objects.filter(
        (object) => inThem(object) && !mine.has(identityOf(object)),
      );
      if (theirs.length === 0) return [];
      const refusals = (objects: readonly Manifest[] = [], after: readonly Manifest[] = []) => {
        const [from, to] = [objects, after].map(
          (some) => new Rendering([...theirs, ...some.filter(inThem)]),
        ) as [Rendering, Rendering];
        return judge(name, from, to, { ran }).refusals;
      };
      const before = new Set(refusals().map(textOf));
      return refusals(old?.objects, next.objects).filter(
        (one) => !known.has(textOf(one)) && !before.has(textOf(one)),
      );
    });
}

function textOf({ rule, object, reason }: Refusal): string {
  return [rule, object, reason].join('\n');
}
