import type { Chart } from 'cdk8s';
import { render } from '../test/render';
import {
  type ApiRevision,
  type BlueGreenWorkload,
  type DnsPeer,
  type Egress,
  type GatewayController,
  type IngressNginxController,
  type StandardIngressController,
  type InitContainer,
  KUBE_DNS,
  type OwnAlert,
  type PodSettings,
  type PodVolume,
  type PodVolumeMount,
  type ProjectedSource,
  type RollingWorkload,
  SedaApi,
  type SedaApiProps,
  type SecretKey,
  SedaIngress,
  type SedaIngressProps,
  SedaMonitoring,
  type SedaMonitoringProps,
  type ServiceAccountToken,
  type Sidecar,
  type SidecarProbe,
  type Toleration,
  type TopologySpread,
} from './index';
import { api, IMAGE, INIT, PROXY, REVISION, rolling, service } from '../test/shop-props';

/** Every prop and every field of it, none left out: a prop that is new does not compile before it is in the lists below. */
type Every<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]-?: Every<NonNullable<T[K]>> }
    : T;

type Tree = { readonly [key: string]: unknown };
/** `one` with a single leaf taken from `other`, for every leaf but the tags of unions, by its path. */
function variants(one: Tree, other: Tree): [string, Tree][] {
  return Object.keys(one).flatMap((key): [string, Tree][] => {
    if (key === 'strategy' || key === 'kind') return [];
    const [a, b] = [one[key], other[key]];
    if (typeof a !== 'object' || Array.isArray(a)) return [[key, { ...one, [key]: b }]];
    return variants(a as Tree, b as Tree).map(([path, changed]) => [
      `${key}.${path}`,
      { ...one, [key]: changed },
    ]);
  });
}

