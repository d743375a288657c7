import type { Chart } from 'cdk8s';
import fc, { type Arbitrary } from '../test/random';
import { isIPv4 } from 'node:net';
import { parse, parseAllDocuments } from 'yaml';
import { schemaFaults } from '../ops/check/schema';
import type { Manifest } from './manifests';
import { anyText } from '../test/any-text';
import { render } from '../test/render';
import {
  type ApiRevision,
  type Colour,
  contentHash,
  type Egress,
  type MigrationProps,
  type PodSettings,
  type SecretStore,
  SedaApi,
  type SedaApiProps,
  SedaIngress,
  type SedaIngressProps,
  SedaMonitoring,
  type SedaMonitoringProps,
  SedaNamespace,
  type SedaNamespaceProps,
} from './index';
import { k8s } from './k8s';
import { parseQuantity } from './quantity';
import { yamlText } from './yaml-text';

/** `npm run test:model` has more. */
const RUNS = Number(process.env.SEDA_PROPERTY_RUNS ?? 20);
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: RUNS });

/** How a generator draws a value: a good one, or now and then a bad one of the same type. */
type Draw = <T>(good: Arbitrary<T>, bad: Arbitrary<T>) => Arbitrary<T>;
const careful: Draw = (good) => good;
const careless: Draw = (good, bad) =>
  fc.oneof({ arbitrary: good, weight: 24 }, { arbitrary: bad, weight: 1 });

/** Three of five runs are without a bad value, so that both outcomes are looked at. */
const mixed = <T>(props: (draw: Draw) => Arbitrary<T>): Arbitrary<T> =>
  fc.oneof({ arbitrary: props(careful), weight: 3 }, { arbitrary: props(careless), weight: 2 });
const optional = <T extends object, K extends keyof T>(
  fields: { [P in keyof T]: Arbitrary<T[P]> },
  ...requiredKeys: K[]
) => fc.record(fields, { requiredKeys, noNullPrototype: true });
const map = <T>(keys: Arbitrary<string>, values: Arbitrary<T>, minKeys = 0) =>
  fc.dictionary(keys, values, { minKeys, maxKeys: 3, noNullPrototype: true });

const odd = fc.constantFrom(
  '',
  ' ',
  '-',
  'Shop',
  'a\nb',
  'a b',
  'x'.repeat(80),
  '__proto__',
  'default-deny',
);
const text = fc.oneof(anyText(80), fc.string({ unit: 'grapheme', maxLength: 80 }), odd);
/** What a variable can hold. */
const printable = text.filter((value) => !value.includes('\0'));
const integer = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1, 1.5, NaN, Infinity, 65536),
);
// Made once: an expression is taken apart when its generator is made.
const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,37}[a-z0-9])?$/);
const word = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/).map((key) => `X${key}`);
const key = fc.stringMatching(/^[a-z][-._a-z0-9]{0,20}$/);
const folder = fc
  .stringMatching(/^(\/[a-z._~-][A-Za-z0-9._~-]{0,11}){1,3}$/)
  .filter((value) => !/\/\.{1,2}(\/|$)/.test(value));
/** fc.webUrl lists all of the million characters first, as test/any-text.ts says. */
const url = fc.domain().map((host) => `https://${host}/a?b=c#d`);
const metricName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,20}$/);
const tag = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  fc.constantFrom('v'.repeat(128), `1${'.'.repeat(62)}x`, `1${'_.-'.repeat(20)}`),
);
const digest = fc.constantFrom('', `@sha256:${'0123456789abcdef'.repeat(4)}`);
const repository = fc.stringMatching(
  /^([a-z0-9]{1,9}(:\d{1,4})?\/)?[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,2}$/,
);
/** Every request of these is below every limit. */
const SMALL = {
  cpu: ['1m', '50m', '0.1'],
  memory: ['4Mi', '9437184', '16.5Mi'],
  'ephemeral-storage': ['1Mi', '2M'],
};
const BIG = {
  cpu: ['1', '2500m'],
  memory: ['64Mi', '1G', '0.5Gi'],
  'ephemeral-storage': ['64Mi', '1G'],
};
const folderSize = fc.constantFrom('1Mi', '2.5Mi', '60M');
const bodySize = fc.constantFrom('1Ki', '64Mi', '1G', '0.5Gi');
/** Folders side by side. */
const folders = (draw: Draw) =>
  map(path(draw), quantity(draw, folderSize)).filter((paths) =>
    Object.keys(paths).every(
      (one) =>
        !/^\/(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|usr|var)(\/|$)/.test(one) &&
        Object.keys(paths).every((other) => !one.startsWith(`${other}/`)),
    ),
  );

