import { Construct } from 'constructs';
import { checkLabels, checkName, checkPort, checkUnique, fault } from './checks';
import { k8s } from './k8s';
import { Labels, recommendedLabels } from './labels';

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
   * Address ranges, where they are known.
   * @default - every address but the cloud's metadata service
   */
  readonly cidrs?: readonly string[];
}

/** Who may call the API, by the namespace that they run in. */
export interface ApiNetworkProps {
  /** Name of the application; pods with `app: <name>` are the API. */
  readonly name: string;
  readonly port: number;
  /**
   * Namespaces whose pods may call the API, e.g. those of the ingress controller and of Prometheus.
   * @default - nobody
   */
  readonly clientNamespaces?: readonly string[];
  /**
   * What the API may call, besides DNS.
   * @default - nothing
   */
  readonly egress?: readonly Egress[];
  /**
   * What the migration Job may call, besides DNS; no policy where it is absent.
   * @default - there is no migration
   */
  readonly migrationEgress?: readonly Egress[];
  /**
   * Admit the gate: pods with `app: <name>-gate` that ask every API pod for its health.
   * @default false
   */
  readonly gate?: boolean;
}

const EVERYWHERE = '0.0.0.0/0';

/** The link-local address where clouds hand out credentials. */
const METADATA_SERVICE = '169.254.169.254';
const CIDR = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?=\d)|(?=\/))){4}\/(3[0-2]|[12]?\d)$/;

/** NetworkPolicies: nothing may talk to anything, except exactly what the API needs. */
export class ApiNetwork extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ApiNetworkProps,
  ) {
    super(scope, id);
    const { name, port, clientNamespaces = [], egress = [], migrationEgress, gate = false } = props;
    this.node.addValidation({
      validate: () => [
        ...clientNamespaces.flatMap((client) => checkName('clientNamespaces', client)),
        ...checkUnique('clientNamespaces', clientNamespaces),
        ...egress.flatMap(egressFaults),
        ...checkUnique(
          'egress',
          egress.map((entry) => entry.name),
        ),
      ],
    });

    new k8s.KubeNetworkPolicy(this, 'default-deny', {
      metadata: { name: `${name}-default-deny`, labels: this.labels() },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    const callers = [
      ...clientNamespaces.map(namespacePeer),
      ...(gate ? [{ podSelector: { matchLabels: { app: `${name}-gate` } } }] : []),
    ];
    this.policy(
      'api',
      name,
      egress,
      callers.length === 0 ? [] : [{ from: callers, ports: [tcp(port)] }],
    );
    if (migrationEgress) this.policy('migrate', `${name}-migrate`, migrationEgress, []);
    if (gate)
      this.policy(
        'gate',
        `${name}-gate`,
        [{ name: 'api', ports: [port], podLabels: { app: name } }],
        [],
      );
  }

  /** Selects by one label: some linters read several as alternatives. */
  private policy(
    id: string,
    app: string,
    egress: readonly Egress[],
    ingress: k8s.NetworkPolicyIngressRule[],
  ): void {
    new k8s.KubeNetworkPolicy(this, id, {
      metadata: { name: app, labels: this.labels() },
      spec: {
        podSelector: { matchLabels: { app } },
        policyTypes: ['Ingress', 'Egress'],
        // An empty list is the same as none, and the API server drops it: every apply would find a difference.
        ...(ingress.length > 0 ? { ingress } : {}),
        egress: [dns(), ...egress.map(egressRule)],
      },
    });
  }

  private labels(): Labels {
    return recommendedLabels({
      name: this.props.name,
      instance: this.props.name,
      component: 'network',
    });
  }
}

function egressRule(egress: Egress): k8s.NetworkPolicyEgressRule {
  return { to: destinations(egress), ports: egress.ports.map(tcp) };
}

function destinations({
  podLabels,
  namespace,
  cidrs = [EVERYWHERE],
}: Egress): k8s.NetworkPolicyPeer[] {
  if (podLabels) return [{ podSelector: { matchLabels: { ...podLabels } } }];
  if (namespace !== undefined) return [namespacePeer(namespace)];
  return cidrs.map((cidr) => ({
    ipBlock: includes(cidr, METADATA_SERVICE)
      ? { cidr, except: [`${METADATA_SERVICE}/32`] }
      : { cidr },
  }));
}

/** True when a range has an address in it; a range of that address alone was asked for by name. */
function includes(cidr: string, address: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const number = (dotted: string) =>
    dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return size > 1 && Math.floor(number(base) / size) === Math.floor(number(address) / size);
}

/** Every pod of a namespace. */
export function namespacePeer(name: string): k8s.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

function dns(): k8s.NetworkPolicyEgressRule {
  const port = k8s.IntOrString.fromNumber(53);
  return {
    to: [
      { ...namespacePeer('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
    ],
    ports: [
      { port, protocol: 'UDP' },
      { port, protocol: 'TCP' },
    ],
  };
}

function tcp(port: number): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' };
}

function egressFaults(egress: Egress): string[] {
  const at = `egress.${egress.name}`;
  const faults = [
    ...egress.ports.flatMap((port) => checkPort(`${at}.ports`, port)),
    ...checkUnique(`${at}.ports`, egress.ports),
    ...checkUnique(`${at}.cidrs`, egress.cidrs ?? []),
  ];
  if (egress.ports.length === 0)
    faults.push(
      fault(`${at}.ports`, 'is empty', [], 'at least one port', 'name the port or drop the entry'),
    );
  faults.push(
    ...checkLabels(`${at}.podLabels`, egress.podLabels ?? {}),
    ...(egress.namespace === undefined ? [] : checkName(`${at}.namespace`, egress.namespace)),
  );
  if (egress.cidrs?.length === 0)
    faults.push(
      fault(
        `${at}.cidrs`,
        'is empty',
        [],
        'at least one range, because none means every address',
        'name the range or drop the list',
      ),
    );
  for (const cidr of egress.cidrs ?? []) {
    if (!CIDR.test(cidr))
      faults.push(
        fault(
          `${at}.cidrs`,
          'is not an address range',
          cidr,
          'an IPv4 range such as 10.0.0.0/8',
          'correct it',
        ),
      );
  }
  return faults;
}
