import { App } from 'cdk8s';
import fc from './random';
import { SedaChart } from '../environments/chart';
import type { BlueGreenRelease, SedaEnvironment } from '../environments/environment';
import {
  abort,
  promote,
  retire,
  rollback,
  stage,
  stageAndPromote,
  type StepResult,
} from '../environments/release-steps';
import { podSettings } from '../environments/settings';
import { appFaults, type Colour, type Migration, otherColour } from '../lib';
import type { Manifest } from '../lib/manifests';
import { readsOf } from '../ops/rendering/reads';
import { Rendering, templateOf } from '../ops/rendering/rendering';
import { judge } from '../ops/check/judge';
import { ALL_RULES } from '../ops/check/rules';
import { production } from './fixtures';
import { refusals, type Refusals, withoutRules } from './model/acceptance';
import { type Beginning, PAIR_BEGINNINGS, Repository as Main, type Step } from './model/repository';
import { MUTATIONS, step, STEPS } from './model/steps';
import type { Violation } from './oracle/cluster';
import type { Harm } from './oracle/inspect';

/** Few where people wait; `npm run test:model` has many. */
const RUNS = Number(process.env.SEDA_MODEL_RUNS ?? 4);
jest.setTimeout(3_600_000);

const image = (build: number) =>
  `ghcr.io/seda-fm/seda-api:1.${build}.0@sha256:${String(build).padStart(63, '0')}f`;

/** The little that a person must know to predict what a verb does. */
interface Model {
  active: Colour;
  staged: boolean;
  warm: boolean;
  /** What is staged had the traffic and was rolled back. */
  rolledBack: boolean;
  /** Number of the release in each colour. */
  releases: { blue: number; green: number };
  /** The release that last expanded the schema. */
  expandedIn: number;
}

/** The repository: what people decide, what is recorded, and what is rendered from both. */
class Repository {
  environment: SedaEnvironment = production;
  release: BlueGreenRelease;
  rendering: Rendering;

  constructor() {
    const colour = { ...podSettings(production), image: image(1) };
    this.release = {
      active: 'blue',
      blue: { ...colour, release: 1 },
      green: { ...colour, release: 0, replicas: 0 },
    };
    this.rendering = this.render();
  }

  render(release = this.release): Rendering {
    const app = new App();
    const chart = new SedaChart(app, this.environment, release);
    expect(appFaults(app)).toEqual([]);
    return new Rendering(chart.toJson() as Manifest[]);
  }

  /** Changes something, renders, and holds what must always hold. */
  commit(
    change: () => void,
    oneCommit = false,
  ): { before: Rendering; after: Rendering; refusals: readonly { rule: string }[] } {
    const before = this.rendering;
    change();
    this.rendering = this.render();
    this.holds();
    return {
      before,
      after: this.rendering,
      refusals: judge('production', before, this.rendering, {
        ran: () => true,
        allow: oneCommit ? ['colour-not-staged'] : [],
      }).refusals,
    };
  }

  deployment(colour: Colour): Manifest {
    return this.rendering.get('Deployment', `seda-api-${colour}`)!;
  }

