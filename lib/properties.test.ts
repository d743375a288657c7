import fc from 'fast-check';
import { parseAllDocuments, parseDocument } from 'yaml';
import { schemaFaults } from '../policy/schema';
import { render, type Rendered } from '../test/render';
import { type ApiRevision, SedaApi, type SedaApiProps, SedaIngress, type SedaIngressProps, SedaMonitoring, type SedaMonitoringProps, SedaNamespace } from '.';
import { contentHash } from './content-hash';
import { parseQuantity } from './quantity';
import { yamlText } from './yaml-text';

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Mostly what people write, sometimes anything: a run with a few odd values says more than one of noise. */
const sometimes = <T>(good: fc.Arbitrary<T>, odd: fc.Arbitrary<unknown>) => fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: odd as fc.Arbitrary<T> });
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ maxLength: 80 }), fc.constant(''));
const number = fc.oneof(fc.integer(), fc.double(), fc.constant(0));

const name = sometimes(fc.stringMatching(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/), text);
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const image = sometimes(
  fc.tuple(fc.constantFrom('shop-api', 'registry.example.com:5000/a/b', 'ghcr.io/a/b'), fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/), hex)
    .map(([repository, tag, digest]) => `${repository}:${tag}@sha256:${digest}`),
  text,
);
const quantity = (good: string[]) => sometimes(fc.constantFrom(...good), text);
const path = sometimes(fc.stringMatching(/^(\/[a-z0-9._~-]{1,12}){1,4}$/), text);
const port = sometimes(fc.integer({ min: 1, max: 65535 }), number);
const config = fc.dictionary(sometimes(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/), text), sometimes(fc.string({ unit: 'grapheme', maxLength: 60 }), text), { maxKeys: 4 });

const revision: fc.Arbitrary<ApiRevision> = fc.record(
  {
    image,
    replicas: sometimes(fc.integer({ min: 2, max: 50 }), number),
    config,
    resources: fc.record({
      requests: fc.record({ cpu: quantity(['100m', '0.5', '2']), memory: quantity(['64Mi', '128Mi']) }),
      limits: fc.record({ memory: quantity(['128Mi', '1Gi', '2000M']) }),
    }),
    autoscaling: fc.record({ minReplicas: sometimes(fc.integer({ min: 2, max: 5 }), number), maxReplicas: sometimes(fc.integer({ min: 6, max: 20 }), number) }),
    writablePaths: fc.dictionary(path, quantity(['1Mi', '1Gi']), { maxKeys: 2 }),
    secretVersion: sometimes(fc.integer({ min: 1, max: 99 }), number),
    imagePullPolicy: fc.constantFrom('Always' as const, 'IfNotPresent' as const),
  },
  { requiredKeys: ['image', 'replicas', 'config', 'resources'] },
);

const api: fc.Arbitrary<SedaApiProps> = fc.record(
  {
    name,
    deploymentName: name,
    port,
    health: fc.record({ readiness: path, liveness: path }, { requiredKeys: ['readiness'] }),
    workload: fc.oneof(
      fc.record({ strategy: fc.constant('rolling' as const), revision }),
      fc.record({ strategy: fc.constant('blue-green' as const), active: sometimes(fc.constantFrom('blue' as const, 'green' as const), text), blue: revision, green: revision }),
    ),
    secret: fc.record({ name, env: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/), sometimes(fc.stringMatching(/^[a-z-]{1,20}$/), text), { maxKeys: 3 }) }),
    secretStore: fc.record({ name, keyPrefix: sometimes(fc.constantFrom('shop', 'shop/live'), text) }),
    clientNamespaces: fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 2 }),
    egress: fc.array(fc.record({ name: fc.constantFrom('database', 'cache'), ports: fc.array(port, { minLength: 1, maxLength: 2 }) }), { maxLength: 2 }),
    migration: fc.record({ deadlineSeconds: fc.integer({ min: 1, max: 9999 }) }, { requiredKeys: [] }),
    preStopSeconds: sometimes(fc.integer({ min: 0, max: 50 }), number),
    requireDigest: fc.boolean(),
    disruptionBudget: fc.boolean(),
  },
  { requiredKeys: ['name', 'health', 'workload'] },
);

const ingress: fc.Arbitrary<Omit<SedaIngressProps, 'service'>> = fc.record(
  {
    name,
    host: sometimes(fc.stringMatching(/^[a-z0-9]{1,20}(\.[a-z0-9]{1,10}){1,3}$/), text),
    controller: fc.oneof(
      fc.constant({ kind: 'ingress-nginx' as const, className: 'nginx' }),
      fc.constant({ kind: 'gateway-api' as const, gateway: { name: 'public', namespace: 'gateways' } }),
    ),
    paths: fc.array(path, { minLength: 1, maxLength: 3 }),
    requestTimeoutSeconds: sometimes(fc.integer({ min: 1, max: 3600 }), number),
    maxBodySize: quantity(['1Mi', '512k']),
    tls: fc.record({ secretName: name, issuer: name, certificate: fc.constantFrom('annotation' as const, 'explicit' as const) }),
  },
  { requiredKeys: ['name', 'host', 'controller', 'paths'] },
);

