import { contentHash } from './content-hash';
import { parseImage } from './image';
import { k8s } from './k8s';
import { Labels } from './labels';
import { DEFAULT_PORT, type PodProps, secretName } from './pod-props';
import { parseQuantity } from './quantity';
import { DEFAULT_STORAGE } from './resources';
import { ApiRevision } from './revision';

/** Every container may write here; Node and Prisma expect it. */
const TMP = { '/tmp': '64Mi' };

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
      ...Object.entries(props.secret?.env ?? {}).map(([variable, key]) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name, key } },
      })),
    ],
  };
}

/** Sized emptyDirs over the read-only root. */
export function writableVolumes(revision: Pick<ApiRevision, 'writablePaths'>): {
  readonly volumes: k8s.Volume[];
  readonly volumeMounts: k8s.VolumeMount[];
} {
  const paths: { readonly [path: string]: string } = { ...TMP, ...revision.writablePaths };
  const mounts = Object.keys(paths).map((mountPath) => ({
    name: volumeName(mountPath),
    mountPath,
  }));
  return {
    volumeMounts: mounts,
    volumes: mounts.map(({ name, mountPath }) => ({
      name,
      emptyDir: { sizeLimit: k8s.Quantity.fromString(paths[mountPath]!) },
    })),
  };
}

/** Prefers one pod a host and spreads over zones; never required, which would block a surge on a small cluster. */
export function spread(
  selector: Labels,
): Pick<k8s.PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { ...selector } },
            },
          },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { ...selector } },
        matchLabelKeys: ['pod-template-hash'],
      },
    ],
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
  const alive =
    props.health.liveness === undefined
      ? { tcpSocket: { port: k8s.IntOrString.fromString('http') } }
      : { httpGet: { path: props.health.liveness, port: k8s.IntOrString.fromString('http') } };
  return {
    ...basePodSpec(props),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 60,
    ...spread(selector),
    containers: [
      {
        name: props.name,
        image: revision.image,
        imagePullPolicy: imagePullPolicy(revision),
        ports: [{ name: 'http', containerPort: props.port ?? DEFAULT_PORT, protocol: 'TCP' }],
        ...containerEnv(props, revision, configMapName),
        resources: quantities(revision.resources),
        securityContext: CONTAINER_SECURITY,
        startupProbe: { ...alive, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
        livenessProbe: { ...alive, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
        readinessProbe: {
          httpGet: { path: props.health.readiness, port: k8s.IntOrString.fromString('http') },
          periodSeconds: 5,
          timeoutSeconds: 2,
          failureThreshold: 2,
        },
        volumeMounts,
      },
    ],
    volumes,
  };
}

/** What the pods of Deployments and Jobs share. */
export function basePodSpec(
  props: Pick<PodProps, 'serviceAccountName' | 'imagePullSecretName' | 'priorityClassName'>,
): Omit<k8s.PodSpec, 'containers'> {
  return {
    serviceAccountName: props.serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: POD_SECURITY,
    // Outside names such as a database's are tried as they are before the cluster's search domains.
    dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
    ...(props.imagePullSecretName === undefined
      ? {}
      : { imagePullSecrets: [{ name: props.imagePullSecretName }] }),
    ...(props.priorityClassName === undefined
      ? {}
      : { priorityClassName: props.priorityClassName }),
  };
}

/** Resources with the storage bound that every container needs. */
export function quantities(resources: ApiRevision['resources']): k8s.ResourceRequirements {
  const { requests = {}, limits = {} } = resources ?? {};
  const storage = 'ephemeral-storage';
  const convert = (side: { readonly [resource: string]: string }) =>
    Object.fromEntries(
      Object.entries(side).map(([resource, text]) => [resource, k8s.Quantity.fromString(text)]),
    );
  return {
    requests: convert({
      ...(storage in limits ? {} : { [storage]: DEFAULT_STORAGE.request }),
      ...requests,
    }),
    limits: convert({ [storage]: requests[storage] ?? DEFAULT_STORAGE.limit, ...limits }),
  };
}

/** A name that no two paths share, and that can be read wherever that is possible. */
function volumeName(path: string): string {
  return /^(\/[a-z0-9]+)+$/.test(path) && path.length <= 64
    ? path.slice(1).replaceAll('/', '-')
    : `folder-${contentHash(path)}`;
}

/** Three quarters of the memory limit for the heap, so that V8 collects before the kernel kills. */
function heapLimit(revision: ApiRevision): k8s.EnvVar[] {
  const bytes = parseQuantity(revision.resources?.limits?.memory ?? '');
  if (bytes === undefined || 'NODE_OPTIONS' in (revision.config ?? {})) return [];
  return [
    { name: 'NODE_OPTIONS', value: `--max-old-space-size=${Math.floor((bytes * 0.75) / 2 ** 20)}` },
  ];
}
