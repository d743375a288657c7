import type { Manifest } from '../../../lib/manifests';
import { coloursOf, isColour, isGate, isMigration } from '../bundle';
import { actingGuards } from '../pods/acting';
import { weakenedGuards } from '../pods/guards';
import { placementGuards } from '../pods/placement';
import { settingGuards } from '../pods/settings';
import { type Finding, finding, type Rule, type Step } from '../rule';
import { canonical, canonicalText } from '../../rendering/canonical';
import type { PodSpec } from '../../../lib/kubernetes/pods';
import { sameIn, type Workload, workloadsOf } from '../../rendering/workloads';

/** New pods are guarded as those are that they follow. */
export const podGuardWeakened: Rule = {
  name: 'pod-guard-weakened',
  protects:
    'New pods keep what guards them and their node: probes, security context, time to end, ServiceAccount, limits.',
  refuse: (step) =>
    workloadsOf(step.next)
      .filter(({ pods }) => pods > 0)
      .flatMap((workload): Finding[] => {
        const peer = peerOf(step, workload);
        if (peer?.object === workload.object || wasThere(step, workload)) return [];
        const before = peer && { rendering: step.base, workload: peer };
        const pods = [peer ? canonicalPod(peer) : {}, canonicalPod(workload)] as const;
        return [
          ...weakenedGuards(...pods),
          ...placementGuards(...pods, [peer?.labels ?? {}, workload.labels]),
          ...settingGuards(before, { rendering: step.next, workload }),
          ...(peer ? [...rolloutGuards(peer, workload), ...actingGuards(peer, workload)] : []),
        ]
          .filter((clause) => peer !== undefined || ABSOLUTE.test(clause))
          .map((clause) =>
            finding(
              workload.object,
              `its pods are guarded less: ${clause}`,
              'keep it as it is in the pods that run',
            ),
          );
      }),
  permit: ({ object, path, change }) =>
    !isColour(object) &&
    !['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'].includes(object.kind)
      ? false
      : change === 'changed' && path[0] === 'spec' && isTemplate(path, object.kind),
};

/** The same pods were there before, where they have been judged or allowed. */
function wasThere({ base }: Step, workload: Workload): boolean {
  const before = sameIn(base, workload);
  return (
    before !== undefined &&
    before.pods > 0 &&
    canonicalText(spec(before.object)) === canonicalText(spec(workload.object))
  );
}

/** What an object says of its pods, but for their number. */
function spec(object: Manifest): object {
  const { replicas: _, ...rest } = canonical(object).spec ?? {};
  return rest as object;
}

function canonicalPod({ object }: Workload): PodSpec {
  const { spec: said, kind } = canonical(object);
  if (kind === 'Pod') return said as PodSpec;
  const { template } = (kind === 'CronJob' ? said?.jobTemplate?.spec : said) ?? {};
  return (template?.spec ?? {}) as PodSpec;
}

/** Seconds without progress, above which nobody waits. */
const MOST_PROGRESS = 3600;

/** How pods are replaced decides how many are missing meanwhile. */
function rolloutGuards(peer: Workload, workload: Workload): string[] {
  const [was, is] = [peer, workload].map(({ object }) => canonical(object).spec ?? {});
  if (peer.object.kind !== workload.object.kind) return [];
  return [
    ...(canonicalText(was.strategy ?? was.updateStrategy) ===
    canonicalText(is.strategy ?? is.updateStrategy)
      ? []
      : ['they are replaced in another way']),
    ...((is.minReadySeconds ?? 0) < (was.minReadySeconds ?? 0)
      ? ['they count as ready sooner']
      : []),
    ...((is.progressDeadlineSeconds ?? 600) >
    Math.max(was.progressDeadlineSeconds ?? 600, MOST_PROGRESS)
      ? [`a rollout that hangs is told after ${is.progressDeadlineSeconds} s`]
      : []),
    ...(is.paused === true && was.paused !== true ? ['their Deployment is paused'] : []),
  ];
}

/** What no new pod may bring along, whatever it is. */
const ABSOLUTE =
  /turned on|of the node|becomes privileged|gain privileges$|runs as root|capability|no seccomp/;

/** Fields beside the pods that decide when they are made and how long they are kept. */
const DEPLOYMENT = ['minReadySeconds', 'progressDeadlineSeconds', 'revisionHistoryLimit'];
const CRON_JOB = [
  ...['schedule', 'timeZone', 'concurrencyPolicy', 'startingDeadlineSeconds'],
  ...['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'],
];
const JOB = ['backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished', 'completions'];

/** Settings of the pods; labels of theirs are what Services and policies select by, which have rules of their own. */
function isTemplate(path: readonly string[], kind: string): boolean {
  const below = kind === 'CronJob' ? path.slice(3) : path.slice(1);
  const known = kind === 'CronJob' ? CRON_JOB : DEPLOYMENT;
  return (
    path.join('.') === 'spec.replicas' ||
    known.includes(path[1] ?? '') ||
    (kind === 'CronJob' && JOB.includes(below[0] ?? '')) ||
    (below[0] === 'template' && ['spec', 'metadata'].includes(below[1] ?? ''))
  );
}

/** The pods that new ones follow: those of the same name, or of the colour that serves; of a Job, the one before it. */
function peerOf({ base, next, serving }: Step, workload: Workload): Workload | undefined {
  const { object, colour, labels, namespace } = workload;
  const former = workloadsOf(base).filter((one) => one.namespace === namespace);
  const same = former.find(({ called }) => called === workload.called);
  if (object.kind === 'Job') {
    if (same) return same;
    const alike = isGate(object) ? isGate : isMigration(object) ? isMigration : undefined;
    return alike && former.find((one) => alike(one.object) && one.labels.app === labels.app);
  }
  if (colour === undefined) return same;
  if (same && same.pods > 0 && serving.base.has(same.called)) return same;
  const served = [...coloursOf(base), ...coloursOf(next)].find(
    (one) =>
      one.called !== workload.called &&
      one.labels.app === labels.app &&
      one.namespace === namespace &&
      (serving.base.has(one.called) || serving.next.has(one.called)),
  );
  return served ?? same;
}
