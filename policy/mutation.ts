import { renderEnvironment } from '../environments/render';
import { production, served } from '../test/fixtures';
import type { Node } from './check';

/** Objects that may be spoilt. */
export type Objects = Node[];

/** What makes one check, and no other, report something. */
export interface Mutation {
  /** Name of the check or rule. */
  readonly check: string;
  /**
   * Makes the check content first, where a waiver accepts what it finds.
   * @default - it is content
   */
  readonly mend?: (objects: Objects) => void;
  readonly spoil: (objects: Objects) => void;
}

/** The object of a kind and name, or the first of a kind. */
export function find(objects: Objects, kind: string, name?: string): Node {
  const found = objects.find(
    (object) => object.kind === kind && object.metadata.name === (name ?? object.metadata.name),
  );
  if (!found) throw new Error(`there is no ${kind} ${name ?? ''}`);
  return found;
}

export function blue(objects: Objects): Node {
  return find(objects, 'Deployment', 'seda-api-blue');
}

/** The pod of the blue Deployment; the green one stays as it is. */
export function pod(objects: Objects): Node {
  return blue(objects).spec.template.spec;
}

export function container(objects: Objects): Node {
  return pod(objects).containers[0];
}

export function remove(objects: Objects, object: Node): void {
  objects.splice(objects.indexOf(object), 1);
}

/** An object with all that every object needs. */
export function add(objects: Objects, kind: string, name: string, fields: object): void {
  const { namespace, labels } = blue(objects).metadata;
  const apiVersion =
    { Role: 'rbac.authorization.k8s.io/v1', HorizontalPodAutoscaler: 'autoscaling/v2' }[kind] ??
    'v1';
  objects.push({
    apiVersion,
    kind,
    metadata: { name, namespace, labels: { ...labels } },
    ...fields,
  });
}

/** Replaces the fixed number of pods. */
export function autoscale(
  objects: Objects,
  bounds: { readonly minReplicas: number; readonly maxReplicas: number },
): void {
  add(objects, 'HorizontalPodAutoscaler', 'seda-api-blue', {
    spec: {
      ...bounds,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'seda-api-blue' },
      metrics: [],
    },
  });
}

/** Production as it is while blue serves and green is empty, to be broken. */
export function servedObjects(): Objects {
  return renderEnvironment(production, served).objects as Objects;
}
