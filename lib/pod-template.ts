import { parseImage } from './image';
import { k8s } from './k8s';
import { Labels } from './labels';
import { secretVariables } from './pod-containers';
import { DEFAULT_PORT, graceSeconds, type PodProps, secretEnv, secretName } from './pod-props';
import { type PodSettings, STARTUP_SECONDS, type TopologySpread } from './pod-settings';
import { parseQuantity } from './quantity';
import { readinessTimes } from './readiness-probe';
import { DEFAULT_STORAGE } from './resources';
import { ApiRevision } from './revision';
import { writableVolumes } from './writable-folders';

/** 10001: linters ask for more than 10000, so that no host user has the same number. */
const USER = 10001;

/** Pod Security `restricted`, for every pod that this library makes. */
export const POD_SECURITY: k8s.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Pod Security `restricted`, for every container. */
export const CONTAINER_SECURITY: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};

/** A digest cannot change, and must not need the registry at night; a tag can, so it is asked for. */
export function imagePullPolicy({ image, imagePullPolicy: chosen }: ApiRevision): string {
  return chosen ?? (parseImage(image).digest === undefined ? 'Always' : 'IfNotPresent');
}

/** The environment of a container: configuration as a whole, secrets key by key. */
export function containerEnv(
  props: Pick<PodProps, 'port' | 'secret'>,
  revision: ApiRevision,
  configMapName: string,
): Pick<k8s.Container, 'env' | 'envFrom'> {
  const name = secretName(props.secret?.name ?? '', revision.secretVersion);
  return {
    envFrom: [{ configMapRef: { name: configMapName } }],
    env: [
      { name: 'PORT', value: String(props.port ?? DEFAULT_PORT) },
      ...heapLimit(revision),
      ...Object.entries(secretEnv(props.secret, revision)).map(([variable, key]) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name, key } },
      })),
    ],
  };
}

const ZONES: readonly TopologySpread[] = [{ topologyKey: 'topology.kubernetes.io/zone' }];

/** Prefers one pod a host and spreads over zones; never required, which would block a surge on a small cluster. */
export function spread(
  selector: Labels,
  constraints: readonly TopologySpread[] = ZONES,
): Pick<k8s.PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  const labelSelector = { matchLabels: { ...selector } };
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector },
          },
        ],
      },
    },
    ...(constraints.length === 0
      ? {}
      : {
          topologySpreadConstraints: constraints.map(
            ({ topologyKey, maxSkew = 1, whenUnsatisfiable = 'ScheduleAnyway' }) => ({
              maxSkew,
              topologyKey,
              whenUnsatisfiable,
              labelSelector,
              matchLabelKeys: ['pod-template-hash'],
            }),
          ),
        }),
  };
}