const whole = (draw: Draw, min: number, max: number) => draw(fc.integer({ min, max }), integer);
const name = (draw: Draw) => draw(fc.oneof(label, fc.constant('default-deny')), text);
const path = (draw: Draw) =>
  draw(folder, fc.oneof(text, fc.constantFrom('/a/../b', '/.', '//', 'a', '/a/')));
const variable = (draw: Draw) =>
  draw(word, fc.oneof(text, fc.constantFrom('PORT', 'NODE_OPTIONS')));
const quantity = (draw: Draw, good: Arbitrary<string>) =>
  draw(good, fc.oneof(text, fc.constantFrom('0', '-1', '1 Gi', '1e3', '64mb')));
const quantities = (
  draw: Draw,
  values: typeof SMALL,
  requiredKeys: (keyof typeof SMALL)[],
): Arbitrary<{ [resource: string]: string }> =>
  draw(
    fc.record(
      {
        cpu: quantity(draw, fc.constantFrom(...values.cpu)),
        memory: quantity(draw, fc.constantFrom(...values.memory)),
        'ephemeral-storage': quantity(draw, fc.constantFrom(...values['ephemeral-storage'])),
      },
      { requiredKeys, noNullPrototype: true },
    ) as Arbitrary<{ [resource: string]: string }>,
    map(fc.oneof(text, fc.constant('memroy')), fc.constantFrom('1Gi')),
  );
const image = (draw: Draw) =>
  draw(
    fc
      .tuple(repository, tag, digest)
      .filter((parts) => parts[1] !== 'latest')
      .map(([host, version, hash]) => `${host}:${version}${hash}`),
    fc.oneof(
      text,
      fc.constantFrom(
        'shop/api',
        'shop/api:latest',
        'shop/api:1@sha256:00',
        'shop/api:\n1',
        'shop\n/api:1',
      ),
    ),
  );

const tag1 = fc.constantFrom('shop/proxy:1.0.0', 'shop/proxy:2.0.0');
const pod = (draw: Draw): Arbitrary<PodSettings> =>
  optional<PodSettings, never>({
    labels: draw(map(fc.constant('team'), label, 1), map(text, text)),
    annotations: map(fc.constantFrom('a.example.com/b', 'note'), draw(label, text)),
    nodeSelector: draw(map(label, label, 1), map(text, text)),
    tolerations: fc.array(
      fc.record({ key: draw(label, text), operator: fc.constant('Exists' as const) }),
      { maxLength: 2 },
    ),
    topologySpreadConstraints: fc.array(
      fc.record({ topologyKey: draw(label, text), maxSkew: whole(draw, 1, 9) }),
      { maxLength: 2 },
    ),
    priorityClassName: name(draw),
    imagePullSecrets: fc.array(name(draw), { maxLength: 2 }),
    command: command(draw),
    secretEnv: map(draw(fc.constant('SENTRY_DSN'), text), fc.record({ name: name(draw), key })),
    fieldEnv: map(fc.constant('NODE_IP'), fc.constant('status.hostIP' as const)),
    startupSeconds: whole(draw, 1, 3600),
    runAsUser: whole(draw, 1, 65535),
    runAsGroup: whole(draw, 1, 65535),
    fsGroup: whole(draw, 1, 65535),
    dnsPolicy: draw(fc.constant('Default' as const), text as Arbitrary<'Default'>),
    dnsConfig: fc.record({ nameservers: fc.array(draw(fc.ipV4(), text), { maxLength: 3 }) }),
    volumes: fc.constant([
      { name: 'seda-ca', configMap: 'kube-root-ca.crt', migration: true },
      { name: 'seda-work', emptyDir: '1Mi' },
    ]),
    sidecars: fc.array(
      fc.record({
        name: fc.constant('seda-proxy'),
        image: draw(tag1, text),
        resources: fc.constant({ requests: { cpu: '10m' }, limits: { memory: '32Mi' } }),
        startupProbe: fc.record({ port: whole(draw, 1, 65535) }),
        migration: fc.boolean(),
      }),
      { maxLength: 1 },
    ),
  });

