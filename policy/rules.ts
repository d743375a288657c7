import type { Manifest } from '../lib/manifests';
import { isSample } from '../lib/placeholder';
import { containersOf } from '../lib/kubernetes/pods';
import { routesIn } from '../lib/kubernetes/routes';
import { type Node, objectRule, podsOf, podsSelected, type Rule, siblings } from './check';
import { INGRESS_NGINX_PREFIX, ingressNginxAnnotations } from './ingress-annotations';
import { monitoringRules } from './rules-monitoring';

const CLUSTER_ISSUER = 'cert-manager.io/cluster-issuer';
const PLACEHOLDER = 'seda.fm/placeholder';
const WORKLOADS = ['Deployment', 'StatefulSet', 'Job', 'CronJob'];

/** What tells one object from another: the version of an API group does not. */
function identity({ apiVersion, kind, metadata }: Manifest): string {
  return [
    apiVersion.includes('/') ? apiVersion.split('/')[0] : '',
    kind,
    metadata.namespace ?? '',
    metadata.name,
  ].join(' ');
}

function named(name: string, objects: readonly Manifest[]): Manifest | undefined {
  return objects.find(({ metadata }) => metadata.name === name);
}

const names: readonly Rule[] = [
  objectRule('names are unique', [], (object, objects) => [
    objects.some((other) => other !== object && identity(other) === identity(object)) &&
      'exists twice',
  ]),
  objectRule('names have at most 63 characters', [], ({ metadata: { name } }) => [
    (name.length > 63 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) &&
      `has a name of ${name.length} characters that does not fit everywhere`,
  ]),
  objectRule('one Namespace holds everything', ['Namespace'], (namespace, objects) => [
    objects.filter(({ kind }) => kind === namespace.kind).length > 1 && 'is not the only one',
  ]),
];

const references: readonly Rule[] = [
  objectRule('volume claims exist', [], (object, objects) =>
    podsOf([object])
      .flatMap(({ spec }) => spec.volumes ?? [])
      .flatMap(({ persistentVolumeClaim }: Node) => persistentVolumeClaim?.claimName ?? [])
      .map(
        (claim) =>
          !named(claim, siblings(object, objects, 'PersistentVolumeClaim')) &&
          `claims ${claim}, which does not exist`,
      ),
  ),
  objectRule('mounts have volumes', [], (object) =>
    podsOf([object]).flatMap((pod) => {
      const volumes = (pod.spec.volumes ?? []).map(({ name }: Node) => name);
      const mounts: string[] = containersOf(pod.spec).flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map(({ name }: Node) => name),
      );
      return mounts.map(
        (name) => !volumes.includes(name) && `mounts ${name}, which is no volume of its pod`,
      );
    }),
  ),
  objectRule('budgets have pods', ['PodDisruptionBudget'], (budget, objects) => [
    podsSelected(budget, budget.spec.selector, objects).length === 0 && 'selects no pods',
  ]),
  objectRule('traffic leads to pods', ['Ingress', 'HTTPRoute'], (route, objects) =>
    routesIn(route).map(({ service: name, weight, headers }) => {
      // Testers find what is staged, or nothing.
      if (weight === 0 || headers.length > 0) return false;
      const service = named(name ?? '', siblings(route, objects, 'Service'));
      const pods = service
        ? podsSelected(service, { matchLabels: service.spec.selector }, objects)
        : [];
      return (
        service !== undefined &&
        pods.every(({ owner }) => owner.spec.replicas === 0) &&
        `leads to ${name}, which has no running pod`
      );
    }),
  ),
];

const ingress: readonly Rule[] = [
  objectRule('an Ingress names its class', ['Ingress'], ({ spec }) => [
    !spec.ingressClassName && 'has no class, so no controller may serve it',
  ]),
  objectRule('certificates are issued', ['Ingress'], (route, objects) =>
    (route.spec.tls ?? []).map(({ secretName, hosts }: Node) => {
      const annotated = siblings(route, objects, 'Ingress').filter(
        ({ metadata }) => metadata.annotations?.[CLUSTER_ISSUER] !== undefined,
      );
      const hostsOfIssuers: string[][] = [
        ...annotated
          .flatMap(({ spec }) => spec.tls ?? [])
          .flatMap((tls: Node) => (tls.secretName === secretName ? [tls.hosts] : [])),
        ...siblings(route, objects, 'Certificate').flatMap(({ spec }) =>
          spec.secretName === secretName ? [spec.dnsNames] : [],
        ),
      ];
      if (hostsOfIssuers.length !== 1)
        return `uses the certificate ${secretName}, which has ${hostsOfIssuers.length} issuers`;
      return (
        hosts.some((host: string) => !hostsOfIssuers[0]!.includes(host)) &&
        `uses the certificate ${secretName} for other hosts`
      );
    }),
  ),
  objectRule('ingress-nginx knows the annotations', [], ({ metadata }) =>
    Object.keys(metadata.annotations ?? {})
      .filter((key) => key.startsWith(INGRESS_NGINX_PREFIX))
      .map(
        (key) =>
          !ingressNginxAnnotations.has(key) &&
          `has the annotation ${key}, which ingress-nginx ignores`,
      ),
  ),
];

const placeholders: readonly Rule[] = [
  objectRule('placeholders are marked', WORKLOADS, (object, objects) => {
    const containers = podsOf([object]).flatMap((pod) => containersOf(pod.spec));
    const configMaps = siblings(object, objects, 'ConfigMap');
    const configs = containers
      .flatMap(({ envFrom = [] }) => envFrom)
      .map(({ configMapRef }: Node) => named(configMapRef?.name, configMaps));
    const samples = configs
      .flatMap((config) => Object.entries(config?.data ?? {}))
      .filter(([, value]) => isSample(value));
    const expected = [
      ...(containers.some(({ image }) => /@sha256:0{64}$/.test(image ?? '')) ? ['image'] : []),
      ...samples.map(([variable]) => variable),
    ];
    const marked = object.metadata.annotations?.[PLACEHOLDER]?.split(',') ?? [];
    return [
      ...expected.map(
        (what) => !marked.includes(what) && `has a placeholder for ${what} and does not say so`,
      ),
      ...marked.map((what) => !expected.includes(what) && `says that ${what} is a placeholder`),
    ];
  }),
];

/** What must hold between the objects of an environment and is in no linter's list. */
export const rules: readonly Rule[] = [
  ...names,
  ...references,
  ...ingress,
  ...monitoringRules,
  ...placeholders,
];