/** The pod of one revision. Both colours of a pair come from here and differ in nothing else. */
export function podSpec(
  props: PodProps,
  revision: ApiRevision,
  configMapName: string,
  selector: Labels,
): k8s.PodSpec {
  const { volumes, volumeMounts } = writableVolumes(revision);
  const { pod = {} } = revision;
  const { startupSeconds = STARTUP_SECONDS } = pod;
  const alive =
    props.health.liveness === undefined
      ? { tcpSocket: { port: k8s.IntOrString.fromString('http') } }
      : { httpGet: { path: props.health.liveness, port: k8s.IntOrString.fromString('http') } };
  const { env = [], envFrom } = containerEnv(props, revision, configMapName);
  return {
    ...basePodSpec(props, pod),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: graceSeconds(props),
    ...spread(selector, pod.topologySpreadConstraints),
    containers: [
      {
        name: props.name,
        image: revision.image,
        imagePullPolicy: imagePullPolicy(revision),
        ...(pod.command === undefined ? {} : { command: [...pod.command] }),
        ...(pod.args === undefined ? {} : { args: [...pod.args] }),
        ports: [{ name: 'http', containerPort: props.port ?? DEFAULT_PORT, protocol: 'TCP' }],
        envFrom,
        env: [...env, ...ownVariables(pod)],
        resources: quantities(revision.resources),
        securityContext: CONTAINER_SECURITY,
        startupProbe: {
          ...alive,
          periodSeconds: 2,
          timeoutSeconds: 2,
          failureThreshold: Math.ceil(startupSeconds / 2),
        },
        livenessProbe: { ...alive, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
        readinessProbe: {
          httpGet: { path: props.health.readiness, port: k8s.IntOrString.fromString('http') },
          ...readinessTimes(props.health.readinessProbe),
        },
        volumeMounts,
      },
    ],
    volumes,
  };
}

/** Variables that the API alone has, not the Jobs of its image. */
function ownVariables({ secretEnv = {}, fieldEnv = {} }: PodSettings): k8s.EnvVar[] {
  return [
    ...secretVariables(secretEnv),
    ...Object.entries(fieldEnv).map(([name, fieldPath]) => ({
      name,
      valueFrom: { fieldRef: { fieldPath } },
    })),
  ];
}

/** What the pods of Deployments and Jobs share: identity, user, names, and where they run. */
export function basePodSpec(
  { serviceAccountName }: Pick<PodProps, 'serviceAccountName'>,
  pod: PodSettings,
): Omit<k8s.PodSpec, 'containers'> {
  const { runAsUser = USER, runAsGroup = USER, fsGroup = USER } = pod;
  const { imagePullSecrets = [], nodeSelector = {}, tolerations = [] } = pod;
  const { priorityClassName, dnsPolicy } = pod;
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { ...POD_SECURITY, runAsUser, runAsGroup, fsGroup },
    ...(dnsPolicy === undefined ? {} : { dnsPolicy }),
    dnsConfig: dnsConfig(pod),
    // An empty list is the same as none, and the API server drops it: every apply would find a difference.
    ...(imagePullSecrets.length === 0
      ? {}
      : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map((one) => ({ ...one })) }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}

/** Outside names such as a database's are tried as they are before the cluster's search domains. */
function dnsConfig({ dnsConfig: config = {} }: PodSettings): k8s.PodDnsConfig {
  const { nameservers = [], searches = [], options } = config;
  return {
    ...(nameservers.length === 0 ? {} : { nameservers: [...nameservers] }),
    ...(searches.length === 0 ? {} : { searches: [...searches] }),
    options: Object.entries({ ndots: '2', ...options }).map(([name, value]) =>
      value === '' ? { name } : { name, value },
    ),
  };
}

/** Resources with the storage bound that every container needs. */
export function plainQuantities(resources: ApiRevision['resources']): {
  readonly requests: { readonly [resource: string]: string };
  readonly limits: { readonly [resource: string]: string };
} {
  const { requests = {}, limits = {} } = resources ?? {};
  const storage = 'ephemeral-storage';
  return {
    requests: { ...(storage in limits ? {} : { [storage]: DEFAULT_STORAGE.request }), ...requests },
    limits: { [storage]: requests[storage] ?? DEFAULT_STORAGE.limit, ...limits },
  };
}

/** The same as the generated types want it. */
export function quantities(resources: ApiRevision['resources']): k8s.ResourceRequirements {
  const convert = (side: { readonly [resource: string]: string }) =>
    Object.fromEntries(
      Object.entries(side).map(([resource, text]) => [resource, k8s.Quantity.fromString(text)]),
    );
  const { requests, limits } = plainQuantities(resources);
  return { requests: convert(requests), limits: convert(limits) };
}

/** Three quarters of the memory limit for the heap, so that V8 collects before the kernel kills. */
function heapLimit(revision: ApiRevision): k8s.EnvVar[] {
  const bytes = parseQuantity(revision.resources?.limits?.memory ?? '');
  if (bytes === undefined || 'NODE_OPTIONS' in (revision.config ?? {})) return [];
  return [
    { name: 'NODE_OPTIONS', value: `--max-old-space-size=${Math.floor((bytes * 0.75) / 2 ** 20)}` },
  ];
}