const revision = (draw: Draw): Arbitrary<ApiRevision> =>
  optional<ApiRevision, 'image' | 'replicas' | 'config' | 'resources'>(
    {
      image: image(draw),
      imagePullPolicy: fc.constantFrom('Always', 'IfNotPresent'),
      replicas: whole(draw, 2, 1000),
      secretVersion: whole(draw, 1, 9999),
      autoscaling: fc.record({
        minReplicas: whole(draw, 2, 9),
        maxReplicas: whole(draw, 10, 99),
        targetCpuPercent: whole(draw, 1, 100),
      }),
      config: map(variable(draw), draw(printable, text)),
      resources: fc.record({
        // An autoscaler needs the first of them.
        requests: quantities(draw, SMALL, ['cpu']),
        limits: quantities(draw, BIG, []),
      }),
      writablePaths: folders(draw),
      pod: pod(draw),
    },
    'image',
    'replicas',
    'config',
    'resources',
  );

const cidr = fc.oneof(text, fc.constantFrom('10.0.0.1', '999.0.0.0/8', '10.0.0.0/33'));
/** In one place, or now and then in several. */
const egress = (draw: Draw): Arbitrary<Egress> =>
  draw(
    fc.oneof(egressOf(draw, 'namespace'), egressOf(draw, 'podLabels'), egressOf(draw, 'cidrs')),
    egressOf(draw, 'namespace', 'podLabels', 'cidrs'),
  );
const egressOf = (draw: Draw, ...places: (keyof Egress)[]): Arbitrary<Egress> =>
  optional<Egress, 'name' | 'ports'>(
    {
      name: draw(label, text),
      ...(places.includes('namespace') ? { namespace: draw(label, text) } : {}),
      ...(places.includes('podLabels')
        ? { podLabels: draw(map(label, label, 1), map(text, text)) }
        : {}),
      ports: draw(
        fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 3 }),
        fc.array(integer, { maxLength: 2 }),
      ),
      ...(places.includes('cidrs')
        ? {
            cidrs: draw<string[]>(
              fc.constantFrom(['0.0.0.0/0'], ['10.0.0.0/8', '192.168.1.0/24']),
              fc.array(cidr, { maxLength: 2 }),
            ),
          }
        : {}),
    },
    'name',
    'ports',
  );

const secret = (draw: Draw) =>
  fc.record({ name: name(draw), env: map(variable(draw), draw(key, text)) });
const prefix = folder.map((value) => value.slice(1).replaceAll('~', '-'));
const store = (draw: Draw) =>
  optional<SecretStore, 'name' | 'keyPrefix'>(
    {
      name: name(draw),
      keyPrefix: draw(prefix, text),
      refreshInterval: draw(fc.constantFrom('1h', '30s', '1h30m'), text),
    },
    'name',
    'keyPrefix',
  );
const command = (draw: Draw) =>
  draw<string[]>(fc.constant(['bin/migrate']), fc.array(text, { maxLength: 2 }));
const migration = (draw: Draw) =>
  optional<MigrationProps, never>({
    command: command(draw),
    deadlineSeconds: whole(draw, 1, 3600),
    secret: secret(draw),
  });
const colour = (draw: Draw) =>
  draw<Colour>(fc.constantFrom('blue', 'green'), text as Arbitrary<Colour>);
