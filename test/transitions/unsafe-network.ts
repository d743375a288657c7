import { ofKind, type Unsafe } from './transition';
import { adds, all, editsPolicies, removes, setIn, type Thing } from './tree';
import { rerenders, stages } from './world';

const POD = (version: string) => ({ app: 'seda-api', version });
const GATE = { app: 'seda-api-gate', version: 'blue' };
const MIGRATE = { app: 'seda-api-migrate', version: 'blue' };

/** The policies of the pods of a colour. */
const reach = (version: string, change: (policy: Thing) => void) =>
  editsPolicies('production', POD(version), change);

const ports = (rule: Thing): number[] => (rule.ports ?? []).map(({ port }: Thing) => port);

/** No connection to a port any more. */
const without = (port: number) => (policy: Thing) => {
  policy.spec.egress = policy.spec.egress.filter((rule: Thing) => !ports(rule).includes(port));
};

const egressTo = (policy: Thing, port: number): Thing =>
  policy.spec.egress.find((rule: Thing) => ports(rule).includes(port));

export const NETWORK = ofKind<Unsafe>('settings cut off what serves', [
  {
    name: 'the policy of the serving pods loses the port of the database',
    breaks: 3,
    from: 'promoted',
    why: 'in wave -30 every query of the serving pods times out',
    change: reach('blue', without(5432)),
  },
  {
    name: 'the policy of the serving pods loses the port of Redis',
    breaks: 3,
    from: 'rich: promoted',
    why: 'the serving pods have REDIS_URL and go on calling it',
    change: reach('blue', without(6380)),
  },
  {
    name: 'the policy of the serving pods loses the port of traces',
    breaks: 3,
    from: 'serving',
    why: 'the exporter of the serving pods blocks, and no trace of an incident arrives',
    change: reach('green', without(4318)),
  },
  {
    name: 'the policy of the serving pods loses DNS',
    breaks: 3,
    from: 'promoted',
    why: 'no name is resolved any more, so neither the database nor Supabase is found',
    change: reach('blue', without(53)),
  },
  {
    name: 'DNS over TCP alone',
    breaks: 3,
    from: 'promoted',
    why: 'resolvers ask over UDP first and time out',
    change: reach('blue', (policy) => {
      egressTo(policy, 53).ports = [{ port: 53, protocol: 'TCP' }];
    }),
  },
  {
    name: 'DNS pods selected by a label that they do not have',
    breaks: 3,
    from: 'promoted',
    why: 'the rule matches no pod, so DNS is denied',
    change: reach('blue', (policy) => {
      setIn(egressTo(policy, 53), 'to 0 podSelector matchLabels', { 'k8s-app': 'coredns' });
    }),
  },
  {
    name: 'a typing error in the namespace of the ingress controller',
    breaks: 3,
    from: 'promoted',
    why: 'the controller may not connect: 502 for every request',
    change: reach('blue', (policy) => {
      const from = policy.spec.ingress[0].from;
      from[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'] = 'ingress-ngnix';
    }),
  },
  {
    name: 'the ingress controller is not admitted any more',
    breaks: 3,
    from: 'staged',
    why: 'the controller may not connect: 502 for every request',
    change: reach('green', (policy) => policy.spec.ingress[0].from.splice(0, 1)),
  },
  {
    name: 'the controller must have a label beside its namespace',
    breaks: 3,
    from: 'promoted',
    why: 'namespace and pod must match both, and no pod of the controller has that label',
    change: reach('blue', (policy) => {
      policy.spec.ingress[0].from[0].podSelector = { matchLabels: { app: 'gateway' } };
    }),
  },
  {
    name: 'Prometheus is not admitted any more',
    breaks: 3,
    from: 'promoted',
    why: 'nothing is measured and SedaApiDown pages while all is well',
    change: reach('blue', (policy) => policy.spec.ingress[0].from.splice(1, 1)),
  },
  {
    name: 'the gate is not admitted any more',
    breaks: 3,
    from: 'staged',
    why: 'the gate of the staged colour never opens, and no release can be promoted',
    change: reach('blue', (policy) => policy.spec.ingress[0].from.splice(2, 1)),
  },
  {
    name: 'another port is open for the controller',
    breaks: 3,
    from: 'promoted',
    why: 'the pods listen on 3001 and may be reached on 3000 alone',
    change: reach('blue', (policy) => {
      policy.spec.ingress[0].ports[0].port = 3000;
    }),
  },
  {
    name: 'the policy selects the idle colour alone',
    breaks: 3,
    from: 'promoted',
    why: 'for the serving pods default-deny alone is left',
    change: reach('blue', (policy) => {
      policy.spec.podSelector = { matchLabels: { app: 'seda-api', version: 'green' } };
    }),
  },
  {
    name: 'the policy excludes the serving colour by an expression',
    breaks: 3,
    from: 'promoted',
    why: 'for the serving pods default-deny alone is left',
    change: reach('blue', (policy) => {
      policy.spec.podSelector.matchExpressions = [
        { key: 'version', operator: 'NotIn', values: ['blue'] },
      ];
    }),
  },
  {
    name: 'the policy applies to what comes in alone',
    breaks: 3,
    from: 'promoted',
    why: 'its egress rules count no more, and default-deny denies the database',
    change: reach('blue', (policy) => {
      policy.spec.policyTypes = ['Ingress'];
    }),
  },
  {
    name: 'addresses outside are those of a private network',
    breaks: 3,
    from: 'promoted',
    why: 'Supabase has public addresses, so every token and file fails',
    change: reach('blue', (policy) => {
      egressTo(policy, 443).to[0].ipBlock = { cidr: '10.0.0.0/8' };
    }),
  },
  {
    name: 'all addresses are excepted',
    breaks: 3,
    from: 'promoted',
    why: 'the two halves of the internet are excepted, so the database is denied',
    change: reach('blue', (policy) => {
      egressTo(policy, 5432).to[0].ipBlock.except.push('0.0.0.0/1', '128.0.0.0/1');
    }),
  },
  {
    name: 'the database is a pod that is not there',
    breaks: 3,
    from: 'promoted',
    why: 'the managed database is outside the cluster and matches no podSelector',
    change: reach('blue', (policy) => {
      egressTo(policy, 5432).to = [{ podSelector: { matchLabels: { app: 'db' } } }];
    }),
  },
  {
    name: 'the policy of the pods selects nobody',
    breaks: 3,
    from: 'promoted',
    why: 'default-deny stays, so the serving pods neither hear nor reach anybody',
    change: reach('blue', (policy) => {
      policy.spec.podSelector = { matchLabels: { app: 'nobody' } };
    }),
  },
  {
    name: 'the policy of the migration loses the database',
    breaks: 3,
    from: 'arrived',
    why: 'the migration of what is staged times out, and the sync with it',
    change: all(
      rerenders(stages('production', '1.5.0')),
      editsPolicies('production', MIGRATE, without(5432)),
    ),
  },
  {
    name: 'the policy of the gate leads to no pod',
    breaks: 3,
    from: 'staged',
    why: 'the gate asks nobody and closes, so neither promotion nor rollback is possible',
    change: editsPolicies('production', GATE, without(3001)),
  },
  {
    name: 'the solver of certificates cannot be reached',
    breaks: 3,
    from: 'promoted',
    why: 'default-deny blocks the HTTP-01 solver, so the certificate is not renewed and expires',
    change: removes('production/NetworkPolicy/seda-api-ingress-acme-solver'),
  },
  {
    name: 'a policy of another engine denies the way out',
    breaks: 3,
    from: 'promoted',
    why: 'Cilium applies a deny before every NetworkPolicy that allows',
    change: adds('production/00-namespace.k8s.yaml', {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name: 'no-egress', namespace: 'seda-prod' },
      spec: {
        endpointSelector: { matchLabels: { app: 'seda-api' } },
        egressDeny: [{ toEntities: ['world'] }],
      },
    }),
  },
  {
    name: 'the Gateway is not admitted any more',
    breaks: 3,
    from: 'gateway: promoted',
    why: 'the policy admits ingress-nginx, while requests come from the namespace gateways',
    change: reach('blue', (policy) => {
      const from = policy.spec.ingress[0].from;
      from[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'] = 'ingress-nginx';
    }),
  },
]);
