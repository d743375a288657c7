import type { EntranceProbe } from './entrance-probe';
import type { OwnAlert } from './own-alerts';
import type { IpFamily } from './address-range';
import type { BlueGreenPairProps, BlueGreenState } from './blue-green-pair';
import type { SecretStore } from './external-secrets';
import type { GatewayController } from './gateway-api';
import { GATEWAY_IMPLEMENTATIONS, type GatewayImplementationName } from './gateway-implementation';
import type { IngressController } from './ingress-controller';
import type { IngressNginxController } from './ingress-nginx';
import type { StandardIngressController } from './standard-ingress';
import type { MigrationProps } from './migration-job';
import type { SedaNamespaceProps } from './namespace';
import type { Egress } from './network';
import type { OtlpProps } from './otlp';
import type { HealthPaths, PodProps, SecretReference } from './pod-props';
import type { ReadinessProbe } from './readiness-probe';
import { DNS_PEER, POD_SETTINGS } from './pod-shapes';
import type { Resources } from './resources';
import type { ApiRevision, Autoscaling } from './revision';
import type { BlueGreenWorkload, RollingWorkload, SedaApiProps } from './seda-api';
import type { IngressTls, SedaIngressProps } from './seda-ingress';
import type { MetricNames, SedaMonitoringProps, ServiceLevels } from './monitoring-props';
import type { Weights } from './traffic';
import {
  anything,
  dictionary,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  type Shapes,
  text,
  variant,
  word,
} from './shape';

/*
 * The props of every construct, one table each. They are what a construct knows: a prop that is not here
 * is refused with the one that was probably meant, and an interface that grows does not compile before
 * its table does.
 */

const secretReference = object<SecretReference>({ name: text, env: dictionary(text) });

/** Scaling by load, also in an environment. */
export const AUTOSCALING: Shapes<Autoscaling> = {
  minReplicas: number,
  maxReplicas: number,
  targetCpuPercent: optional(number),
};

/** Requests and limits, also in an environment; what a quantity may be is the business of `checkResources`. */
export const RESOURCES: Shapes<Resources> = { requests: anything(), limits: anything() };

const revision = object<ApiRevision>({
  image: text,
  version: optional(text),
  release: optional(number),
  migration: optional(word<NonNullable<ApiRevision['migration']>>()),
  imagePullPolicy: optional(oneOf('Always', 'IfNotPresent')),
  replicas: number,
  autoscaling: optional(object(AUTOSCALING)),
  config: anything(),
  notCredentials: optional(list(text)),
  resources: object(RESOURCES),
  writablePaths: optional(anything()),
  secretVersion: optional(number),
  secretKeys: optional(dictionary(text)),
  pod: optional(object(POD_SETTINGS)),
});

export const POD_PROPS: Shapes<PodProps> = {
  name: text,
  deploymentName: optional(text),
  port: optional(number),
  health: object<HealthPaths>({
    readiness: text,
    checks: optional(list(text)),
    liveness: optional(text),
    readinessProbe: optional(
      object<ReadinessProbe>({
        periodSeconds: optional(number),
        timeoutSeconds: optional(number),
        failureThreshold: optional(number),
      }),
    ),
  }),
  secret: optional(secretReference),
  serviceAccountName: text,
  preStopSeconds: optional(number),
  drainSeconds: optional(number),
  longestRequestSeconds: optional(number),
  terminationGracePeriodSeconds: optional(number),
};

const STATE: Shapes<BlueGreenState> = {
  active: word<BlueGreenState['active']>(),
  blue: revision,
  green: revision,
  weights: optional(object<Weights>({ blue: number, green: number })),
  expandedIn: optional(number),
};

export const BLUE_GREEN_PAIR_PROPS: Shapes<BlueGreenPairProps> = {
  ...POD_PROPS,
  ...STATE,
  disruptionBudget: optional(flag),
  requireDigest: optional(flag),
  ipFamilies: optional(list(word<IpFamily>())),
};

const { serviceAccountName: _, ...OWN_POD_PROPS } = POD_PROPS;

export const EGRESS: Shapes<Egress> = {
  name: text,
  ports: list(number),
  podLabels: optional(dictionary(text)),
  namespace: optional(text),
  cidrs: optional(list(text)),
};

