import { ofKind, type Unsafe } from './transition';
import { adds, all, copies, edits, editsPolicies, sets, type Thing } from './tree';
import { decides, rerenders } from './world';

const SET = 'argocd/ApplicationSet/seda-preview';
const QA_INGRESS = 'qa/Ingress/seda-api-ingress';
const QA_TRAFFIC = 'qa/30-traffic.k8s.yaml';

export const ACROSS = ofKind<Unsafe>('environments reach into each other', [
  {
    name: 'qa takes the host of production',
    breaks: 9,
    from: 'retired',
    why: 'two Ingresses of one host and path: the older one wins, until it is made again',
    change: sets(QA_INGRESS, 'spec rules 0 host', 'api.seda.fm'),
  },
  {
    name: 'sandbox has the host of production as a further one',
    breaks: 9,
    from: 'retired',
    why: 'two Ingresses of one host and path: users of production may get sandbox',
    change: rerenders(decides('sandbox', { extraHosts: ['api.seda.fm'] })),
  },
  {
    name: 'qa takes one path of the host of production',
    breaks: 9,
    from: 'retired',
    why: 'the longer path wins in whatever namespace: logins of users reach qa',
    change: copies(QA_INGRESS, QA_TRAFFIC, (object) => {
      object.metadata.name = 'login';
      object.spec.rules[0].host = 'api.seda.fm';
      object.spec.rules[0].http.paths[0].path = '/api/v1/login';
    }),
  },
  {
    name: 'qa has a canary of the host of production',
    breaks: 9,
    from: 'retired',
    why: 'a share of the users of production gets qa',
    change: copies(QA_INGRESS, QA_TRAFFIC, (object) => {
      object.metadata.name = 'canary';
      object.metadata.annotations['nginx.ingress.kubernetes.io/canary'] = 'true';
      object.metadata.annotations['nginx.ingress.kubernetes.io/canary-weight'] = '5';
      object.spec.rules[0].host = 'api.seda.fm';
    }),
  },
  {
    name: 'the alias of qa is the host of production',
    breaks: 9,
    from: 'retired',
    why: 'the annotation is one more host of the same server of nginx',
    change: sets(
      QA_INGRESS,
      'metadata annotations nginx.ingress.kubernetes.io/server-alias',
      'api.seda.fm',
    ),
  },
  {
    name: 'a new environment lets everybody reach the pods of production',
    breaks: 14,
    from: 'promoted',
    why: 'a policy selects pods of its namespace, whoever rendered it',
    change: adds('other/00-other.k8s.yaml', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'open', namespace: 'seda-prod' },
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
    }),
  },
  {
    name: 'a new environment has pods that the Service of production selects',
    breaks: 8,
    from: 'promoted',
    why: 'they get a share of the requests of production',
    change: copies('production/Deployment/seda-api-blue', 'other/20-other.k8s.yaml', (object) => {
      object.metadata.name = 'other';
    }),
  },
  {
    name: 'qa reads the secrets of production',
    breaks: 14,
    from: 'retired',
    why: 'its next migration changes the database of production',
    change: rerenders(
      decides('qa', {
        secrets: { store: 'seda-secret-store', path: 'seda/production/high-availability' },
      }),
    ),
  },
  {
    name: 'qa reads the database of production alone',
    breaks: 13,
    from: 'retired',
    why: 'its next migration changes the database of production',
    change: sets(
      'qa/ExternalSecret/seda-secrets',
      'spec data 0 remoteRef key',
      'seda/production/high-availability/database-url',
    ),
  },
  {
    name: 'sandbox is in the namespace of production',
    breaks: 10,
    from: 'retired',
    why: 'both write the same Services, and each prunes what the other one tracks',
    change: rerenders(decides('sandbox', { namespace: 'seda-prod' })),
  },
  {
    name: 'sandbox binds a role in production',
    breaks: 14,
    from: 'retired',
    why: 'pods of sandbox may edit production',
    change: adds('sandbox/00-namespace.k8s.yaml', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'sandbox', namespace: 'seda-prod' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'ServiceAccount', name: 'seda-api', namespace: 'seda-sandbox' }],
    }),
  },
  {
    name: 'production admits the pods of qa',
    breaks: 14,
    from: 'promoted',
    why: 'what runs in qa calls production past the entrance',
    change: editsPolicies('production', { app: 'seda-api', version: 'blue' }, ({ spec }) =>
      spec.ingress[0].from.push({
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'seda-qa' } },
      }),
    ),
  },
  {
    name: 'routes of qa may lead to Services of production',
    breaks: 14,
    from: 'gateway: promoted',
    why: 'a route of qa answers with production, past its limits',
    change: adds('production/30-traffic.k8s.yaml', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'ReferenceGrant',
      metadata: { name: 'qa', namespace: 'seda-prod' },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'seda-qa' }],
        to: [{ group: '', kind: 'Service' }],
      },
    }),
  },
  {
    name: 'production owns a namespace of the platform',
    breaks: 14,
    from: 'promoted',
    why: 'the revert of this commit deletes the ingress controller',
    change: copies(
      'production/Namespace/seda-prod',
      'production/00-namespace.k8s.yaml',
      (object) => {
        object.metadata.name = 'ingress-nginx';
        delete object.metadata.annotations['argocd.argoproj.io/sync-options'];
      },
    ),
  },
]);

