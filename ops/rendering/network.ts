import type { Manifest } from '../../lib/manifests';
import { canonicalText } from './canonical';
import type { Rendering } from './rendering';
import { type LabelSelector, matches } from '../../lib/kubernetes/selection';
import type { Workload } from './workloads';

export type Direction = 'Ingress' | 'Egress';

/** Something that policies let pods do: one peer on one port. `any` stands for every one. */
export interface Flow {
  readonly peer: string;
  /** Number or name of the port. */
  readonly port: string;
  readonly protocol: string;
}

interface PolicyRule {
  readonly from?: readonly object[];
  readonly to?: readonly object[];
  readonly ports?: readonly {
    readonly port?: number | string;
    readonly endPort?: number;
    readonly protocol?: string;
  }[];
}

const ANY = 'any';
const EVERYTHING: Flow = { peer: ANY, port: ANY, protocol: ANY };

/** The policies that apply to the pods of a workload, in one direction. */
export function policiesOf(
  rendering: Rendering,
  { namespace, labels }: Pick<Workload, 'namespace' | 'labels'>,
  direction: Direction,
): Manifest[] {
  return rendering
    .ofKind('NetworkPolicy')
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace &&
        matches(spec?.podSelector as LabelSelector | undefined, labels) &&
        directionsOf(spec).includes(direction),
    );
}

/** Where nothing is said, a policy is about incoming connections, and about outgoing ones where it has rules for them. */
function directionsOf(spec: Manifest['spec']): readonly string[] {
  return spec?.policyTypes ?? (spec?.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress']);
}

/** What the pods of a workload may do. Where no policy applies, everything. */
export function flowsOf(
  rendering: Rendering,
  workload: Pick<Workload, 'namespace' | 'labels'>,
  direction: Direction,
): Flow[] {
  const policies = policiesOf(rendering, workload, direction);
  if (policies.length === 0) return [EVERYTHING];
  const rules = policies.flatMap(
    ({ spec }) => (spec?.[direction === 'Ingress' ? 'ingress' : 'egress'] ?? []) as PolicyRule[],
  );
  const flows = rules.flatMap((rule) => {
    const peers = (direction === 'Ingress' ? rule.from : rule.to) ?? [];
    const ports = rule.ports ?? [];
    return (peers.length === 0 ? [ANY] : peers.map(peerOf)).flatMap((peer) =>
      ports.length === 0
        ? [{ peer, port: ANY, protocol: ANY }]
        : ports.map(({ port, endPort, protocol = 'TCP' }): Flow => ({
            peer,
            port:
              port === undefined
                ? ANY
                : endPort === undefined
                  ? String(port)
                  : `${port}-${endPort}`,
            protocol,
          })),
    );
  });
  return [...new Map(flows.map((flow) => [JSON.stringify(flow), flow])).values()];
}

function peerOf(peer: object): string {
  const { ipBlock } = peer as { ipBlock?: { cidr?: string; except?: readonly string[] } };
  const everybody =
    Object.keys(peer).length === 0 ||
    (/^(0\.0\.0\.0|::)\/0$/.test(ipBlock?.cidr ?? '') && (ipBlock?.except ?? []).length === 0);
  return everybody ? ANY : canonicalText(peer);
}

/** Whether one of the flows lets through what another does. */
export function covers(flows: readonly Flow[], wanted: Flow): boolean {
  return flows.some(
    ({ peer, port, protocol }) =>
      [ANY, wanted.peer].includes(peer) &&
      [ANY, wanted.protocol].includes(protocol) &&
      ([ANY, wanted.port].includes(port) || inRange(port, wanted.port)),
  );
}

function inRange(range: string, port: string): boolean {
  const [from, to] = range.split('-').map(Number);
  return to !== undefined && Number(port) >= from! && Number(port) <= to;
}

/** For messages. */
export function flowText({ peer, port, protocol }: Flow): string {
  const who = peer === ANY ? 'everybody' : peer;
  return port === ANY ? `${who} on every port` : `${who} on ${port}/${protocol}`;
}