export const SEDA_API_PROPS: Shapes<SedaApiProps> = {
  ...OWN_POD_PROPS,
  workload: variant<'strategy', RollingWorkload | BlueGreenWorkload>('strategy', {
    rolling: object<RollingWorkload>({ strategy: oneOf('rolling'), revision }),
    'blue-green': object<BlueGreenWorkload>({
      strategy: oneOf('blue-green'),
      ...STATE,
    }),
  }),
  secretStore: optional(
    object<SecretStore>({ name: text, keyPrefix: text, refreshInterval: optional(text) }),
  ),
  clientNamespaces: optional(list(text)),
  clientPods: optional(list(dictionary(text))),
  dnsPeers: optional(list(object(DNS_PEER))),
  ipFamilies: optional(list(word<IpFamily>())),
  defaultDeny: optional(flag),
  serviceAccountAnnotations: optional(dictionary(text)),
  egress: optional(list(object(EGRESS))),
  migration: optional(
    object<MigrationProps>({
      command: optional(list(text)),
      deadlineSeconds: optional(number),
      secret: optional(secretReference),
    }),
  ),
  disruptionBudget: optional(flag),
  requireDigest: optional(flag),
};

const IMPLEMENTATIONS = Object.keys(GATEWAY_IMPLEMENTATIONS) as GatewayImplementationName[];

/** What serves an ingress, also in an environment. */
export const CONTROLLER = variant<'kind', IngressController>('kind', {
  'ingress-nginx': object<IngressNginxController>({
    kind: oneOf('ingress-nginx'),
    className: text,
    namespace: optional(text),
  }),
  ingress: object<StandardIngressController>({
    kind: oneOf('ingress'),
    className: text,
    namespace: text,
  }),
  'gateway-api': object<GatewayController>({
    kind: oneOf('gateway-api'),
    implementation: optional(oneOf(...IMPLEMENTATIONS)),
    gateway: object<GatewayController['gateway']>({
      name: text,
      namespace: text,
      proxyNamespace: optional(text),
      httpsListener: optional(text),
      httpListener: optional(text),
      readsCertificate: optional(flag),
    }),
  }),
});

export const SEDA_INGRESS_PROPS: Shapes<SedaIngressProps> = {
  name: text,
  host: text,
  extraHosts: optional(list(text)),
  annotations: optional(dictionary(text)),
  service: anything('the Service of the API'),
  traffic: optional(anything('the traffic of the API, such as SedaApi.traffic')),
  controller: CONTROLLER,
  paths: list(text),
  blockedPaths: optional(list(text)),
  requestsPerSecond: optional(number),
  maxBodySize: optional(text),
  requestTimeoutSeconds: optional(number),
  tls: optional(
    object<IngressTls>({
      secretName: text,
      issuer: text,
      certificate: oneOf('annotation', 'explicit'),
      challenge: optional(oneOf('http-01', 'dns-01')),
    }),
  ),
};

/** An API's own alerts, also those of an environment. */
export const OWN_ALERT: Shapes<OwnAlert> = {
  name: text,
  expr: text,
  for: optional(text),
  severity: word<OwnAlert['severity']>(),
  summary: text,
  runbookUrl: optional(text),
};

export const SEDA_MONITORING_PROPS: Shapes<SedaMonitoringProps> = {
  level: word<SedaMonitoringProps['level']>(),
  service: anything('the Service of the API'),
  metricsService: anything('the Service that Prometheus scrapes'),
  ingress: optional(anything('a SedaIngress')),
  probe: optional(object<EntranceProbe>({ prober: text, path: text, module: optional(text) })),
  path: optional(text),
  intervalSeconds: optional(number),
  labels: optional(dictionary(text)),
  alerts: optional(list(object(OWN_ALERT))),
  metrics: optional(
    object<MetricNames>({
      requestDuration: optional(text),
      statusLabel: optional(text),
      eventLoopLag: optional(text),
    }),
  ),
  serviceLevels: optional(
    object<ServiceLevels>({
      availabilityPercent: optional(number),
      latencyPercent: optional(number),
      latencySeconds: optional(number),
    }),
  ),
  team: optional(text),
  runbookUrl: optional(text),
};

export const SEDA_NAMESPACE_PROPS: Shapes<SedaNamespaceProps> = {
  name: text,
  podSecurityVersion: optional(text),
};

export const OTLP_PROPS: Shapes<OtlpProps> = {
  endpoint: text,
  serviceName: text,
  environment: text,
};
