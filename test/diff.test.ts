import type { BlueGreenRelease, Release, SedaEnvironment } from '../environments/environment';
import { renderEnvironment } from '../environments/render';
import { changesOf } from '../ops/diff/changes';
import { format } from '../ops/diff';
import { Rendering } from '../ops/rendering/rendering';
import { colour, image, production, qa, served } from './fixtures';

const staged: BlueGreenRelease = { ...served, green: colour('1.5.0', 5) };

function rendering(of: SedaEnvironment, release: Release): Rendering {
  const { objects, faults } = renderEnvironment(of, release);
  expect(faults).toEqual([]);
  return new Rendering(objects);
}

/** Risk, what happened to which object, and what it does. */
const lines = (name: string, old: Rendering | undefined, next: Rendering | undefined) =>
  changesOf(name, old, next).map(
    ({ risk, change, kind, name: object, effect }) =>
      `${risk}: ${change} ${kind} ${object.replace(/-[0-9a-f]{10}$/, '-HASH')}: ${effect.replace(/-[0-9a-f]{10}$/, '-HASH')}`,
  );

const nothing = (kind: string, name: string) =>
  `nothing: changed ${kind} ${name}: changes labels and annotations alone`;

test('a promotion moves traffic and restarts nothing', () => {
  expect(
    lines(
      'production',
      rendering(production, staged),
      rendering(production, { ...staged, active: 'green' }),
    ),
  ).toEqual([
    'traffic: changed Service seda-api: moves the traffic of seda-api from blue to green',
    'traffic: changed Service seda-api-preview: moves the traffic of seda-api-preview from green to blue',
    nothing('Deployment', 'seda-api-blue'),
    nothing('Deployment', 'seda-api-green'),
    nothing('Job', 'seda-api-gate-blue-HASH'),
    nothing('Job', 'seda-api-gate-green-HASH'),
  ]);
});

test('a stage starts the idle colour, with its own Jobs', () => {
  expect(lines('production', rendering(production, served), rendering(production, staged))).toEqual(
    [
      'runs: changed Deployment seda-api-green: starts seda-api-green with 3 pods, which serves nobody',
      'runs: added Job seda-api-gate-green-HASH: runs the Job seda-api-gate-green-HASH',
      'runs: added Job seda-api-migrate-HASH: runs the Job seda-api-migrate-HASH',
      'settings: added NetworkPolicy seda-api-green: changes who may talk to whom',
      'settings: added NetworkPolicy seda-api-green-gate: changes who may talk to whom',
      'settings: added NetworkPolicy seda-api-green-migrate: changes who may talk to whom',
      nothing('ConfigMap', 'seda-api-green-config-HASH'),
      nothing('PodDisruptionBudget', 'seda-api-green'),
    ],
  );
});

test('a new configuration is a change and not a new object beside a deleted one', () => {
  const release = { image: image('1.4.2') };
  const changes = changesOf(
    'qa',
    rendering(qa, release),
    rendering({ ...qa, auth: 'local-jwt' }, release),
  );
  const configMap = changes.find(({ kind }) => kind === 'ConfigMap')!;
  expect(configMap).toMatchObject({
    change: 'changed',
    risk: 'settings',
    effect: 'is the configuration of pods that are replaced',
  });
  expect(configMap.fields).toContainEqual({
    path: 'data.AUTH_PROVIDER',
    from: 'supabase',
    to: 'local-jwt',
  });
  expect(changes[0]).toMatchObject({
    kind: 'Deployment',
    risk: 'restarts',
    effect: 'restarts the pods of seda-api-qa, which serves',
  });
});

test.each<[string, Partial<SedaEnvironment>, string]>([
  [
    'replicas',
    { replicas: 4 },
    'settings: changed Deployment seda-api-qa: takes seda-api-qa from 2 to 4 pods',
  ],
  [
    'the host',
    { domain: 'api-test.seda.fm' },
    'traffic: changed Ingress seda-api-ingress: api-qa.seda.fm/api/v1 leads here no more; api-test.seda.fm/api/v1 leads to seda-api, port http',
  ],
  [
    'monitoring',
    { monitoring: 'console' },
    'deletes: removed ServiceMonitor seda-api-metrics: deletes the ServiceMonitor seda-api-metrics',
  ],
])('%s', (_, change, line) => {
  const release = { image: image('1.4.2') };
  const base = { ...qa, replicas: 2 };
  expect(
    lines('qa', rendering(base, release), rendering({ ...base, ...change }, release)),
  ).toContain(line);
});