export const ARGOCD_OTHERS = ofKind<Unsafe>('Argo CD is told something else', [
  {
    name: 'qa applies the folder of production',
    breaks: 6,
    from: 'retired',
    why: 'everything of qa is pruned',
    change: sets('argocd/Application/seda-qa', 'spec source path', 'dist/production'),
  },
  {
    name: 'qa and sandbox are exchanged',
    breaks: 6,
    from: 'retired',
    why: 'each prunes what it has and is refused what it gets',
    change: all(
      sets('argocd/Application/seda-qa', 'spec source path', 'dist/sandbox'),
      sets('argocd/Application/seda-sandbox', 'spec source path', 'dist/qa'),
    ),
  },
  {
    name: 'sandbox is not synced by itself any more',
    breaks: 6,
    from: 'retired',
    why: 'an image that is staged from sandbox never ran there',
    change: sets('argocd/Application/seda-sandbox', 'spec syncPolicy automated enabled', false),
  },
  {
    name: 'the project of sandbox may write to production',
    breaks: 14,
    from: 'retired',
    why: 'a commit to dist/sandbox changes production',
    change: sets('argocd/AppProject/seda-sandbox', 'spec destinations -', {
      namespace: 'seda-prod',
      server: 'https://kubernetes.default.svc',
    }),
  },
  {
    name: 'every pull request of anybody has a preview',
    breaks: 14,
    from: 'with previews',
    why: 'code of strangers runs in the cluster without a label',
    change: edits(SET, ({ spec }: Thing) => {
      delete spec.generators[0].pullRequest.github.labels;
    }),
  },
  {
    name: 'previews of another repository',
    breaks: 14,
    from: 'with previews',
    why: 'code of somebody else runs in the cluster',
    change: sets(SET, 'spec generators 0 pullRequest github owner', 'someone'),
  },
  {
    name: 'previews are in the project of production',
    breaks: 14,
    from: 'with previews',
    why: 'a branch that nobody reviews may write to production',
    change: sets(SET, 'spec template spec project', 'seda-production'),
  },
  {
    name: 'previews are in the namespace of production',
    breaks: 10,
    from: 'with previews',
    why: 'when the pull request is closed, its objects are deleted there',
    change: sets(SET, 'spec template spec destination namespace', 'seda-prod'),
  },
  {
    name: 'the project of previews may write everywhere',
    breaks: 14,
    from: 'with previews',
    why: 'a branch that nobody reviews may write to production',
    change: sets('argocd/AppProject/seda-preview', 'spec destinations 0 namespace', '*'),
  },
]);
