import { ARGOCD_FOLDER } from '../../../environments/layout';
import type { Manifest } from '../../../lib/manifests';
import type { Rendering } from '../../rendering/rendering';
import { workloadsOf } from '../../rendering/workloads';
import { isGate, isMigration } from '../bundle';
import { type Finding, finding, type Rule } from '../rule';

/** Kinds whose coming takes nothing from anybody; what they do is judged by the rules about them. */
const ADDABLE = [
  ...[
    'ConfigMap',
    'ServiceAccount',
    'PersistentVolumeClaim',
    'Deployment',
    'StatefulSet',
    'CronJob',
  ],
  ...['Job', 'ExternalSecret', 'Certificate', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'],
];

/** A new object beside those that are there. */
export const objectAdded: Rule = {
  name: 'object-added',
  protects:
    'A new workload takes no requests of another one, and starts after what has to come before it.',
  refuse: ({ differences, base, next, environment }) =>
    differences.flatMap(({ change, object }): Finding[] => {
      if (change !== 'added') return [];
      const { namespace } = object.metadata;
      const known = new Set(base.objects.map(({ metadata }) => metadata.namespace));
      const isOwn = known.has(namespace) || environment === ARGOCD_FOLDER;
      if (base.objects.length > 0 && !isOwn && object.kind !== 'Namespace')
        return [
          finding(
            object,
            `it is in the namespace ${namespace ?? 'of whoever applies it'}, which is not this environment's`,
            'put it into the namespace of the environment',
          ),
        ];
      const { finalizers, ownerReferences } = object.metadata as {
        finalizers?: readonly string[];
        ownerReferences?: readonly object[];
      };
      if ((finalizers ?? []).length + (ownerReferences ?? []).length > 0)
        return [
          finding(
            object,
            'it names finalizers or owners, which decide when it is deleted',
            'leave them out',
          ),
        ];
      const chosen = object.kind === 'ConfigMap' ? strangeLabels(object, base) : [];
      if (chosen.length > 0)
        return [
          finding(
            object,
            `it has the label ${chosen[0]}, by which something that is not rendered may choose it`,
            'leave the label out, or allow it',
          ),
        ];
      if (object.kind === 'HorizontalPodAutoscaler') {
        // A colour is staged with its autoscaler, and one that serves gets none.
        const target = workloadsOf(base).find(
          ({ colour, object: { metadata } }) =>
            colour === undefined && metadata.name === object.spec?.scaleTargetRef?.name,
        );
        const now =
          target &&
          next.objects.find(
            (one) =>
              one.kind === target.object.kind && one.metadata.name === target.object.metadata.name,
          );
        if (target && now && target.pods > 0 && (object.spec?.minReplicas ?? 1) < target.pods)
          return [
            finding(
              object,
              `it may leave ${target.called} with ${object.spec?.minReplicas ?? 1} pods, which has ${target.pods}`,
              `raise minReplicas to ${target.pods}`,
            ),
          ];
      }
      return [];
    }),
  permit: ({ change, object }) =>
    change === 'added' &&
    ADDABLE.includes(object.kind) &&
    !isGate(object) &&
    !isMigration(object) &&
    (object.kind !== 'Job' ||
      object.metadata.labels?.['app.kubernetes.io/component'] === undefined),
};

/** Labels that nothing has yet: what watches the cluster takes settings and data sources by such ones. */
function strangeLabels({ metadata }: Manifest, base: Rendering): string[] {
  if (base.objects.length === 0) return [];
  const known = new Set([
    'grafana_dashboard',
    ...base.objects.flatMap((object) => Object.keys(object.metadata.labels ?? {})),
  ]);
  return Object.keys(metadata.labels ?? {}).filter(
    (label) => !known.has(label) && !label.startsWith('app.kubernetes.io/'),
  );
}
