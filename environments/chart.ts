import { type ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  addWaves,
  type ApiRevision,
  type BlueGreenState,
  type Colour,
  type Egress,
  SedaApi,
  type SedaApiProps,
  SedaIngress,
  SedaMonitoring,
  SedaNamespace,
  watches,
  controllerNamespace,
} from '../lib';
import {
  IMAGE_FROM_ANNOTATION,
  ROLLED_BACK_ANNOTATION,
  SKIPPED_ORDER_ANNOTATION,
} from '../lib/release-annotations';
import { API } from './api';
import {
  type BlueGreenRelease,
  canShare,
  type ColourRelease,
  isBlueGreen,
  type Release,
  type RollingRelease,
  type SedaEnvironment,
} from './environment';
import { OWN_LABELS } from './layout';
import { ingressLimits } from './limits';
import { LOCAL_SERVICES, LocalServices } from './local-services';
import { isPreview } from './preview';
import {
  isOnDeveloperMachine,
  LOCAL_SUPABASE_PORT,
  MAIN,
  OTLP,
  podSettings,
  secretKeys,
  REPOSITORY,
} from './settings';
import { environmentFaults } from './validate';

/** Namespace of the platform's Prometheus, as its chart names it. */
const MONITORING_NAMESPACE = 'monitoring';

/** Newest Kubernetes whose Pod Security rules the pods keep; a newer cluster goes on applying these, an older one its own. */
const POD_SECURITY_VERSION = 'v1.36';

/** ClusterSecretStore that the platform provides. */
const SECRET_STORE = 'seda-secret-store';

const RUNBOOK = `${REPOSITORY}/blob/${MAIN}/docs/alerts.md`;

/** The Namespace of an environment. */
export function addNamespace(
  scope: Construct,
  { namespace }: Pick<SedaEnvironment, 'namespace'>,
): void {
  new SedaNamespace(scope, 'namespace', {
    name: namespace,
    podSecurityVersion: POD_SECURITY_VERSION,
  });
}

/** Everything of one environment. The only place that knows what an environment is and decides what exists in it. */
export class SedaChart extends Chart {
  constructor(scope: Construct, environment: SedaEnvironment, release: Release) {
    super(scope, 'seda', {
      namespace: environment.namespace,
      labels: OWN_LABELS,
    });
    this.node.addValidation({ validate: () => environmentFaults(environment, release) });

    if (!isPreview(environment)) addNamespace(this, environment);
    this.localServices(environment);
    const api = new SedaApi(this, 'api', apiProps(environment, release));
    for (const { node, deployment } of api.deployments) {
      const held = isBlueGreen(release) ? release[node.id as Colour] : release;
      addAnnotations(deployment, originOf(environment, held));
    }
    const ingress = this.ingress(environment, api);
    new SedaMonitoring(this, 'monitoring', {
      level: environment.monitoring,
      service: api.service,
      metricsService: api.metricsService,
      ...(ingress === undefined ? {} : { ingress }),
      ...(environment.prober === undefined
        ? {}
        : { probe: { prober: environment.prober, path: API.health.readiness } }),
      path: API.metricsPath,
      team: 'platform',
      runbookUrl: RUNBOOK,
      ...(environment.alerts === undefined ? {} : { alerts: environment.alerts }),
    });
    addWaves(this);
  }

  private localServices(environment: SedaEnvironment): void {
    const { database, redis } = environment;
    const services = [
      ...(database.kind === 'local' ? ['db' as const] : []),
      ...(redis?.kind === 'local' ? ['redis' as const] : []),
    ];
    if (services.length === 0) return;
    new LocalServices(this, 'local', {
      services,
      ...(isOnDeveloperMachine(environment)
        ? { secret: { name: API.secret.name, keys: Object.values(secretKeys(environment)) } }
        : {}),
    });
  }

  private ingress(environment: SedaEnvironment, api: SedaApi): SedaIngress | undefined {
    const { ingress, tls, domain, extraHosts, ingressAnnotations, metricsRefused } = environment;
    if (!ingress) return undefined;
    return new SedaIngress(this, 'ingress', {
      name: `${API.name}-ingress`,
      host: domain,
      ...(extraHosts === undefined ? {} : { extraHosts }),
      ...(ingressAnnotations === undefined ? {} : { annotations: ingressAnnotations }),
      service: api.service,
      ...(canShare(environment) ? { traffic: api.traffic! } : {}),
      controller: ingress,
      paths: API.paths,
      ...(metricsRefused === undefined ? { blockedPaths: [API.metricsPath] } : {}),
      ...ingressLimits(environment, ingress),
      ...(tls.kind === 'none'
        ? {}
        : {
            tls: {
              secretName: `${API.name}-tls`,
              issuer: tls.issuer,
              certificate: tls.kind === 'managed' ? 'explicit' : 'annotation',
              ...(tls.challenge === undefined ? {} : { challenge: tls.challenge }),
            },
          }),
    });
  }
}

