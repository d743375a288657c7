import { yamlText } from '../lib/yaml-text';
import { API } from './api';
import type { RollingRelease, SedaEnvironment } from './environment';
import {
  LOCAL_CREDENTIALS,
  LOCAL_SERVICES,
  localCredential,
  type LocalService,
} from './local-services';
import { podSettings, secretKeys } from './settings';

/** On the developer's machine alone: other hosts of the network cannot reach these ports. */
const LOOPBACK = '127.0.0.1';

const HEADER = `# Rendered from environments/development.ts; do not edit.
# SEDA_API_SOURCE is the checkout of the API, where its Dockerfile is. Supabase runs beside it:
# "supabase start" serves port 54321 of this machine, which the containers reach as host.docker.internal.
`;

/** The Docker Compose file of an environment with local services: the same images, names and settings as its pods. */
export function composeFile(environment: SedaEnvironment, release: RollingRelease): string {
  const app = {
    image: release.image,
    environment: appEnvironment(environment),
    extra_hosts: ['host.docker.internal:host-gateway'],
    read_only: true,
    tmpfs: ['/tmp'],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  };
  const healthy = Object.fromEntries(
    Object.keys(LOCAL_SERVICES).map((name) => [name, { condition: 'service_healthy' }]),
  );
  const health = `fetch('http://127.0.0.1:${API.port}${API.health.readiness}').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`;
  const compose = {
    name: environment.namespace,
    services: {
      app: {
        ...app,
        init: true,
        ports: [`${LOOPBACK}:${API.port}:${API.port}`],
        volumes: ['storage:/storage'],
        depends_on: { ...healthy, migrate: { condition: 'service_completed_successfully' } },
        healthcheck: {
          test: ['CMD', 'node', '-e', health],
          interval: '10s',
          timeout: '3s',
          retries: 6,
          start_period: '30s',
        },
      },
      migrate: {
        ...app,
        // Built here alone: two builds of one tag would race, and the app waits for this one.
        build: { context: '${SEDA_API_SOURCE:-../../../seda-api}' },
        command: ['node_modules/.bin/prisma', 'migrate', 'deploy'],
        depends_on: healthy,
      },
      ...Object.fromEntries(
        Object.entries(LOCAL_SERVICES).map(([name, service]) => [name, backing(name, service)]),
      ),
    },
    volumes: Object.fromEntries(
      ['storage', ...Object.keys(LOCAL_SERVICES).map((name) => `${name}-data`)].map((name) => [
        name,
        {},
      ]),
    ),
  };
  return HEADER + yamlText([compose]);
}

function appEnvironment(environment: SedaEnvironment): Record<string, string> {
  const secrets = Object.entries(secretKeys(environment)).map(
    ([variable, key]) => [variable, localCredential(key)] as const,
  );
  return {
    ...podSettings(environment).config,
    PORT: String(API.port),
    ...Object.fromEntries(secrets),
    // The key that "supabase status" prints, where the developer has set it.
    SUPABASE_SERVICE_KEY: `\${SUPABASE_SERVICE_KEY:-${LOCAL_CREDENTIALS['supabase-service-key']}}`,
  };
}

function backing(name: string, service: LocalService): object {
  return {
    image: service.image,
    ...(service.args.length > 0 ? { command: service.args } : {}),
    ...(Object.keys(service.env).length > 0 ? { environment: service.env } : {}),
    ports: [`${LOOPBACK}:${service.port}:${service.port}`],
    volumes: [`${name}-data:${service.dataPath}`],
    healthcheck: { test: ['CMD', ...service.ready], interval: '5s', timeout: '3s', retries: 12 },
  };
}
