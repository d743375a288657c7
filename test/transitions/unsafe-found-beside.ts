import { production } from '../fixtures';
import { ofKind, type Unsafe } from './transition';
import { adds, type Change, copies, edits, renames, sets, type Thing } from './tree';
import { decides, rerenders } from './world';

const INGRESS = 'production/Ingress/seda-api-ingress';
const SWITCH = 'production/Service/seda-api';
const RULES = 'production/PrometheusRule/seda-api';
const NGINX = 'nginx.ingress.kubernetes.io/';
const MORE = 'production/60-more.k8s.yaml';

const meta = (name: string, wave = '30'): Thing => ({
  name,
  namespace: 'seda-prod',
  annotations: { 'argocd.argoproj.io/sync-wave': wave },
});

const ingress = (host: string, path: string, annotations: Thing = {}, service = 'seda-api') => {
  const { annotations: waves, ...metadata } = meta('more');
  return adds(MORE, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata, annotations: { ...waves, ...annotations } },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host,
          http: {
            paths: [
              {
                path,
                pathType: 'Prefix',
                backend: { service: { name: service, port: { name: 'http' } } },
              },
            ],
          },
        },
      ],
    },
  });
};

const policy = (spec: Thing, namespace = 'seda-prod'): Change =>
  adds(MORE, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...meta('more', '-30'), namespace },
    spec,
  });

const argocd = (kind: string, name: string, rest: Thing): Change =>
  adds('argocd/more.k8s.yaml', {
    apiVersion: 'v1',
    kind,
    metadata: { ...meta(name), namespace: 'argocd' },
    ...rest,
  });

const found = (name: string, breaks: number, from: string, why: string, change: Change) => ({
  name,
  breaks,
  from,
  why,
  change,
});

/** The same, beside what is there. */
export const FOUND_BESIDE = ofKind<Unsafe>('what a fresh attack got through', [
  found(
    'another Ingress says something of the whole host',
    9,
    'promoted',
    'the snippet answers every request of the host',
    ingress('api.seda.fm', '/docs', { [`${NGINX}server-snippet`]: 'return 503;' }),
  ),
  found(
    'another Ingress refuses a part of the API',
    9,
    'promoted',
    'nobody logs in any more',
    ingress('api.seda.fm', '/api/v1/auth', { [`${NGINX}denylist-source-range`]: '0.0.0.0/0' }),
  ),
  found(
    'a new host has the metrics',
    14,
    'promoted',
    'everybody reads what only Prometheus may',
    edits(INGRESS, ({ spec }: Thing) => {
      spec.rules.push({ ...structuredClone(spec.rules[0]), host: 'api4.seda.fm' });
    }),
  ),
  found(
    'a new host without limits',
    14,
    'promoted',
    'the same API is reached without a rate, a size or TLS',
    ingress('api3.seda.fm', '/api/v1/health'),
  ),
  found(
    'a new host leads to the colour that is not promoted',
    8,
    'staged',
    'users write with a release that nobody let them',
    ingress('next.seda.fm', '/api/v1/health', {}, 'seda-api-preview'),
  ),
  found(
    'a second port of the same number',
    9,
    'promoted',
    'the API server refuses the switch',
    edits(SWITCH, ({ spec }: Thing) => {
      spec.ports.push({ ...spec.ports[0], name: 'again' });
    }),
  ),
  found(
    'a label by which seda finds the Deployment',
    15,
    'promoted',
    'doctor and deploy take it for missing, and judge the step without it',
    sets('production/Deployment/seda-api-blue', 'metadata labels app.kubernetes.io/part-of', 'x'),
  ),
  found(
    'a budget that lets nobody go',
    14,
    'promoted',
    'no node can be drained',
    sets('production/PodDisruptionBudget/seda-api-blue', 'spec maxUnavailable', 0),
  ),
  found(
    'a policy for a label that controllers add',
    14,
    'promoted',
    'every pod of a ReplicaSet is open to everybody',
    policy({
      podSelector: { matchExpressions: [{ key: 'pod-template-hash', operator: 'Exists' }] },
      policyTypes: ['Ingress'],
      ingress: [{}],
    }),
  ),
  found(
    'a policy for another namespace',
    14,
    'promoted',
    'it opens what the cluster itself runs',
    policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] }, 'kube-system'),
  ),
  found(
    'pods are up because somebody says so',
    14,
    'promoted',
    'the alert that no pod answers never fires',
    edits(RULES, ({ spec }: Thing) => {
      spec.groups.push({
        name: 'more',
        rules: [
          { record: 'up', expr: 'vector(1)', labels: { namespace: 'seda-prod', job: 'seda-api' } },
        ],
      });
    }),
  ),
  found(
    'an expression that is none',
    14,
    'promoted',
    'all rules of the object are refused',
    edits(RULES, ({ spec }: Thing) => {
      spec.groups.push({ name: 'more', rules: [{ alert: 'More', expr: 'sum(rate(' }] });
    }),
  ),
  found(
    'a group is evaluated of an hour ago',
    14,
    'promoted',
    'the page comes an hour late',
    sets(RULES, 'spec groups 0 query_offset', '1h'),
  ),
  found(
    'what Argo CD is given lies in another folder',
    6,
    'promoted',
    'all Applications and projects are gone from where they are applied',
    renames('argocd/', (file) => file.replace('argocd/', 'argo-cd/')),
  ),
  found(
    'everybody is admin of Argo CD',
    6,
    'promoted',
    'anybody who may log in deploys anything',
    argocd('ConfigMap', 'argocd-rbac-cm', { data: { 'policy.default': 'role:admin' } }),
  ),
  found(
    'another folder has an object of production',
    9,
    'promoted',
    'it writes over the switch',
    copies(SWITCH, 'prod2/30-traffic.k8s.yaml', ({ spec }: Thing) => {
      spec.selector = { app: 'x' };
    }),
  ),
  found(
    'sandbox works on the data of production',
    12,
    'promoted',
    'tests write where users read',
    rerenders(decides('sandbox', { supabase: production.supabase })),
  ),
  found(
    'sandbox takes a credential of production',
    2,
    'promoted',
    'whoever reads Secrets in sandbox has the database of production',
    edits('sandbox/ExternalSecret/seda-secrets', ({ spec }: Thing) => {
      spec.data.push({
        secretKey: 'more',
        remoteRef: { key: 'seda/production/high-availability/database-url' },
      });
    }),
  ),
]);
