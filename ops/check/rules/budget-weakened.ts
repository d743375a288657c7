import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
import {
  endsByItself,
  sameIn,
  selecting,
  type Workload,
  workloadsOf,
} from '../../rendering/workloads';
import { servingPeer } from '../bundle';
import { finding, type Rule } from '../rule';

/** A disruption budget is never looser, as long as pods are guarded by it. */
export const budgetWeakened: Rule = {
  name: 'budget-weakened',
  protects:
    'Pods that a PodDisruptionBudget guards stay guarded by one that admits as few disruptions.',
  refuse: (step) =>
    workloadsOf(step.next)
      .filter((workload) => workload.pods > 0 && !endsByItself(workload))
      .flatMap((workload) => {
        const { base, next } = step;
        const before = sameIn(base, workload);
        // What was staged with its budget was judged then.
        const peer =
          before === undefined || before.pods === 0 ? servingPeer(step, workload) : undefined;
        const after = selecting(next, 'PodDisruptionBudget', workload);
        const stuck = after.find(({ spec }) => admitsNone(spec));
        if (
          stuck !== undefined &&
          !selecting(base, 'PodDisruptionBudget', workload).includes(stuck)
        )
          return [
            finding(
              stuck,
              `it never lets a pod of ${workload.called} go, or says two things, so that no node can be drained`,
              'let it admit one pod',
            ),
          ];
        if (after.length > 1)
          return [
            finding(
              after.at(-1)!,
              `the pods of ${workload.called} have another budget as well, and with two of them no node can be drained`,
              'let one budget guard them',
            ),
          ];
        const guards = (one: Workload | undefined) =>
          one === undefined || one.pods === 0 ? [] : selecting(base, 'PodDisruptionBudget', one);
        return [
          ...guards(before).filter((budget) => !after.some((kept) => isStricter(budget, kept))),
          ...guards(peer).filter(
            (budget) => !after.some((kept) => isStricter(alike(budget), alike(kept))),
          ),
        ].map((budget) =>
          finding(
            budget,
            `it guards the pods of ${workload.called}, and would admit more disruptions or be gone`,
            'keep it as it was, or make it stricter',
          ),
        );
      }),
  permit: ({ object, path, change }) =>
    object.kind === 'PodDisruptionBudget' && (change !== 'changed' || path[0] === 'spec'),
};

/** Whether a budget stands in the way of every drain. */
function admitsNone(spec: Manifest['spec']): boolean {
  const { maxUnavailable, minAvailable } = spec ?? {};
  return (
    (maxUnavailable !== undefined && minAvailable !== undefined) ||
    parseFloat(maxUnavailable) === 0 ||
    minAvailable === '100%'
  );
}

/** A budget without the name of its colour. */
function alike(budget: Manifest): Manifest {
  const { selector: _, ...spec } = budget.spec ?? {};
  return { ...budget, spec };
}

/** Whether a budget admits at most the disruptions of another one; in a form that cannot be compared it does not. */
export function isStricter(old: Manifest, next: Manifest): boolean {
  const { maxUnavailable: least, minAvailable: most, ...before } = old.spec ?? {};
  const { maxUnavailable, minAvailable, ...after } = next.spec ?? {};
  const comparable = (one: unknown, other: unknown) =>
    typeof one === typeof other && /%$/.test(String(one)) === /%$/.test(String(other));
  if (canonicalText(before) !== canonicalText(after)) return false;
  if (least !== undefined)
    return comparable(least, maxUnavailable) && parseFloat(maxUnavailable) <= parseFloat(least);
  return comparable(most, minAvailable) && parseFloat(minAvailable) >= parseFloat(most);
}
