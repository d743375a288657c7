import type { Manifest } from '../../../lib/manifests';
import { groupOf } from '../../../lib/kubernetes/identity';
import { containersOf } from '../../../lib/kubernetes/pods';
import { workloadOf } from '../../rendering/workloads';
import type { Rendering } from '../../rendering/rendering';
import { type Finding, finding, type Rule } from '../rule';

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
    'Labels, annotations, settings and variables are texts, numbers are numbers, and the version of a kind is one that Kubernetes serves.',
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
  return [...wrong, ...numbers, ...version, ...foreign, ...unnamed].map((reason) =>
    finding(object, reason, 'render it again: seda synth'),
  );
}
