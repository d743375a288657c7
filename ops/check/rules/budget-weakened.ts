import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
import { selecting, workloadsOf } from '../../rendering/workloads';
import { finding, type Rule } from '../rule';

/** A disruption budget is never looser, as long as pods are guarded by it. */
export const budgetWeakened: Rule = {
  name: 'budget-weakened',
  protects:
    'Pods that a PodDisruptionBudget guards stay guarded by one that admits as few disruptions.',
  refuse: ({ base, next }) =>
    workloadsOf(next)
      .filter(({ pods, object }) => pods > 0 && !['Job', 'CronJob'].includes(object.kind))
      .flatMap((workload) => {
        const before = workloadsOf(base).find(
          ({ called, namespace }) => called === workload.called && namespace === workload.namespace,
        );
        // A colour that is empty has no budget to lose.
        if (before === undefined || before.pods === 0) return [];
        const after = selecting(next, 'PodDisruptionBudget', workload);
        return selecting(base, 'PodDisruptionBudget', before)
          .filter((budget) => !after.some((kept) => isStricter(budget, kept)))
          .map((budget) =>
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
