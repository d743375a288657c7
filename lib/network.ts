import { Construct } from 'constructs';
import { EVERYWHERE, type IpFamily, metadataServicesIn } from './address-range';
import { setOwner } from './bundle';
import { k8s } from './k8s';
import { type Colour, Labels, recommendedLabels } from './labels';
import { networkFaults } from './network-checks';

/** A destination that pods may open connections to. */
export interface Egress {
  /** What it is: `supabase`, `redis`; a migration Job may call `database` and nothing else. */
  readonly name: string;
  /** TCP ports, e.g. `[5432]`. */
  readonly ports: readonly number[];
  /**
   * Pods of the same namespace.
   * @default - addresses outside the cluster
   */
  readonly podLabels?: Labels;
  /**
   * Every pod of another namespace of the cluster.
   * @default - addresses outside the cluster
   */
  readonly namespace?: string;
  /**
   * Address ranges of either family, where they are known, for example `10.0.0.0/8` or `fd00::/8`. A metadata
   * service of the cloud is left out of a range, unless the range is its address alone.
   * @default - every address of `ipFamilies`
   */
  readonly cidrs?: readonly string[];
}

/** A name server that pods may ask, over UDP and TCP: by its pods or by its addresses. */
export interface DnsPeer {
  /**
   * Namespace of its pods.
   * @default - it is named by `cidr`
   */
  readonly namespace?: string;
  /**
   * Labels of its pods in that namespace.
   * @default - every pod of the namespace
   */
  readonly podLabels?: Labels;
  /**
   * Its address range, for example `169.254.20.10/32` of NodeLocal DNS, which has no pod address.
   * @default - it is named by `namespace`
   */
  readonly cidr?: string;
  /**
   * Port that it listens on. A policy sees the port of the pod, which is 5353 on OpenShift.
   * @default 53
   */
  readonly port?: number;
}

/** CoreDNS or kube-dns, as every common distribution runs it. */
export const KUBE_DNS: DnsPeer = {
  namespace: 'kube-system',
  podLabels: { 'k8s-app': 'kube-dns' },
};

/** One Deployment's pods and the Jobs beside them. */
export interface NetworkedPods {
  /**
   * Their colour, whose policies are its own, so that what serves keeps what it was staged with.
   * @default - one workload without colours
   */
  readonly colour?: Colour;
  /**
   * There is a gate, pods with `app: <name>-gate`, which asks the pods.
   * @default false
   */
  readonly gate?: boolean;
  /**
   * There may be a migration Job, pods with `app: <name>-migrate`.
   * @default false
   */
  readonly migrates?: boolean;
}

/** Whose pods there are, and whom they may talk to. */
export interface ApiNetworkProps {
  /** Name of the application; pods with `app: <name>` are the API. */
  readonly name: string;
  readonly port: number;
  /** What has pods. */
  readonly pods: readonly NetworkedPods[];
  /**
   * Namespaces whose pods may call the API, e.g. those of the ingress controller and of Prometheus.
   * @default - nobody
   */
  readonly clientNamespaces?: readonly string[];
  /**
   * Pods of the same namespace that may call the API, by their labels.
   * @default - none
   */
  readonly clientPods?: readonly Labels[];
  /**
   * Name servers that the pods may ask.
   * @default [KUBE_DNS]
   */
  readonly dnsPeers?: readonly DnsPeer[];
  /**
   * Families of the addresses outside the cluster.
   * @default ['IPv4']
   */
  readonly ipFamilies?: readonly IpFamily[];
  /**
   * Close the namespace for every other pod in it as well.
   * @default true
   */
  readonly defaultDeny?: boolean;
  /**
   * What the API may call, besides DNS; a migration Job may call `database` alone.
   * @default - nothing
   */
  readonly egress?: readonly Egress[];
}

/** The one egress of a migration Job. */
export const DATABASE = 'database';

