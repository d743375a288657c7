import { type ApiRevision, otlpSettings, watches } from '../lib';
import { API } from './api';
import type { SedaEnvironment } from './environment';
import { LOCAL_SERVICES } from './local-services';

/** Where the collector of the monitoring stack listens, OTLP over HTTP. */
export const OTLP = { namespace: 'monitoring', name: 'otel-collector', port: 4318 } as const;

/** This repository, and the branch that is what runs. */
export const REPOSITORY = 'https://github.com/seda-fm/manifests';
export const MAIN = 'main';

/** Port of the API of `supabase start`. */
export const LOCAL_SUPABASE_PORT = 54321;

/** Folder of files that are kept by the pod itself. */
const STORAGE_PATH = '/storage';

/** Where a container finds the host, and with it `supabase start`; Compose maps the name on Linux as well. */
const HOST = 'host.docker.internal';

/** True where the image is in no registry and the credentials are known to everybody. */
export function isOnDeveloperMachine({ database, secrets }: SedaEnvironment): boolean {
  return database.kind === 'local' && secrets === undefined;
}

/**
 * All that an environment contributes to the API's pods, except the image. A rolling environment uses
 * it as it is; a blue-green one copies it into the colour that is staged, where it stays as it is.
 */
export function podSettings(environment: SedaEnvironment): Omit<ApiRevision, 'image'> {
  const { replicas, autoscaling, notCredentials, resources, secretVersion, storage, pod } =
    environment;
  const secretKeys = { ...API.secretKeys, ...environment.secretKeys };
  return {
    ...(isOnDeveloperMachine(environment) ? { imagePullPolicy: 'IfNotPresent' as const } : {}),
    replicas,
    ...(autoscaling === undefined ? {} : { autoscaling }),
    config: { ...environmentConfig(environment), ...environment.config },
    ...(notCredentials === undefined ? {} : { notCredentials }),
    resources,
    ...(storage.provider === 'local' ? { writablePaths: { [STORAGE_PATH]: '256Mi' } } : {}),
    ...(secretVersion === undefined ? {} : { secretVersion }),
    ...(Object.keys(secretKeys).length === 0 ? {} : { secretKeys }),
    ...(pod === undefined ? {} : { pod }),
  };
}

/** Every key that the pods of an environment read from the Secret, by its variable. */
export function secretKeys(environment: SedaEnvironment): { readonly [variable: string]: string } {
  return { ...API.secret.env, ...podSettings(environment).secretKeys };
}

/** The variables that the fields of an environment stand for. */
export function environmentConfig(environment: SedaEnvironment): ApiRevision['config'] {
  const { name, nodeEnv, domain, database, redis, supabase, auth, storage, monitoring, tls } =
    environment;
  return {
    NODE_ENV: nodeEnv,
    SEDA_ENV: name,
    PUBLIC_URL: `${tls.kind === 'none' ? 'http' : 'https'}://${domain}`,
    ...(database.kind === 'managed' ? { DATABASE_POOL_SIZE: String(database.poolSize) } : {}),
    ...(redis
      ? {
          REDIS_URL:
            redis.kind === 'local'
              ? `redis://redis:${LOCAL_SERVICES.redis.port}`
              : `redis://${redis.host}:${redis.port}`,
        }
      : {}),
    SUPABASE_URL:
      supabase.kind === 'local'
        ? `http://${HOST}:${LOCAL_SUPABASE_PORT}`
        : `https://${supabase.projectRef}.supabase.co`,
    AUTH_PROVIDER: auth,
    STORAGE_PROVIDER: storage.provider,
    ...(storage.provider === 'local' ? { STORAGE_PATH } : { STORAGE_CDN: String(storage.cdn) }),
    LOG_FORMAT: monitoring === 'console' ? 'pretty' : 'json',
    METRICS_ENABLED: String(monitoring !== 'console'),
    ...(watches(monitoring, 'observability')
      ? otlpSettings({
          endpoint: `http://${OTLP.name}.${OTLP.namespace}:${OTLP.port}`,
          serviceName: API.name,
          environment: name,
        })
      : {}),
  };
}
