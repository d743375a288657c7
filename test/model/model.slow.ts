import { App } from 'cdk8s';
import { SedaChart } from '../../environments/chart';
import type { SedaEnvironment } from '../../environments/environment';
import { podSettings } from '../../environments/settings';
import type { Manifest } from '../../lib/manifests';
import { ALL_RULES } from '../../ops/check/rules';
import { GATEWAY, image, production } from '../fixtures';
import type { Violation } from '../oracle/cluster';
import type { Harm } from '../oracle/inspect';
import fc from '../random';
import { refusals, type Refusals, withoutRules } from './acceptance';
import { type Beginning, PAIR_BEGINNINGS, Repository, type Step } from './repository';
import { MUTATIONS, step, STEPS } from './steps';

/** Some here; `npm run test:model` has many. */
const RUNS = Number(process.env.SEDA_MODEL_RUNS ?? 20);
jest.setTimeout(3_600_000);

/** Something that somebody does, with what it is called where it is told. */
const anyStep = fc.oneof(
  ...STEPS.map(({ steps, weight }) => ({ arbitrary: fc.constantFrom(...steps), weight })),
);

/** What the cluster suffers from a history of steps, each of which is taken only if the check lets it. */
function sufferings(
  history: readonly Step[],
  check: Refusals = refusals,
  environment: Beginning = 'production',
): readonly Violation[] {
  const repository = new Repository(check, environment);
  for (const one of history) {
    const fate = repository.take(one);
    if (fate.kind === 'merged' && fate.violations.length > 0) return fate.violations;
  }
  return [];
}

const told = (names: readonly string[]): Step[] => names.map(step);