const monitoring: fc.Arbitrary<Omit<SedaMonitoringProps, 'service' | 'metricsService'>> = fc.record(
  {
    level: fc.constantFrom('console' as const, 'basic' as const, 'full' as const, 'observability' as const),
    path,
    intervalSeconds: sometimes(fc.integer({ min: 5, max: 120 }), number),
    metrics: fc.record({ requestDuration: sometimes(fc.stringMatching(/^[a-z_]{1,20}$/), text) }),
    serviceLevels: fc.record({ availabilityPercent: sometimes(fc.double({ min: 94, max: 99.99, noNaN: true }), number) }),
  },
  { requiredKeys: ['level'] },
);

/** What must hold for every accepted set of props; what is refused must say so in one line a fault. */
function judge(rendered: Rendered): boolean {
  for (const fault of rendered.faults) expect(fault).toMatch(/^test\/\S+: .+[;,] .+$/);
  for (const object of rendered.objects) {
    expect(schemaFaults(object)).toEqual([]);
    expect(object.metadata.name).toMatch(NAME);
    expect(object.metadata.name.length).toBeLessThanOrEqual(63);
    for (const labels of [object.metadata.labels, object.spec?.template?.metadata?.labels]) {
      for (const value of Object.values(labels ?? {})) expect(value).toMatch(LABEL);
    }
  }
  const back = parseAllDocuments(rendered.yaml(), { version: '1.1' }).map((document) => document.toJS());
  expect(back).toEqual(rendered.objects);
  return rendered.faults.length === 0;
}

/** Runs a property and asserts that it was not vacuous: enough inputs are accepted. */
function property<T>(props: fc.Arbitrary<T>, build: (props: T) => Rendered, numRuns: number): void {
  const verdicts: boolean[] = [];
  fc.assert(
    fc.property(props, (value) => {
      verdicts.push(judge(build(value)));
    }),
    { numRuns },
  );
  const accepted = verdicts.filter(Boolean).length / verdicts.length;
  expect(accepted).toBeGreaterThan(0.25);
}

const good: SedaApiProps = {
  name: 'shop-api', health: { readiness: '/ready' },
  workload: { strategy: 'rolling', revision: { image: 'shop-api:1', replicas: 2, config: {}, resources: { requests: {}, limits: {} } } },
};

describe('whatever the props, a construct gives valid objects or says what is wrong', () => {
  test('SedaApi', () => property(api, (props) => render((chart) => new SedaApi(chart, 'api', props)), 150));
  test('SedaNamespace', () => property(name, (value) => render((chart) => new SedaNamespace(chart, 'namespace', { name: value })), 100));
  test('SedaIngress', () =>
    property(ingress, (props) => render((chart) => new SedaIngress(chart, 'ingress', { ...props, service: new SedaApi(chart, 'api', good).service })), 80));
  test('SedaMonitoring', () =>
    property(
      monitoring,
      (props) => render((chart) => {
        const { service, metricsService } = new SedaApi(chart, 'api', good);
        new SedaMonitoring(chart, 'monitoring', { ...props, service, metricsService });
      }),
      60,
    ));
});

test('the same props render the same text', () => {
  fc.assert(fc.property(api, (props) => {
    const [first, second] = [1, 2].map(() => render((chart) => new SedaApi(chart, 'api', props)));
    expect(second).toEqual(first);
  }), { numRuns: 30 });
});

test('every tree of texts comes back from its YAML', () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, fc.string({ unit: 'grapheme' }), fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(fc.string({ minLength: 1 }), tie('tree'), { maxKeys: 3, noNullPrototype: true })),
  }));
  fc.assert(fc.property(tree, (value) => {
    const object = { value };
    expect(parseDocument(yamlText([object]), { version: '1.1', merge: false }).toJS()).toEqual(object);
  }), { numRuns: 500 });
});

test('a hash does not depend on the order of keys', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
    expect(contentHash(Object.fromEntries(Object.entries(object).reverse()))).toBe(contentHash(object));
  }));
});

test('a quantity is a number above or equal to zero, or nothing', () => {
  fc.assert(fc.property(fc.oneof(text, fc.stringMatching(/^[0-9.]{1,6}[a-zA-Z]{0,3}$/)), (value) => {
    const parsed = parseQuantity(value);
    expect(parsed === undefined || (Number.isFinite(parsed) && parsed >= 0)).toBe(true);
  }));
});