describe('a change of a route is said as what it does to requests', () => {
  const rule = (path: string, ...services: string[]) => ({
    matches: [{ path: { type: 'PathPrefix', value: path } }],
    backendRefs: services.map((name) => ({ name, port: 80, weight: 1 })),
  });
  const spec = {
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
    hostnames: ['api.seda.fm'],
    rules: [rule('/api/v1', 'seda-api'), rule('/api/v1/metrics')],
  };
  const route = (change: object) =>
    new Rendering([
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'api' },
        spec: { ...spec, ...change },
      },
    ]);

  test.each<[string, object, string]>([
    [
      'another Service',
      { rules: [rule('/api/v1', 'seda-api-blue'), spec.rules[1]] },
      'api.seda.fm/api/v1 leads to seda-api-blue, port 80 and no more to seda-api, port 80',
    ],
    [
      'a refused path that is opened',
      { rules: [spec.rules[0], rule('/api/v1/metrics', 'seda-api')] },
      'api.seda.fm/api/v1/metrics is no more refused, and leads to seda-api, port 80',
    ],
    [
      'a refused path that goes',
      { rules: [spec.rules[0]] },
      'api.seda.fm/api/v1/metrics is no more refused here',
    ],
    [
      'a path that is refused',
      { rules: [rule('/api/v1'), spec.rules[1]] },
      'api.seda.fm/api/v1 is refused',
    ],
    [
      'another listener',
      { parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'http' }] },
      'requests come through Gateway gateways/public, listener http and no more through Gateway gateways/public, listener https',
    ],
    [
      'a timeout',
      { rules: [{ ...spec.rules[0], timeouts: { request: '30s' } }, spec.rules[1]] },
      'changes the way in from outside',
    ],
  ])('%s', (_, change, effect) => {
    expect(lines('production', route({}), route(change))).toEqual([
      `traffic: changed HTTPRoute api: ${effect}`,
    ]);
  });

  test('a share of the requests, and the way of testers', () => {
    const shared = (blue: number, tested: string) =>
      route({
        rules: [
          {
            matches: [
              {
                path: { type: 'PathPrefix', value: '/api/v1' },
                headers: [{ type: 'Exact', name: 'x-seda-preview', value: 'true' }],
              },
            ],
            backendRefs: [{ name: tested, port: 80, weight: 1 }],
          },
          {
            matches: [{ path: { type: 'PathPrefix', value: '/api/v1' } }],
            backendRefs: [
              { name: 'seda-api-blue', port: 80, weight: blue },
              { name: 'seda-api-green', port: 80, weight: 100 - blue },
            ],
          },
        ],
      });
    expect(
      lines('production', shared(100, 'seda-api-green'), shared(95, 'seda-api-green')),
    ).toEqual([
      'traffic: changed HTTPRoute api: api.seda.fm/api/v1 leads to seda-api-blue, port 80 (95 %) and seda-api-green, port 80 (5 %), before to seda-api-blue, port 80',
    ]);
    expect(lines('production', shared(95, 'seda-api-green'), shared(95, 'seda-api-blue'))).toEqual([
      'traffic: changed HTTPRoute api: api.seda.fm/api/v1, with x-seda-preview: true, leads to seda-api-blue, port 80 and no more to seda-api-green, port 80',
    ]);
  });

  test('a new one', () => {
    expect(lines('production', new Rendering([]), route({}))).toEqual([
      'traffic: added HTTPRoute api: api.seda.fm/api/v1 leads to seda-api, port 80; api.seda.fm/api/v1/metrics is refused',
    ]);
  });
});

test('a removed environment deletes all it had', () => {
  expect(
    changesOf('qa', rendering(qa, { image: image('1.4.2') }), undefined).filter(
      ({ change }) => change !== 'removed',
    ),
  ).toEqual([]);
});

test('Markdown names effects first and folds the fields', () => {
  const changes = changesOf(
    'production',
    rendering(production, staged),
    rendering(production, { ...staged, active: 'green' }),
  );
  expect(format(changes, 'markdown')).toMatch(
    /^### production\n\n\*\*moves traffic\*\*\n- changed Service `seda-api`: moves the traffic of seda-api from blue to green\n[^]*<details><summary>fields<\/summary>\n\n```\nService\/seda-api spec\.selector\.version: blue -> green\n/,
  );
  expect(JSON.parse(format(changes, 'json'))).toHaveLength(6);
  expect(format([], 'text')).toBe('nothing changes');
});
