import type { Manifest } from '../../lib/manifests';

/** Labels of an object, and of a namespace by its name. */
export type Labels = { readonly [key: string]: string };

/** Who selects by labels, as Kubernetes writes it. */
export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const CLUSTER_SCOPED = ['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'PriorityClass'];

/** The namespace that an object is in; the empty text for one that is in none. */
export function namespaceOf({ kind, metadata }: Manifest): string {
  return CLUSTER_SCOPED.includes(kind) ? '' : (metadata.namespace ?? 'default');
}

/** What the API server tells objects apart by. */
export function idOf(object: Manifest): string {
  return id(object.kind, namespaceOf(object), object.metadata.name);
}

/** The identity of what has a kind, a namespace and a name. Groups are left out: no two kinds here share a name. */
export function id(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/** The wave in which an object is applied, by its own word. */
export function waveOf({ metadata }: Manifest): number {
  return Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
}

/** Whether an object asks the engine for something, e.g. `Prune=false`. */
export function asks({ metadata }: Manifest, option: string): boolean {
  const options = metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '';
  return options.split(',').some((one) => one.trim() === option);
}

/** Whether labels are selected; an empty selector selects everything, none at all nothing. */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return operator === 'Exists' ? value !== undefined : value === undefined;
    })
  );
}

const texts = new WeakMap<object, string>();

/** A value as text, whatever the order of its keys; made once for each object. */
export function textOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? '';
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = Array.isArray(value)
    ? `[${value.map(textOf).join()}]`
    : `{${Object.entries(value)
        .filter(([, entry]) => entry !== undefined)
        .map(([key, entry]) => `${JSON.stringify(key)}:${textOf(entry)}`)
        .sort()
        .join()}}`;
  texts.set(value, text);
  return text;
}