describe('by another oracle than the check', () => {
  test(`whatever people do, no pod that serves is cut off and no host leads to too few (${RUNS} histories)`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PAIR_BEGINNINGS),
        fc.array(anyStep, { maxLength: 16, size: 'max' }),
        (beginning, history) => {
          expect(sufferings(history, refusals, beginning)).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test(`nor in an environment without colours (${RUNS} histories)`, () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 16, size: 'max' }), (history) => {
        expect(sufferings(history, refusals, 'qa')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    [
      'releases, forth and back',
      ['stage 2 none', 'promote', 'rollback', 'promote --again', 'retire', 'stage 3 expand'],
    ],
    [
      'a release that is given up, and one that is not',
      ['stage 2 none', 'abort', 'stage 3 none', 'promote', 'retire', 'stage --promote 5'],
    ],
    [
      'settings that come with the next release',
      [
        'edit replicas: 4',
        'edit secretVersion: 2',
        'edit config: {"FEATURE_RADIO":"on"}',
        'edit pod: {"startupSeconds":120,"runAsUser":10002}',
        'stage 2 none',
        'promote',
        'retire',
      ],
    ],
    [
      'Redis comes, moves, and goes',
      [
        'stage 2 none',
        'edit redis: {"kind":"managed","host":"cache.example.com","port":6379}',
        'stage 3 none',
        'promote',
        'edit redis: {"kind":"managed","host":"cache.example.com","port":6380}',
        'stage 4 none',
        'promote',
        'edit redis: nothing',
        'rollback',
        'promote --again',
        'stage 2 none',
        'promote',
        'retire',
      ],
    ],
    [
      'the API in other words, with the next release',
      ['stage 2 none', 'code: health asked more often', 'stage 3 none', 'promote', 'retire'],
    ],
    ['one host more', ['edit extraHosts: ["v2.seda.fm"]', 'stage 2 none', 'promote']],
  ])('is merged, and nobody notices: %s', (_, names) => {
    const repository = new Repository(refusals);
    expect(told(names).map((one) => [one.name, repository.take(one)])).toEqual(
      names.map((name) => [name, { kind: 'merged', isStuck: false, violations: [] }]),
    );
  });

  test('is merged, and nobody notices, in an environment without colours', () => {
    const repository = new Repository(refusals, 'qa');
    const names = [
      'stage 2 none',
      'edit redis: {"kind":"managed","host":"cache.example.com","port":6379}',
      'edit redis: {"kind":"managed","host":"cache.example.com","port":6380}',
      'edit redis: nothing',
      'edit replicas: 4',
      'stage 3 none',
      'rollback',
      'edit secretVersion: 2',
      'edit replicas: 2',
      'edit extraHosts: ["v2.seda.fm"]',
    ];
    expect(told(names).map((one) => [one.name, repository.take(one)])).toEqual(
      names.map((name) => [name, { kind: 'merged', isStuck: false, violations: [] }]),
    );
  });

  // Without these rules the histories are merged, and somebody suffers. Two where each of them would refuse it.
  const holes: readonly [string, Harm, readonly string[]][] = [
    ['network-cut-off', 'cannot reach', ['dist: policy without HTTPS']],
    [
      'network-cut-off',
      'answered by what does not answer',
      ['code: policy admits no controller', 'stage 2 none', 'promote'],
    ],
    [
      'network-cut-off',
      'cannot reach',
      ['code: policy without the database', 'stage 2 none', 'promote'],
    ],
    ['network-cut-off', 'cannot reach', ['code: policy without DNS', 'stage 2 none', 'promote']],
    [
      'public-url-lost',
      'public URL leads elsewhere',
      [
        'stage 2 none',
        'the frozen colours are deleted',
        'record: idle gets another public URL',
        'promote',
      ],
    ],
    ['entry-lost', 'not answered', ['dist: way of another class']],
    [
      'entry-guard-weakened',
      'not answered',
      [
        'edit ingressAnnotations: {"nginx.ingress.kubernetes.io/whitelist-source-range":"10.0.0.0/8"}',
      ],
    ],
    ['object-removed', 'not renewed', ['dist: no certificate']],
    ['reference-missing', 'reads what is gone', ['dist: secrets under another name']],
    [
      'secret-changed-in-place, secret-from-elsewhere',
      'reads what changed',
      ['dist: secrets from another path'],
    ],
    [
      'several-makers, secret-from-elsewhere',
      'reads what changed',
      ['dist: a second maker of the Secret'],
    ],
    ['applied-otherwise', 'not answered', ['dist: Deployments are made again']],
    ['immutable-field', 'error of the API server', ['code: pods with another app label']],
    [
      'destination-unreachable',
      'cannot reach',
      [
        'code: policy without Redis',
        'stage 2 none',
        'edit redis: {"kind":"managed","host":"cache.example.com","port":6379}',
        'stage 3 none',
        'promote',
      ],
    ],
    [
      'serving-colour-changed, pod-guard-weakened, reference-missing, gate-weakened, migration-changed',
      'not answered',
      ['dist: all pods at once', 'dist: pods read another Secret'],
    ],
    ['wave-order', 'not answered', ['dist: switch in wave 0', 'stage --promote 5']],
    [
      'host-without-pods, service-changed',
      'not answered',
      ['dist: switch to a name that no port has'],
    ],
    ['host-without-pods, entry-lost', 'not answered', ['code: way to the preview']],
    ['host-without-pods, wave-order', 'not answered', ['dist: switch to the other colour']],
    [
      'host-without-pods, serving-colour-shrinks',
      'below the floor',
      ['dist: one pod less that serves'],
    ],
    [
      'host-without-pods, serving-colour-shrinks, replicas-and-autoscaler',
      'below the floor',
      ['dist: no number of pods'],
    ],
    [
      'scaled-colour-not-staged, gate-weakened, network-opened, colour-not-staged',
      'below the floor',
      ['dist: no Jobs', 'record: another image with an autoscaler is staged and active'],
    ],
  ];

  test.each(holes)('finds the hole of a check without %s: %s, %j', (rules, harm, names) => {
    const history = told(names);
    expect(sufferings(history)).toEqual([]);
    const found = sufferings(history, withoutRules(...rules.split(', ')));
    expect(found.map((violation) => violation.harm)).toContain(harm);
  });

  test.each<[string, Harm, readonly string[]]>([
    ['network-cut-off, destination-unreachable', 'cannot reach', ['dist: policy without HTTPS']],
    ['host-without-pods, object-removed', 'not answered', ['dist: no serving Deployment']],
    [
      'unknown-change, pod-guard-weakened',
      'not answered',
      ['dist: every pod may be away', 'dist: pods with one label more'],
    ],
  ])('finds it in an environment without colours: %s', (rules, harm, names) => {
    const history = told(names);
    expect(sufferings(history, refusals, 'qa')).toEqual([]);
    const found = sufferings(history, withoutRules(...rules.split(', ')), 'qa');
    expect(found.map((violation) => violation.harm)).toContain(harm);
  });

  test('every edit by hand changes something, in one environment or the other', () => {
    const scaled: SedaEnvironment = {
      ...production,
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
      redis: { kind: 'managed', host: 'cache.example.com', port: 6379 },
    };
    const behind: SedaEnvironment = { ...production, ingress: GATEWAY };
    const texts = [production, scaled, behind].map((environment) => {
      const colour = { ...podSettings(environment), image: image('1.1.0'), release: 1 };
      const release = { active: 'blue' as const, blue: colour, green: { ...colour, release: 2 } };
      return JSON.stringify(new SedaChart(new App(), environment, release).toJson());
    });
    const idle = MUTATIONS.filter(({ mutate }) =>
      texts.every((text) => {
        const objects = JSON.parse(text) as Manifest[];
        return JSON.stringify(mutate(objects, 'blue') ?? objects) === text;
      }),
    );
    expect(idle.map(({ name }) => name)).toEqual([]);
  });

  test('every rule leaves such a hole, or keeps what has no bearing on who reaches whom', () => {
    const others = [
      // The waves start what was not staged, and its gate asks it, before any traffic moves.
      'colour-not-staged',
      // What they keep is seen by people or attackers, and not by a request.
      'rights-taken',
      'budget-weakened',
      'monitoring-weakened',
      'credential-in-git',
      'image-not-proven',
      // Of the schema and of Argo CD nothing is in this cluster; of an environment that is gone nothing is left to ask.
      'contraction-too-early',
      'migration-changed',
      'argocd-changed',
      'kind-not-allowed',
      'environment-removed',
      // By them seda finds objects, not the cluster.
      'description-changed',
      // One cluster with one environment has nobody to take a host from, and gets objects, not files.
      'host-taken',
      'file-not-applied',
      'malformed',
      // How many requests a colour gets, and how a proxy calls its backends, is not in this cluster.
      'shares-inconsistent',
      'first-share-too-large',
      'route-rules-moved',
      // Of what it refuses nobody knows whether it hurts.
      'unknown-change',
      // What they know is refused by another rule as well where it hurts.
      'identity-changed',
      'object-added',
      // It has one node, with room for everything.
      'size-out-of-range',
    ];
    const found = holes.flatMap(([rules]) => rules.split(', '));
    expect([...new Set([...found, ...others])].sort()).toEqual(
      ALL_RULES.map(({ name }) => name).sort(),
    );
  });
});
