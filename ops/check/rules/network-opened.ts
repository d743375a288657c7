import type { Manifest } from '../../../lib/manifests';
import { covers, type Flow, flowsOf, flowText, policiesOf } from '../../rendering/network';
import type { Rendering } from '../../rendering/rendering';
import { type LabelSelector, labelsOf, matches } from '../../../lib/kubernetes/selection';
import { workloadsOf } from '../../rendering/workloads';
import { type Finding, finding, type Rule, type Step } from '../rule';
import { DIRECTIONS, groupOf, keptPods, names, ofColour, peerOf } from '../pods/kept';

/** Policies open nothing but what the settings of the pods name. */
export const networkOpened: Rule = {
  name: 'network-opened',
  protects:
    'NetworkPolicies let pods reach, and be reached by, nothing more than before but what their own settings name.',
  refuse: (step) => [
    ...workloadsOf(step.next).flatMap((after): Finding[] => {
      if (after.pods === 0) return [];
      const before =
        keptPods(step).find((kept) => kept.after === after)?.before ?? peerOf(step, after);
      if (before === undefined) return [];
      return DIRECTIONS.flatMap((direction) => {
        const was = flowsOf(step.base, before, direction).map((flow) => ofColour(before, flow));
        return flowsOf(step.next, after, direction)
          .filter((flow) => !covers(was, ofColour(after, flow)))
          .filter((flow) => direction === 'Ingress' || !names(step.next, after, flow))
          .map((flow) =>
            finding(
              after.object,
              direction === 'Egress'
                ? `its pods could reach ${flowText(flow)}, which none of their settings names`
                : `its pods could be reached by ${flowText(flow)}, which they did not admit before`,
              'take it out of the policy, or allow it',
            ),
          );
      });
    }),
    ...isolationLost(step),
    ...foreignPolicies(step),
  ],
  // Judged by what they let pods do, whatever their form.
  permit: ({ object, change, path }) =>
    object.kind === 'NetworkPolicy' && (change !== 'changed' || path[0] === 'spec'),
};

/** A new policy is about pods that are rendered, told by labels that they have. */
function foreignPolicies({ base, next, differences }: Step): Finding[] {
  if (base.objects.length === 0) return [];
  return differences
    .filter(({ change, object }) => change === 'added' && object.kind === 'NetworkPolicy')
    .filter(({ object }) => {
      const selector = object.spec?.podSelector as LabelSelector | undefined;
      const isNarrower = base.ofKind('NetworkPolicy').some((one) => sameSelection(one, object));
      return (
        !isNarrower &&
        !workloadsOf(next).some(
          ({ namespace, labels }) =>
            namespace === object.metadata.namespace &&
            matches(selector, labels) &&
            labelsOf(selector).every((label) => labels[label] !== undefined),
        )
      );
    })
    .map(({ object }) =>
      finding(
        object,
        'it is about pods that are not rendered here, and may open them',
        'select pods by labels that they have here',
      ),
    );
}

/** What a policy guarded that is not rendered here, such as pods that others bring, loses it. */
function isolationLost({ base, next }: Step): Finding[] {
  return base.ofKind('NetworkPolicy').flatMap((policy) => {
    const kept = next.sameAs(policy);
    if (kept !== undefined && sameSelection(policy, kept)) return ingressOpened(policy, kept);
    const selector = policy.spec?.podSelector as LabelSelector | undefined;
    const selected = workloadsOf(base).filter(
      ({ namespace, labels }) =>
        namespace === policy.metadata.namespace && matches(selector, labels),
    );
    const everything = Object.keys(selector?.matchLabels ?? {}).length === 0;
    // Each of the pods that it was about is judged by what it may do, where policies apply to it at all.
    const judged =
      !everything &&
      selected.length > 0 &&
      selected.every((workload) =>
        workloadsOf(next)
          .filter(
            (one) => one.namespace === workload.namespace && groupOf(one) === groupOf(workload),
          )
          .every((one) =>
            DIRECTIONS.every((direction) => policiesOf(next, one, direction).length > 0),
          ),
      );
    return judged
      ? []
      : [
          finding(
            policy,
            kept === undefined
              ? 'it is gone, and what it guarded with it'
              : 'it is about other pods',
            'keep it as it is',
          ),
        ];
  });
}

const sameSelection = (one: Manifest, other: Manifest) =>
  JSON.stringify(one.spec?.podSelector) === JSON.stringify(other.spec?.podSelector) &&
  JSON.stringify(one.spec?.policyTypes) === JSON.stringify(other.spec?.policyTypes);

/** A policy for pods that are not rendered here, such as those that solve a challenge, is judged by itself. */
function ingressOpened(before: Manifest, after: Manifest): Finding[] {
  const labels = (before.spec?.podSelector as LabelSelector | undefined)?.matchLabels ?? {};
  const alone = { namespace: before.metadata.namespace, labels };
  return DIRECTIONS.flatMap((direction) => {
    const [was, is] = [before, after].map((policy) =>
      flowsOf({ ofKind: () => [policy] } as unknown as Rendering, alone, direction),
    ) as [Flow[], Flow[]];
    const [opened, closed] = [
      is.filter((flow) => !covers(was, flow)),
      was.filter((flow) => !covers(is, flow)),
    ];
    const known = Object.keys(labels).includes('app');
    return known
      ? []
      : [...opened, ...closed].map((flow) =>
          finding(
            after,
            `for pods that are not rendered here it changes ${flowText(flow)}`,
            'keep it as it is, or allow it',
          ),
        );
  });
}
