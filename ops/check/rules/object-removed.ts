import type { Manifest } from '../../../lib/manifests';
import { readersOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { hostnamesOf } from '../../../lib/kubernetes/routes';
import { matches } from '../../../lib/kubernetes/selection';
import { workloadsOf } from '../../rendering/workloads';
import { isColour, isGate, isMigration } from '../bundle';
import { type Finding, finding, type Rule } from '../rule';

/** What runs or holds data stays. */
export const objectRemoved: Rule = {
  name: 'object-removed',
  protects:
    'An object that runs, holds data, or is used by what runs disappears only when nothing needs it any more.',
  refuse: ({ differences, next }) =>
    differences.flatMap(({ change, object }): Finding[] => {
      if (change !== 'removed' || isUnneeded(object, next) !== false) return [];
      const moved = next.objects.find(
        ({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name,
      );
      return [
        finding(
          object,
          moved === undefined
            ? 'it is gone, and with it what runs in it, what it holds, or what others need of it'
            : `it moves from the namespace ${object.metadata.namespace ?? 'of the cluster'} to ${moved.metadata.namespace ?? 'none'}, which removes it where it is`,
          'keep it until nothing needs it',
        ),
      ];
    }),
  permit: ({ change, object }, { next }) =>
    change === 'removed' && isUnneeded(object, next) === true,
};

/** Kinds that hold data, run, or let clients in; one of another name is another one. */
const STAYS = [
  ...['Namespace', 'PersistentVolumeClaim', 'PersistentVolume', 'CronJob'],
  ...['Ingress', 'HTTPRoute', 'Gateway', 'ReferenceGrant'],
];

/** Whether nothing needs an object that is gone; undefined where another rule says. */
function isUnneeded(object: Manifest, next: Rendering): boolean | undefined {
  const { kind } = object;
  if (['ConfigMap', 'Secret', 'ExternalSecret', 'SealedSecret', 'ServiceAccount'].includes(kind))
    return (
      readersOf(
        workloadsOf(next).filter(({ pods }) => pods > 0),
        object,
      ).length === 0
    );
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'ReplicaSet'].includes(kind))
    return object.spec?.replicas === 0 && !isColour(object);
  if (kind === 'Job') return isGate(object) || isMigration(object) || object.spec?.suspend === true;
  if (STAYS.includes(kind)) return false;
  if (['HorizontalPodAutoscaler', 'PodDisruptionBudget'].includes(kind))
    return isWithoutPods(object, next) || undefined;
  if (kind === 'Certificate') return !isServed(object, next);
  return undefined;
}

/** An Ingress names the Secret of a certificate; the listener of a Gateway does where nobody sees it here, for hosts of routes. */
function isServed({ spec: certificate }: Manifest, next: Rendering): boolean {
  const hosts = (certificate?.dnsNames ?? []) as readonly string[];
  return (
    next
      .ofKind('Ingress')
      .some(({ spec }) =>
        ((spec?.tls ?? []) as { secretName?: string }[]).some(
          ({ secretName }) => secretName === certificate?.secretName,
        ),
      ) ||
    next
      .ofKind('HTTPRoute')
      .some((route) => hostnamesOf(route).some((host) => hosts.includes(host)))
  );
}

function isWithoutPods({ kind, metadata, spec }: Manifest, next: Rendering): boolean {
  const guarded = workloadsOf(next).filter(({ object, namespace, labels }) =>
    kind === 'HorizontalPodAutoscaler'
      ? object.metadata.name === spec?.scaleTargetRef?.name
      : namespace === metadata.namespace &&
        matches({ matchLabels: spec?.selector?.matchLabels }, labels),
  );
  return guarded.every(({ pods }) => pods === 0);
}
