import { budget, deployment, policy } from './neighbours';
import { ofKind, type Safe } from './transition';
import { adds, all, edits, rewritesObject, sets, setsPod, type Thing } from './tree';
import { decides, type Edit, recordsPair, rerenders } from './world';

const RULES = 'production/PrometheusRule/seda-api';
const FILE = 'production/50-report.k8s.yaml';

const source = (name: string, from: string, ...edits: readonly Edit[]): Omit<Safe, 'kind'> => ({
  name,
  from,
  change: rerenders(...edits),
});

const hand = (name: string, from: string, change: Safe['change']): Omit<Safe, 'kind'> => ({
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

export const DEVELOPMENT = ofKind<Safe>('on a machine of a developer', [
  source('a variable', 'retired', decides('development', { config: { LOG_LEVEL: 'debug' } })),
  source(
    'more memory',
    'retired',
    decides('development', {
      resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1Gi' } },
    }),
  ),
  hand(
    'another image of the database',
    'retired',
    setsPod(
      'development/Deployment/db',
      'containers 0 image',
      `postgres:18.1@sha256:${'f'.repeat(64)}`,
    ),
  ),
]);
