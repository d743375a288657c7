import type { Manifest } from '../../lib/manifests';
import { id } from './objects';
import type { Started } from './pods';

/** What runs besides the rendering, and how things are called there. */
export interface Platform {
  /** Namespaces of ingress controllers, by the class that each serves. */
  readonly controllers: { readonly [className: string]: string };
  /** Secrets that exist and are made by nobody here, by name. */
  readonly secrets: readonly string[];
  /** Where Prometheus runs. */
  readonly monitoring: string;
  /** Where the application's health is answered. */
  readonly health: string;
}

/** Pods of one Deployment that were started from one template. */
export interface Pods {
  /** Identity of their Deployment. */
  readonly owner: string;
  readonly namespace: string;
  /** The template, as it was when they started. */
  readonly template: Manifest['template'];
  /** The template as text, to tell it from another. */
  readonly key: string;
  readonly count: number;
  readonly ready: number;
  /** What the ready ones were started with; absent while none is. */
  readonly started?: Started;
}

/** How far a Job has come. */
export type JobState = 'waits' | 'succeeded';

/** A cluster at one moment. Nothing of it changes; every event makes another one. */
export interface State {
  readonly platform: Platform;
  /** Everything that was applied, by identity. */
  readonly objects: ReadonlyMap<string, Manifest>;
  /** How many pods each Deployment is to have; an autoscaler decides as well. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly pods: readonly Pods[];
  readonly jobs: ReadonlyMap<string, JobState>;
  /** The size at which each colour was staged, by its Deployment, with the template that it was for. */
  readonly promised: ReadonlyMap<string, { readonly key: string; readonly size: number }>;
  /** Hosts for which there is a certificate, each with the Secret that holds it. It outlives who made it. */
  readonly certificates: ReadonlySet<string>;
  /** Requests that were answered once, and are to be answered ever after. */
  readonly requests: ReadonlySet<string>;
}

/** A cluster in which nothing runs. */
export function emptyState(platform: Platform): State {
  return {
    platform,
    objects: new Map(),
    sizes: new Map(),
    pods: [],
    jobs: new Map(),
    promised: new Map(),
    certificates: new Set(),
    requests: new Set(),
  };
}

export function find(
  { objects }: State,
  kind: string,
  namespace: string,
  name: string,
): Manifest | undefined {
  return objects.get(id(kind, namespace, name));
}

export function ofKind({ objects }: State, kind: string): Manifest[] {
  return [...objects.values()].filter((object) => object.kind === kind);
}

/** A map with one entry more, or another one. */
export function having<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> {
  return new Map(map).set(key, value);
}

/** A map with one entry less. */
export function lacking<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
