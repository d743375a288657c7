import { ofKind, type Unsafe } from './transition';
import { adds, copies, edits, editsPolicies, removes, sets } from './tree';

const INGRESS = 'production/Ingress/seda-api-ingress';
const BLOCKED = 'production/Ingress/seda-api-ingress-blocked';
const ROUTE = 'production/HTTPRoute/seda-api-ingress';
const BUDGET = 'production/PodDisruptionBudget/seda-api-blue';
const NAMESPACE = 'production/Namespace/seda-prod';
const DENY = 'production/NetworkPolicy/seda-api-default-deny';
const ANNOTATION = 'metadata annotations nginx.ingress.kubernetes.io';
const POLICIES = 'production/00-namespace.k8s.yaml';
const BLUE = { app: 'seda-api', version: 'blue' };

const guard = (
  name: string,
  why: string,
  change: Unsafe['change'],
  from = 'promoted',
): Omit<Unsafe, 'kind'> => ({ name, breaks: 14, from, why, change });

const policy = (name: string, spec: object) =>
  adds(POLICIES, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'seda-prod' },
    spec,
  });

export const GUARDS = ofKind<Unsafe>('a guard becomes weaker', [
  guard(
    'a policy admits everybody',
    'policies add up: whatever runs in the cluster may call the API past the entrance',
    policy('debug', { podSelector: {}, ingress: [{}], policyTypes: ['Ingress'] }),
  ),
  guard(
    'a policy lets the pods call everything',
    'policies add up: a pod that is taken over reaches the metadata service and the cluster',
    policy('debug', { podSelector: {}, egress: [{}], policyTypes: ['Egress'] }),
  ),
  guard(
    'one rule admits everybody',
    'an empty rule admits whatever runs in the cluster',
    editsPolicies('production', BLUE, ({ spec }) => spec.ingress.push({})),
  ),
  guard(
    'every namespace is admitted',
    'whatever runs in the cluster may call the API past the entrance',
    editsPolicies('production', BLUE, ({ spec }) => {
      spec.ingress[0].from = [{ namespaceSelector: {} }];
    }),
  ),
  guard(
    'the pods may call the metadata service of the cloud',
    'a pod that is taken over gets the identity of its node',
    editsPolicies('production', BLUE, ({ spec }) => {
      for (const rule of spec.egress)
        for (const { ipBlock } of rule.to) if (ipBlock) delete ipBlock.except;
    }),
  ),
  guard(
    'every port outside is open',
    'a pod that is taken over sends the data wherever it likes',
    editsPolicies('production', BLUE, ({ spec }) => {
      for (const rule of spec.egress) if (rule.to[0].ipBlock) delete rule.ports;
    }),
  ),
  guard(
    'the namespace is open by default',
    'any other pod of the namespace may be called and may call',
    removes(DENY),
  ),
  guard(
    'what goes out is open by default',
    'any other pod of the namespace may call everything',
    sets(DENY, 'spec policyTypes', ['Ingress']),
  ),
  guard(
    'the default is for some pods alone',
    'any other pod of the namespace may be called and may call',
    sets(DENY, 'spec podSelector', { matchLabels: { app: 'seda-api' } }),
  ),
  guard(
    'all pods may be missing',
    'the drain of a node takes all pods at once',
    sets(BUDGET, 'spec maxUnavailable', '100%'),
  ),
  guard(
    'two pods more may be missing',
    'the drain of nodes takes all three pods at once',
    sets(BUDGET, 'spec maxUnavailable', 3),
  ),
  guard(
    'no pod need be there',
    'the drain of a node takes all pods at once',
    edits(BUDGET, ({ spec }) => {
      delete spec.maxUnavailable;
      spec.minAvailable = 0;
    }),
  ),
  guard('no budget', 'the drain of a node takes all pods at once', removes(BUDGET)),
  guard(
    'the budget is for pods that do not exist',
    'the drain of a node takes all pods at once',
    sets(BUDGET, 'spec selector matchLabels version', 'cyan'),
  ),
  guard('the metrics are public', 'everybody reads them', removes(BLOCKED)),
  guard(
    'nobody is denied the metrics',
    'everybody reads them',
    sets(BLOCKED, `${ANNOTATION}/denylist-source-range`, undefined),
  ),
  guard(
    'some addresses alone are denied the metrics',
    'everybody else reads them',
    sets(BLOCKED, `${ANNOTATION}/denylist-source-range`, '192.0.2.0/24'),
  ),
  guard(
    'another path is blocked',
    'the metrics are public',
    sets(BLOCKED, 'spec rules 0 http paths 0 path', '/api/v1/metrics/internal'),
  ),
  guard(
    'the exact path of the metrics alone is blocked',
    '"/api/v1/metrics/" is public',
    sets(BLOCKED, 'spec rules 0 http paths 0 pathType', 'Exact'),
  ),
  guard(
    'the metrics of the further host are public',
    'everybody reads them there',
    sets(BLOCKED, 'spec rules 1', undefined),
    'rich: promoted',
  ),
  guard(
    'the metrics are public behind the Gateway',
    'the rule that had no backend has one',
    sets(ROUTE, 'spec rules 2 backendRefs', [{ name: 'seda-api', port: 80 }]),
    'gateway: promoted',
  ),
  guard(
    'the rule that blocks is gone behind the Gateway',
    'the longer prefix of the API leads to the metrics',
    sets(ROUTE, 'spec rules 2', undefined),
    'gateway: promoted',
  ),
  guard(
    'the rule that blocks leaves the case of letters out behind the Gateway',
    '/api/v1/METRICS is a path of the API, and everybody reads it there',
    sets(ROUTE, 'spec rules 2 matches 1', undefined),
    'gateway: promoted',
  ),
  guard(
    'no limit of requests',
    'one client takes the API down',
    sets(INGRESS, `${ANNOTATION}/limit-rps`, undefined),
  ),
  guard(
    'a limit of requests that nobody reaches',
    'one client takes the API down',
    sets(INGRESS, `${ANNOTATION}/limit-rps`, '100000'),
  ),
  guard(
    'a burst that nobody reaches',
    'one client takes the API down',
    sets(INGRESS, `${ANNOTATION}/limit-burst-multiplier`, '1000'),
  ),
  guard(
    'the limit does not count for anybody',
    'one client takes the API down',
    sets(INGRESS, `${ANNOTATION}/limit-allowlist`, '0.0.0.0/0'),
  ),
  guard(
    'bodies of any size',
    'one upload fills the memory of every pod',
    sets(INGRESS, `${ANNOTATION}/proxy-body-size`, '0'),
  ),
  {
    name: 'the size of bodies is that of the controller',
    breaks: 9,
    from: 'promoted',
    why: 'its default is 1m: uploads of 10 MiB, which were accepted, get 413',
    change: sets(INGRESS, `${ANNOTATION}/proxy-body-size`, undefined),
  },
  guard(
    'every website may call with cookies',
    'a page of somebody else acts in the name of a user',
    edits(INGRESS, ({ metadata: { annotations } }) => {
      annotations['nginx.ingress.kubernetes.io/enable-cors'] = 'true';
      annotations['nginx.ingress.kubernetes.io/cors-allow-origin'] = '*';
    }),
  ),
  guard(
    'HTTP is not redirected',
    'tokens go over the wire as they are',
    sets(INGRESS, `${ANNOTATION}/ssl-redirect`, 'false'),
  ),
  guard(
    'behind the Gateway HTTP is not redirected',
    'tokens go over the wire as they are',
    sets('production/HTTPRoute/seda-api-ingress-redirect', 'spec rules 0', {
      backendRefs: [{ name: 'seda-api', port: 80 }],
    }),
    'gateway: promoted',
  ),
  guard(
    'a certificate that no client trusts',
    'the issuer of staging is not trusted: the next renewal breaks every client',
    sets('production/Certificate/seda-api-tls', 'spec issuerRef name', 'letsencrypt-staging'),
  ),
  guard(
    'a certificate of sandbox that no client trusts',
    'the issuer of staging is not trusted: the next renewal breaks every client',
    sets(
      'sandbox/Ingress/seda-api-ingress',
      'metadata annotations cert-manager.io/cluster-issuer',
      'letsencrypt-staging',
    ),
  ),
  guard(
    'the API is on every node',
    'it is reached past the entrance, its limits and its blocked path',
    sets('production/Service/seda-api', 'spec type', 'NodePort'),
  ),
  guard(
    'the API has an address of its own on the internet',
    'it is reached past the entrance, its limits and its blocked path',
    copies('production/Service/seda-api', 'production/30-traffic.k8s.yaml', (object) => {
      object.metadata.name = 'seda-api-public';
      object.spec.type = 'LoadBalancer';
    }),
  ),
  guard(
    'privileged pods are admitted',
    'Pod Security refuses nothing any more',
    sets(NAMESPACE, 'metadata labels pod-security.kubernetes.io/enforce', 'privileged'),
  ),
  guard(
    'Pod Security refuses nothing',
    'without the label nothing is enforced',
    sets(NAMESPACE, 'metadata labels pod-security.kubernetes.io/enforce', undefined),
  ),
  guard(
    'Pod Security of long ago',
    'the rules of an old version refuse less',
    sets(NAMESPACE, 'metadata labels pod-security.kubernetes.io/enforce-version', 'v1.0'),
  ),
  guard(
    'the pods may edit their namespace',
    'a pod that is taken over moves the traffic',
    adds(POLICIES, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'edit', namespace: 'seda-prod' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'ServiceAccount', name: 'seda-api', namespace: 'seda-prod' }],
    }),
  ),
  guard(
    'everybody who is logged in owns the cluster',
    'every pod may read every Secret',
    adds(POLICIES, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'all' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [{ kind: 'Group', name: 'system:authenticated' }],
    }),
  ),
]);
