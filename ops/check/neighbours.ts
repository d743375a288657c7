import { ARGOCD_FOLDER } from '../../environments/layout';
import type { Manifest } from '../../lib/manifests';
import { calledOf, identityOf } from '../../lib/kubernetes/identity';
import type { Pair, Step } from '../rendering/load';
import { Rendering } from '../rendering/rendering';
import { judge, type Verdict } from './judge';
import type { Refusal } from './rule';

/** What an environment has in a namespace, before and after the step. */
interface Neighbour {
  readonly name: string;
  readonly before: readonly Manifest[];
  readonly after: readonly Manifest[];
}

/**
 * What is refused of environments in one namespace because they are in one: a policy, a Service or a budget selects the pods of
 * each of them, whoever rendered it. They are judged as one rendering; what is refused of one alone is not said again.
 *
 * @returns refusals by the name of the environment that changes
 */
export function refusedTogether(step: Step, verdicts: readonly Verdict[]): Map<string, Refusal[]> {
  const found = new Map<string, Refusal[]>();
  const changed = step.changed.filter(({ next, name }) => next && name !== ARGOCD_FOLDER);
  for (const namespace of new Set(changed.flatMap(({ next }) => namespacesOf(next!)))) {
    const neighbours = neighboursIn(namespace, step);
    if (neighbours.length < 2) continue;
    const names = neighbours.map(({ name }) => name);
    const mine = changed.filter(({ name }) => names.includes(name));
    const [before, after] = [
      rendered(neighbours.map((one) => one.before)),
      rendered(neighbours.map((one) => one.after)),
    ];
    const { name } = mine[0]!;
    const options = { ran: step.ran };
    const known = new Set(
      [
        ...judge(name, before, before, options).refusals,
        ...verdicts
          .filter(({ environment }) => names.includes(environment))
          .flatMap(({ refusals, allowed }) => [...refusals, ...allowed]),
      ].map(textOf),
    );
    for (const refusal of judge(name, before, after, options).refusals) {
      if (known.has(textOf(refusal))) continue;
      const owner = mine.find((pair) => has(pair, refusal.object))?.name ?? name;
      found.set(owner, [...(found.get(owner) ?? []), refusal]);
    }
  }
  return found;
}

function namespacesOf({ objects }: Rendering): string[] {
  return objects.flatMap(({ metadata }) => metadata.namespace ?? []);
}

function neighboursIn(namespace: string, { changed, naming, rendering }: Step): Neighbour[] {
  const inIt = (some: Rendering | undefined) =>
    (some?.objects ?? []).filter(({ metadata }) => metadata.namespace === namespace);
  const former = changed.map(({ formerName }) => formerName);
  return [...naming([namespace], [])]
    .filter((name) => name !== ARGOCD_FOLDER && !former.includes(name))
    .sort()
    .map((name): Neighbour => {
      const pair = changed.find((one) => one.name === name);
      const after = inIt(rendering(name));
      return { name, after, before: pair ? inIt(pair.old) : after };
    })
    .filter(({ before, after }) => before.length + after.length > 0);
}

/** One rendering of what several environments have; an object that two of them write is refused already. */
function rendered(all: readonly (readonly Manifest[])[]): Rendering {
  return new Rendering([
    ...new Map(all.flat().map((object) => [identityOf(object), object])).values(),
  ]);
}

function has({ old, next }: Pair, called: string): boolean {
  return [old, next].some((rendering) =>
    rendering?.objects.some((object) => calledOf(object) === called),
  );
}

function textOf({ rule, object, reason }: Refusal): string {
  return [rule, object, reason].join('\n');
}
