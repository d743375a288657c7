import type { Manifest } from '../../../lib/manifests';
import { identityOf } from '../../rendering/identity';
import {
  covers,
  type Direction,
  type Flow,
  flowsOf,
  flowText,
  policiesOf,
} from '../../rendering/network';
import { addressesOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { type LabelSelector, matches } from '../../rendering/selection';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { colourSteps, coloursOf } from '../bundle';
import { type Finding, finding, type Rule, type Step } from '../rule';

const DIRECTIONS: readonly Direction[] = ['Ingress', 'Egress'];

/** Pods that are there before and after, with what they are in each. */
interface Kept {
  readonly before: Workload;
  readonly after: Workload;
  /** They are the same pods, so that their settings name the same as before. */
  readonly same: boolean;
}

/** What the policies let pods do that stay, or come in the place of others. */
function keptPods(step: Step): Kept[] {
  const { base, next } = step;
  const frozen = colourSteps(step)
    .filter(({ role }) => role !== 'idle')
    .map(({ before }) => before.called);
  return workloadsOf(next).flatMap((after): Kept[] => {
    if (after.pods === 0) return [];
    const same = frozen.includes(after.called);
    const former = workloadsOf(base).find(
      (one) => one.namespace === after.namespace && groupOf(one) === groupOf(after) && one.pods > 0,
    );
    // A colour that is staged is to be what the serving one is, whatever it was before.
    const isStaged = after.colour !== undefined && !same;
    const before = isStaged ? (peerOf(step, after) ?? former) : former;
    return before ? [{ before, after, same }] : [];
  });
}

/** Jobs have another name for each release; their pods have the same labels. */
function groupOf({ called, object, labels }: Workload): string {
  return object.kind === 'Job'
    ? `Job ${labels.app ?? ''} ${labels['app.kubernetes.io/instance'] ?? called}`
    : called;
}

/** Pods that go on running reach what they reached, and are reached by whom they were. */
export const networkCutOff: Rule = {
  name: 'network-cut-off',
  protects:
    'Pods that clients reach go on reaching what they reached before, and stay open to the clients, probes, gates and monitoring that they admitted.',
  refuse: (step) =>
    keptPods(step).flatMap(({ before, after, same }) =>
      DIRECTIONS.flatMap((direction) => {
        const now = flowsOf(step.next, after, direction).map((flow) => ofColour(after, flow));
        const lost = flowsOf(step.base, before, direction).filter(
          (flow) => !covers(now, ofColour(before, flow)),
        );
        // A rolling environment, a new Job or a colour that is staged has settings of its own: what these no longer name is let go.
        const missed =
          direction === 'Egress' && !same
            ? lost.filter(
                (flow) =>
                  // From everything to something is what a policy is for, as long as the settings are followed.
                  flow.port !== 'any' &&
                  (names(step.next, after, flow) || !names(step.base, before, flow)),
              )
            : lost;
        return missed.map((flow) =>
          finding(
            after.object,
            direction === 'Egress'
              ? `its pods reach ${flowText(flow)}, and no policy would let them any more`
              : `its pods are reached by ${flowText(flow)}, and no policy would let these in any more`,
            same
              ? 'keep what the pods that serve need until they are retired'
              : 'keep it, or take what needs it out of the settings',
          ),
        );
      }),
    ),
};

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
  ],
  // Judged by what they let pods do, whatever their form.
  permit: ({ object, change, path }) =>
    object.kind === 'NetworkPolicy' && (change !== 'changed' || path[0] === 'spec'),
};

/** A flow from or to pods of the same colour, in words that are true of both colours. */
function ofColour({ colour }: Workload, flow: Flow): Flow {
  return colour === undefined
    ? flow
    : { ...flow, peer: flow.peer.replaceAll(`"version":"${colour}"`, '"version":"its own"') };
}

/** The pods that new ones follow: those of the colour that serves, or the Jobs before them. */
function peerOf(
  { base, serving }: Step,
  { labels, namespace, colour, object }: Workload,
): Workload | undefined {
  if (colour !== undefined)
    return coloursOf(base).find(
      (one) =>
        one.namespace === namespace &&
        one.labels.app === labels.app &&
        serving.base.has(one.called),
    );
  return object.kind === 'Job'
    ? workloadsOf(base).find(
        (one) =>
          one.object.kind === 'Job' && one.namespace === namespace && one.labels.app === labels.app,
      )
    : undefined;
}

/** What a policy guarded that is not rendered here, such as pods that others bring, loses it. */
function isolationLost({ base, next }: Step): Finding[] {
  const after = new Map(next.objects.map((object) => [identityOf(object), object]));
  return base.ofKind('NetworkPolicy').flatMap((policy) => {
    const kept = after.get(identityOf(policy));
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

/** Whether settings of a workload name what a flow leads to; what is in the same namespace is rendered here. */
function names(rendering: Rendering, workload: Workload, { peer, port }: Flow): boolean {
  if (peer === 'any') return false;
  const inside = /"podSelector"/.test(peer) && !/"namespaceSelector"/.test(peer);
  const target = workloadsOf(rendering).some(
    ({ labels, namespace, pod }) =>
      namespace === workload.namespace &&
      inside &&
      matches((JSON.parse(peer) as { podSelector?: LabelSelector }).podSelector, labels) &&
      (pod.containers ?? []).some(({ ports = [] }) =>
        ports.some(({ containerPort }) => String(containerPort) === port),
      ),
  );
  return (
    target || addressesOf(rendering, workload).some((address) => String(address.port) === port)
  );
}
