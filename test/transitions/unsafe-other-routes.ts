import { ofKind, unsafeFrom, type Unsafe } from './transition';
import { adds, all, removes, sets } from './tree';

const BLUE = 'production/Deployment/seda-api-blue';
const TRAFFIC = 'production/30-traffic.k8s.yaml';
const GATEWAY = { name: 'public', namespace: 'gateways' };
const WAVE = 'metadata annotations argocd.argoproj.io/sync-wave';

/** Green 1.4.2 serves, blue 1.5.0 is staged: nobody gets it yet. */
const staged = unsafeFrom('gateway: staged');
/** Blue 1.5.0 gets 5 %. */
const shared = unsafeFrom('gateway: shared 5');

export const OTHER_ROUTES = ofKind<Unsafe>('routes beside the one that shares', [
  shared(
    'another route redirects a path',
    9,
    'the longer path wins: its users are sent elsewhere',
    adds(
      TRAFFIC,
      other({ rules: [redirect(path('/api/v1/users'), { hostname: 'seda.example' })] }),
    ),
  ),
  shared(
    'another route redirects every read',
    9,
    'a method wins over none: every GET is sent elsewhere',
    adds(
      TRAFFIC,
      other({
        rules: [redirect({ ...path('/api/v1'), method: 'GET' }, { hostname: 'seda.example' })],
      }),
    ),
  ),
  shared(
    'another route redirects the blocked path',
    9,
    'what is refused is answered',
    adds(TRAFFIC, other({ rules: [redirect(path('/api/v1/metrics'), { scheme: 'https' })] })),
  ),
  shared(
    'another route redirects plain HTTP to another host',
    9,
    'who begins with HTTP is sent elsewhere',
    adds(
      TRAFFIC,
      other({
        parentRefs: [{ ...GATEWAY, sectionName: 'http' }],
        rules: [redirect(path('/api/v1/users'), { scheme: 'https', hostname: 'seda.example' })],
      }),
    ),
  ),
  shared(
    'a route without hosts leads a path to the colour that gets few',
    8,
    'it has the hosts of its listener, and the longer path wins',
    adds(
      TRAFFIC,
      other({ hostnames: undefined, rules: [leads('/api/v1/users', 'seda-api-blue')] }),
    ),
  ),
  shared(
    'a route with an empty list of hosts',
    8,
    'it is about every host of its listener as well',
    adds(TRAFFIC, other({ hostnames: [], rules: [leads('/', 'seda-api-blue')] })),
  ),
  staged(
    'a route without hosts answers nothing',
    1,
    'the longer path wins: 500',
    adds(TRAFFIC, other({ hostnames: undefined, rules: [{ matches: [path('/api/v1/users')] }] })),
  ),
  staged(
    'a new host leads to the colour that is staged',
    8,
    'a public host gets a release that nobody has shifted to',
    all(
      adds(
        TRAFFIC,
        other({ hostnames: ['new.seda.fm'], rules: [leads('/api/v1/users', 'seda-api-blue')] }),
      ),
      sets(BLUE, WAVE, '0'),
      sets('production/Job/seda-api-gate-blue-*', WAVE, '10'),
    ),
  ),
  staged(
    'a new host leads to the pods of both colours',
    8,
    'the Service that Prometheus scrapes has the staged ones as well',
    adds(
      TRAFFIC,
      other({
        hostnames: ['new.seda.fm'],
        rules: [leads('/api/v1/users', 'seda-api-metrics', 3001)],
      }),
    ),
  ),
  shared(
    'the certificate is gone',
    10,
    'nobody renews what the listener shows: HTTPS fails in weeks',
    removes('production/Certificate/seda-api-tls'),
  ),
]);

/** Another route of the environment, with what is given in the place of what it has. */
function other(spec: object) {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name: 'tracks',
      namespace: 'seda-prod',
      annotations: { 'argocd.argoproj.io/sync-wave': '30' },
    },
    spec: JSON.parse(
      JSON.stringify({
        parentRefs: [{ ...GATEWAY, sectionName: 'https' }],
        hostnames: ['api.seda.fm'],
        ...spec,
      }),
    ) as object,
  };
}

function redirect(match: object, requestRedirect: object) {
  return { matches: [match], filters: [{ type: 'RequestRedirect', requestRedirect }] };
}

function leads(value: string, name: string, port = 80) {
  return { matches: [path(value)], backendRefs: [{ name, port }] };
}

function path(value: string) {
  return { path: { type: 'PathPrefix', value } };
}
