import { ofKind, type Unsafe } from './transition';
import { adds, copies, edits, editsPolicies, sets } from './tree';

const INGRESS = 'production/Ingress/seda-api-ingress';
const SWITCH = 'production/Service/seda-api';
const GATE = 'production/Job/seda-api-gate-blue-*';

/** An object of a controller that is not part of this project. */
const foreign = (
  name: string,
  breaks: number,
  why: string,
  [apiVersion, kind]: readonly [string, string],
  spec: object,
  from = 'promoted',
): Omit<Unsafe, 'kind'> => ({
  name,
  breaks,
  from,
  why,
  change: adds('production/60-more.k8s.yaml', {
    apiVersion,
    kind,
    metadata: { name: 'more', namespace: 'seda-prod' },
    ...spec,
  }),
});

const annotated = (
  name: string,
  breaks: number,
  why: string,
  reference: string,
  annotation: string,
  value: string,
  from = 'promoted',
): Omit<Unsafe, 'kind'> => ({
  name,
  breaks,
  from,
  why,
  change: sets(reference, `metadata annotations ${annotation}`, value),
});

export const FOREIGN = ofKind<Unsafe>('objects and annotations of other controllers', [
  foreign(
    'Istio sends the host elsewhere',
    8,
    'half of what the mesh carries goes to the colour that is only warm',
    ['networking.istio.io/v1', 'VirtualService'],
    {
      spec: {
        hosts: ['seda-api'],
        http: [
          {
            route: [
              { destination: { host: 'seda-api-blue' }, weight: 50 },
              { destination: { host: 'seda-api-green' }, weight: 50 },
            ],
          },
        ],
      },
    },
  ),
  foreign(
    'Traefik takes the host',
    9,
    'where Traefik runs as well, its route has the host',
    ['traefik.io/v1alpha1', 'IngressRoute'],
    {
      spec: {
        routes: [
          {
            kind: 'Rule',
            match: 'Host(`api.seda.fm`)',
            services: [{ name: 'seda-api-green', port: 80 }],
          },
        ],
      },
    },
  ),
  foreign(
    'the Gateway speaks TLS to the pods',
    9,
    'the pods speak HTTP: 502 for every request',
    ['gateway.networking.k8s.io/v1', 'BackendTLSPolicy'],
    {
      spec: {
        targetRefs: [{ group: '', kind: 'Service', name: 'seda-api' }],
        validation: { hostname: 'seda-api', wellKnownCACertificates: 'System' },
      },
    },
    'gateway: promoted',
  ),
  foreign(
    'Envoy denies everybody',
    9,
    '403 for every request',
    ['gateway.envoyproxy.io/v1alpha1', 'SecurityPolicy'],
    {
      spec: {
        targetRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'seda-api-ingress' },
        ],
        authorization: { defaultAction: 'Deny' },
      },
    },
    'gateway: promoted',
  ),
  foreign(
    'a route of gRPC takes the host',
    9,
    'a host belongs to one kind of route: the older one loses its requests',
    ['gateway.networking.k8s.io/v1', 'GRPCRoute'],
    {
      spec: {
        hostnames: ['api.seda.fm'],
        parentRefs: [{ name: 'public', namespace: 'gateways' }],
        rules: [{ backendRefs: [{ name: 'seda-api-green', port: 80 }] }],
      },
    },
    'gateway: promoted',
  ),
  foreign(
    'a Secret of production is copied into another store',
    14,
    'whoever reads that store has the database',
    ['external-secrets.io/v1alpha1', 'PushSecret'],
    {
      spec: {
        secretStoreRefs: [{ kind: 'ClusterSecretStore', name: 'seda-preview-secret-store' }],
        selector: { secret: { name: 'seda-secrets' } },
        data: [{ match: { secretKey: 'database-url', remoteRef: { remoteKey: 'url' } } }],
      },
    },
  ),
  foreign(
    'pages of production are silenced',
    14,
    'a receiver without an address: nobody is paged',
    ['monitoring.coreos.com/v1alpha1', 'AlertmanagerConfig'],
    {
      spec: {
        route: { receiver: 'nobody', matchers: [{ name: 'severity', value: 'page' }] },
        receivers: [{ name: 'nobody' }],
      },
    },
  ),
  foreign(
    'pods of production are mutated',
    7,
    'every serving pod that starts gets another image',
    ['kyverno.io/v1', 'Policy'],
    {
      spec: {
        rules: [
          {
            name: 'image',
            match: { any: [{ resources: { kinds: ['Pod'] } }] },
            mutate: {
              patchStrategicMerge: {
                spec: { containers: [{ '(name)': '*', image: 'registry.example.com/api:1' }] },
              },
            },
          },
        ],
      },
    },
  ),
  foreign(
    'Argo Rollouts takes the pods over',
    7,
    'it scales the serving Deployment to none when its own pods are there',
    ['argoproj.io/v1alpha1', 'Rollout'],
    {
      spec: {
        workloadRef: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: 'seda-api-blue',
          scaleDown: 'onsuccess',
        },
        strategy: { blueGreen: { activeService: 'seda-api' } },
      },
    },
  ),
  foreign(
    'a StatefulSet has the labels of the serving pods',
    8,
    'the switch selects its pods as well',
    ['apps/v1', 'StatefulSet'],
    {
      spec: {
        serviceName: 'seda-api-blue-pods',
        selector: { matchLabels: { set: 'more' } },
        template: {
          metadata: { labels: { set: 'more', app: 'seda-api', version: 'blue' } },
          spec: { containers: [{ name: 'more', image: 'busybox:1.37.0' }] },
        },
      },
    },
  ),
  annotated(
    'a second certificate for the same Secret',
    2,
    'cert-manager makes a Certificate of the Ingress as well, and both write one Secret',
    INGRESS,
    'cert-manager.io/cluster-issuer',
    'letsencrypt-staging',
  ),
  annotated(
    'Argo CD takes the switch for one of another Application',
    6,
    'it is not tracked here any more, and no commit moves it',
    SWITCH,
    'argocd.argoproj.io/tracking-id',
    'other:/Service:seda-prod/seda-api',
  ),
  annotated(
    'the gate is a hook of Helm',
    5,
    'Argo CD runs hooks of Helm as its own: after the sync',
    GATE,
    'helm.sh/hook',
    'post-upgrade',
    'staged',
  ),
  annotated(
    'errors of the API are answered by another page',
    9,
    'clients get HTML in place of what the API says',
    INGRESS,
    'nginx.ingress.kubernetes.io/custom-http-errors',
    '404,422',
  ),
  annotated(
    'the host is moved for now',
    9,
    'every client is sent away',
    INGRESS,
    'nginx.ingress.kubernetes.io/temporal-redirect',
    'https://status.seda.fm',
  ),
  {
    name: 'users with a header get the colour that is staged',
    breaks: 8,
    from: 'staged',
    why: 'whoever sends the header has what nobody promoted, with the data of production',
    change: copies(INGRESS, 'production/30-traffic.k8s.yaml', (object) => {
      object.metadata.name = 'beta';
      object.metadata.annotations['nginx.ingress.kubernetes.io/canary'] = 'true';
      object.metadata.annotations['nginx.ingress.kubernetes.io/canary-by-header'] = 'x-beta';
      object.spec.rules[0].http.paths[0].backend.service.name = 'seda-api-preview';
    }),
  },
  {
    name: 'the pods that the gate counts need not be ready',
    breaks: 4,
    from: 'staged',
    why: 'each address counts as a pod that is ready',
    change: sets('production/Service/seda-api-blue-pods', 'spec publishNotReadyAddresses', true),
  },
  {
    name: 'the gate counts the pods of both colours',
    breaks: 4,
    from: 'staged',
    why: 'it opens for three pods of which none is of the staged colour',
    change: edits('production/Service/seda-api-blue-pods', ({ spec }) => {
      spec.selector = { app: 'seda-api' };
    }),
  },
  {
    name: 'all pods may reach what the migration may',
    breaks: 14,
    from: 'promoted',
    why: 'the policy of the migration selects every pod: all of them may call the database',
    change: editsPolicies(
      'production',
      { app: 'seda-api-migrate', version: 'blue' },
      ({ spec }) => {
        spec.podSelector = {};
      },
    ),
  },
]);
