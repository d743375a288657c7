import type { Manifest } from '../lib';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parts of objects of every kind, also those that a hand has broken
export type Node = any;

/** A list, or none where a hand has made something else of it. */
export function listOf(value: Node): Node[] {
  return Array.isArray(value) ? value.filter((entry) => entry !== null && entry !== undefined) : [];
}

/** What the pods of one object of a bundle read. */
export interface PodReads {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
}

/** The reads of every Deployment and Job. */
export function bundlePods(objects: readonly Manifest[]): PodReads[] {
  return objects
    .filter(({ kind }) => ['Deployment', 'Job'].includes(kind))
    .map(({ spec }) => readsOf(spec?.template?.spec ?? {}));
}

function readsOf({ containers, initContainers, volumes }: Node): PodReads {
  const all = [...listOf(initContainers), ...listOf(containers)];
  const sources = [
    ...all.flatMap(({ envFrom }) => listOf(envFrom)),
    ...all.flatMap(({ env }) => listOf(env).map(({ valueFrom }) => valueFrom ?? {})),
    ...listOf(volumes),
    ...listOf(volumes).flatMap(({ projected }) => listOf(projected?.sources)),
  ];
  const named = (...fields: readonly string[]) =>
    sources.flatMap((source) =>
      fields.flatMap((field) => source[field]?.name ?? source[field]?.secretName ?? []),
    );
  return {
    configMaps: named('configMapRef', 'configMapKeyRef', 'configMap'),
    secrets: named('secretRef', 'secretKeyRef', 'secret'),
  };
}
