import type { Rendering } from '../../rendering/rendering';
import {
  endsByItself,
  sameIn,
  scalersOf,
  type Workload,
  workloadsOf,
} from '../../rendering/workloads';
import { isReal, servingPeer } from '../bundle';
import { type Finding, finding, type Rule, type Step } from '../rule';

/** More than any release needs at once, and what a typing error makes of `10`. */
const GROWTH = 10;

/** How many pods there are changes step by step. */
export const sizeOutOfRange: Rule = {
  name: 'size-out-of-range',
  protects:
    'Pods that serve stay at least two where they were several, and no workload grows to more than ten times its pods in one step.',
  refuse: (step) =>
    workloadsOf(step.next)
      .filter((workload) => workload.pods > 0 && !endsByItself(workload))
      .flatMap((workload): Finding[] => {
        const before = sameIn(step.base, workload);
        const peer = before !== undefined && before.pods > 0 ? before : servingPeer(step, workload);
        return peer === undefined
          ? []
          : [...aloneFindings(step, peer, workload), ...growthFindings(step, peer, workload)];
      }),
};

/** A drained node takes the only pod away. Colours have a floor of their own. */
function aloneFindings({ serving }: Step, peer: Workload, workload: Workload): Finding[] {
  const { object, colour, pods } = workload;
  return colour === undefined &&
    serving.base.has(peer.called) &&
    isReal(peer) &&
    peer.pods > pods &&
    pods < 2
    ? [
        finding(
          object,
          `it goes from ${peer.pods} pods to ${pods}, and clients reach it: whoever drains its node takes it away`,
          'keep two, or allow it',
        ),
      ]
    : [];
}

function growthFindings({ base, next }: Step, peer: Workload, workload: Workload): Finding[] {
  const [was, is] = [mostOf(base, peer), mostOf(next, workload)];
  return is > Math.max(was, 1) * GROWTH
    ? [
        finding(
          workload.object,
          `it may have ${is} pods, more than ${GROWTH} times the ${was} of before`,
          'grow it step by step, or allow it',
        ),
      ]
    : [];
}

/** The most pods that a workload may have. */
function mostOf(rendering: Rendering, workload: Workload): number {
  const limits = scalersOf(rendering, workload).map(({ spec }) =>
    Number(spec?.maxReplicas ?? spec?.maxReplicaCount ?? 0),
  );
  return Math.max(workload.pods, ...limits);
}
