import { budget, deployment, policy } from './neighbours';
import { ofKind, type Safe } from './transition';
import { adds, all, edits, rewritesObject, sets, setsPod, type Thing } from './tree';
import { decides, type Edit, recordsPair, rerenders } from './world';

const RULES = 'production/PrometheusRule/seda-api';
const FILE = 'production/50-report.k8s.yaml';

export const source = (
  name: string,
  from: string,
  ...edits: readonly Edit[]
): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: rerenders(...edits),
});

export const hand = (name: string, from: string, change: Safe['change']): Omit<Safe, 'kind'> => ({
  name,
  from,
  change,
});

/** Fills the project of an environment in. */
const fillsIn = (name: string, projectRef: string) =>
  decides(name, { supabase: { kind: 'project', projectRef } });

export const TIGHTER = ofKind<Safe>('a guard becomes stricter', [
  hand(
    'a lower threshold of an alert',
    'promoted',
    rewritesObject(RULES, (text) => text.replaceAll('> 0.0144', '> 0.01')),
  ),
  hand(
    'an alert fires sooner',
    'promoted',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups[0].rules[0].for = '2m';
    }),
  ),
  hand(
    'an alert of ten minutes fires after three',
    'loose',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups[0].rules[0].for = '3m';
    }),
  ),
  hand(
    'an alert pages',
    'loose',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups[0].rules[1].labels.severity = 'page';
    }),
  ),
  hand(
    'Pod Security is restricted',
    'loose',
    sets(
      'production/Namespace/seda-prod',
      'metadata labels pod-security.kubernetes.io/enforce',
      'restricted',
    ),
  ),
  hand(
    'one pod alone may be missing',
    'loose',
    sets('production/PodDisruptionBudget/seda-api-blue', 'spec maxUnavailable', 1),
  ),
  hand(
    'fewer requests of one client',
    'loose',
    sets(
      'production/Ingress/seda-api-ingress',
      'metadata annotations nginx.ingress.kubernetes.io/limit-rps',
      '100',
    ),
  ),
  hand(
    'fewer requests of one client behind a Gateway',
    'gateway: promoted',
    edits('production/BackendTrafficPolicy/seda-api-ingress', ({ spec }: Thing) => {
      for (const { limit } of spec.rateLimit.local.rules) limit.requests = 60;
    }),
  ),
  hand(
    'smaller bodies behind a Gateway',
    'gateway: promoted',
    sets('production/BackendTrafficPolicy/seda-api-ingress', 'spec requestBuffer limit', '8Mi'),
  ),
  hand(
    'one repository is a source',
    'loose',
    sets('argocd/AppProject/seda-production', 'spec sourceRepos', [
      'https://github.com/seda-fm/manifests.git',
    ]),
  ),
  hand(
    'a worker may call one port',
    'with a worker',
    sets('production/NetworkPolicy/report', 'spec egress 0 ports', [
      { port: 443, protocol: 'TCP' },
    ]),
  ),
  hand(
    'a workload that is added has a budget and a policy',
    'promoted',
    all(
      adds(FILE, { ...deployment, spec: { ...deployment.spec, replicas: 2 } }, policy(443)),
      adds(FILE, budget),
    ),
  ),
]);

export const SETTINGS = ofKind<Safe>('a setting of a rolling environment', [
  source('a variable of qa', 'retired', decides('qa', { config: { LOG_LEVEL: 'debug' } })),
  source(
    'more memory for sandbox',
    'retired',
    decides('sandbox', {
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
    }),
  ),
  source(
    'Redis for sandbox',
    'retired',
    decides('sandbox', {
      redis: { kind: 'managed', host: 'cache.example.com', port: 6380 },
    }),
  ),
  source(
    'a key of the Secret for qa',
    'retired',
    decides('qa', { secretKeys: { STRIPE_KEY: 'stripe-key' } }),
  ),
  source(
    'nodes for the pods of qa',
    'retired',
    decides('qa', { pod: { nodeSelector: { 'node.example.com/pool': 'api' } } }),
  ),
  source('qa is watched closely', 'retired', decides('qa', { monitoring: 'full' })),
]);

const INGRESS = 'production/Ingress/seda-api-ingress';
const limit = (name: string, value: string) =>
  sets(INGRESS, `metadata annotations nginx.ingress.kubernetes.io/${name}`, value);

