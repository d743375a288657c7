import { IN_CLUSTER } from '../lib';
import type { SedaEnvironment } from './environment';

export const production = {
  name: 'production',
  nodeEnv: 'production',
  namespace: 'seda-prod',
  argocd: { cluster: IN_CLUSTER },
  domain: 'api.seda.fm',
  workload: 'seda-api',
  rollout: 'blue-green',
  database: { kind: 'managed', instance: 'high-availability', poolSize: 10, maxConnections: 200 },
  supabase: { kind: 'project', projectRef: 'your-prod-project-ref' },
  auth: 'supabase',
  storage: { provider: 'supabase', cdn: true },
  monitoring: 'observability',
  tls: { kind: 'managed', issuer: 'letsencrypt-prod' },
  ingress: { kind: 'ingress-nginx', className: 'nginx' },
  replicas: 3,
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  imageFrom: 'sandbox',
} satisfies SedaEnvironment;