  private holds(): void {
    const [service] = this.rendering.switches();
    const serving = this.rendering.slotOf(service!)!;
    expect(serving.name).toBe(`seda-api-${this.release.active}`);
    expect(serving.pods).toBeGreaterThanOrEqual(2);
    for (const colour of ['blue', 'green'] as const) {
      const deployment = this.deployment(colour);
      expect(deployment.spec.selector.matchLabels).toEqual({ app: 'seda-api', version: colour });
      const runs = this.rendering.slot(deployment).pods > 0;
      expect(this.rendering.gateOf(deployment) !== undefined).toBe(runs);
      if (!runs) continue;
      for (const { kind, name } of readsOf(deployment.spec.template.spec).filter(({ kind }) =>
        /^(ConfigMap|Secret)$/.test(kind),
      ))
        expect(this.rendering.get(kind === 'Secret' ? 'ExternalSecret' : kind, name)).toBeDefined();
    }
    // A version of the Secret is there as long as a colour with pods reads it, and no longer.
    const versions = new Set(
      [this.release.blue, this.release.green]
        .filter(({ replicas }) => replicas > 0)
        .map(({ secretVersion }) =>
          secretVersion === undefined ? 'seda-secrets' : `seda-secrets-v${secretVersion}`,
        ),
    );
    expect(
      this.rendering
        .ofKind('ExternalSecret')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual([...versions].sort());
    const { release: _, ...blue } = this.release.blue;
    const { release: __, ...green } = this.release.green;
    if (JSON.stringify(blue) === JSON.stringify(green)) {
      const neutral = (colour: Colour) =>
        templateOf(this.deployment(colour)).replaceAll(colour, 'colour');
      expect(neutral('green')).toBe(neutral('blue'));
    }
  }
}

type Command = fc.Command<Model, Repository>;

/** A verb that the model expects to succeed, to find nothing to do, or to be refused. */
function verb(
  name: string,
  run: (repository: Repository) => StepResult,
  expected: (model: Model) => StepResult['kind'],
  effect: (model: Model) => void,
  touches: (model: Model) => Colour[],
  oneCommit = false,
): Command {
  return {
    toString: () => name,
    check: () => true,
    run(model, repository) {
      const result = run(repository);
      expect(result.kind).toBe(expected(model));
      if (result.kind !== 'done') return;
      const allowed = touches(model);
      const { before, after, refusals } = repository.commit(() => {
        repository.release = result.release as BlueGreenRelease;
      }, oneCommit);
      expect(refusals).toEqual([]);
      if (name.startsWith('promote')) {
        // The way back ends exactly where the way there began.
        const back = rollback({ environment: repository.environment, release: repository.release });
        if (back.kind === 'done')
          expect(repository.render(back.release as BlueGreenRelease).objects).toEqual(
            before.objects,
          );
        else expect(JSON.stringify(before.ofKind('Deployment'))).toContain('seda.fm/placeholder');
      }
      for (const colour of (['blue', 'green'] as const).filter((one) => !allowed.includes(one))) {
        expect(templateOf(after.get('Deployment', `seda-api-${colour}`)!)).toBe(
          templateOf(before.get('Deployment', `seda-api-${colour}`)!),
        );
      }
      effect(model);
    },
  };
}

const input = ({ environment, release }: Repository) => ({ environment, release });
const idle = (model: Model) => [otherColour(model.active)];

const staged = (model: Model, migration: Migration): void => {
  const release = Math.max(model.releases.blue, model.releases.green) + 1;
  model.releases[otherColour(model.active)] = release;
  if (migration === 'expand') model.expandedIn = release;
  Object.assign(model, { staged: true, warm: true, rolledBack: false });
};
const contracts = (model: Model, migration: Migration) =>
  migration === 'contract' && model.releases[model.active] < model.expandedIn ? 'refused' : 'done';

const commands = [
  // A build that no colour has yet.
  fc
    .record({
      build: fc.integer({ min: 2, max: 99 }),
      migration: fc.constantFrom('expand' as const, 'none' as const, 'contract' as const),
      together: fc.nat(3),
    })
    .map(({ build, migration, together }): Command => {
      const step = together === 0 ? stageAndPromote : stage;
      let scaled = false;
      const run = (repository: Repository) => {
        const next =
          build + 100 * Math.max(repository.release.blue.release, repository.release.green.release);
        scaled = repository.environment.autoscaling !== undefined;
        return step({
          ...input(repository),
          image: image(next),
          sourceImage: image(next),
          migration,
        });
      };
      if (together !== 0)
        return verb(
          `stage ${build} ${migration}`,
          run,
          (model) => contracts(model, migration),
          (model) => staged(model, migration),
          idle,
        );
      const both = (model: Model) => (
        staged(model, migration),
        Object.assign(model, { active: otherColour(model.active), staged: false })
      );
      return verb(
        `stage --promote ${build} ${migration}`,
        run,
        (model) => (scaled ? 'refused' : contracts(model, migration)),
        both,
        idle,
        true,
      );
    }),
  fc.boolean().map((again) =>
    verb(
      again ? 'promote --again' : 'promote',
      (r) => promote({ ...input(r), again }),
      (m) => (!m.staged ? 'nothing' : m.rolledBack && !again ? 'refused' : 'done'),
      (m) =>
        Object.assign(m, {
          active: otherColour(m.active),
          staged: false,
          warm: true,
          rolledBack: false,
        }),
      () => [],
    ),
  ),
  fc.constant(
    verb(
      'rollback',
      (r) => rollback(input(r)),
      (m) => (m.staged || !m.warm ? 'refused' : 'done'),
      (m) =>
        Object.assign(m, {
          active: otherColour(m.active),
          staged: true,
          warm: true,
          rolledBack: true,
        }),
      () => [],
    ),
  ),
  fc.constant(
    verb(
      'retire',
      (r) => retire(input(r)),
      (m) => (m.staged ? 'refused' : m.warm ? 'done' : 'nothing'),
      (m) => Object.assign(m, { warm: false }),
      () => [],
    ),
  ),
  fc.constant(
    verb(
      'abort',
      (r) => abort(input(r)),
      (m) => (m.staged ? 'done' : 'nothing'),
      (m) =>
        Object.assign(m, {
          staged: false,
          warm: false,
          rolledBack: false,
          releases: { ...m.releases, [otherColour(m.active)]: 0 },
        }),
      idle,
    ),
  ),
  // People edit production.ts: no pod that is recorded changes.
  fc
    .record({
      replicas: fc.integer({ min: 2, max: 8 }),
      cpu: fc.constantFrom('100m', '300m'),
      auth: fc.constantFrom('supabase' as const, 'local-jwt' as const),
      secretVersion: fc.integer({ min: 1, max: 3 }),
      autoscaling: fc.constantFrom(
        undefined,
        { minReplicas: 2, maxReplicas: 6 },
        { minReplicas: 3, maxReplicas: 4 },
      ),
    })
    .map((edit): Command => ({
      toString: () => `edit ${JSON.stringify(edit)}`,
      check: () => true,
      run(_, repository) {
        const { before, after, refusals } = repository.commit(() => {
          const resources = {
            ...production.resources,
            requests: { ...production.resources.requests, cpu: edit.cpu },
          };
          repository.environment = {
            ...production,
            replicas: edit.replicas,
            auth: edit.auth,
            secretVersion: edit.secretVersion,
            autoscaling: edit.autoscaling,
            resources,
          };
        });
        expect(refusals).toEqual([]);
        for (const object of before.ofKind('Deployment'))
          expect(after.get('Deployment', object.metadata.name)).toEqual(object);
      },
    })),
];

test(`verbs and settings, in whatever order, do what people expect (${RUNS} histories)`, () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 12 }), (history) => {
      fc.modelRun(
        () => ({
          model: {
            active: 'blue',
            staged: false,
            rolledBack: false,
            warm: false,
            releases: { blue: 1, green: 0 },
            expandedIn: 0,
          } as Model,
          real: new Repository(),
        }),
        history,
      );
    }),
    { numRuns: RUNS },
  );
});

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
  const repository = new Main(check, environment);
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
    const repository = new Main(refusals);
    expect(told(names).map((one) => [one.name, repository.take(one)])).toEqual(
      names.map((name) => [name, { kind: 'merged', isStuck: false, violations: [] }]),
    );
  });

  test('is merged, and nobody notices, in an environment without colours', () => {
    const repository = new Main(refusals, 'qa');
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
      'serving-colour-changed, pod-guard-weakened, reference-missing, gate-weakened',
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
    const texts = [production, scaled].map((environment) => {
      const colour = { ...podSettings(environment), image: image(1), release: 1 };
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
      'environment-removed',
      // One cluster with one environment has nobody to take a host from, and gets objects, not files.
      'host-taken',
      'file-not-applied',
      'malformed',
      // Of what it refuses nobody knows whether it hurts.
      'unknown-change',
      // What they know is refused by another rule as well where it hurts.
      'identity-changed',
      'object-added',
    ];
    const found = holes.flatMap(([rules]) => rules.split(', '));
    expect([...new Set([...found, ...others])].sort()).toEqual(
      ALL_RULES.map(({ name }) => name).sort(),
    );
  });
});
