import type { Manifest } from '../../lib/manifests';
import type { Need } from './needs';
import { type Labels, namespaceOf, selects } from './objects';
import { labelsOf, portOf } from './pods';
import { endpoints } from './services';
import { find, ofKind, type Pods, type State } from './state';

/** One end of a connection: a pod, or an address outside the cluster. */
type End =
  | {
      readonly namespace: string;
      readonly labels: Labels;
      readonly template?: Manifest['template'];
    }
  | { readonly outside: string };

/** An address of nobody, for everything whose address nobody knows. */
const SOMEWHERE = [203, 0, 113, 10];

/** The pods of a Deployment as an end of a connection. */
export function endOf({ namespace, template }: Pick<Pods, 'namespace' | 'template'>): End {
  return { namespace, labels: labelsOf(template), template };
}

/** Whether pods get to what they need. */
export function reaches(state: State, pods: Pods, { port, protocol, to }: Need): boolean {
  const from = endOf(pods);
  if ('outside' in to) return isOpen(state, from, to, port, protocol);
  if ('labels' in to) return isOpen(state, from, to, port, protocol);
  const found = endpoints(state, to.namespace, to.service, port);
  if ('problem' in found) return false;
  return (
    found.behind.some(({ pods: { ready } }) => ready > 0) &&
    found.behind.every((one) => isOpen(state, from, endOf(one.pods), one.port, protocol))
  );
}

/** Whether the policies of both ends let a connection through. */
export function isOpen(
  state: State,
  from: End,
  to: End,
  port: number,
  protocol: 'TCP' | 'UDP' = 'TCP',
): boolean {
  return (
    admits(state, 'egress', from, to, to, port, protocol) &&
    admits(state, 'ingress', to, from, to, port, protocol)
  );
}

/** Whether the policies that select one end admit the other. Where none selects it, everything is open. */
function admits(
  state: State,
  direction: 'ingress' | 'egress',
  subject: End,
  peer: End,
  target: End,
  port: number,
  protocol: string,
): boolean {
  if ('outside' in subject) return true;
  const policies = ofKind(state, 'NetworkPolicy').filter(
    (policy) =>
      namespaceOf(policy) === subject.namespace &&
      selects(policy.spec?.podSelector, subject.labels) &&
      directionsOf(policy).includes(direction),
  );
  return (
    policies.length === 0 ||
    policies.some((policy) =>
      (policy.spec?.[direction] ?? []).some(
        (rule: Manifest['rule']) =>
          isPeer(state, rule[direction === 'egress' ? 'to' : 'from'], peer, subject.namespace) &&
          isPort(rule.ports, target, port, protocol),
      ),
    )
  );
}

function directionsOf({ spec }: Manifest): string[] {
  const types: string[] = spec?.policyTypes ?? ['Ingress', ...(spec?.egress ? ['Egress'] : [])];
  return types.map((type) => type.toLowerCase());
}

function isPeer(
  state: State,
  peers: readonly Manifest['peer'][] | undefined,
  end: End,
  home: string,
): boolean {
  if (peers === undefined || peers.length === 0) return true;
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock !== undefined)
      return (
        'outside' in end &&
        contains(ipBlock.cidr) &&
        !(ipBlock.except ?? []).some((cidr: string) => contains(cidr))
      );
    if ('outside' in end) return false;
    const isThere =
      namespaceSelector === undefined
        ? end.namespace === home
        : selects(namespaceSelector, namespaceLabels(state, end.namespace));
    return isThere && (podSelector === undefined || selects(podSelector, end.labels));
  });
}

function namespaceLabels(state: State, name: string): Labels {
  return {
    ...find(state, 'Namespace', '', name)?.metadata.labels,
    'kubernetes.io/metadata.name': name,
  };
}

/** Whether a range has the address of nobody in it. */
function contains(cidr: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (match === null) return false;
  const [, ...parts] = match.map(Number);
  const bits = parts.pop()!;
  const number = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - bits);
  return Math.floor(number(parts) / size) === Math.floor(number(SOMEWHERE) / size);
}

function isPort(
  ports: readonly Manifest['port'][] | undefined,
  target: End,
  port: number,
  protocol: string,
): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some((one) => {
    if ((one.protocol ?? 'TCP') !== protocol) return false;
    if (one.port === undefined) return true;
    const template = 'template' in target ? target.template : undefined;
    const first = typeof one.port === 'string' ? template && portOf(template, one.port) : one.port;
    return first !== undefined && first <= port && port <= (one.endPort ?? first);
  });
}
