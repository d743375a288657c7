import { parseQuantity } from '../../lib/quantity';
import type { Manifest } from '../../lib/manifests';

/**
 * Fields that Kubernetes fills in where they are left out. A plain value or a function of the object around it stands
 * for the field itself; an object or a list of one is gone into where the field is there.
 */
interface Defaults {
  readonly [field: string]: unknown;
}

const PROBE: Defaults = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  httpGet: { scheme: 'HTTP', path: '/' },
};
const KEY_REFERENCE: Defaults = { optional: false };
const CONTAINER: Defaults = {
  imagePullPolicy: ({ image }: { image?: unknown }) =>
    /:latest$|^[^:@]+$/.test(String(image)) ? 'Always' : 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ports: [{ protocol: 'TCP' }],
  env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' }, secretKeyRef: KEY_REFERENCE } }],
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
};
const POD: Defaults = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: true,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  containers: [CONTAINER],
  initContainers: [CONTAINER],
  volumes: [
    {
      configMap: { defaultMode: 0o644 },
      secret: { defaultMode: 0o644 },
      projected: { defaultMode: 0o644 },
    },
  ],
};
const TEMPLATE: Defaults = { spec: POD };
const JOB: Defaults = {
  backoffLimit: 6,
  completions: 1,
  parallelism: 1,
  completionMode: 'NonIndexed',
  suspend: false,
  manualSelector: false,
  podReplacementPolicy: 'TerminatingOrFailed',
  template: TEMPLATE,
};
const POLICY_RULE: Defaults = { ports: [{ protocol: 'TCP' }] };
const ROUTE_REFERENCE: Defaults = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };
const BACKEND: Defaults = { group: '', kind: 'Service', weight: 1 };

/** By kind: Kubernetes documents them in its API reference, the operators in their custom resource definitions. */
const DEFAULTS: { readonly [kind: string]: Defaults } = {
  Deployment: {
    spec: {
      minReadySeconds: 0,
      paused: false,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      template: TEMPLATE,
    },
  },
  StatefulSet: { spec: { podManagementPolicy: 'OrderedReady', replicas: 1, template: TEMPLATE } },
  DaemonSet: { spec: { minReadySeconds: 0, template: TEMPLATE } },
  Job: { spec: JOB },
  CronJob: {
    spec: {
      concurrencyPolicy: 'Allow',
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
      suspend: false,
      jobTemplate: { spec: JOB },
    },
  },
  Service: {
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      publishNotReadyAddresses: false,
      ports: [{ protocol: 'TCP', targetPort: ({ port }: { port?: unknown }) => port }],
    },
  },
  ConfigMap: { immutable: false },
  Secret: { immutable: false, type: 'Opaque' },
  ServiceAccount: { automountServiceAccountToken: true },
  NetworkPolicy: {
    spec: {
      policyTypes: ({ egress }: { egress?: unknown }) =>
        egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'],
      ingress: [POLICY_RULE],
      egress: [POLICY_RULE],
    },
  },
  HorizontalPodAutoscaler: { spec: { minReplicas: 1 } },
  PodDisruptionBudget: { spec: { unhealthyPodEvictionPolicy: 'IfHealthyBudget' } },
  ExternalSecret: {
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: 'SecretStore' },
      target: { creationPolicy: 'Owner', deletionPolicy: 'Retain', immutable: false },
      data: [
        {
          remoteRef: {
            conversionStrategy: 'Default',
            decodingStrategy: 'None',
            metadataPolicy: 'None',
          },
        },
      ],
    },
  },
  Certificate: { spec: { issuerRef: { kind: 'Issuer', group: 'cert-manager.io' } } },
  HTTPRoute: {
    spec: {
      parentRefs: [ROUTE_REFERENCE],
      rules: [{ backendRefs: [BACKEND], matches: [{ path: { type: 'PathPrefix', value: '/' } }] }],
    },
  },
};

/** Fields that say nothing where they are empty; an empty selector, or an empty list of rules, says much. */
const OMITTED = new Set([
  ...['labels', 'annotations', 'finalizers', 'ownerReferences', 'nodeSelector', 'tolerations'],
  ...['env', 'envFrom', 'ports', 'volumes', 'volumeMounts', 'initContainers', 'imagePullSecrets'],
  ...[
    'resources',
    'limits',
    'requests',
    'securityContext',
    'affinity',
    'hostAliases',
    'command',
    'args',
  ],
  ...['topologySpreadConstraints', 'readinessGates', 'dnsConfig', 'lifecycle', 'status'],
]);

/** Fields whose values are amounts, which may be written in several ways. */
const AMOUNTS = /^(cpu|memory|ephemeral-storage|storage|sizeLimit|averageValue|hugepages-.+)$/;

/**
 * An object as Kubernetes understands it: what is left out is what it defaults to, amounts have one form, and keys one order.
 * Two objects with the same canonical form are the same object, and applying one over the other changes nothing.
 */
export function canonical(object: Manifest): Manifest {
  const before = known.get(object);
  if (before) return before;
  const filled = withDefaults(object, DEFAULTS[object.kind] ?? {}) as Manifest;
  const found = ordered(filled, '') as Manifest;
  known.set(object, found);
  return found;
}

/** Objects are never changed once they are read. */
const known = new WeakMap<Manifest, Manifest>();

/** A part of an object in the canonical form, as text to compare. */
export function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const before = texts.get(value);
  if (before !== undefined) return before;
  const text = JSON.stringify(ordered(value, ''));
  texts.set(value, text);
  return text;
}

const texts = new WeakMap<object, string>();

function withDefaults(value: unknown, defaults: unknown): unknown {
  if (Array.isArray(value))
    return Array.isArray(defaults)
      ? value.map((entry) => withDefaults(entry, defaults[0]))
      : (value as unknown);
  if (!isRecord(value) || !isRecord(defaults)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [field, fallback] of Object.entries(defaults)) {
    const present = filled[field] !== undefined && filled[field] !== null;
    if (present) filled[field] = withDefaults(filled[field], fallback);
    else if (typeof fallback === 'function')
      filled[field] = (fallback as (around: object) => unknown)(value);
    else if (isPlainDefault(field, fallback)) filled[field] = fallback;
  }
  return filled;
}

/** Lists and objects say what is inside of them; `strategy` alone is there as a whole where it is left out. */
function isPlainDefault(field: string, fallback: unknown): boolean {
  return typeof fallback !== 'object' || field === 'strategy';
}

function ordered(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => ordered(entry, field));
  if (!isRecord(value))
    return AMOUNTS.test(field) && (typeof value === 'string' || typeof value === 'number')
      ? (parseQuantity(String(value)) ?? value)
      : value;
  const entries = Object.keys(value)
    .filter((key) => value[key] !== null && value[key] !== undefined)
    .filter((key) => !(OMITTED.has(key) && isEmpty(value[key])))
    .sort()
    .map((key) => [key, ordered(value[key], key)] as const);
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
