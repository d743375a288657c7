import type { MonitoringLevel } from '../lib';
import { CLUSTER, SYNC_WINDOW } from '../lib/argocd-shapes';
import { AUTOSCALING, CONTROLLER, OWN_ALERT, RESOURCES } from '../lib/prop-shapes';
import { POD_SETTINGS } from '../lib/pod-shapes';
import {
  anything,
  dictionary,
  either,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  type Shapes,
  text,
  variant,
} from '../lib/shape';
import type {
  ArgoCdTarget,
  Database,
  Issuer,
  Redis,
  SedaEnvironment,
  Storage,
  Supabase,
  Tls,
} from './environment';
import { BY_THE_PLATFORM, type Limits } from './limits';

type Of<T extends { readonly kind: string }, K extends T['kind']> = Extract<
  T,
  { readonly kind: K }
>;
type StoredBy<P extends Storage['provider']> = Extract<Storage, { readonly provider: P }>;

const ISSUER: Shapes<Issuer> = { issuer: text, challenge: optional(oneOf('http-01', 'dns-01')) };

/** What an environment may say. A field that is new does not compile before it is here. */
export const ENVIRONMENT: Shapes<SedaEnvironment> = {
  name: text,
  nodeEnv: oneOf('development', 'production'),
  namespace: text,
  context: optional(text),
  argocd: optional(
    object<ArgoCdTarget>({ cluster: CLUSTER, syncWindows: optional(list(object(SYNC_WINDOW))) }),
  ),
  domain: text,
  workload: text,
  rollout: oneOf('rolling', 'blue-green'),
  database: variant<'kind', Database>('kind', {
    local: object<Of<Database, 'local'>>({ kind: oneOf('local') }),
    managed: object<Of<Database, 'managed'>>({
      kind: oneOf('managed'),
      instance: oneOf('staging', 'prod-like', 'high-availability'),
      poolSize: number,
      maxConnections: number,
    }),
  }),
  redis: optional(
    variant<'kind', Redis>('kind', {
      local: object<Of<Redis, 'local'>>({ kind: oneOf('local') }),
      managed: object<Of<Redis, 'managed'>>({ kind: oneOf('managed'), host: text, port: number }),
    }),
  ),
  supabase: variant<'kind', Supabase>('kind', {
    local: object<Of<Supabase, 'local'>>({ kind: oneOf('local') }),
    project: object<Of<Supabase, 'project'>>({ kind: oneOf('project'), projectRef: text }),
  }),
  auth: oneOf('local-jwt', 'supabase'),
  storage: variant<'provider', Storage>('provider', {
    local: object<StoredBy<'local'>>({ provider: oneOf('local') }),
    supabase: object<StoredBy<'supabase'>>({ provider: oneOf('supabase'), cdn: flag }),
  }),
  monitoring: oneOf<MonitoringLevel>('console', 'basic', 'full', 'observability'),
  tls: variant<'kind', Tls>('kind', {
    none: object<Of<Tls, 'none'>>({ kind: oneOf('none') }),
    'lets-encrypt': object<Of<Tls, 'lets-encrypt'>>({ kind: oneOf('lets-encrypt'), ...ISSUER }),
    managed: object<Of<Tls, 'managed'>>({ kind: oneOf('managed'), ...ISSUER }),
  }),
  ingress: optional(CONTROLLER),
  limits: optional(
    either(
      oneOf(BY_THE_PLATFORM),
      object<Limits>({ requestsPerSecond: optional(number), maxBodySize: optional(text) }),
    ),
  ),
  metricsRefused: optional(oneOf(BY_THE_PLATFORM)),
  requestTimeoutSeconds: optional(number),
  extraHosts: optional(list(text)),
  ingressAnnotations: optional(dictionary(text)),
  alerts: optional(list(object(OWN_ALERT))),
  prober: optional(text),
  clientNamespaces: optional(list(text)),
  config: optional(anything()),
  replicas: number,
  autoscaling: optional(object(AUTOSCALING)),
  resources: object(RESOURCES),
  notCredentials: optional(list(text)),
  pod: optional(object(POD_SETTINGS)),
  serviceAccountAnnotations: optional(dictionary(text)),
  secrets: optional(object<NonNullable<SedaEnvironment['secrets']>>({ store: text, path: text })),
  secretVersion: optional(number),
  secretKeys: optional(dictionary(text)),
  imageFrom: optional(text),
  imageRepository: optional(text),
};
