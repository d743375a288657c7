import type { InitContainer, SecretKey, Sidecar } from './pod-containers';
import type { PodVolume, PodVolumeMount } from './pod-volumes';

/**
 * Where and how the pods of a revision run. Every field changes the pod template, so it belongs to the
 * revision: in a blue-green pair it is frozen with the colour, and an edit reaches the next release alone.
 *
 * The Jobs of a revision (migration and gate) are scheduled, pulled and resolved like its pods: they have
 * `nodeSelector`, `tolerations`, `priorityClassName`, `imagePullSecrets`, the user and groups, and DNS.
 * They have none of the rest, because an injected or exclusive part could keep them from completing;
 * the migration has those volumes, init containers and sidecars that say `migration: true`.
 */
export interface PodSettings {
  /**
   * Labels of the pods besides those of the library, which they cannot replace.
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };
  /**
   * Annotations of the pods, for example for a log collector.
   * @default - none
   */
  readonly annotations?: { readonly [key: string]: string };
  /**
   * Labels that a node must have.
   * @default - any node
   */
  readonly nodeSelector?: { readonly [label: string]: string };
  /**
   * Taints of nodes that the pods accept.
   * @default - none but those that Kubernetes adds
   */
  readonly tolerations?: readonly Toleration[];
  /**
   * How evenly the pods are spread. An empty list spreads by the preference for one pod a node alone.
   * @default - over zones, where possible
   */
  readonly topologySpreadConstraints?: readonly TopologySpread[];
  /**
   * A class that the platform provides.
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
  /**
   * Names of the Secrets with the registry's credentials.
   * @default - the registry needs none
   */
  readonly imagePullSecrets?: readonly string[];
  /**
   * Program of the API's container, instead of the image's entry point.
   * @default - that of the image
   */
  readonly command?: readonly string[];
  /**
   * Arguments of the API's program.
   * @default - those of the image
   */
  readonly args?: readonly string[];
  /**
   * Environment variables of the API from Secrets that exist already, besides the one of the workload.
   * @default - none
   */
  readonly secretEnv?: { readonly [variable: string]: SecretKey };
  /**
   * Environment variables of the API from fields of the pod, for example `{ NODE_IP: 'status.hostIP' }`.
   * @default - none
   */
  readonly fieldEnv?: { readonly [variable: string]: PodField };
  /**
   * Seconds that the API may take to start before it is restarted. The deadlines of the rollout and of the
   * gate grow with it.
   * @default 60
   */
  readonly startupSeconds?: number;
  /**
   * User of the processes in every container, never 0.
   * @default 10001
   */
  readonly runAsUser?: number;
  /**
   * Primary group of the processes, never 0.
   * @default 10001
   */
  readonly runAsGroup?: number;
  /**
   * Group that owns the files of volumes, never 0.
   * @default 10001
   */
  readonly fsGroup?: number;
  /**
   * Whom the pods ask for names; `None` needs `dnsConfig.nameservers`.
   * @default ClusterFirst
   */
  readonly dnsPolicy?: DnsPolicy;
  /**
   * Name servers, search domains and options of the resolver.
   * @default - those of `dnsPolicy`, with `ndots: 2`
   */
  readonly dnsConfig?: DnsConfig;
  /**
   * Volumes that containers of the pods may mount.
   * @default - none but the writable folders
   */
  readonly volumes?: readonly PodVolume[];
  /**
   * Where the API's container sees the volumes.
   * @default - nowhere
   */
  readonly volumeMounts?: readonly PodVolumeMount[];
  /**
   * Containers that end before the API starts.
   * @default - none
   */
  readonly initContainers?: readonly InitContainer[];
  /**
   * Containers that run beside the API. They start before the init containers, which may need them.
   * @default - none
   */
  readonly sidecars?: readonly Sidecar[];
}

/** A taint that pods accept, in the terms of Kubernetes. */
export interface Toleration {
  /**
   * Key of the taint.
   * @default - every key, with the operator `Exists`
   */
  readonly key?: string;
  /**
   * Whether the value counts.
   * @default Equal
   */
  readonly operator?: 'Equal' | 'Exists';
  /**
   * Value of the taint; none with `Exists`.
   * @default - the empty value
   */
  readonly value?: string;
  /**
   * Effect of the taint.
   * @default - every effect
   */
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  /**
   * Seconds that a pod stays on a node that gets the taint; for `NoExecute` alone.
   * @default - for ever
   */
  readonly tolerationSeconds?: number;
}

/** How evenly pods are spread over the values of a node label. Their own labels select them. */
export interface TopologySpread {
  /** Label of the nodes, for example `topology.kubernetes.io/zone`. */
  readonly topologyKey: string;
  /**
   * By how many pods two values may differ, at least 1.
   * @default 1
   */
  readonly maxSkew?: number;
  /**
   * Whether a pod waits where that cannot be. `DoNotSchedule` can hold up a rollout on a small cluster.
   * @default ScheduleAnyway
   */
  readonly whenUnsatisfiable?: 'ScheduleAnyway' | 'DoNotSchedule';
}

/** Fields of a pod that a variable can have. */
export type PodField =
  | 'metadata.name'
  | 'metadata.namespace'
  | 'metadata.uid'
  | 'spec.nodeName'
  | 'spec.serviceAccountName'
  | 'status.hostIP'
  | 'status.podIP'
  | 'status.podIPs';

/** Every field that a variable can have. */
export const POD_FIELDS: readonly PodField[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.podIP',
  'status.podIPs',
];

/** Whom pods ask for names. */
export type DnsPolicy = 'ClusterFirst' | 'Default' | 'None';

/** The resolver of pods, in the terms of Kubernetes. */
export interface DnsConfig {
  /**
   * Addresses of name servers, at most 3. The NetworkPolicy must admit them: `dnsPeers`.
   * @default - those of the policy
   */
  readonly nameservers?: readonly string[];
  /**
   * Domains that short names are tried in, at most 32.
   * @default - those of the policy
   */
  readonly searches?: readonly string[];
  /**
   * Options of resolv.conf; one without a value has the empty text.
   * @default { ndots: '2' }
   */
  readonly options?: { readonly [option: string]: string };
}

/** Seconds that an API may take to start, unless it says otherwise. */
export const STARTUP_SECONDS = 60;

/** Seconds that a rollout may take for one pod besides its start: to be scheduled, pulled and ready. */
const ROLLOUT_MARGIN_SECONDS = 240;

/** `progressDeadlineSeconds` of a Deployment: what a slow start needs is added to the 300 of a usual one. */
export function rolloutSeconds({ startupSeconds = STARTUP_SECONDS }: PodSettings): number {
  return ROLLOUT_MARGIN_SECONDS + Math.max(STARTUP_SECONDS, startupSeconds);
}
