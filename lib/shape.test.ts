import { App, Chart } from 'cdk8s';
import * as fc from '../test/random';
import { render } from '../test/render';
import {
  ArgoCdApplication,
  ArgoCdPreviews,
  ArgoCdProject,
  BlueGreenPair,
  IN_CLUSTER,
  PropsError,
  SedaApi,
  SedaIngress,
  SedaMonitoring,
  SedaNamespace,
} from './index';
import { k8s } from './k8s';
import { nearest } from './nearest';
import {
  dictionary,
  either,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  text,
  variant,
} from './shape';

const REVISION = {
  image: 'registry.example.com/shop/api:1.4.0',
  replicas: 2,
  config: {},
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
};
const SHOP = { name: 'shop-api', health: { readiness: '/ready' } };
const PROJECT = {
  name: 'shop',
  description: 'The shop',
  repository: 'https://github.com/shop/manifests.git',
  cluster: IN_CLUSTER,
  namespace: 'shop',
  allow: [],
};

/** As JavaScript calls a construct: with whatever it likes. */
type Loose = { readonly [prop: string]: unknown };
const service = (chart: Chart, name: string) =>
  new k8s.KubeService(chart, name, { metadata: { name } });
const project = (chart: Chart, props: Loose = PROJECT) =>
  new ArgoCdProject(chart, 'project', props as never);

/** Every construct with good props. */
const CONSTRUCTS: { readonly [name: string]: (chart: Chart, more: Loose) => unknown } = {
  SedaApi: (chart, more) =>
    new SedaApi(chart, 'one', {
      ...SHOP,
      workload: { strategy: 'rolling', revision: REVISION },
      ...more,
    }),
  BlueGreenPair: (chart, more) =>
    new BlueGreenPair(chart, 'one', {
      ...SHOP,
      serviceAccountName: 'shop',
      active: 'blue',
      blue: REVISION,
      green: REVISION,
      ...more,
    }),
  SedaIngress: (chart, more) =>
    new SedaIngress(chart, 'one', {
      name: 'shop',
      host: 'api.shop.example',
      controller: { kind: 'ingress-nginx', className: 'nginx' },
      paths: ['/v1'],
      service: service(chart, 'shop-api'),
      ...more,
    }),
  SedaMonitoring: (chart, more) =>
    new SedaMonitoring(chart, 'one', {
      level: 'basic',
      service: service(chart, 'shop-api'),
      metricsService: service(chart, 'shop-metrics'),
      ...more,
    }),
  SedaNamespace: (chart, more) => new SedaNamespace(chart, 'one', { name: 'shop', ...more }),
  ArgoCdProject: (chart, more) => new ArgoCdProject(chart, 'one', { ...PROJECT, ...more }),
  ArgoCdApplication: (chart, more) =>
    new ArgoCdApplication(chart, 'one', {
      name: 'shop',
      project: project(chart),
      revision: 'main',
      path: 'dist/shop',
      ...more,
    }),
  ArgoCdPreviews: (chart, more) => {
    const fence = project(chart, { ...PROJECT, namespace: 'shop-*' });
    return new ArgoCdPreviews(chart, 'one', {
      name: 'shop-*',
      project: fence,
      revision: 'preview/*',
      path: 'dist/preview-*',
      pullRequests: { owner: 'shop', repository: 'api', label: 'preview' },
      namespaces: { project: fence, revision: 'main', path: 'dist/namespaces', labels: {} },
      ...more,
    });
  },
};

describe('a prop that a construct does not know is refused with the one that was meant', () => {
  test.each<[string, string, string]>([
    ['SedaApi', 'preStopSecond', 'preStopSeconds'],
    ['SedaApi', 'migrations', 'migration'],
    ['BlueGreenPair', 'disruption-budget', 'disruptionBudget'],
    ['BlueGreenPair', 'Port', 'port'],
    ['SedaIngress', 'blockedPath', 'blockedPaths'],
    ['SedaMonitoring', 'servicelevels', 'serviceLevels'],
    ['SedaNamespace', 'podSecuirtyVersion', 'podSecurityVersion'],
    ['ArgoCdProject', 'syncWindow', 'syncWindows'],
    ['ArgoCdApplication', 'waitFor', 'waitsFor'],
    ['ArgoCdPreviews', 'revisoin', 'revision'],
  ])('%s: %s', (name, prop, meant) => {
    const faultsOf = (more: Loose) =>
      render((chart) => void CONSTRUCTS[name]!(chart, more), 'shop').faults;
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ [prop]: undefined })).toEqual([]);
    expect(faultsOf({ [prop]: 1 })).toEqual([
      `test/one: ${prop} is not a known key; did you mean ${meant}?`,
    ]);
  });

  test('in a part of the props as well, and with all keys where none is near', () => {
    const { faults } = render(
      (chart) =>
        void CONSTRUCTS.SedaApi!(chart, {
          health: { readiness: '/ready', livenes: '/live', xyz: 1 },
          workload: { strategy: 'rolling', revision: { ...REVISION, replica: 3 } },
        }),
    );
    expect(faults).toEqual([
      'test/one: health.livenes is not a known key; did you mean liveness?',
      'test/one: health.xyz is not a known key, expected one of readiness, checks, liveness, readinessProbe; remove it or correct its spelling',
      'test/one: workload.revision.replica is not a known key; did you mean replicas?',
    ]);
  });
});

