import { kubectlCommand } from '../cluster/kubectl-command';
import { troubleOf } from '../deploy/failure';
import type { Manifest } from '../../lib/manifests';
import type { Pod } from './cluster';
import type { Finding, Place } from './finding';
import { podsOf, unhealthy } from './workloads';

/** More restarts than this are no accident. */
const RESTARTS = 3;

/** What a process means by the number that it ends with. */
const EXITS: { readonly [code: number]: string } = {
  0: 'the process ended by itself, which a server never should',
  1: 'the process ended with an error of its own',
  126: 'the command of the image cannot be executed',
  127: 'the command is not in the image',
  134: 'the process aborted; Node does so when its heap is full',
  137: 'it was killed: by the liveness probe, or for its memory',
  139: 'the process crashed in native code',
  143: 'it was told to end, mostly by the liveness probe',
};

/**
 * Pods that restart again and again although they come back, and pods in trouble that belong to no object
 * whose health says so. Pods with the same fault of one workload are one finding.
 */
export function podFindings(
  live: readonly Manifest[],
  pods: readonly Pod[],
  place: Place,
): Finding[] {
  const reported = unhealthy(live).flatMap(({ object }) => podsOf(object, pods));
  const workloadOf = (pod: Pod) =>
    live.find(
      (object) => ['Deployment', 'Job'].includes(object.kind) && podsOf(object, [pod]).length > 0,
    );
  const found = new Map<string, Finding>();
  for (const pod of pods) {
    const { kind, metadata } = workloadOf(pod) ?? { kind: 'Pod', metadata: pod.metadata };
    for (const finding of [
      ...restarts(pod, place),
      ...(reported.includes(pod) ? [] : alone(pod, place)),
    ]) {
      const key = `${metadata.name} ${finding.cause}`;
      const first = found.get(key);
      found.set(key, {
        ...(first ?? finding),
        object: `${kind}/${metadata.name}`,
        details: [...(first?.details ?? []), `pod ${pod.metadata.name}: ${finding.found}`],
      });
    }
  }
  return [...found.values()];
}

function restarts(pod: Pod, place: Place): Finding[] {
  return (pod.status.containerStatuses ?? []).flatMap((container): Finding[] => {
    const last = container.lastState?.terminated;
    const memory = last?.reason === 'OOMKilled';
    if (container.restartCount <= RESTARTS && !(memory && container.restartCount > 0)) return [];
    const ended = last
      ? `, last with exit code ${last.exitCode}${last.reason === undefined ? '' : ` (${last.reason})`}`
      : '';
    return [
      {
        severity: memory || container.restartCount > RESTARTS ? 'error' : 'warning',
        object: `Pod/${pod.metadata.name}`,
        found: `${container.name} was restarted ${container.restartCount === 1 ? 'once' : `${container.restartCount} times`}${ended}`,
        cause: memory
          ? 'OOMKilled: it used more memory than its limit, and the kernel killed it'
          : last
            ? (EXITS[last.exitCode] ?? `the process ended with ${last.exitCode}`)
            : 'the kubelet has not kept why',
        remedy: memory
          ? `raise resources.limits.memory in environments/${place.name}.ts, with --max-old-space-size of NODE_OPTIONS below it; render and deploy`
          : `read its last words: ${kubectlCommand(place, `logs ${pod.metadata.name} --container=${container.name} --previous --tail=100`)}`,
      },
    ];
  });
}

function alone(pod: Pod, place: Place): Finding[] {
  const trouble = troubleOf(pod);
  if (trouble === undefined) return [];
  return [
    {
      severity: 'warning',
      object: `Pod/${pod.metadata.name}`,
      found: trouble,
      cause: 'the object that it belongs to is well, or is not rendered any more',
      remedy: `see whose it is: ${kubectlCommand(place, `describe pod ${pod.metadata.name}`)}`,
    },
  ];
}
