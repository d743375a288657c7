import { listOf, type PodSpec } from '../../../lib/kubernetes/pods';
import { type LabelSelector, matches } from '../../../lib/kubernetes/selection';
import type { Workload } from '../../rendering/workloads';

type Labels = Workload['labels'];

interface Apart {
  readonly topologyKey?: string;
  readonly labelSelector?: LabelSelector;
  readonly maxSkew?: number;
}

/** Pods that are spread stay spread, and push nobody else away; each a clause. */
export function placementGuards(
  before: PodSpec,
  after: PodSpec,
  [former, labels]: readonly [Labels, Labels],
): string[] {
  const [was, is] = [spreadOf(before, former), spreadOf(after, labels)];
  const lost = [...was].flatMap(([how, skew]) => {
    const now = is.get(how);
    if (now === undefined) return [`they are no longer spread over ${how}`];
    return now > skew ? [`${now} more of them may be in one ${how} than in another`] : [];
  });
  const together = ({ affinity }: PodSpec) =>
    listOf(affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution).length;
  const everywhere = ({ tolerations }: PodSpec) =>
    listOf(tolerations as { operator?: string; key?: string }[] | undefined).some(
      ({ operator, key }) => operator === 'Exists' && key === undefined,
    );
  return [
    ...lost,
    ...(together(after) > together(before) ? ['they must be on one node'] : []),
    ...(everywhere(after) && !everywhere(before) ? ['they tolerate every taint'] : []),
    ...(after.priorityClassName !== before.priorityClassName &&
    /^system-/.test(after.priorityClassName ?? '')
      ? ['they take the place of system pods, a power turned on']
      : []),
  ];
}

/** What pods are kept apart by, with the skew that is allowed; only where the selector selects them themselves. */
function spreadOf({ affinity, topologySpreadConstraints }: PodSpec, labels: Labels) {
  const { podAntiAffinity = {} } = affinity ?? {};
  const preferred = listOf(
    podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution as
      { podAffinityTerm?: Apart }[] | undefined,
  ).map(({ podAffinityTerm }) => podAffinityTerm ?? {});
  const required = listOf(
    podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution as Apart[] | undefined,
  );
  const spread = listOf(topologySpreadConstraints as Apart[] | undefined);
  const found = new Map<string, number>();
  for (const { labelSelector, topologyKey = '', maxSkew = 0 } of [
    ...preferred,
    ...required,
    ...spread,
  ])
    if (matches(labelSelector, labels))
      found.set(topologyKey, Math.min(maxSkew, found.get(topologyKey) ?? Infinity));
  return found;
}