/** NetworkPolicies: nothing may talk to anything, except exactly what the API needs. */
export class ApiNetwork extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ApiNetworkProps,
  ) {
    super(scope, id);
    const { name, pods, defaultDeny = true } = props;
    this.node.addValidation({ validate: () => networkFaults(props) });

    if (defaultDeny)
      new k8s.KubeNetworkPolicy(this, 'default-deny', {
        metadata: { name: `${name}-default-deny`, labels: this.labels(name) },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      });
    for (const one of pods) this.policies(one);
  }

  private policies({ colour, gate = false, migrates = false }: NetworkedPods): void {
    const { name, port, egress = [], clientNamespaces = [], clientPods = [] } = this.props;
    const of: Labels = colour === undefined ? {} : { version: colour };
    const callers = [
      ...clientNamespaces.map(namespacePeer),
      ...clientPods.map(podPeer),
      ...(gate ? [podPeer({ app: `${name}-gate`, ...of })] : []),
    ];
    const ingress = callers.length === 0 ? [] : [{ from: callers, ports: [tcp(port)] }];
    this.policy('api', colour, egress, ingress);
    const database = egress.filter((one) => one.name === DATABASE);
    if (migrates) this.policy('migrate', colour, database, []);
    const asked = { name: 'api', ports: [port], podLabels: { app: name, ...of } };
    if (gate) this.policy('gate', colour, [asked], []);
  }

  /** Selects by one label, and a colour by an expression: some linters read several labels as alternatives. */
  private policy(
    part: 'api' | 'migrate' | 'gate',
    colour: Colour | undefined,
    egress: readonly Egress[],
    ingress: k8s.NetworkPolicyIngressRule[],
  ): void {
    const { dnsPeers = [KUBE_DNS], ipFamilies = ['IPv4'] } = this.props;
    const everywhere = ipFamilies.flatMap((family) => EVERYWHERE[family] ?? []);
    const { name } = this.props;
    const suffix = part === 'api' ? '' : `-${part}`;
    const instance = colour === undefined ? name : `${name}-${colour}`;
    const policy = new k8s.KubeNetworkPolicy(
      this,
      colour === undefined ? part : `${colour}-${part}`,
      {
        metadata: { name: `${instance}${suffix}`, labels: this.labels(instance) },
        spec: {
          podSelector: {
            matchLabels: { app: `${name}${suffix}` },
            ...(colour === undefined
              ? {}
              : { matchExpressions: [{ key: 'version', operator: 'In', values: [colour] }] }),
          },
          policyTypes: ['Ingress', 'Egress'],
          // An empty list is the same as none, and the API server drops it: every apply would find a difference.
          ...(ingress.length > 0 ? { ingress } : {}),
          egress: [
            ...dnsPeers.map(dnsRule),
            ...egress.map((one) => ({
              to: destinations(one, everywhere),
              ports: one.ports.map(tcp),
            })),
          ],
        },
      },
    );
    if (colour !== undefined) setOwner(policy, colour);
  }

  private labels(instance: string): Labels {
    return recommendedLabels({ name: this.props.name, instance, component: 'network' });
  }
}

function destinations(
  { podLabels, namespace, cidrs }: Egress,
  everywhere: readonly string[],
): k8s.NetworkPolicyPeer[] {
  if (podLabels) return [podPeer(podLabels)];
  if (namespace !== undefined) return [namespacePeer(namespace)];
  return (cidrs ?? everywhere).map((cidr) => {
    const except = metadataServicesIn(cidr);
    return { ipBlock: except.length > 0 ? { cidr, except } : { cidr } };
  });
}

function podPeer(labels: Labels): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels: { ...labels } } };
}

/** Every pod of a namespace. */
export function namespacePeer(name: string): k8s.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

function dnsRule({ namespace, podLabels, cidr, port = 53 }: DnsPeer): k8s.NetworkPolicyEgressRule {
  const number = k8s.IntOrString.fromNumber(port);
  const pods = podLabels === undefined ? {} : podPeer(podLabels);
  return {
    to: [
      namespace === undefined
        ? { ipBlock: { cidr: cidr ?? '' } }
        : { ...namespacePeer(namespace), ...pods },
    ],
    ports: [
      { port: number, protocol: 'UDP' },
      { port: number, protocol: 'TCP' },
    ],
  };
}

function tcp(port: number): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' };
}
