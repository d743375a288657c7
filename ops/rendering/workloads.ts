import type { Manifest } from '../../lib/manifests';
import { calledOf } from '../../lib/kubernetes/identity';
import { type Container, makesPods, type PodSpec, podTemplateOf } from '../../lib/kubernetes/pods';
import type { Rendering } from './rendering';
import { type LabelSelector, matches, serviceMatches } from '../../lib/kubernetes/selection';

type Labels = { readonly [label: string]: string };

/** Something that makes pods. */
export interface Workload {
  readonly object: Manifest;
  /** For messages, e.g. `Deployment/seda-api-blue`. */
  readonly called: string;
  readonly namespace: string | undefined;
  /** Labels of its pods. */
  readonly labels: Labels;
  /** The `spec` of its pods. */
  readonly pod: PodSpec;
  /** Pods that it has at least: replicas, or the autoscaler's minimum. A Job has one, a CronJob from time to time. */
  readonly pods: number;
  /** Which of a pair it is, as its selector has it; absent where it is none of a pair. */
  readonly colour?: string;
}

const known = new WeakMap<Rendering, Workload[]>();

/** Everything of a rendering that makes pods, Jobs included. */
export function workloadsOf(rendering: Rendering): readonly Workload[] {
  const found =
    known.get(rendering) ??
    rendering.objects
      .filter((object) => makesPods(object))
      .map((object) => workloadOf(rendering, object));
  known.set(rendering, found);
  return found;
}

/** The pods that an object makes. */
export function workloadOf(rendering: Rendering, object: Manifest): Workload {
  const { kind, metadata, spec } = object;
  const template = podTemplateOf(object);
  const colour = colourOf(object);
  return {
    object,
    called: calledOf(object),
    namespace: metadata.namespace,
    labels: template?.metadata?.labels ?? {},
    pod: template?.spec ?? {},
    pods: kind === 'Deployment' ? rendering.slot(object).pods : (spec?.replicas ?? 1),
    ...(colour === undefined ? {} : { colour }),
  };
}

/** A colour is told by the label that its selector has beside that of the application, which no other construct writes. */
export function colourOf({ kind, spec }: Manifest): string | undefined {
  const { app, version } = spec?.selector?.matchLabels ?? {};
  return kind === 'Deployment' && app !== undefined ? version : undefined;
}

/** Whether its pods end when their work is done. */
export function endsByItself({ object }: Workload): boolean {
  return ['Job', 'CronJob'].includes(object.kind);
}

/** The workload of a rendering that one of another rendering is. */
export function sameIn(
  rendering: Rendering,
  { called, namespace }: Pick<Workload, 'called' | 'namespace'>,
): Workload | undefined {
  return workloadsOf(rendering).find((one) => one.called === called && one.namespace === namespace);
}

/** What a Service sends requests to. */
export function selectedBy(rendering: Rendering, service: Manifest): Workload[] {
  return workloadsOf(rendering).filter(
    ({ namespace, labels }) =>
      namespace === service.metadata.namespace && serviceMatches(service.spec?.selector, labels),
  );
}

/** The objects of a kind whose `spec.selector` matches the pods of a workload. */
export function selecting(rendering: Rendering, kind: string, workload: Workload): Manifest[] {
  return rendering
    .ofKind(kind)
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === workload.namespace &&
        matches(spec?.selector as LabelSelector | undefined, workload.labels),
    );
}

/** The autoscalers of a workload. */
export function scalersOf(rendering: Rendering, { object }: Workload): Manifest[] {
  return rendering.objects.filter(
    ({ kind, metadata, spec }) =>
      ['HorizontalPodAutoscaler', 'ScaledObject', 'VerticalPodAutoscaler'].includes(kind) &&
      metadata.namespace === object.metadata.namespace &&
      (spec?.scaleTargetRef ?? spec?.targetRef)?.name === object.metadata.name &&
      ((spec?.scaleTargetRef ?? spec?.targetRef)?.kind ?? 'Deployment') === object.kind,
  );
}

/** The value of a variable that a container sets by itself. */
export function variableOf(container: Container | undefined, name: string): string | undefined {
  return container?.env?.find((variable) => variable.name === name)?.value;
}
