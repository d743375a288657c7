import type { Manifest } from '../../../lib/manifests';
import { canonicalText } from '../../rendering/canonical';
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

/** Of what pods ask for: with more they are killed or starve before another one comes. */
const MOST_USED = 100;

/** How many pods there are changes step by step. */
export const sizeOutOfRange: Rule = {
  name: 'size-out-of-range',
  protects:
    'Pods that serve stay at least two where they were several, no workload grows to more than ten times its pods in one step, and autoscalers go on acting.',
  refuse: (step) => [
    ...step.next.ofKind('HorizontalPodAutoscaler').flatMap((scaler) => {
      const before = step.base.sameAs(scaler);
      return before === undefined ? [] : idleFindings(before, scaler);
    }),
    ...workloadsOf(step.next)
      .filter((workload) => workload.pods > 0 && !endsByItself(workload))
      .flatMap((workload): Finding[] => {
        const before = sameIn(step.base, workload);
        const peer = before !== undefined && before.pods > 0 ? before : servingPeer(step, workload);
        return peer === undefined
          ? []
          : [...aloneFindings(step, peer, workload), ...growthFindings(step, peer, workload)];
      }),
  ],
};

interface Metric {
  readonly resource?: { readonly target?: { readonly averageUtilization?: number } };
}

interface Scaling {
  readonly metrics?: readonly Metric[];
  readonly behavior?: { readonly scaleUp?: object };
}

/** An autoscaler that is there and adds no pod any more, or adds them otherwise. */
function idleFindings(before: Manifest, after: Manifest): Finding[] {
  const [was, is] = [scalerOf(before), scalerOf(after)];
  const why = [
    ...(is.up === was.up ? [] : ['how fast it adds pods changes']),
    ...[...was.asked.keys()]
      .filter((asked) => !is.asked.has(asked))
      .map((asked) => `it looks no more at ${asked}`),
    ...[...is.asked]
      .filter(([asked, used = was.asked.get(asked) === undefined ? 1 : 0]) => used < 1)
      .map(() => 'it has no share of what pods ask for, from which on it adds pods'),
    ...[...is.asked]
      .filter(([asked, used = 0]) => used > Math.max(was.asked.get(asked) ?? 0, MOST_USED))
      .map(([, used]) => `it waits until pods use ${used} % of what they ask for`),
  ];
  return why.map((reason) => finding(after, reason, 'keep it, or allow it'));
}

interface Scaler {
  /** What it looks at, and from which share in percent on it adds pods; undefined where it is no share. */
  readonly asked: ReadonlyMap<string, number | undefined>;
  readonly up: string;
}

function scalerOf({ spec }: Manifest): Scaler {
  const { metrics = [], behavior } = (spec ?? {}) as Scaling;
  return { asked: new Map(metrics.map(askedOf)), up: canonicalText(behavior?.scaleUp) };
}

function askedOf({ resource, ...metric }: Metric): [string, number | undefined] {
  const { averageUtilization, ...target } = resource?.target ?? {};
  return [canonicalText({ ...metric, resource: { ...resource, target } }), averageUtilization];
}

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