function apiProps(environment: SedaEnvironment, release: Release): SedaApiProps {
  const { workload, replicas, autoscaling, imageFrom, secrets } = environment;
  const secretStore = {
    name: secrets?.store ?? SECRET_STORE,
    keyPrefix: secrets?.path ?? secretPath(environment),
  };
  const { name, port, health, secret } = API;
  return {
    name,
    port,
    health,
    secret,
    deploymentName: workload,
    workload: isBlueGreen(release)
      ? { strategy: 'blue-green', ...stateOf(release) }
      : {
          strategy: 'rolling',
          revision: { ...podSettings(environment), ...rollingRevision(release) },
        },
    ...(isOnDeveloperMachine(environment) ? {} : { secretStore }),
    serviceAccountAnnotations: environment.serviceAccountAnnotations,
    clientNamespaces: clientNamespaces(environment),
    egress: egress(environment),
    // Of the credentials, migrations need the database's alone.
    migration: { secret: { ...API.secret, env: { DATABASE_URL: API.secret.env.DATABASE_URL } } },
    disruptionBudget: replicas > 1 || autoscaling !== undefined,
    requireDigest: imageFrom !== undefined,
  };
}

/** Where the image comes from, for whoever reads `dist/` alone; not on the pods, which it must not restart. */
function originOf(
  { imageFrom }: SedaEnvironment,
  release: RollingRelease | ColourRelease,
): { readonly [annotation: string]: string } {
  const { skippedOrder } = release;
  const isRolledBack = 'rolledBack' in release && release.rolledBack === true;
  return {
    ...(isRolledBack ? { [ROLLED_BACK_ANNOTATION]: 'true' } : {}),
    ...(imageFrom === undefined ? {} : { [IMAGE_FROM_ANNOTATION]: imageFrom }),
    ...(skippedOrder === undefined ? {} : { [SKIPPED_ORDER_ANNOTATION]: skippedOrder }),
  };
}

function addAnnotations(object: ApiObject, annotations: { readonly [key: string]: string }): void {
  for (const [key, value] of Object.entries(annotations)) object.metadata.addAnnotation(key, value);
}

/** A record without what only people and the release verbs read. */
function stateOf({ rolledBack: _, blue, green, ...state }: BlueGreenRelease): BlueGreenState {
  const revision = ({ skippedOrder: _, ...held }: ColourRelease): ApiRevision => held;
  return { ...state, blue: revision(blue), green: revision(green) };
}

/** What the record of a rolling environment says of its pods. */
function rollingRevision({
  image,
  version,
  migration,
}: RollingRelease): Pick<ApiRevision, 'image' | 'version' | 'migration'> {
  return {
    image,
    ...(version === undefined ? {} : { version }),
    ...(migration === undefined ? {} : { migration }),
  };
}

/** The path in the store names the database instance, so that a change of instance is a change of secret. */
function secretPath({ name, database }: SedaEnvironment): string {
  return database.kind === 'managed' ? `seda/${name}/${database.instance}` : `seda/${name}`;
}

function clientNamespaces(environment: SedaEnvironment): string[] {
  const controller = environment.ingress && controllerNamespace(environment.ingress);
  const watched = watches(environment.monitoring, 'basic');
  const own = [
    ...(controller === undefined ? [] : [controller]),
    ...(watched ? [MONITORING_NAMESPACE] : []),
  ];
  const more = environment.clientNamespaces ?? [];
  return [...own, ...more.filter((namespace) => !own.includes(namespace))];
}

function egress({ database, redis, supabase, monitoring }: SedaEnvironment): Egress[] {
  const { db, redis: localRedis } = LOCAL_SERVICES;
  return [
    {
      name: 'database',
      ports: [db.port],
      ...(database.kind === 'local' ? { podLabels: { app: 'db' } } : {}),
    },
    ...(redis
      ? [
          redis.kind === 'local'
            ? { name: 'redis', ports: [localRedis.port], podLabels: { app: 'redis' } }
            : { name: 'redis', ports: [redis.port] },
        ]
      : []),
    { name: 'supabase', ports: [supabase.kind === 'local' ? LOCAL_SUPABASE_PORT : 443] },
    ...(watches(monitoring, 'observability')
      ? [{ name: 'traces', ports: [OTLP.port], namespace: OTLP.namespace }]
      : []),
  ];
}
