import { checkName, checkPath, checkPort, checkWholeNumber, credentialIn, fault } from './checks';
import { contentHash } from './content-hash';
import { parseImage } from './image';
import { k8s } from './k8s';
import { Labels } from './labels';
import { parseQuantity } from './quantity';
import { ApiRevision } from './revision';

/** Where the API answers probes. */
export interface HealthPaths {
  /** Answers 200 when the pod can serve; may look at the database. */
  readonly readiness: string;
  /**
   * Answers 200 while the process works; must not look at the database, or an outage there restarts
   * every pod at once. Serves the startup probe as well.
   * @default - a TCP connection to the port
   */
  readonly liveness?: string;
}

/** What the pods of an API have in common, whichever revision they run. */
export interface PodProps {
  /** Name of the application: container, `app` label, prefix of all objects. At most 39 characters, the first a letter. */
  readonly name: string;
  /**
   * Name of the Deployment, at most 39 characters; a blue-green pair appends the colour.
   * @default - `name`
   */
  readonly deploymentName?: string;
  /**
   * Port on which the container serves HTTP; also the value of `PORT`.
   * @default 3001
   */
  readonly port?: number;
  /** Paths of the probes. */
  readonly health: HealthPaths;
  /**
   * The Secret that the pods read, by reference: its name and, for each environment variable, its key.
   * @default - no secrets
   */
  readonly secret?: SecretReference;
  /** ServiceAccount of the pods; it gets no token. */
  readonly serviceAccountName: string;
  /**
   * Seconds a pod goes on serving after it left the endpoints, so that every proxy has noticed.
   * 15 covers in-cluster proxies; 40 is right for a cloud load balancer that talks to pods directly.
   * @default 15
   */
  readonly preStopSeconds?: number;
  /**
   * Seconds from the start of preStop to SIGKILL: preStop, the longest request (30 s) and a margin.
   * @default 60
   */
  readonly terminationGracePeriodSeconds?: number;
  /**
   * Name of the Secret with the registry's credentials.
   * @default - the registry needs none
   */
  readonly imagePullSecretName?: string;
  /**
   * A class that the platform provides.
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;
}

/** A Secret by name and keys. There is no place for a value. */
export interface SecretReference {
  /** e.g. `seda-secrets` */
  readonly name: string;
  /** Key of the Secret for each environment variable, e.g. `{ DATABASE_URL: 'database-url' }`. */
  readonly env: { readonly [variable: string]: string };
}

/** Port of the seda.fm API, whose constructs these are. */
export const DEFAULT_PORT = 3001;

/** 63 less `-green-config-` and a hash of ten, the longest that is appended. */
const MAX_NAME = 39;

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

/** The name of the Secret in a version. */
export function secretName(name: string, version?: number): string {
  return version === undefined ? name : `${name}-v${version}`;
}

/** The environment of a container: configuration as a whole, secrets key by key. */
export function containerEnv(props: Pick<PodProps, 'port' | 'secret'>, revision: ApiRevision, configMapName: string): Pick<k8s.Container, 'env' | 'envFrom'> {
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
export function writableVolumes(revision: Pick<ApiRevision, 'writablePaths'>): { readonly volumes: k8s.Volume[]; readonly volumeMounts: k8s.VolumeMount[] } {
  const paths: { readonly [path: string]: string } = { ...TMP, ...revision.writablePaths };
  const mounts = Object.keys(paths).map((mountPath) => ({ name: volumeName(mountPath), mountPath }));
  return {
    volumeMounts: mounts,
    volumes: mounts.map(({ name, mountPath }) => ({
      name,
      emptyDir: { sizeLimit: k8s.Quantity.fromString(paths[mountPath]!) },
    })),
  };
}

/** Prefers one pod a host and spreads over zones; never required, which would block a surge on a small cluster. */
export function spread(selector: Labels): Pick<k8s.PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  return {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { ...selector } } } },
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
export function podSpec(props: PodProps, revision: ApiRevision, configMapName: string, selector: Labels): k8s.PodSpec {
  const { volumes, volumeMounts } = writableVolumes(revision);
  const alive = props.health.liveness === undefined
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
export function basePodSpec(props: Pick<PodProps, 'serviceAccountName' | 'imagePullSecretName' | 'priorityClassName'>): Omit<k8s.PodSpec, 'containers'> {
  return {
    serviceAccountName: props.serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: POD_SECURITY,
    // Outside names such as a database's are tried as they are before the cluster's search domains.
    dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
    ...(props.imagePullSecretName === undefined ? {} : { imagePullSecrets: [{ name: props.imagePullSecretName }] }),
    ...(props.priorityClassName === undefined ? {} : { priorityClassName: props.priorityClassName }),
  };
}

/** Resources with the storage bound that every container needs. */
export function quantities(resources: ApiRevision['resources']): k8s.ResourceRequirements {
  const { requests = {}, limits = {} } = resources ?? {};
  const storage = 'ephemeral-storage';
  const convert = (side: { readonly [resource: string]: string }) =>
    Object.fromEntries(Object.entries(side).map(([resource, text]) => [resource, k8s.Quantity.fromString(text)]));
  return {
    requests: convert({ ...(storage in limits ? {} : { [storage]: '64Mi' }), ...requests }),
    limits: convert({ [storage]: requests[storage] ?? '256Mi', ...limits }),
  };
}

/** The faults of what all revisions share. */
export function podFaults(props: PodProps): string[] {
  const preStop = props.preStopSeconds ?? 15;
  const grace = props.terminationGracePeriodSeconds ?? 60;
  const faults = [
    ...checkName('name', props.name, MAX_NAME),
    ...(/^\d/.test(props.name) ? [fault('name', 'begins with a digit', props.name, 'a letter first, because Services are named after it', 'choose such a name')] : []),
    ...(['serviceAccountName', 'imagePullSecretName', 'priorityClassName'] as const).flatMap((field) => {
      const value = props[field];
      return value === undefined || value === props.name ? [] : checkName(field, value);
    }),
    ...(props.deploymentName === undefined ? [] : checkName('deploymentName', props.deploymentName, MAX_NAME)),
    ...checkPort('port', props.port ?? DEFAULT_PORT),
    ...checkPath('health.readiness', props.health.readiness),
    ...(props.health.liveness === undefined ? [] : checkPath('health.liveness', props.health.liveness)),
    ...checkWholeNumber('preStopSeconds', preStop, 1, 300),
    ...checkWholeNumber('terminationGracePeriodSeconds', grace, 1, 3600),
    ...(props.secret === undefined ? [] : secretFaults('secret', props.secret)),
  ];
  if (props.health.liveness === props.health.readiness) {
    faults.push(fault('health.liveness', 'is the readiness path', props.health.liveness, 'a path that looks at nothing but the process', 'leave it out for a TCP probe'));
  }
  if (grace <= preStop) {
    faults.push(fault('terminationGracePeriodSeconds', 'leaves no time after preStop', grace, `more than ${preStop}`, 'raise it above preStopSeconds plus the longest request'));
  }
  return faults;
}

/** Variables that every container has from elsewhere. */
const RESERVED: readonly string[] = ['PORT', 'NODE_OPTIONS'];

/** The faults of a reference to a Secret, which may name keys and no value. */
export function secretFaults(at: string, secret: SecretReference): string[] {
  return [
    ...checkName(`${at}.name`, secret.name, 57),
    ...Object.entries(secret.env).flatMap(([variable, key]) => [
      ...(/^[A-Z_][A-Z0-9_]*$/.test(variable) ? [] : [fault(`${at}.env`, 'is not an environment variable', variable, 'upper-case letters, digits and "_"', 'rename it')]),
      ...(RESERVED.includes(variable) ? [fault(`${at}.env`, 'is set already', variable, 'another variable', 'rename it')] : []),
      // What is here by mistake may be the value, which must not reach a log.
      ...(/^[-._a-zA-Z0-9]{1,253}$/.test(key) && credentialIn(key) === undefined
        ? []
        : [`${at}.env.${variable} is not a key of a Secret, expected letters, digits, "-", "_" and "."; name the key, not its value`]),
    ]),
  ];
}

/** A name that no two paths share, and that can be read wherever that is possible. */
function volumeName(path: string): string {
  return /^(\/[a-z0-9]+)+$/.test(path) && path.length <= 64 ? path.slice(1).replaceAll('/', '-') : `folder-${contentHash(path)}`;
}

/** Three quarters of the memory limit for the heap, so that V8 collects before the kernel kills. */
function heapLimit(revision: ApiRevision): k8s.EnvVar[] {
  const bytes = parseQuantity(revision.resources?.limits?.memory ?? '');
  if (bytes === undefined || 'NODE_OPTIONS' in (revision.config ?? {})) return [];
  return [{ name: 'NODE_OPTIONS', value: `--max-old-space-size=${Math.floor((bytes * 0.75) / 2 ** 20)}` }];
}
