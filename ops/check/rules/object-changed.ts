import type { Manifest } from '../../../lib/manifests';
import { NOT_CREDENTIALS_ANNOTATION } from '../../../lib/config-credentials';
import { PLACEHOLDER_ANNOTATION } from '../../../lib/placeholder';
import {
  IMAGE_FROM_ANNOTATION,
  RELEASE_ANNOTATION,
  ROLLED_BACK_ANNOTATION,
  SKIPPED_ORDER_ANNOTATION,
} from '../../../lib/release-annotations';
import { WAVE_ANNOTATION } from '../../../lib/wave-plan';
import type { Difference } from '../../rendering/differences';
import { readersOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { type LabelSelector, labelsOf } from '../../rendering/selection';
import { workloadOf, workloadsOf } from '../../rendering/workloads';
import { isColour, isGate, isMigration } from '../bundle';
import { type Finding, finding, type Rule, type Step } from '../rule';
import { isDescriptive } from './entry-guard-weakened';

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
  ...['Ingress', 'HTTPRoute', 'Gateway'],
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
    return workloadOf(next, object).object.spec?.replicas === 0 && !isColour(object);
  if (kind === 'Job') return isGate(object) || isMigration(object) || object.spec?.suspend === true;
  if (STAYS.includes(kind)) return false;
  if (['HorizontalPodAutoscaler', 'PodDisruptionBudget'].includes(kind))
    return isWithoutPods(object, next) || undefined;
  if (kind === 'Certificate')
    return !next
      .ofKind('Ingress')
      .some(({ spec }) =>
        ((spec?.tls ?? []) as { secretName?: string }[]).some(
          ({ secretName }) => secretName === object.spec?.secretName,
        ),
      );
  return undefined;
}

function isWithoutPods({ kind, metadata, spec }: Manifest, next: Rendering): boolean {
  const guarded = workloadsOf(next).filter(({ object, namespace, labels }) =>
    kind === 'HorizontalPodAutoscaler'
      ? object.metadata.name === spec?.scaleTargetRef?.name
      : namespace === metadata.namespace &&
        Object.entries((spec?.selector?.matchLabels ?? {}) as Record<string, string>).every(
          ([key, value]) => labels[key] === value,
        ),
  );
  return guarded.every(({ pods }) => pods === 0);
}

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
  refuse: ({ differences, base, next }) =>
    differences.flatMap(({ change, object }): Finding[] => {
      if (change !== 'added') return [];
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
      if (object.kind === 'HorizontalPodAutoscaler') {
        const target = workloadsOf(base).find(
          (one) => one.object.metadata.name === object.spec?.scaleTargetRef?.name,
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

/** Labels by which operators and clusters choose, whatever selects here. */
const CHOSEN_BY =
  /^(app|version|release|grafana_dashboard|prometheus|role|app\.kubernetes\.io\/(name|instance|component))$/;

/** What is said of objects for people changes freely. */
export const descriptionChanged: Rule = {
  name: 'description-changed',
  protects:
    'Labels that nobody selects by, and annotations that only people read, change freely; others are part of what an object does.',
  permit: ({ object, path, change, before }, { base, next }) => {
    if (change !== 'changed' || path[0] !== 'metadata') return false;
    const key = path[2];
    if (key === undefined) return false;
    if (path[1] === 'annotations')
      return (
        key === WAVE_ANNOTATION ||
        key === PLACEHOLDER_ANNOTATION ||
        (key === NOT_CREDENTIALS_ANNOTATION && object.kind === 'Secret') ||
        (key === RELEASE_ANNOTATION && !isColour(object)) ||
        // Where it was not said before, it is not taken away.
        ([IMAGE_FROM_ANNOTATION, ROLLED_BACK_ANNOTATION].includes(key) && before === undefined) ||
        ([ROLLED_BACK_ANNOTATION, SKIPPED_ORDER_ANNOTATION].includes(key) && !isColour(object)) ||
        isDescriptive(key)
      );
    if (path[1] !== 'labels') return false;
    return (
      isDescriptive(key) &&
      !CHOSEN_BY.test(key) &&
      ![base, next].some((rendering) => selectsBy(rendering, key))
    );
  },
};

function selectsBy({ objects }: Rendering, label: string): boolean {
  return objects.some(({ spec, kind }) => {
    if (spec === undefined || spec === null) return false;
    const selectors = [spec.selector, spec.podSelector, spec.namespaceSelector] as LabelSelector[];
    const direct = kind === 'Service' ? Object.keys((spec.selector ?? {}) as object) : [];
    return (
      direct.includes(label) || selectors.some((selector) => labelsOf(selector).includes(label))
    );
  });
}

/** Settings and data that no pod reads are nobody's. */
export const unreadData: Rule = {
  name: 'unread-data',
  protects:
    'A ConfigMap that no pod with the same name of it reads may change; others are frozen or follow their pods.',
  permit: ({ object, change, path }, step) =>
    ['ConfigMap', 'ServiceAccount'].includes(object.kind) &&
    change === 'changed' &&
    path[0] !== 'metadata' &&
    object.kind === 'ConfigMap' &&
    readersOf(running(step), object).length === 0,
};

function running({ base, next }: Step) {
  return [...workloadsOf(base), ...workloadsOf(next)].filter(({ pods }) => pods > 0);
}

/** The namespace and the identity of the pods. */
export const identityChanged: Rule = {
  name: 'identity-changed',
  protects:
    'The Namespace keeps its labels, above all those of Pod Security, or makes them stricter; a ServiceAccount keeps the identity that its annotations give it.',
  refuse: ({ differences }) =>
    differences
      .filter((difference) => isIdentity(difference) && !isStricter(difference))
      .map(({ object, path, before, after }) =>
        finding(
          object,
          `${path.slice(1).join(' ')} changes from ${JSON.stringify(before) ?? 'nothing'} to ${JSON.stringify(after) ?? 'nothing'}`,
          'keep it, or allow it after somebody has looked at it',
        ),
      ),
  permit: (difference) => isIdentity(difference) && isStricter(difference),
};

function isIdentity({ object, path, change }: Difference): boolean {
  return (
    change === 'changed' &&
    ((object.kind === 'Namespace' && path[0] === 'metadata') ||
      (object.kind === 'ServiceAccount' && path[1] !== 'labels')) &&
    path[2] !== WAVE_ANNOTATION
  );
}

const LEVELS = ['privileged', 'baseline', 'restricted'];

/** The second number of a version such as v1.36. */
function minor(version: unknown): number {
  const text = String(version ?? 'v1.0');
  return text === 'latest' ? Infinity : Number(/^v1\.(\d+)$/.exec(text)?.[1] ?? -1);
}

function isStricter({ object, path, before, after }: Difference): boolean {
  if (object.kind === 'ServiceAccount')
    return (
      (path[0] === 'automountServiceAccountToken' && after === false) ||
      (path[1] === 'annotations' && before === undefined)
    );
  const key = path[2] ?? '';
  if (/^pod-security\.kubernetes\.io\/(enforce|audit|warn)$/.test(key))
    return LEVELS.indexOf(String(after)) >= LEVELS.indexOf(String(before));
  if (/^pod-security\.kubernetes\.io\/\w+-version$/.test(key))
    return after !== undefined && minor(after) >= minor(before);
  return isDescriptive(key) && !/^(name|instance|app)/.test(key) && before === undefined;
}
