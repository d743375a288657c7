/** Keys of the Secret by the variables that read them. */
type SecretKeys = { readonly [variable: string]: string };

/** Keys that the API has read since its first release. */
const FIRST_SECRET_KEYS = {
  DATABASE_URL: 'database-url',
  SUPABASE_SERVICE_KEY: 'supabase-service-key',
  JWT_SECRET: 'jwt-secret',
  ADMIN_API_KEY: 'admin-api-key',
} as const;

/** What the seda.fm API is in every environment: facts of its code, not of where it runs. */
export const API = {
  name: 'seda-api',
  repository: 'ghcr.io/seda-fm/seda-api',
  port: 3001,
  /** The only health endpoint that exists looks at the database, so liveness is a TCP connection. */
  health: { readiness: '/api/v1/health', checks: ['database'] },
  paths: ['/api/v1'],
  metricsPath: '/api/v1/metrics',
  /** What every release reads. A key more would change the pods that serve: it goes into `secretKeys`. */
  secret: { name: 'seda-secrets', env: FIRST_SECRET_KEYS },
  /**
   * Keys that later releases read besides, in every environment: `{ STRIPE_KEY: 'stripe-key' }`. A colour takes them
   * when it is staged. docs/secrets.md says what comes first.
   */
  secretKeys: {} as SecretKeys,
} as const;