/** Where a migration goes; without it a migration is a fault. */
const DATABASE = { name: 'database', ports: [5432] };
const apiProps = (draw: Draw): Arbitrary<SedaApiProps> =>
  fc
    .tuple(apiFields(draw), draw(fc.constant(true), fc.boolean()))
    .map(([props, reachable]) =>
      reachable ? { ...props, egress: [...(props.egress ?? []), DATABASE] } : props,
    );
const apiFields = (draw: Draw): Arbitrary<SedaApiProps> =>
  optional<SedaApiProps, 'name' | 'health' | 'workload'>(
    {
      name: name(draw),
      deploymentName: name(draw),
      port: whole(draw, 1024, 65535),
      preStopSeconds: whole(draw, 1, 30),
      drainSeconds: whole(draw, 0, 20),
      longestRequestSeconds: whole(draw, 1, 60),
      terminationGracePeriodSeconds: whole(draw, 110, 3600),
      health: fc.record(
        {
          readiness: path(draw),
          checks: fc.uniqueArray(draw(fc.constantFrom('database', 'redis'), text), {
            maxLength: 2,
          }),
          liveness: path(draw),
        },
        { requiredKeys: ['readiness'] },
      ),
      workload: fc.oneof(
        fc.record({ strategy: fc.constant('rolling' as const), revision: revision(draw) }),
        fc.record({
          strategy: fc.constant('blue-green' as const),
          active: colour(draw),
          blue: revision(draw),
          green: revision(draw),
        }),
      ),
      secret: secret(draw),
      secretStore: store(draw),
      migration: migration(draw),
      clientNamespaces: fc.uniqueArray(name(draw), { maxLength: 2 }),
      egress: fc.uniqueArray(egress(draw), { maxLength: 3, selector: (entry) => entry.name }),
      disruptionBudget: fc.boolean(),
      requireDigest: draw(fc.constant(false), fc.boolean()),
    },
    'name',
    'health',
    'workload',
  );

type IngressFields = Omit<SedaIngressProps, 'service'>;
const ingressProps = (draw: Draw): Arbitrary<IngressFields> => {
  const common = {
    name: name(draw),
    host: draw(
      fc.domain(),
      fc.oneof(
        text,
        fc.ipV4(),
        url,
        fc.constantFrom('a\n.b', `${'\n'.repeat(64)}.x`, `${'a.'.repeat(130)}a`, 'localhost:3001'),
      ),
    ),
    paths: draw<string[]>(
      fc.uniqueArray(path(draw), { minLength: 1, maxLength: 3 }),
      fc.constant([]),
    ),
    // Below the first path, until it is put behind it.
    blockedPaths: draw<string[]>(
      fc.constantFrom([], ['/inside'], ['/a', '/b/c']),
      fc.array(fc.oneof(text, fc.constantFrom('', 'x', '/../x')), { maxLength: 2 }),
    ),
    requestTimeoutSeconds: whole(draw, 1, 3600),
    tls: fc.record({
      secretName: name(draw),
      issuer: name(draw),
      certificate: draw<'explicit' | 'annotation'>(
        fc.constant('explicit'),
        fc.constant('annotation'),
      ),
    }),
  };
  const rate = whole(draw, 1, 1000);
  const controller = fc.record(
    { kind: fc.constant('ingress-nginx'), className: name(draw), namespace: name(draw) },
    { requiredKeys: ['kind', 'className'] },
  );
  const nginx = optional<IngressFields, 'name' | 'host' | 'controller' | 'paths'>(
    { ...common, controller, requestsPerSecond: rate, maxBodySize: quantity(draw, bodySize) },
    'name',
    'host',
    'controller',
    'paths',
  );
  const listeners = { httpsListener: name(draw), httpListener: name(draw) };
  const gateway = fc.record(
    { name: name(draw), namespace: name(draw), proxyNamespace: name(draw), ...listeners },
    { requiredKeys: ['name', 'namespace'] },
  );
  const route = optional<IngressFields, 'name' | 'host' | 'controller' | 'paths'>(
    {
      ...common,
      controller: fc.record({ kind: fc.constant('gateway-api'), gateway }),
      ...(draw === careful ? {} : { requestsPerSecond: rate, maxBodySize: text }),
    },
    'name',
    'host',
    'controller',
    'paths',
  );
  const limited = optional<IngressFields, 'name' | 'host' | 'controller' | 'paths'>(
    {
      ...common,
      controller: fc.record({
        kind: fc.constant('gateway-api'),
        implementation: fc.constant('envoy-gateway'),
        gateway,
      }),
      requestsPerSecond: rate,
      maxBodySize: draw(fc.constantFrom('1Ki', '10Mi', '10485760', '2G'), quantity(draw, bodySize)),
    },
    'name',
    'host',
    'controller',
    'paths',
  );
  const block = (first: string, blocked: readonly string[]) =>
    blocked.map((below) => `${first}${below}`);
  return fc.oneof(nginx, route, limited).map((props) => ({
    ...props,
    blockedPaths: block(props.paths[0] ?? '', props.blockedPaths ?? []),
  }));
};

