import type { Manifest } from '../lib/manifests';
import { routesIn } from '../lib/kubernetes/routes';
import { matches } from '../lib/kubernetes/selection';
import {
  type Check,
  type Node,
  objectCheck,
  type Pod,
  podsOf,
  podsSelected,
  siblings,
} from './check';

const BOTH = ['Egress', 'Ingress'];

/** Ingress annotations that put text or addresses of their own into the controller's configuration. */
const RISKY_ANNOTATION =
  /(-snippet|\/auth-url|\/auth-signin|\/auth-tls-error-page|\/mirror-target|\/mirror-host)$/;

function isDefaultDeny({ kind, spec }: Manifest): boolean {
  return (
    kind === 'NetworkPolicy' &&
    isEverything(spec.podSelector) &&
    coversBoth(spec) &&
    !spec.ingress?.length &&
    !spec.egress?.length
  );
}

function isEverything(selector: Node): boolean {
  return Object.keys(selector ?? {}).length === 0;
}

function coversBoth(spec: Node): boolean {
  return BOTH.every((type) => spec.policyTypes?.includes(type));
}

/** Selectors by which a policy names pods of its own namespace. */
function peersOf({ ingress, egress }: Node): Node[] {
  return [
    ...(ingress ?? []).flatMap(({ from = [] }: Node) => from),
    ...(egress ?? []).flatMap(({ to = [] }: Node) => to),
  ]
    .filter(
      ({ namespaceSelector, podSelector }) =>
        podSelector && !namespaceSelector && !isEverything(podSelector),
    )
    .map(({ podSelector }) => podSelector);
}

const services: readonly Check[] = [
  objectCheck(49, 'Service with pods', ['Service'], (service, objects) => {
    const { type, selector, externalIPs } = service.spec;
    return [
      (isEverything(selector) ||
        podsSelected(service, { matchLabels: selector }, objects).length === 0) &&
        'selects no pods',
      type !== 'ClusterIP' && `is of the type ${type}`,
      externalIPs !== undefined && 'has external addresses',
    ];
  }),
  objectCheck(50, 'routes lead to Services', ['Ingress', 'HTTPRoute'], (route, objects) =>
    routesIn(route).map(({ service: name, port }) => {
      if (name === undefined) return false;
      const service = siblings(route, objects, 'Service').find(
        ({ metadata }) => metadata.name === name,
      );
      const open = service?.spec.ports.some(
        (candidate: Node) => candidate.name === port || String(candidate.port) === port,
      );
      return !open && `leads to ${name}:${port}, which does not exist`;
    }),
  ),
  objectCheck(51, 'TLS and no snippets', ['Ingress'], ({ metadata, spec }) => {
    const covered = (spec.tls ?? []).flatMap(({ hosts = [] }: Node) => hosts);
    return [
      ...(spec.rules ?? []).map(
        ({ host }: Node) => !covered.includes(host) && `serves ${host ?? 'every host'} without TLS`,
      ),
      ...Object.keys(metadata.annotations ?? {}).map(
        (key) => RISKY_ANNOTATION.test(key) && `has the annotation ${key}`,
      ),
    ];
  }),
  objectCheck(53, 'monitor of one Service', ['ServiceMonitor'], (monitor, objects) => {
    const found = siblings(monitor, objects, 'Service').filter(({ metadata }) =>
      matches(monitor.spec.selector, metadata.labels ?? {}),
    );
    const names = found[0]?.spec.ports.map(({ name }: Node) => name) ?? [];
    return [
      found.length !== 1 && `selects ${found.length} Services`,
      ...monitor.spec.endpoints.map(
        ({ port }: Node) =>
          found.length === 1 &&
          !names.includes(port) &&
          `scrapes port ${port}, which the Service does not name`,
      ),
    ];
  }),
  objectCheck(
    68,
    'nothing is open to the outside',
    ['Ingress', 'HTTPRoute', 'Gateway', 'Service'],
    ({ kind, spec }) => [
      kind === 'Service'
        ? ['LoadBalancer', 'NodePort'].includes(spec.type) && `is of the type ${spec.type}`
        : 'takes requests from outside the cluster',
    ],
  ),
];

const policies: readonly Check[] = [
  objectCheck(52, 'network policies', [], (object, objects) => [
    ...podsOf([object]).flatMap((pod) => isolationProblems(pod, objects)),
    ...(object.kind === 'NetworkPolicy' ? policyProblems(object, objects) : []),
  ]),
];

function isolationProblems(pod: Pod, objects: readonly Manifest[]): (string | false)[] {
  const all = siblings(pod.owner, objects, 'NetworkPolicy');
  // An empty colour gets its policies with its pods, and until then the namespace denies by default.
  const empty = pod.owner.kind === 'Deployment' && pod.owner.spec.replicas === 0;
  const own = all.filter(
    ({ spec }) => !isEverything(spec.podSelector) && matches(spec.podSelector, pod.labels),
  );
  return [
    !all.some(isDefaultDeny) && 'is in a namespace that does not deny by default',
    own.length === 0 && !empty && 'has no policy of its own',
    own.some(({ spec }) => !coversBoth(spec)) && 'has a policy for one direction only',
    own.length > 0 && own.every(({ spec }) => !spec.ingress?.length) && 'may be called by nobody',
    own.length > 0 && own.every(({ spec }) => !spec.egress?.length) && 'may call nobody',
  ];
}

function policyProblems(policy: Manifest, objects: readonly Manifest[]): (string | false)[] {
  const { podSelector } = policy.spec;
  const nobody = (selector: Node) => podsSelected(policy, selector, objects).length === 0;
  return [
    nobody(podSelector) && 'selects no pods',
    // Polaris takes a policy for missing when two labels of a pod match it.
    Object.keys(podSelector.matchLabels ?? {}).length > 1 && 'selects by more than one label',
    ...peersOf(policy.spec).map(
      (peer) =>
        nobody(peer) && `names pods with ${JSON.stringify(peer.matchLabels)}, which do not exist`,
    ),
  ];
}

/** Who can reach what. */
export const networkChecks: readonly Check[] = [...services, ...policies];