export const WITHIN_BOUNDS = ofKind<Safe>('a number moves within its bounds', [
  source(
    'a fourth less memory for qa',
    'retired',
    decides('qa', {
      resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '384Mi' } },
    }),
  ),
  hand(
    'half of the storage for sandbox',
    'retired',
    setsPod(
      'sandbox/Deployment/seda-api-sandbox',
      'containers 0 resources limits ephemeral-storage',
      '128Mi',
    ),
  ),
  hand(
    'a larger autoscaler for sandbox',
    'sandbox with an autoscaler and Redis',
    edits('sandbox/HorizontalPodAutoscaler/seda-api-sandbox', ({ spec }: Thing) => {
      spec.maxReplicas *= 3;
    }),
  ),
  ...Object.entries({
    'the memory of its pods': {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '400Mi' } },
    },
    'a queue outside of the cluster': {
      type: 'External',
      external: {
        metric: { name: 'queue_messages_ready' },
        target: { type: 'AverageValue', averageValue: '30' },
      },
    },
  }).map(([what, metric]) =>
    hand(
      `an autoscaler for sandbox that looks at ${what} as well`,
      'sandbox with an autoscaler and Redis',
      edits('sandbox/HorizontalPodAutoscaler/seda-api-sandbox', ({ spec }: Thing) => {
        spec.metrics.push(metric);
      }),
    ),
  ),
  hand('a limit of 60 requests a second', 'promoted', limit('limit-rps', '60')),
  hand('uploads of 8 MiB', 'promoted', limit('proxy-body-size', '8m')),
  hand('five minutes for an answer', 'promoted', limit('proxy-read-timeout', '300')),
  hand(
    'values of Secrets that are read every 15 minutes',
    'promoted',
    edits('production/ExternalSecret/seda-secrets', ({ spec }: Thing) => {
      spec.refreshInterval = '15m';
    }),
  ),
  hand(
    'a certificate that is renewed 30 days before its end',
    'promoted',
    sets('production/Certificate/seda-api-tls', 'spec renewBefore', '720h'),
  ),
  hand(
    'pods of sandbox that may start for longer',
    'retired',
    setsPod(
      'sandbox/Deployment/seda-api-sandbox',
      'containers 0 startupProbe failureThreshold',
      90,
    ),
  ),
  hand(
    'a second port of qa',
    'retired',
    setsPod('qa/Deployment/seda-api-qa', 'containers 0 ports -', {
      name: 'debug',
      containerPort: 9229,
    }),
  ),
  hand(
    'a folder of qa that can be written',
    'retired',
    edits('qa/Deployment/seda-api-qa', ({ spec }: Thing) => {
      const [{ volumeMounts }] = spec.template.spec.containers;
      volumeMounts.push({ name: 'cache', mountPath: '/var/cache/api' });
      spec.template.spec.volumes.push({ name: 'cache', emptyDir: { sizeLimit: '32Mi' } });
    }),
  ),
  hand(
    'an alert with a text of its own',
    'promoted',
    edits(RULES, ({ spec: { groups } }: Thing) => {
      groups.push({
        name: 'more',
        rules: [
          {
            alert: 'More',
            expr: 'sum by (pod) (rate(process_cpu_seconds_total{namespace="seda-prod"}[5m])) > 0.9',
            for: '15m',
            annotations: {
              summary:
                '{{ $labels.pod }} uses {{ $value | humanizePercentage }}{{ if gt $value 1.0 }}, too much{{ end }}',
            },
          },
        ],
      });
    }),
  ),
]);

export const FIRST_DAY = ofKind<Safe>('the first day', [
  source('qa is filled in', 'first day', fillsIn('qa', 'qaqaqaqaqaqaqaqaqaqa')),
  source('sandbox is filled in', 'first day', fillsIn('sandbox', 'sandboxsandboxsandbo')),
  {
    name: 'production is filled in',
    from: 'first day',
    change: rerenders(
      fillsIn('production', 'abcdefghijklmnopqrst'),
      recordsPair((release) => ({
        ...release,
        blue: {
          ...release.blue,
          config: {
            ...release.blue.config,
            SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co',
          },
        },
        green: {
          ...release.green,
          config: {
            ...release.green.config,
            SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co',
          },
        },
      })),
    ),
  },
  source(
    'production is planned with more replicas',
    'first day',
    decides('production', { replicas: 4 }),
    recordsPair((release) => ({
      ...release,
      blue: { ...release.blue, replicas: 4 },
    })),
  ),
]);
