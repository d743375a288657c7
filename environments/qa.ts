import { IN_CLUSTER } from '../lib';
import type { SedaEnvironment } from './environment';

export const qa = {
  name: 'qa',
  nodeEnv: 'production',
  namespace: 'seda-qa',
  argocd: { cluster: IN_CLUSTER },
  domain: 'api-qa.seda.fm',
  workload: 'seda-api-qa',
  rollout: 'rolling',
  database: { kind: 'managed', instance: 'staging', poolSize: 10, maxConnections: 60 },
  supabase: { kind: 'project', projectRef: 'your-qa-project-ref' },
  auth: 'supabase',
  storage: { provider: 'supabase', cdn: false },
  monitoring: 'basic',
  tls: { kind: 'lets-encrypt', issuer: 'letsencrypt-prod' },
  ingress: { kind: 'ingress-nginx', className: 'nginx' },
  replicas: 2,
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
} satisfies SedaEnvironment;
