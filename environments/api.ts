/** What the seda.fm API is in every environment: facts of its code, not of where it runs. */
export const API = {
  name: 'seda-api',
  repository: 'ghcr.io/seda-fm/seda-api',
  port: 3001,
  /** The only health endpoint that exists looks at the database, so liveness is a TCP connection. */
  health: { readiness: '/api/v1/health', checks: ['database'] },
  paths: ['/api/v1'],
  metricsPath: '/api/v1/metrics',
  secret: {
    name: 'seda-secrets',
    env: {
      DATABASE_URL: 'database-url',
      SUPABASE_SERVICE_KEY: 'supabase-service-key',
      JWT_SECRET: 'jwt-secret',
      ADMIN_API_KEY: 'admin-api-key',
    },
  },
} as const;
