import type { Direction, Flow } from '../../rendering/network';
import { addressesOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { type LabelSelector, matches } from '../../../lib/kubernetes/selection';
import { type Workload, workloadsOf } from '../../rendering/workloads';
import { colourSteps, servingPeer } from '../bundle';
import type { Step } from '../rule';

export const DIRECTIONS: readonly Direction[] = ['Ingress', 'Egress'];

/** Pods that are there before and after, with what they are in each. */
export interface Kept {
  readonly before: Workload;
  readonly after: Workload;
  /** They are the same pods, so that their settings name the same as before. */
  readonly same: boolean;
}

/** What the policies let pods do that stay, or come in the place of others. */
export function keptPods(step: Step): Kept[] {
  const { base, next } = step;
  const frozen = colourSteps(step)
    .filter(({ role }) => role !== 'idle')
    .map(({ before }) => before.called);
  return workloadsOf(next).flatMap((after): Kept[] => {
    if (after.pods === 0) return [];
    const former = workloadsOf(base).find(
      (one) => one.namespace === after.namespace && groupOf(one) === groupOf(after) && one.pods > 0,
    );
    // One that begins without having been there is compared with the one whose place it takes.
    const same = former !== undefined && frozen.includes(after.called);
    // A colour that is staged is to be what the serving one is, whatever it was before.
    const isStaged = after.colour !== undefined && !same;
    const before = isStaged ? (peerOf(step, after) ?? former) : former;
    return before ? [{ before, after, same }] : [];
  });
}

/** Jobs have another name for each release; their pods have the same labels. */
export function groupOf({ called, object, labels }: Workload): string {
  return object.kind === 'Job'
    ? `Job ${labels.app ?? ''} ${labels['app.kubernetes.io/instance'] ?? called}`
    : called;
}

/** A flow from or to pods of the same colour, in words that are true of both colours. */
export function ofColour({ colour }: Workload, flow: Flow): Flow {
  return colour === undefined
    ? flow
    : { ...flow, peer: flow.peer.replaceAll(`"version":"${colour}"`, '"version":"its own"') };
}

/** The pods that new ones follow: those of the colour that serves, or the Jobs before them. */
export function peerOf(step: Step, workload: Workload): Workload | undefined {
  const { labels, namespace, colour, object } = workload;
  if (colour !== undefined) return servingPeer(step, workload);
  return object.kind === 'Job'
    ? workloadsOf(step.base).find(
        (one) =>
          one.object.kind === 'Job' && one.namespace === namespace && one.labels.app === labels.app,
      )
    : undefined;
}

/** Whether settings of a workload name what a flow leads to; what is in the same namespace is rendered here. */
export function names(rendering: Rendering, workload: Workload, { peer, port }: Flow): boolean {
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