test('props that a construct cannot be built from say so at once, all of them', () => {
  const build = (name: string, more: Loose) => () =>
    CONSTRUCTS[name]!(new Chart(new App(), 'test'), more);
  expect(build('SedaApi', { health: undefined, prot: 1, port: '3001', migration: null })).toThrow(
    new PropsError(
      [
        'test/one: prot is not a known key; did you mean port?',
        'test/one: port is of the wrong kind, got "3001", expected a number; correct it',
        'test/one: health is missing, expected an object with readiness, checks, liveness, readinessProbe; add it',
        'test/one: migration is of the wrong kind, got null, expected an object with command, deadlineSeconds, secret; correct it',
      ].join('\n'),
    ),
  );
  expect(build('SedaApi', { workload: { strategy: 'bluegreen' } })).toThrow(
    'test/one: workload.strategy is unknown, got "bluegreen", expected rolling or blue-green; did you mean blue-green?',
  );
  expect(build('SedaIngress', { paths: '/v1' })).toThrow(
    'test/one: paths is of the wrong kind, got "/v1", expected a list; correct it',
  );
  const gateway = { name: 'public', namespace: 'gateways' };
  const controller = { kind: 'gateway-api', implementation: 'envoy-gatway', gateway };
  expect(build('SedaIngress', { controller })).toThrow(
    'test/one: controller.implementation is unknown, got "envoy-gatway", expected envoy-gateway or portable; did you mean envoy-gateway?',
  );
  for (const name of Object.keys(CONSTRUCTS))
    expect(build(name, { name: 7, level: 7 })).toThrow(PropsError);
});

test('a value of the wrong kind that is a credential is not shown', () => {
  const build = () =>
    CONSTRUCTS.SedaApi!(new Chart(new App(), 'test'), {
      secret: 'postgres://shop:hunter22@db',
    });
  expect(build).toThrow(/^test\/one: secret is of the wrong kind, got a value that is not shown, /);
});

describe('shapes', () => {
  interface Sample {
    readonly name: string;
    readonly size?: number;
    readonly on: boolean;
    readonly tags: readonly string[];
    readonly notes: { readonly [key: string]: string };
    readonly kind: 'a' | 'b';
    readonly where: { readonly host: string } | { readonly file: string };
    readonly how: { readonly by: 'x'; readonly x: number } | { readonly by: 'y' };
  }
  const sample = object<Sample>({
    name: text,
    size: optional(number),
    on: flag,
    tags: list(text),
    notes: dictionary(text),
    kind: oneOf('a', 'b'),
    where: either(
      object<{ readonly host: string }>({ host: text }),
      object<{ readonly file: string }>({ file: text }),
    ),
    how: variant<'by', Sample['how']>('by', {
      x: object<{ readonly by: 'x'; readonly x: number }>({ by: oneOf('x'), x: number }),
      y: object<{ readonly by: 'y' }>({ by: oneOf('y') }),
    }),
  });
  const good: Sample = {
    name: 'n',
    on: true,
    tags: [],
    notes: { constructor: 'x' },
    kind: 'a',
    where: { file: 'f' },
    how: { by: 'y' },
  };
  const messages = (change: Loose) =>
    sample.faults('at', { ...good, ...change }).map(({ message }) => message);

  test.each<Loose>([
    {},
    { size: 3 },
    { size: undefined },
    { tags: ['a'] },
    { where: { host: 'h' } },
  ])('%j is permitted', (change) => expect(messages(change)).toEqual([]));

  test.each<[Loose, string]>([
    [{ name: 1 }, 'at.name is of the wrong kind, got 1, expected a text; correct it'],
    [
      { on: 'false' },
      'at.on is of the wrong kind, got "false", expected true or false; correct it',
    ],
    [{ tags: ['a', 2] }, 'at.tags.1 is of the wrong kind, got 2, expected a text; correct it'],
    [{ notes: { a: 1 } }, 'at.notes.a is of the wrong kind, got 1, expected a text; correct it'],
    [{ notes: [] }, 'at.notes is of the wrong kind, got [], expected an object; correct it'],
    [{ kind: 'B' }, 'at.kind is unknown, got "B", expected a or b; did you mean b?'],
    [{ kind: 'zzz' }, 'at.kind is of the wrong kind, got "zzz", expected a or b; correct it'],
    [{ where: { files: 'f' } }, 'at.where.files is not a known key; did you mean file?'],
    [
      { how: { by: 'y', x: 1 } },
      'at.how.x is not a known key, expected one of by; remove it or correct its spelling',
    ],
    [
      { how: { by: 'toString' } },
      'at.how.by is of the wrong kind, got "toString", expected x or y; correct it',
    ],
    [
      { how: 'x' },
      'at.how is of the wrong kind, got "x", expected an object with by: x or y; correct it',
    ],
  ])('%j is refused', (change, message) => expect(messages(change)).toContain(message));

  test('take any value and never throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        for (const { message } of sample.faults('', value)) expect(message).not.toBe('');
        fc.pre(typeof value === 'object' && value !== null);
        expect(sample.faults('', { ...good, ...(value as object) })).toBeInstanceOf(Array);
      }),
    );
  });
});

describe('the nearest word', () => {
  const words = ['replicas', 'autoscaling', 'port', 'name', 'secretVersion'];
  test.each([
    ['replica', 'replicas'],
    ['autoscalling', 'autoscaling'],
    ['Autoscaling', 'autoscaling'],
    ['secret_version', 'secretVersion'],
    ['prot', 'port'],
    ['nmae', 'name'],
    ['weight', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('%s', (word, meant) => expect(nearest(word, words)).toBe(meant));

  test('of a word with one slip is the word', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('replicas', 'autoscaling', 'secretVersion'),
        fc.nat(7),
        fc.constantFrom('', 'x', 'q'),
        (word, at, instead) =>
          nearest(word.slice(0, at) + instead + word.slice(at + 1), words) === word,
      ),
    );
  });
});