describe('every prop changes the output', () => {
  const one: Every<ApiRevision> = {
    image: IMAGE,
    version: 'one',
    release: 7,
    migration: 'contract',
    imagePullPolicy: 'Always',
    replicas: 2,
    autoscaling: { minReplicas: 2, maxReplicas: 4, targetCpuPercent: 70 },
    config: { A: '1', B: '1' },
    notCredentials: ['A'],
    resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } },
    writablePaths: { '/cache': '1Mi' },
    secretVersion: 1,
    secretKeys: { STRIPE: 'stripe' },
    pod: {
      labels: { tier: 'one' },
      annotations: { note: 'one' },
      nodeSelector: { pool: 'one' },
      tolerations: [{ key: 'one', operator: 'Exists' }],
      topologySpreadConstraints: [{ topologyKey: 'rack' }],
      priorityClassName: 'high',
      imagePullSecrets: ['registry'],
      command: ['node'],
      args: ['one.js'],
      secretEnv: { DSN: { name: 'sentry', key: 'dsn' } },
      fieldEnv: { NODE_IP: 'status.hostIP' },
      startupSeconds: 60,
      runAsUser: 20001,
      runAsGroup: 20002,
      fsGroup: 20003,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'], searches: ['one.example'], options: { ndots: '3' } },
      volumes: [{ name: 'files', emptyDir: '1Mi' }],
      volumeMounts: [{ name: 'files', mountPath: '/one' }],
      initContainers: [INIT],
      sidecars: [PROXY],
    },
  };
  const other: Every<ApiRevision> = {
    image: 'shop/api:1.5.0',
    version: 'other',
    release: 8,
    migration: 'none',
    imagePullPolicy: 'IfNotPresent',
    replicas: 0,
    autoscaling: { minReplicas: 3, maxReplicas: 5, targetCpuPercent: 60 },
    config: { A: '2', B: '2' },
    notCredentials: ['B'],
    resources: { requests: { cpu: '200m' }, limits: { memory: '512Mi' } },
    writablePaths: { '/cache': '2Mi' },
    secretVersion: 2,
    secretKeys: { STRIPE: 'paypal' },
    pod: {
      labels: { tier: 'other' },
      annotations: { note: 'other' },
      nodeSelector: { pool: 'other' },
      tolerations: [],
      topologySpreadConstraints: [],
      priorityClassName: 'low',
      imagePullSecrets: ['mirror'],
      command: ['bun'],
      args: ['other.js'],
      secretEnv: { DSN: { name: 'errors', key: 'url' } },
      fieldEnv: { NODE_IP: 'status.podIP' },
      startupSeconds: 90,
      runAsUser: 30001,
      runAsGroup: 30002,
      fsGroup: 30003,
      dnsPolicy: 'ClusterFirst',
      dnsConfig: {
        nameservers: ['10.0.0.11'],
        searches: ['other.example'],
        options: { ndots: '4' },
      },
      volumes: [{ name: 'files', emptyDir: '2Mi' }],
      volumeMounts: [{ name: 'files', mountPath: '/other' }],
      initContainers: [],
      sidecars: [],
    },
  };
  // What the end of a pod consists of is seen in its grace period where that is not given.
  const shop: Every<Omit<SedaApiProps, 'workload' | 'drainSeconds' | 'longestRequestSeconds'>> = {
    name: 'shop-api',
    port: 3001,
    health: {
      readiness: '/ready',
      checks: ['database'],
      liveness: '/live',
      readinessProbe: { periodSeconds: 5, timeoutSeconds: 4, failureThreshold: 6 },
    },
    preStopSeconds: 15,
    terminationGracePeriodSeconds: 60,
    deploymentName: 'shop',
    secret: { name: 'shop', env: { KEY: 'key' } },
    secretStore: { name: 'vault', keyPrefix: 'shop', refreshInterval: '1h' },
    clientNamespaces: [],
    clientPods: [],
    dnsPeers: [KUBE_DNS],
    ipFamilies: ['IPv4'],
    defaultDeny: true,
    serviceAccountAnnotations: { role: 'reader' },
    egress: [{ name: 'database', ports: [5432] }],
    migration: { command: ['up'], deadlineSeconds: 9, secret: { name: 'a', env: { KEY: 'a' } } },
    disruptionBudget: true,
    requireDigest: false,
  };
  const store: typeof shop = {
    name: 'store-api',
    port: 3002,
    health: {
      readiness: '/health',
      checks: ['redis'],
      liveness: '/alive',
      readinessProbe: { periodSeconds: 9, timeoutSeconds: 8, failureThreshold: 3 },
    },
    preStopSeconds: 40,
    terminationGracePeriodSeconds: 90,
    deploymentName: 'store',
    secret: { name: 'store', env: { KEY: 'id' } },
    secretStore: { name: 'bank', keyPrefix: 'store', refreshInterval: '2h' },
    clientNamespaces: ['edge'],
    clientPods: [{ app: 'cart' }],
    dnsPeers: [KUBE_DNS, { cidr: '169.254.20.10/32' }],
    ipFamilies: ['IPv6', 'IPv4'],
    defaultDeny: false,
    serviceAccountAnnotations: { role: 'writer' },
    egress: [{ name: 'database', ports: [5433] }],
    migration: { command: ['down'], deadlineSeconds: 60, secret: { name: 'b', env: { KEY: 'b' } } },
    disruptionBudget: false,
    requireDigest: true,
  };
  const single: Every<RollingWorkload> = { strategy: 'rolling', revision: one };
  // Weights are seen in the route alone, by constructs.test.ts.
  const pair: Every<Omit<BlueGreenWorkload, 'weights'>> = {
    strategy: 'blue-green',
    active: 'blue',
    blue: one,
    green: one,
    expandedIn: 6,
  };

  const output = (build: (chart: Chart) => unknown) =>
    JSON.stringify(render((chart) => void build(chart)));
  const rendered = new Map<string, string>();
  /** What all variants of some props are compared with, which is rendered once. */
  const once = (of: (props: Tree) => string, props: Tree): string => {
    const key = `${of.name} ${JSON.stringify(props)}`;
    if (!rendered.has(key)) rendered.set(key, of(props));
    return rendered.get(key)!;
  };
  const apiOf = (props: Tree) =>
    output((chart) => new SedaApi(chart, 'api', props as unknown as SedaApiProps));
  const withService = (chart: Chart, props: Tree, ...fields: string[]): Tree => ({
    ...props,
    ...Object.fromEntries(fields.map((field) => [field, service(chart, String(props[field]))])),
  });
  const ingressOf = (props: Tree) =>
    output(
      (chart) =>
        new SedaIngress(
          chart,
          'ingress',
          withService(chart, props, 'service') as unknown as SedaIngressProps,
        ),
    );
  const monitoringOf = (props: Tree) =>
    output((chart) => {
      const services = withService(chart, props, 'service', 'metricsService');
      const entrance = { ...ingressProps, name: props.ingress, service: services.service };
      const ingress = new SedaIngress(chart, 'ingress', entrance as unknown as SedaIngressProps);
      return new SedaMonitoring(chart, 'monitoring', {
        ...services,
        ingress,
      } as unknown as SedaMonitoringProps);
    });

  test.each(variants({ ...shop }, { ...store }))('SedaApi: %s', (_, props) => {
    expect(apiOf({ ...props, workload: pair })).not.toBe(once(apiOf, { ...shop, workload: pair }));
  });

  test.each(variants({ ...single }, { ...single, revision: other }))(
    'SedaApi, rolling: %s',
    (_, workload) => {
      expect(apiOf({ ...shop, workload })).not.toBe(once(apiOf, { ...shop, workload: single }));
    },
  );

  test.each(
    variants({ ...pair }, { ...pair, active: 'green', blue: other, green: other, expandedIn: 7 }),
  )('SedaApi, blue-green: %s', (_, workload) => {
    expect(apiOf({ ...shop, workload })).not.toBe(once(apiOf, { ...shop, workload: pair }));
  });

  const wayIn: Every<Omit<SedaIngressProps, 'service' | 'controller' | 'traffic'>> = {
    name: 'shop',
    host: 'api.shop.example',
    paths: ['/v1'],
    extraHosts: ['one.example.com'],
    annotations: { note: 'one' },
    blockedPaths: ['/v1/metrics'],
    requestsPerSecond: 10,
    maxBodySize: '1Mi',
    requestTimeoutSeconds: 30,
    tls: {
      secretName: 'shop-tls',
      issuer: 'letsencrypt',
      certificate: 'explicit',
      challenge: 'http-01',
    },
  };
  const wayOut: typeof wayIn = {
    name: 'store',
    host: 'api.store.example',
    paths: ['/v1', '/v2'],
    extraHosts: ['other.example.com'],
    annotations: { note: 'other' },
    blockedPaths: ['/v1/debug'],
    requestsPerSecond: 20,
    maxBodySize: '2Mi',
    requestTimeoutSeconds: 60,
    tls: {
      secretName: 'store-tls',
      issuer: 'internal',
      certificate: 'annotation',
      challenge: 'dns-01',
    },
  };
  const nginx: Every<IngressNginxController> = {
    kind: 'ingress-nginx',
    className: 'nginx',
    namespace: 'edge',
  };
  const gateway: Every<GatewayController> = {
    kind: 'gateway-api',
    implementation: 'envoy-gateway',
    gateway: {
      name: 'public',
      namespace: 'edge',
      proxyNamespace: 'proxies',
      httpsListener: 'https',
      httpListener: 'http',
      readsCertificate: false,
    },
  };
  const inner = {
    ...gateway,
    implementation: 'portable',
    gateway: {
      name: 'private',
      namespace: 'inside',
      proxyNamespace: 'inner-proxies',
      httpsListener: 'https-2',
      httpListener: 'http-2',
      readsCertificate: true,
    },
  };
  const standard: Every<StandardIngressController> = {
    kind: 'ingress',
    className: 'traefik',
    namespace: 'edge',
  };
  const {
    requestsPerSecond: _rate,
    maxBodySize: _size,
    ...portable
  } = { ...wayIn, service: 'shop-api' };
  const ingressProps = { ...wayIn, service: 'shop-api', controller: nginx };

  test.each(
    variants(ingressProps, {
      ...wayOut,
      service: 'store-api',
      controller: { ...nginx, className: 'internal', namespace: 'inside' },
    }),
  )('SedaIngress: %s', (_, props) => {
    expect(ingressOf(props)).not.toBe(once(ingressOf, ingressProps));
  });

  test.each(variants({ ...gateway }, inner))('SedaIngress, Gateway: %s', (_, controller) => {
    expect(ingressOf({ ...portable, controller })).not.toBe(
      ingressOf({ ...portable, controller: gateway }),
    );
  });

  test.each(variants({ ...standard }, { ...standard, className: 'internal', namespace: 'inside' }))(
    'SedaIngress, any Ingress: %s',
    (_, controller) => {
      const { blockedPaths: _blocked, requestTimeoutSeconds: _timeout, ...plain } = portable;
      expect(ingressOf({ ...plain, controller })).not.toBe(
        ingressOf({ ...plain, controller: standard }),
      );
    },
  );

  const ALERT: Required<OwnAlert> = {
    name: 'UploadsFail',
    expr: 'rate(uploads_failed_total{namespace="shop"}[5m]) > 0',
    for: '10m',
    severity: 'ticket',
    summary: 'uploads fail',
    runbookUrl: 'https://docs.example.com/uploads',
  };
  test.each<[keyof OwnAlert, Partial<OwnAlert>]>([
    ['name', { name: 'QueueTooLong' }],
    ['expr', { expr: 'vector(1)' }],
    ['for', { for: '5m' }],
    ['severity', { severity: 'page' }],
    ['summary', { summary: 'uploads are lost' }],
    ['runbookUrl', { runbookUrl: 'https://docs.example.com/other' }],
  ])('SedaMonitoring: alerts.%s', (_, change) => {
    const withAlert = (alert: OwnAlert) => monitoringOf({ ...monitoringProps, alerts: [alert] });
    expect(withAlert({ ...ALERT, ...change })).not.toBe(withAlert(ALERT));
  });

  const watched: Every<Omit<SedaMonitoringProps, 'service' | 'metricsService' | 'ingress'>> = {
    level: 'observability',
    path: '/metrics',
    intervalSeconds: 30,
    labels: { release: 'a' },
    metrics: { requestDuration: 'a', statusLabel: 'b', eventLoopLag: 'c' },
    serviceLevels: { availabilityPercent: 99, latencyPercent: 98, latencySeconds: 1 },
    team: 'shop',
    runbookUrl: 'https://docs.example.com/a',
    alerts: [ALERT],
    probe: { prober: 'exporter.a:9115', path: '/a', module: 'http_a' },
  };
  const guarded: typeof watched = {
    level: 'full',
    path: '/stats',
    intervalSeconds: 15,
    labels: { release: 'b' },
    metrics: { requestDuration: 'd', statusLabel: 'e', eventLoopLag: 'f' },
    serviceLevels: { availabilityPercent: 99.5, latencyPercent: 97, latencySeconds: 2 },
    team: 'store',
    runbookUrl: 'https://docs.example.com/b',
    alerts: [{ ...ALERT, name: 'QueueTooLong' }],
    probe: { prober: 'exporter.b:9115', path: '/b', module: 'http_b' },
  };
  const monitoringProps = {
    ...watched,
    service: 'shop-api',
    metricsService: 'shop-metrics',
    ingress: 'shop',
  };

  test.each(
    variants(monitoringProps, {
      ...guarded,
      service: 'store-api',
      metricsService: 'store-metrics',
      ingress: 'store',
    }),
  )('SedaMonitoring: %s', (_, props) => {
    expect(monitoringOf(props)).not.toBe(once(monitoringOf, monitoringProps));
  });
});

