import { IN_CLUSTER } from '../lib';
import type { SedaEnvironment } from './environment';

export const sandbox = {
  name: 'sandbox',
  nodeEnv: 'production',
  namespace: 'seda-sandbox',
  argocd: { cluster: IN_CLUSTER },
  domain: 'api-sandbox.seda.fm',
  workload: 'seda-api-sandbox',
  rollout: 'rolling',
  database: { kind: 'managed', instance: 'prod-like', poolSize: 10, maxConnections: 100 },
  supabase: { kind: 'project', projectRef: 'your-sandbox-project-ref' },
  auth: 'supabase',
  storage: { provider: 'supabase', cdn: false },
  monitoring: 'full',
  tls: { kind: 'lets-encrypt', issuer: 'letsencrypt-prod' },
  ingress: { kind: 'ingress-nginx', className: 'nginx' },
  replicas: 2,
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  imageFrom: 'qa',
} satisfies SedaEnvironment;
