import type { Manifest } from '../../../lib/manifests';
import { groupOf } from '../../../lib/kubernetes/identity';
import { containersOf } from '../../../lib/kubernetes/pods';
import { workloadOf } from '../../rendering/workloads';
import type { Rendering } from '../../rendering/rendering';
import { type Finding, finding, type Rule } from '../rule';
import { ingressFaults } from '../valid/ingress';
import { metadataFaults } from '../valid/metadata';
import { prometheusFaults } from '../valid/prometheus';
import { workloadFaults } from '../valid/workload';

/** The versions in which the kinds of Kubernetes itself are served; the schemas of all fields are the linters' part. */
const VERSIONS: { readonly [kind: string]: string } = {
  ConfigMap: 'v1',
  Namespace: 'v1',
  PersistentVolumeClaim: 'v1',
  Pod: 'v1',
  Secret: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  DaemonSet: 'apps/v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  CronJob: 'batch/v1',
  Job: 'batch/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  Ingress: 'networking.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
};

/** Numbers of which a text is refused by the API server. */
const NUMBERS = ['replicas', 'minReplicas', 'maxReplicas', 'backoffLimit', 'minReadySeconds'];

/** What the API server refuses stops a sync half way, after the waves before it. */
export const malformed: Rule = {
  name: 'malformed',
  protects:
    'Labels, annotations, settings and variables are texts, numbers, ports and times are what they must be, and the version of a kind is one that Kubernetes serves.',
  overridable: false,
  refuse: ({ differences, next }) =>
    [
      ...new Set(
        differences.filter(({ change }) => change !== 'removed').map(({ object }) => object),
      ),
    ].flatMap((object) => faultsOf(next, object)),
};

function faultsOf(next: Rendering, object: Manifest): Finding[] {
  const { apiVersion, kind, metadata, spec, data } = object;
  const expected = VERSIONS[kind];
  const own = groupOf(expected ?? '');
  const { pod, labels } = workloadOf(next, object);
  const texts: readonly [string, unknown][] = [
    ['metadata.labels', metadata.labels],
    ['metadata.annotations', metadata.annotations],
    ['the labels of its pods', labels],
    ['spec.selector', kind === 'Service' ? spec?.selector : spec?.selector?.matchLabels],
    ...(['ConfigMap', 'Secret'].includes(kind) ? [['data', data] as [string, unknown]] : []),
    ...containersOf(pod).map(({ name, env = [] }): [string, unknown] => [
      `the variables of ${name}`,
      Object.fromEntries(env.map((variable) => [variable.name, variable.value])),
    ]),
  ];
  const wrong = texts.flatMap(([where, map]) =>
    Object.entries((map ?? {}) as Record<string, unknown>)
      .filter(([, value]) => value !== undefined && value !== null && typeof value !== 'string')
      .map(
        ([key, value]) =>
          `${key} in ${where} is ${JSON.stringify(value)}, expected a text in quotes`,
      ),
  );
  const numbers = NUMBERS.filter((field) => typeof spec?.[field] === 'string').map(
    (field) => `spec.${field} is the text ${JSON.stringify(spec[field])}, expected a number`,
  );
  const version =
    expected === undefined || apiVersion === expected || groupOf(apiVersion) !== own
      ? []
      : [`${apiVersion} has no ${kind}, expected ${expected}`];
  const foreign =
    expected !== undefined && own !== groupOf(apiVersion) && !groupOf(apiVersion).includes('.')
      ? [`${apiVersion} has no ${kind}, expected ${expected}`]
      : [];
  const names = [metadata.name, metadata.namespace].filter(
    (name) => name !== undefined && !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(String(name)),
  );
  const unnamed = names.map(
    (name) =>
      `${JSON.stringify(name)} is no name, expected lower-case letters, digits, "-" and "."`,
  );
  const others = [
    metadataFaults,
    workloadFaults,
    ingressFaults,
    portFaults,
    prometheusFaults,
    identityFaults,
    storeFaults,
    reservedFaults,
  ].flatMap((faults) => faults(object));
  return [...wrong, ...numbers, ...version, ...foreign, ...unnamed, ...others].map((reason) =>
    finding(object, reason, 'render it again: seda synth'),
  );
}

/** What the API server refuses of the ports of a Service. */
function portFaults({ kind, spec }: Manifest): string[] {
  if (kind !== 'Service') return [];
  const ports = (spec?.ports ?? []) as { name?: string; port?: unknown; nodePort?: unknown }[];
  const names = ports.map(({ name }) => name);
  return ports.flatMap(({ name, port, nodePort }) => [
    ...(Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535
      ? []
      : [`the port ${JSON.stringify(port)} is none, expected 1 to 65535`]),
    ...(isPortName(name) || (name === undefined && ports.length === 1)
      ? []
      : [
          `a port is called ${JSON.stringify(name)}, expected a name of lower-case letters and digits`,
        ]),
    ...(nodePort !== undefined && (spec?.type ?? 'ClusterIP') === 'ClusterIP'
      ? ['it has a nodePort, which a Service of the type ClusterIP cannot have']
      : []),
    ...(names.filter((other) => other === name).length > 1
      ? [`two ports are called ${JSON.stringify(name)}`]
      : []),
  ]);
}

function isPortName(name: string | undefined): boolean {
  return name !== undefined && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

/** With this annotation the API server makes no pod that reads a Secret which its ServiceAccount does not list. */
const LISTED = 'kubernetes.io/enforce-mountable-secrets';

function identityFaults({ kind, metadata, secrets = [] }: Manifest): string[] {
  return kind === 'ServiceAccount' &&
    metadata.annotations?.[LISTED] === 'true' &&
    secrets.length === 0
    ? [`${LISTED} keeps every pod that reads a Secret from starting`]
    : [];
}

const GO_DURATION = /^0$|^(\d+(\.\d+)?(h|m|s|ms))+$/;

/** What the External Secrets Operator cannot read, so that pods go on with old values or never start. */
function storeFaults({ kind, spec }: Manifest): string[] {
  if (kind !== 'ExternalSecret') return [];
  const { refreshInterval, data = [] } = (spec ?? {}) as {
    refreshInterval?: unknown;
    data?: readonly { secretKey?: string; remoteRef?: { key?: string } }[];
  };
  return [
    ...(refreshInterval === undefined || GO_DURATION.test(String(refreshInterval))
      ? []
      : [`refreshInterval is ${JSON.stringify(refreshInterval)}, expected a time such as 1h`]),
    ...data.flatMap(({ secretKey = '', remoteRef }) => [
      ...(/^[-._a-zA-Z0-9]+$/.test(secretKey)
        ? []
        : [`${JSON.stringify(secretKey)} is no key of a Secret`]),
      ...((remoteRef?.key ?? '').split('/').includes('..')
        ? [`${remoteRef!.key} leads out of its folder of the store`]
        : []),
    ]),
  ];
}

/** What Kubernetes itself writes into every namespace. */
function reservedFaults({ kind, metadata }: Manifest): string[] {
  return kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt'
    ? ['it takes the place of the certificates by which pods know the API server']
    : [];
}
