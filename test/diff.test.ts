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
    'traffic: changed Ingress seda-api-ingress: changes the way in from outside',
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
