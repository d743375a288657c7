import type { Manifest } from '../../../lib/manifests';
import { podTemplateOf } from '../../../lib/kubernetes/pods';

/** `example.com/name`, as Kubernetes has names of labels and annotations (its documentation, "Labels and Selectors"). */
const KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Bytes of all annotations of an object together. */
const MOST_BYTES = 256 * 1024;

/** Kinds whose names are names of hosts in the cluster. */
const HOSTS = ['Service', 'Namespace'];

/** Of the metadata of a template, what pods get from it; the other fields would bind or hold them. */
const OF_TEMPLATES = ['labels', 'annotations', 'name', 'namespace'];

/** What is wrong with the names, labels and annotations of an object and of its pods, and what only a cluster writes. */
export function metadataFaults(object: Manifest): string[] {
  const { metadata, kind } = object;
  const template = podTemplateOf(object)?.metadata;
  const labels = { ...metadata.labels, ...template?.labels };
  const annotations = Object.entries({ ...metadata.annotations, ...template?.annotations });
  const bytes = annotations.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return [
    ...Object.keys(template ?? {})
      .filter(
        (field) => template !== metadata && !OF_TEMPLATES.includes(field) && given(template, field),
      )
      .map(
        (field) =>
          `the template of its pods has metadata.${field}, expected labels and annotations`,
      ),
    ...(Object.keys((object.status ?? {}) as object).length > 0
      ? ['it has a status, which only controllers write']
      : []),
    ...(given(metadata, 'creationTimestamp')
      ? ['it has metadata.creationTimestamp, which only the API server writes']
      : []),
    ...[...Object.keys(labels), ...annotations.map(([key]) => key)]
      .filter((key) => !KEY.test(key))
      .map((key) => `${JSON.stringify(key)} is no name of a label or an annotation`),
    ...Object.entries(labels)
      .filter(([, value]) => typeof value === 'string' && !VALUE.test(value))
      .map(
        ([key, value]) =>
          `the label ${key} is ${JSON.stringify(value)}, expected at most 63 letters, digits, "-", "_" and "."`,
      ),
    ...(bytes > MOST_BYTES
      ? [`its annotations have ${bytes} bytes, expected at most ${MOST_BYTES}`]
      : []),
    ...(HOSTS.includes(kind) && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(metadata.name)
      ? [
          `${JSON.stringify(metadata.name)} is no name of a ${kind}, expected at most 63 letters, digits and "-"`,
        ]
      : []),
  ];
}

/** Whether a field is there; serializers of Go write `null` for a time that is not. */
function given(object: object | undefined, field: string): boolean {
  return (object as { readonly [field: string]: unknown } | undefined)?.[field] != null;
}
