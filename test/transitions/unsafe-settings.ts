import type { SedaEnvironment } from '../../environments/environment';
import { image } from '../fixtures';
import { ofKind, type Unsafe } from './transition';
import { closes, decides, recordsPair, rerenders, stages } from './world';

const setting = (
  name: string,
  breaks: number,
  why: string,
  change: Partial<SedaEnvironment>,
  { of = 'production', from = 'promoted' } = {},
): Omit<Unsafe, 'kind'> => ({ name, breaks, from, why, change: rerenders(decides(of, change)) });

const RICH = { from: 'rich: promoted' };
const QA = { of: 'qa', from: 'retired' };
const SANDBOX = { of: 'sandbox', from: 'retired' };
const NGINX = { kind: 'ingress-nginx', className: 'nginx' } as const;

// Real renderings: what applies with the merge, whatever is staged.
export const MERGED = ofKind<Unsafe>('an edit of an environment applies with the merge', [
  setting('another domain', 9, 'clients of api.seda.fm get 404', { domain: 'api.seda.example' }),
  setting('no further host', 9, 'clients of api2.seda.fm get 404', { extraHosts: [] }, RICH),
  setting('no certificate', 9, 'HTTPS has the fake certificate', { tls: { kind: 'none' } }),
  setting('no way in', 9, 'api.seda.fm answers 404', { ingress: undefined }),
  setting('another class of Ingress', 9, 'the public controller drops the host', {
    ingress: { ...NGINX, className: 'internal' },
  }),
  setting(
    'a Gateway in place of the controller',
    9,
    'the address of the host still leads to the controller, which has no rule for it any more',
    { ingress: { kind: 'gateway-api', gateway: { name: 'public', namespace: 'gateways' } } },
  ),
  setting(
    'the controller is in another namespace',
    3,
    'the pods admit connections from where none come: 502',
    { ingress: { ...NGINX, namespace: 'ingress' } },
  ),
  setting('no own alerts', 14, 'nobody is paged when the queue is too long', { alerts: [] }, RICH),
  setting('nobody watches it', 14, 'no alert is left, and Prometheus is not admitted', {
    monitoring: 'console',
  }),
  setting(
    'another cluster',
    6,
    'production is made a second time, and this one follows no commit any more',
    { argocd: { cluster: { server: 'https://10.0.0.1:6443' } } },
  ),
  setting('Argo CD does not apply it', 10, 'no commit reaches it any more', { argocd: undefined }),
  setting('another namespace', 10, 'what serves is pruned while the new pods are not ready', {
    namespace: 'seda-production',
  }),
  {
    name: 'images come from qa, and one comes',
    breaks: 12,
    from: 'retired',
    why: 'sandbox, with the data that production resembles, never ran it',
    change: rerenders(
      decides('production', { imageFrom: 'qa' }),
      stages('qa', '1.6.0'),
      recordsPair((release) => ({
        ...release,
        green: { ...release.blue, image: image('1.6.0'), release: 4 },
      })),
    ),
  },
  {
    name: 'production is no environment any more',
    breaks: 10,
    from: 'promoted',
    why: 'its folder and its Application go, and with them what serves',
    change: rerenders(closes('production')),
  },
  {
    name: 'qa is no environment any more',
    breaks: 10,
    from: 'retired',
    why: 'its folder and its Application go, and with them what serves',
    change: rerenders(closes('qa')),
  },
  setting('qa has another domain', 9, 'testers get 404', { domain: 'qa.seda.fm' }, QA),
  setting('qa has one pod', 14, 'its budget goes: a drain is an outage', { replicas: 1 }, QA),
  setting('qa has another Deployment', 10, 'the old one is pruned', { workload: 'api' }, QA),
  setting('qa has no way in', 9, 'testers get 404', { ingress: undefined }, QA),
  setting(
    'sandbox is in the namespace of qa',
    10,
    'what serves is pruned, and the two take each other’s objects away',
    { namespace: 'seda-qa' },
    SANDBOX,
  ),
  setting('nobody watches sandbox', 14, 'no alert is left', { monitoring: 'console' }, SANDBOX),
]);