const metric = (draw: Draw) => draw(metricName, fc.oneof(text, fc.constant('a:b')));
const monitoringProps = (
  draw: Draw,
): Arbitrary<Omit<SedaMonitoringProps, 'service' | 'metricsService'>> => {
  const percent = draw(fc.constantFrom(95, 99, 99.99), integer);
  const latencySeconds = draw(fc.constantFrom(0.1, 1, 2.5), integer);
  return optional<Omit<SedaMonitoringProps, 'service' | 'metricsService'>, 'level'>(
    {
      level: draw(
        fc.constantFrom('console', 'basic', 'full', 'observability'),
        text as Arbitrary<'full'>,
      ),
      path: path(draw),
      intervalSeconds: whole(draw, 5, 120),
      labels: draw(map(label, label), map(text, text)),
      team: text,
      runbookUrl: draw(url, text),
      metrics: fc.record(
        { requestDuration: metric(draw), statusLabel: metric(draw), eventLoopLag: metric(draw) },
        { requiredKeys: [] },
      ),
      serviceLevels: fc.record(
        { availabilityPercent: percent, latencyPercent: percent, latencySeconds },
        { requiredKeys: [] },
      ),
    },
    'level',
  );
};

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([-a-z0-9.]+\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const URL_PATH = /^\/(?!.*(\/\/|\/\.{1,2}(\/|$)))/;

/** What an API server checks in fields of these names, whichever object they are in; its schema says nothing of it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- fields of every type
const FIELDS: { readonly [field: string]: (value: any) => boolean } = {
  ...Object.fromEntries(
    ['namespace', 'serviceAccountName'].map((field) => [field, (value) => NAME.test(value)]),
  ),
  ...Object.fromEntries(
    ['priorityClassName', 'sectionName', 'secretName'].map((field) => [
      field,
      (value) => SUBDOMAIN.test(value),
    ]),
  ),
  imagePullSecrets: ([{ name: value }]) => SUBDOMAIN.test(value),
  host: (value) => SUBDOMAIN.test(value) && !isIPv4(value),
  hostnames: ([value]) => SUBDOMAIN.test(value) && !isIPv4(value),
  path: (value) => typeof value !== 'string' || URL_PATH.test(value),
  metadata: ({ labels = {} }) => isLabels(labels),
  matchLabels: (value) => isLabels(value),
  secretKeyRef: ({ name: value, key: part }) =>
    SUBDOMAIN.test(value) && /^[-._a-zA-Z0-9]+$/.test(part),
  to: (value) => value.length > 0,
  cidr: (value) => isIPv4(value.split('/')[0]) && Number(value.split('/')[1]) <= 32,
  seconds: (value) => value > 0,
  activeDeadlineSeconds: (value) => Number.isInteger(value) && value > 0,
  refreshInterval: (value) => /^(\d+(\.\d+)?(h|m|s))+$/.test(value),
  env: (value) => isUnique(value.map((entry: { name: string }) => entry.name)),
  volumes: (value) =>
    value.every((volume: { name: string }) => NAME.test(volume.name)) &&
    isUnique(value.map((volume: { name: string }) => volume.name)),
  volumeMounts: (value) =>
    isUnique(value.map((mount: { mountPath: string }) => mount.mountPath.replace(/\/+$/, ''))),
  resources: ({ requests = {}, limits = {} }) =>
    Object.keys({ ...requests, ...limits }).every((key) =>
      ['cpu', 'memory', 'ephemeral-storage'].includes(key),
    ) &&
    Object.keys(requests).every(
      (key) => !(key in limits) || parseQuantity(requests[key])! <= parseQuantity(limits[key])!,
    ),
};

function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

function isLabels(labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([key, value]) => LABEL_KEY.test(key) && LABEL.test(value));
}

function fieldFaults(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const path = `${at}.${key}`;
    if (path.endsWith('.data')) return [];
    const bad = Object.hasOwn(FIELDS, key) && !FIELDS[key]!(entry);
    return [...(bad ? [`${path} is ${JSON.stringify(entry)}`] : []), ...fieldFaults(entry, path)];
  });
}

function objectFaults(object: Manifest): string[] {
  const { kind, metadata } = object;
  return [
    ...(NAME.test(metadata.name) ? [] : [`${kind} has the name ${metadata.name}`]),
    ...(kind === 'Service' && !/^[a-z]/.test(metadata.name)
      ? [`Service ${metadata.name} does not begin with a letter`]
      : []),
    ...schemaFaults(object),
    ...fieldFaults(object, `${kind}/${metadata.name}`),
  ];
}

/** Renders arbitrary props twice: either every object is good and the text stable, or every fault is one sentence that helps. */
function holds<T>(
  props: (draw: Draw) => Arbitrary<T>,
  build: (props: T) => Parameters<typeof render>[0],
  ...examples: T[]
): void {
  let accepted = 0;
  fc.assert(
    fc.property(mixed(props), (value) => {
      const { faults, objects } = render(build(value));
      for (const fault of faults)
        expect(fault).toMatch(/^test[^\n]*: .+, (got .+, )?expected .+; .+$/);
      if (faults.length > 0) return;
      accepted += 1;
      expect(objects.flatMap(objectFaults)).toEqual([]);
      expect(JSON.stringify(render(build(value)).objects)).toBe(JSON.stringify(objects));
      const read = parseAllDocuments(yamlText(objects), { version: '1.1' }).map((document) =>
        document.toJS(),
      );
      expect(JSON.stringify(read)).toBe(JSON.stringify(objects));
    }),
    { examples: examples.map((example) => [example]) },
  );
  expect(accepted / RUNS).toBeGreaterThan(0.3);
}

test('SedaApi gives good objects or says what is wrong', () => {
  holds(apiProps, (props) => (chart) => void new SedaApi(chart, 'api', props));
});

function service(chart: Chart, id: string): k8s.KubeService {
  return new k8s.KubeService(chart, id, {
    metadata: {
      name: id,
      labels: { 'app.kubernetes.io/name': 'shop-api', 'app.kubernetes.io/instance': id },
    },
  });
}

test('SedaIngress gives good objects or says what is wrong', () => {
  const address = {
    name: 'shop',
    host: '10.0.0.1',
    paths: ['/v1'],
    controller: { kind: 'ingress-nginx', className: 'nginx' },
  } as const;
  holds(
    ingressProps,
    (props) => (chart) =>
      void new SedaIngress(chart, 'ingress', { ...props, service: service(chart, 'shop-api') }),
    address,
  );
});

test('SedaMonitoring gives good objects or says what is wrong', () => {
  const services = (chart: Chart) => ({
    service: service(chart, 'shop-api'),
    metricsService: service(chart, 'shop-metrics'),
  });
  holds(
    monitoringProps,
    (props) => (chart) =>
      void new SedaMonitoring(chart, 'monitoring', { ...props, ...services(chart) }),
    { level: 'basic', labels: { 'a b': '' } },
  );
});

test('SedaNamespace gives a good object or says what is wrong', () => {
  const props = (draw: Draw) =>
    optional<SedaNamespaceProps, 'name'>(
      { name: name(draw), podSecurityVersion: draw(fc.constantFrom('latest', 'v1.30'), text) },
      'name',
    );
  holds(props, (value) => (chart) => void new SedaNamespace(chart, 'namespace', value), {
    name: 'shop',
    podSecurityVersion: 'a b',
  });
});

test('the name of a Job and of a ConfigMap stands for what is in it', () => {
  const parts = (value: ApiRevision, migration: SedaApiProps['migration']) => {
    const props = {
      name: 'shop-api',
      health: { readiness: '/ready' },
      workload: { strategy: 'rolling', revision: value },
      egress: [DATABASE],
      migration,
    } as const;
    const { objects } = render((chart) => void new SedaApi(chart, 'api', props));
    return objects
      .filter(({ kind }) => kind === 'Job' || kind === 'ConfigMap')
      .map(({ metadata, data, spec }) => [metadata.name, JSON.stringify(data ?? spec)]);
  };
  const field = fc.constantFrom('image', 'replicas', 'config', 'resources', 'secretVersion');
  const job = optional<MigrationProps, never>({
    command: fc.constantFrom(['up'], ['down']),
    deadlineSeconds: fc.constantFrom(60, 600),
  });
  fc.assert(
    fc.property(
      revision(careful),
      revision(careful),
      field,
      job,
      job,
      (one, two, changed, first, second) => {
        const [before, after] = [
          parts(one, first),
          parts({ ...one, [changed]: two[changed] }, second),
        ];
        before.forEach(([name, content], index) =>
          expect(after[index]?.[0] === name).toBe(after[index]?.[1] === content),
        );
      },
    ),
  );
});

test('yamlText is read back by YAML 1.1 as it was', () => {
  const marks = fc.stringMatching(/^[-+=<~#&*!|>%@`?:,.\[\]{}'" \n\tnyox_0-9eE]{0,12}$/);
  const words = [
    '<<',
    '=',
    '0o17',
    'yes',
    'off',
    'NO',
    'null',
    '~',
    '0x1F',
    '017',
    '1_000',
    '1:30',
    '1e3',
    '2001-01-01',
    '1.4',
    '---',
    '...',
  ];
  const scalar = fc.oneof(anyText(80), marks, fc.constantFrom(...words));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('tree'), { maxLength: 3 }),
      map(scalar, tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(tree, scalar, (value, field) =>
      expect(parse(yamlText([{ [field]: value }]), { version: '1.1' })).toEqual({ [field]: value }),
    ),
    {
      numRuns: 4 * RUNS,
      examples: [
        ['<<', '<<'],
        [' \n', 'a'],
      ],
    },
  );
});

test('parseQuantity agrees with itself in every unit, and refuses the rest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999 }), text, (n, other) => {
      const [same, alike] = [
        [`${n}`, `${n}Ki`, `${n}Gi`, `${n}M`],
        [`${n}000m`, `${n * 1024}`, `${n * 1024}Mi`, `${n}000k`],
      ];
      same!.forEach((one, index) =>
        expect(parseQuantity(one)).toBeCloseTo(parseQuantity(alike![index]!)!, 6),
      );
      expect([`-${n}`, `${n} Mi`, `${n}e3`, `${n}mi`, ` ${n}`, `${n}.`].map(parseQuantity)).toEqual(
        Array(6).fill(undefined),
      );
      const value = parseQuantity(other);
      expect(value === undefined || (Number.isFinite(value) && value >= 0)).toBe(true);
    }),
  );
});

test('contentHash does not depend on the order of keys, and depends on everything else', () => {
  const value = fc.oneof(text, map(text, fc.oneof(text, map(text, text))));
  const reversed = (tree: unknown): unknown =>
    typeof tree === 'object'
      ? Object.fromEntries(
          Object.entries(tree!)
            .reverse()
            .map(([field, entry]) => [field, reversed(entry)]),
        )
      : tree;
  fc.assert(
    fc.property(value, value, (one, two) => {
      expect(contentHash(reversed(one))).toBe(contentHash(one));
      expect(contentHash({ one, two }) === contentHash({ one: two, two: one })).toBe(
        contentHash(one) === contentHash(two),
      );
    }),
  );
});
