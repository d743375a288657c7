import type { SedaEnvironment } from './environment';

export const development = {
  name: 'development',
  nodeEnv: 'development',
  namespace: 'seda-dev',
  domain: 'localhost:3001',
  workload: 'seda-api-dev',
  rollout: 'rolling',
  database: { kind: 'local' },
  redis: { kind: 'local' },
  supabase: { kind: 'local' },
  auth: 'local-jwt',
  storage: { provider: 'local' },
  monitoring: 'console',
  tls: { kind: 'none' },
  replicas: 1,
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
} satisfies SedaEnvironment;