/** Two values of each field, none left out: a field that is new does not compile before it is in the list. */
type Fields<T> = { readonly [K in keyof T]-?: readonly [T, T] };

describe('every field of an entry of a list changes the output', () => {
  const pod = (settings: PodSettings) => rolling({ pod: settings });
  const labels = { team: 'shop' };
  const volume: PodVolume = { name: 'files', configMap: 'files' };
  const files: ProjectedSource = { configMap: 'files' };
  const token: ServiceAccountToken = { audience: 'vault', path: 'token' };
  const init: InitContainer = { ...INIT, command: ['a'], args: ['a'], env: { A: 'a' } };
  const side: Sidecar = { ...init, ports: { http: 1 }, startupProbe: { port: 1 } };
  const mount: PodVolumeMount = { name: 'files', mountPath: '/files' };
  const also: PodVolume = { name: 'also', configMap: 'files' };
  const migrated = (settings: PodSettings) =>
    api({
      egress: [{ name: 'database', ports: [5432] }],
      migration: {},
      workload: { strategy: 'rolling', revision: { ...REVISION, pod: settings } },
    });

  const tolerations: Fields<Toleration> = {
    key: [{ key: 'a' }, { key: 'b' }],
    operator: [{ key: 'a' }, { key: 'a', operator: 'Exists' }],
    value: [{ key: 'a' }, { key: 'a', value: 'b' }],
    effect: [{ key: 'a' }, { key: 'a', effect: 'NoSchedule' }],
    tolerationSeconds: [
      { key: 'a', effect: 'NoExecute' },
      { key: 'a', effect: 'NoExecute', tolerationSeconds: 9 },
    ],
  };
  const spreads: Fields<TopologySpread> = {
    topologyKey: [{ topologyKey: 'a' }, { topologyKey: 'b' }],
    maxSkew: [{ topologyKey: 'a' }, { topologyKey: 'a', maxSkew: 2 }],
    whenUnsatisfiable: [
      { topologyKey: 'a' },
      { topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
    ],
  };
  const volumes: Fields<PodVolume> = {
    name: [volume, { ...volume, name: 'other' }],
    configMap: [volume, { ...volume, configMap: 'kube-root-ca.crt' }],
    secret: [volume, { name: 'files', secret: 'files' }],
    persistentVolumeClaim: [volume, { name: 'files', persistentVolumeClaim: 'files' }],
    emptyDir: [volume, { name: 'files', emptyDir: '1Mi' }],
    projected: [volume, { name: 'files', projected: [files] }],
    items: [volume, { ...volume, items: { ca: 'ca.crt' } }],
    defaultMode: [volume, { ...volume, defaultMode: 0o440 }],
    optional: [volume, { ...volume, optional: true }],
    migration: [volume, { ...volume, migration: true }],
  };
  const mounts: Fields<PodVolumeMount> = {
    name: [mount, { ...mount, name: 'also' }],
    mountPath: [mount, { ...mount, mountPath: '/other' }],
    subPath: [mount, { ...mount, subPath: 'ca.crt' }],
    readOnly: [mount, { ...mount, readOnly: false }],
  };
  const sources: Fields<ProjectedSource> = {
    configMap: [files, { configMap: 'other' }],
    secret: [files, { secret: 'files' }],
    serviceAccountToken: [files, { serviceAccountToken: token }],
    items: [files, { ...files, items: { ca: 'ca.crt' } }],
  };
  const tokens: Fields<ServiceAccountToken> = {
    audience: [token, { ...token, audience: 'cloud' }],
    path: [token, { ...token, path: 'other' }],
    expirationSeconds: [token, { ...token, expirationSeconds: 600 }],
  };
  const initContainers: Fields<InitContainer> = {
    name: [init, { ...init, name: 'other' }],
    image: [init, { ...init, image: `shop/tools:2@sha256:${'a'.repeat(64)}` }],
    command: [init, { ...init, command: ['b'] }],
    args: [init, { ...init, args: ['b'] }],
    env: [init, { ...init, env: { A: 'b' } }],
    secretEnv: [init, { ...init, secretEnv: { B: { name: 'b', key: 'b' } } }],
    resources: [init, { ...init, resources: { requests: { cpu: '20m' }, limits: {} } }],
    volumeMounts: [init, { ...init, volumeMounts: [mount] }],
    runAsUser: [init, { ...init, runAsUser: 20001 }],
    migration: [init, { ...init, migration: true }],
  };
  const sidecars: Fields<Omit<Sidecar, keyof InitContainer>> &
    Fields<Pick<Sidecar, 'name' | 'migration'>> = {
    name: [side, { ...side, name: 'other' }],
    migration: [side, { ...side, migration: true }],
    ports: [side, { ...side, ports: { http: 2 } }],
    startupProbe: [side, { ...side, startupProbe: { port: 2 } }],
    readinessProbe: [side, { ...side, readinessProbe: { port: 1 } }],
    livenessProbe: [side, { ...side, livenessProbe: { port: 1 } }],
  } as const;
  const probes: Fields<SidecarProbe> = {
    port: [{ port: 1 }, { port: 2 }],
    path: [{ port: 1 }, { port: 1, path: '/live' }],
  };
  const keys: Fields<SecretKey> = {
    name: [
      { name: 'a', key: 'a' },
      { name: 'b', key: 'a' },
    ],
    key: [
      { name: 'a', key: 'a' },
      { name: 'a', key: 'b' },
    ],
  };
  const dnsPeers: Fields<DnsPeer> = {
    namespace: [{ namespace: 'a' }, { namespace: 'b' }],
    podLabels: [{ namespace: 'a' }, { namespace: 'a', podLabels: labels }],
    cidr: [{ namespace: 'a' }, { cidr: 'fd00::a/128' }],
    port: [{ namespace: 'a' }, { namespace: 'a', port: 5353 }],
  };
  const egress: Fields<Egress> = {
    name: [
      { name: 'a', ports: [1] },
      { name: 'database', ports: [1] },
    ],
    ports: [
      { name: 'a', ports: [1] },
      { name: 'a', ports: [2] },
    ],
    podLabels: [
      { name: 'a', ports: [1] },
      { name: 'a', ports: [1], podLabels: labels },
    ],
    namespace: [
      { name: 'a', ports: [1] },
      { name: 'a', ports: [1], namespace: 'a' },
    ],
    cidrs: [
      { name: 'a', ports: [1] },
      { name: 'a', ports: [1], cidrs: ['fd00::/8'] },
    ],
  };

  const list = <T>(
    of: string,
    fields: { readonly [field: string]: readonly [T, T] },
    build: (entry: T) => unknown,
  ) =>
    Object.entries(fields).map(([field, [a, b]]) => ({
      entry: `${of}.${field}`,
      outputs: () => [build(a), build(b)] as ReturnType<typeof pod>[],
    }));

  test.each([
    ...list('tolerations', tolerations, (one) => pod({ tolerations: [one] })),
    ...list('topologySpreadConstraints', spreads, (one) =>
      pod({ topologySpreadConstraints: [one] }),
    ),
    ...list('volumes', volumes, (one) => migrated({ volumes: [one] })),
    ...list('volumeMounts', mounts, (one) => pod({ volumes: [volume, also], volumeMounts: [one] })),
    ...list('projected', sources, (one) => pod({ volumes: [{ name: 'a', projected: [one] }] })),
    ...list('serviceAccountToken', tokens, (one) =>
      pod({ volumes: [{ name: 'a', projected: [{ serviceAccountToken: one }] }] }),
    ),
    ...list('initContainers', initContainers, (one) =>
      migrated({ volumes: [volume], initContainers: [one] }),
    ),
    ...list('sidecars', sidecars as Fields<Sidecar>, (one) => migrated({ sidecars: [one] })),
    ...list('startupProbe', probes, (one) => pod({ sidecars: [{ ...side, startupProbe: one }] })),
    ...list('secretEnv', keys, (one) => pod({ secretEnv: { A: one } })),
    ...list('dnsPeers', dnsPeers, (one) => api({ dnsPeers: [one] })),
    ...list('egress', egress, (one) =>
      // The name decides whether a migration may go there; without the right one it is a fault.
      one.name === 'a' ? api({ egress: [one] }) : api({ egress: [one], migration: {} }),
    ),
  ])('$entry', ({ outputs }) => {
    const [one, other] = outputs();
    expect(one!.faults).toEqual([]);
    expect(other!.faults).toEqual([]);
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
  });
});
