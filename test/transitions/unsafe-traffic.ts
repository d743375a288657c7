import { ofKind, type Unsafe } from './transition';
import { adds, all, copies, edits, removes, sets } from './tree';

const SWITCH = 'production/Service/seda-api';
const INGRESS = 'production/Ingress/seda-api-ingress';
const ROUTE = 'production/HTTPRoute/seda-api-ingress';
const BLUE = 'production/Deployment/seda-api-blue';
const TRAFFIC = 'production/30-traffic.k8s.yaml';
const BACKEND = 'spec rules 0 http paths 0 backend service';
const ANNOTATION = 'metadata annotations nginx.ingress.kubernetes.io';

export const TRAFFIC_AROUND = ofKind<Unsafe>('traffic moves around the switch', [
  {
    name: 'the Ingress leads to the preview',
    breaks: 8,
    from: 'staged',
    why: 'users get the staged colour, which nobody promoted',
    change: sets(INGRESS, `${BACKEND} name`, 'seda-api-preview'),
  },
  {
    name: 'the Ingress leads to a colour',
    breaks: 8,
    from: 'promoted',
    why: 'the next switch would not move the users, and this one moved them without a gate',
    change: sets(INGRESS, `${BACKEND} name`, 'seda-api-green'),
  },
  {
    name: 'the Ingress leads to the Service of the serving colour',
    breaks: 8,
    from: 'promoted',
    why: 'nothing moves today; the next promotion leaves the users behind, and the retirement takes their pods',
    change: sets(INGRESS, `${BACKEND} name`, 'seda-api-blue'),
  },
  {
    name: 'the Ingress leads to a Service that does not exist',
    breaks: 1,
    from: 'promoted',
    why: '503 for every request',
    change: sets(INGRESS, `${BACKEND} name`, 'seda-api-web'),
  },
  {
    name: 'the Ingress leads to a port that does not exist',
    breaks: 1,
    from: 'promoted',
    why: '503 for every request',
    change: sets(INGRESS, `${BACKEND} port`, { number: 81 }),
  },
  {
    name: 'the Ingress leads to a port of another name',
    breaks: 1,
    from: 'promoted',
    why: '503 for every request',
    change: sets(INGRESS, `${BACKEND} port`, { name: 'web' }),
  },
  {
    name: 'the switch has another target port',
    breaks: 1,
    from: 'promoted',
    why: 'no pod listens on 3002: connections are refused',
    change: sets(SWITCH, 'spec ports 0 targetPort', 3002),
  },
  {
    name: 'the switch has a target port that no container names',
    breaks: 1,
    from: 'promoted',
    why: 'a name that no pod has gives no endpoint: 503',
    change: sets(SWITCH, 'spec ports 0 targetPort', 'web'),
  },
  {
    name: 'the port of the switch is called otherwise',
    breaks: 1,
    from: 'promoted',
    why: 'the Ingress asks for the port http: 503',
    change: sets(SWITCH, 'spec ports 0 name', 'web'),
  },
  {
    name: 'the port of the switch has another number',
    breaks: 9,
    from: 'promoted',
    why: 'clients in the cluster call port 80',
    change: sets(SWITCH, 'spec ports 0 port', 8080),
  },
  {
    name: 'the port of the switch is UDP',
    breaks: 1,
    from: 'promoted',
    why: 'the pods listen on TCP',
    change: sets(SWITCH, 'spec ports 0 protocol', 'UDP'),
  },
  {
    name: 'the switch is a name of somewhere else',
    breaks: 1,
    from: 'promoted',
    why: 'all traffic leaves the cluster',
    change: edits(SWITCH, (object) => {
      object.spec = { type: 'ExternalName', externalName: 'api.seda.example' };
    }),
  },
  {
    name: 'the switch wants a label that no pod has',
    breaks: 1,
    from: 'promoted',
    why: 'it selects no pod: 503',
    change: sets(SWITCH, 'spec selector tier', 'web'),
  },
  {
    name: 'the switch selects both colours',
    breaks: 8,
    from: 'staged',
    why: 'half of the users get the staged colour',
    change: sets(SWITCH, 'spec selector version', undefined),
  },
  {
    name: 'the switch selects by the version of the image',
    breaks: 8,
    from: 'promoted',
    why: 'pods of another colour with the same image get traffic, and a release loses it',
    change: edits(SWITCH, (object) => {
      object.spec.selector = { app: 'seda-api', 'app.kubernetes.io/version': '1.5.0' };
    }),
  },
  {
    name: 'the switch has no selector',
    breaks: 1,
    from: 'promoted',
    why: 'nobody keeps its endpoints any more: pods that go stay in it',
    change: sets(SWITCH, 'spec selector', undefined),
  },
  {
    name: 'pods that are not ready get traffic',
    breaks: 14,
    from: 'promoted',
    why: 'a pod that starts or drains gets requests',
    change: sets(SWITCH, 'spec publishNotReadyAddresses', true),
  },
  {
    name: 'the switch answers on its own node alone',
    breaks: 9,
    from: 'promoted',
    why: 'clients on nodes without a pod of the API get no answer',
    change: sets(SWITCH, 'spec internalTrafficPolicy', 'Local'),
  },
  {
    name: 'the switch loses its address',
    breaks: 11,
    from: 'promoted',
    why: 'clusterIP never changes: the apply is refused, or the Service made anew',
    change: sets(SWITCH, 'spec clusterIP', 'None'),
  },
  {
    name: 'the switch is gone',
    breaks: 10,
    from: 'promoted',
    why: 'the Ingress has no backend: 503',
    change: removes(SWITCH),
  },
  {
    name: 'the switch is renamed, and the Ingress with it',
    breaks: 10,
    from: 'promoted',
    why: 'clients in the cluster and the alert of missing endpoints use the name seda-api',
    change: all(sets(SWITCH, 'metadata name', 'seda'), sets(INGRESS, `${BACKEND} name`, 'seda')),
  },
  {
    name: 'endpoints are written by hand',
    breaks: 8,
    from: 'promoted',
    why: 'a share of the requests goes to an address that nobody reviewed',
    change: adds(TRAFFIC, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'seda-api-more',
        namespace: 'seda-prod',
        labels: { 'kubernetes.io/service-name': 'seda-api' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 3001 }],
      endpoints: [{ addresses: ['10.1.2.3'] }],
    }),
  },
  {
    name: 'a canary gets everything',
    breaks: 8,
    from: 'staged',
    why: 'all users get the staged colour',
    change: copies(INGRESS, TRAFFIC, (object) => {
      object.metadata.name = 'canary';
      object.metadata.annotations['nginx.ingress.kubernetes.io/canary'] = 'true';
      object.metadata.annotations['nginx.ingress.kubernetes.io/canary-weight'] = '100';
      object.spec.rules[0].http.paths[0].backend.service.name = 'seda-api-preview';
    }),
  },
  {
    name: 'a second Ingress takes a part of the paths',
    breaks: 9,
    from: 'promoted',
    why: 'the longer path wins: these requests go to the colour that is only warm',
    change: copies(INGRESS, TRAFFIC, (object) => {
      object.metadata.name = 'tracks';
      object.spec.rules[0].http.paths[0].path = '/api/v1/tracks';
      object.spec.rules[0].http.paths[0].backend.service.name = 'seda-api-green';
    }),
  },
  {
    name: 'a second route takes the host',
    breaks: 9,
    from: 'gateway: promoted',
    why: 'the longer path wins: these requests go to the colour that is only warm',
    change: copies(ROUTE, TRAFFIC, (object) => {
      object.metadata.name = 'tracks';
      object.spec.rules = [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/api/v1/tracks' } }],
          backendRefs: [{ name: 'seda-api-green', port: 80 }],
        },
      ];
    }),
  },
  {
    name: 'half of the route goes to the preview',
    breaks: 8,
    from: 'gateway: staged',
    why: 'half of the users get the staged colour',
    change: sets(ROUTE, 'spec rules 1 backendRefs -', { name: 'seda-api-preview', port: 80 }),
  },
  {
    name: 'the backend of the route has no weight',
    breaks: 1,
    from: 'gateway: promoted',
    why: 'weight 0 sends nothing: 500 for every request',
    change: sets(ROUTE, 'spec rules 1 backendRefs 0 weight', 0),
  },
  {
    name: 'requests are mirrored to the staged colour',
    breaks: 8,
    from: 'gateway: staged',
    why: 'every write happens twice',
    change: sets(ROUTE, 'spec rules 1 filters', [
      {
        type: 'RequestMirror',
        requestMirror: { backendRef: { name: 'seda-api-preview', port: 80 } },
      },
    ]),
  },
  {
    name: 'the Ingress mirrors requests to somewhere else',
    breaks: 14,
    from: 'promoted',
    why: 'tokens and bodies of all users are sent to another host',
    change: sets(INGRESS, `${ANNOTATION}/mirror-target`, 'https://mirror.example.com$request_uri'),
  },
  {
    name: 'another workload has the labels of the serving pods',
    breaks: 8,
    from: 'promoted',
    why: 'the switch selects its pods as well, and a part of the requests reaches a worker',
    change: copies(BLUE, 'production/50-worker.k8s.yaml', (object) => {
      object.metadata.name = 'worker';
      object.spec.selector.matchLabels.worker = 'yes';
      object.spec.template.metadata.labels.worker = 'yes';
      object.spec.template.spec.containers[0].command = ['node', 'worker.js'];
    }),
  },
  {
    name: 'a Pod with the labels of the serving pods',
    breaks: 8,
    from: 'promoted',
    why: 'the switch selects it as well',
    change: adds('production/50-debug.k8s.yaml', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'debug',
        namespace: 'seda-prod',
        labels: { app: 'seda-api', version: 'blue' },
      },
      spec: { containers: [{ name: 'debug', image: 'busybox:1.37.0', command: ['sleep', '1d'] }] },
    }),
  },
  {
    name: 'the Service of the idle colour selects the serving one',
    breaks: 4,
    from: 'staged',
    why: 'the gate of the staged colour counts the pods of the other one, and opens for it',
    change: sets('production/Service/seda-api-blue-pods', 'spec selector version', 'green'),
  },
  {
    name: 'DNS of the host follows another Service',
    breaks: 15,
    from: 'promoted',
    why: 'external-dns reads this annotation and moves the record of api.seda.fm to the preview',
    change: sets(
      'production/Service/seda-api-preview',
      'metadata annotations external-dns.alpha.kubernetes.io/hostname',
      'api.seda.fm',
    ),
  },
]);
