import type { Manifest } from '../manifests';

/** A pod template, as far as anything here reads it. */
export interface PodTemplate {
  readonly metadata?: Partial<Manifest['metadata']>;
  readonly spec?: PodSpec;
}

/** A pod, as far as anything here reads it. */
export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly serviceAccountName?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever else a pod may have
  readonly [field: string]: any;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly [source: string]: { readonly name?: string } | undefined };
  }[];
  readonly envFrom?: readonly {
    readonly prefix?: string;
    readonly configMapRef?: { readonly name: string };
    readonly secretRef?: { readonly name: string };
  }[];
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly hostPort?: number;
    readonly protocol?: string;
  }[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever else a container may have
  readonly [field: string]: any;
}

const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'];

/** Whether an object is a pod, or something that makes pods. */
export function makesPods({ kind }: Manifest): boolean {
  return KINDS.includes(kind);
}

/** The template of the pods that an object makes; a Pod is its own. None where it makes none. */
export function podTemplateOf(object: Manifest): PodTemplate | undefined {
  if (!makesPods(object)) return undefined;
  const { kind, spec } = object;
  if (kind === 'Pod') return object;
  return kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
}

/** All containers of a pod, those that run before the others first. */
export function containersOf({ containers, initContainers }: PodSpec): Container[] {
  return [...listOf(initContainers), ...listOf(containers)];
}

/** The entries of a list; none where a hand has made something else of it. */
export function listOf<T>(value: readonly T[] | undefined): NonNullable<T>[] {
  return Array.isArray(value) ? value.filter((entry) => entry !== null && entry !== undefined) : [];
}
