import { App } from 'cdk8s';
import fc from './random';
import { SedaChart } from '../environments/chart';
import type { BlueGreenRelease, SedaEnvironment } from '../environments/environment';
import {
  abort,
  promote,
  retire,
  rollback,
  shift,
  stage,
  stageAndPromote,
  type StepResult,
} from '../environments/release-steps';
import { podSettings } from '../environments/settings';
import { appFaults, type Colour, isPlaceholder, type Migration, otherColour } from '../lib';
import { COLOURS } from '../lib/labels';
import type { Manifest } from '../lib/manifests';
import { readsOf } from '../lib/kubernetes/reads';
import { Rendering, templateOf } from '../ops/rendering/rendering';
import { judge } from '../ops/check/judge';
import { GATEWAY, production } from './fixtures';

/** Few where people wait; `npm run test:model` has many. Histories of records alone cost nearly nothing. */
const RUNS = Number(process.env.SEDA_MODEL_RUNS ?? 4);
const RECORD_RUNS = process.env.SEDA_MODEL_RUNS === undefined ? 200 : 10_000;
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
  /** Whether a Gateway is in front, which can share requests. */
  canShare: boolean;
  /** While both colours get requests: what the newer one gets, in percent, and which one that is. */
  share?: number;
  newer?: Colour;
}

/** A commit that somebody makes. */
interface Commit {
  readonly change: () => void;
  /** The colours whose pods may become other ones. */
  readonly touched: readonly Colour[];
  /** Stages and promotes at once, which somebody allowed. */
  readonly oneCommit?: boolean;
}

/** What people decide, and what is recorded. */
class Records {
  environment: SedaEnvironment;
  release: BlueGreenRelease;
  /** Before both colours got requests; where they do not, nothing. */
  unshared?: BlueGreenRelease;

  constructor(readonly first: SedaEnvironment) {
    this.environment = first;
    const colour = { ...podSettings(production), image: image(1) };
    this.release = {
      active: 'blue',
      blue: { ...colour, release: 1 },
      green: { ...colour, release: 0, replicas: 0 },
    };
  }

  /** Changes something, and holds what must always hold. */
  commit({ change, touched }: Commit): void {
    const before = this.release;
    change();
    for (const colour of untouched(touched))
      expect(podsOf(this.release[colour])).toEqual(podsOf(before[colour]));
  }

  /** What a rollback makes of it; nothing where it is refused. */
  rolledBack(): BlueGreenRelease | undefined {
    const back = rollback({ environment: this.environment, release: this.release });
    return back.kind === 'done' ? (back.release as BlueGreenRelease) : undefined;
  }

  /** What is recorded after a rollback from a share is what was recorded before the first one, all of it. */
  isAsBeforeShares(): void {
    expect(this.release).toEqual(this.unshared);
  }

  /** A rollback ends exactly where the promotion began. */
  leadsBackTo(before: this['release']): void {
    const back = this.rolledBack();
    if (back === undefined) expect(isPlaceholder(before[before.active].image)).toBe(true);
    else expect({ ...back, rolledBack: undefined }).toEqual({ ...before, rolledBack: undefined });
  }
}

const untouched = (touched: readonly Colour[]) =>
  COLOURS.filter((colour) => !touched.includes(colour));

const podsOf = ({ replicas: _, ...pods }: BlueGreenRelease[Colour]) => pods;

/** The same, and what is rendered from both. */
class Repository extends Records {
  rendering = this.render();

  render(release = this.release): Rendering {
    const app = new App();
    const chart = new SedaChart(app, this.environment, release);
    expect(appFaults(app)).toEqual([]);
    return new Rendering(chart.toJson() as Manifest[]);
  }

  override commit(commit: Commit): void {
    const [before, recorded] = [this.rendering, this.release];
    super.commit(commit);
    this.rendering = this.render();
    this.holds();
    const allow = commit.oneCommit ? ['colour-not-staged'] : [];
    const { refusals } = judge('production', before, this.rendering, { ran: () => true, allow });
    expect(refusals).toEqual([]);
    if (this.release === recorded)
      expect(this.rendering.ofKind('Deployment')).toEqual(before.ofKind('Deployment'));
    for (const colour of untouched(commit.touched))
      expect(templateOf(this.deployment(colour))).toBe(
        templateOf(before.get('Deployment', `seda-api-${colour}`)!),
      );
  }

  override leadsBackTo(before: BlueGreenRelease): void {
    super.leadsBackTo(before);
    const back = this.rolledBack();
    if (back !== undefined) expect(this.render(back).objects).toEqual(this.render(before).objects);
  }

  override isAsBeforeShares(): void {
    super.isAsBeforeShares();
    expect(this.rendering.objects).toEqual(this.render(this.unshared).objects);
  }

  deployment(colour: Colour): Manifest {
    return this.rendering.get('Deployment', `seda-api-${colour}`)!;
  }

  /** A route has the weights that are recorded, in each of its rules. */
  private holdsShares(): void {
    const { active, weights } = this.release;
    const isShared = this.environment.ingress?.kind === 'gateway-api';
    const of = (colour: Colour) => weights?.[colour] ?? (colour === active ? 100 : 0);
    expect(sharesIn(this.rendering)).toEqual(
      isShared ? [{ 'seda-api-blue': of('blue'), 'seda-api-green': of('green') }] : [],
    );
  }

  private holds(): void {
    this.holdsShares();
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

/** Percent that each colour gets by a route, as a client finds it. */
function sharesIn(rendering: Rendering): { readonly [service: string]: number }[] {
  return rendering
    .ofKind('HTTPRoute')
    .flatMap(({ spec }) =>
      (spec.rules as Rule[])
        .filter(({ matches, backendRefs = [] }) => !matches[0].headers && backendRefs.length > 0)
        .map(({ backendRefs = [] }) =>
          Object.fromEntries(backendRefs.map(({ name, weight }) => [name, weight])),
        ),
    );
}

interface Rule {
  readonly matches: readonly [{ readonly headers?: unknown }];
  readonly backendRefs?: readonly { readonly name: string; readonly weight: number }[];
}

type Command = fc.Command<Model, Records>;

/** A verb that the model expects to succeed, to find nothing to do, or to be refused. */
function verb(
  name: string,
  run: (records: Records) => StepResult,
  expected: (model: Model) => StepResult['kind'],
  effect: (model: Model) => void,
  touches: (model: Model) => Colour[],
  oneCommit = false,
): Command {
  return {
    toString: () => name,
    check: () => true,
    run(model, records) {
      const before = records.release;
      const result = run(records);
      expect(result.kind).toBe(expected(model));
      if (result.kind !== 'done') return expectAdvice(records, result.sentence);
      const release = result.release as BlueGreenRelease;
      const change = () => void (records.release = release);
      records.commit({ change, touched: touches(model), oneCommit });
      if (release.weights !== undefined) records.unshared ??= before;
      else if (before.weights !== undefined) {
        if (name === 'rollback') records.isAsBeforeShares();
        delete records.unshared;
      } else if (name.startsWith('promote')) records.leadsBackTo(before);
      expectAdvice(records, `${result.sentence}; ${result.next}`);
      effect(model);
    },
  };
}

/** Every command that a sentence names does something, given as it is printed. */
function expectAdvice(records: Records, sentence: string): void {
  const commands = sentence.matchAll(
    /seda release (\w+) production(?: (\d+))?(?: (--again)| --image (\S+))?/g,
  );
  for (const [command, name, percent, again, image = ''] of commands) {
    const verbs: { readonly [name: string]: () => StepResult } = {
      promote: () => promote({ ...input(records), again: again !== undefined }),
      shift: () =>
        shift({ ...input(records), percent: Number(percent), again: again !== undefined }),
      rollback: () => rollback(input(records)),
      retire: () => retire(input(records)),
      abort: () => abort(input(records)),
      stage: () => stage({ ...input(records), image, sourceImage: image.replace('000', '999') }),
    };
    expect([command, verbs[name!]!()]).toMatchObject([command, { kind: 'done' }]);
  }
}

/** One colour gets all requests. */
const UNSHARED = { share: undefined, newer: undefined };

const input = ({ environment, release }: Records) => ({ environment, release });
const idle = (model: Model) => [otherColour(model.active)];

const staged = (model: Model, migration: Migration): void => {
  const release = Math.max(model.releases.blue, model.releases.green) + 1;
  model.releases[otherColour(model.active)] = release;
  if (migration === 'expand') model.expandedIn = release;
  Object.assign(model, { staged: true, warm: true, rolledBack: false });
};
const contracts = (model: Model, migration: Migration) =>
  model.share !== undefined ||
  (migration === 'contract' && model.releases[model.active] < model.expandedIn)
    ? 'refused'
    : 'done';

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
      const run = (repository: Records) => {
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
      (m) =>
        m.share !== undefined
          ? 'done'
          : !m.staged
            ? 'nothing'
            : m.rolledBack && !again
              ? 'refused'
              : 'done',
      (m) =>
        Object.assign(m, {
          active: m.newer ?? otherColour(m.active),
          staged: false,
          warm: true,
          rolledBack: false,
          ...UNSHARED,
        }),
      () => [],
    ),
  ),
  fc
    .record({ percent: fc.constantFrom(1, 5, 10, 11, 25, 50, 75, 99), again: fc.boolean() })
    .map(({ percent, again }) =>
      verb(
        `shift ${percent}${again ? ' --again' : ''}`,
        (r) => shift({ ...input(r), percent, again }),
        (m) => {
          if (m.share !== undefined) return m.share === percent ? 'nothing' : 'done';
          if (!m.staged) return 'nothing';
          if (!m.canShare) return 'refused';
          return (m.rolledBack && !again) || percent > 10 ? 'refused' : 'done';
        },
        (m) => {
          const newer = m.newer ?? otherColour(m.active);
          const active = percent === 50 ? m.active : percent > 50 ? newer : otherColour(newer);
          Object.assign(m, { active, newer, share: percent });
        },
        () => [],
      ),
    ),
  fc.constant(
    verb(
      'rollback',
      (r) => rollback(input(r)),
      (m) => (m.share === undefined && (m.staged || !m.warm) ? 'refused' : 'done'),
      (m) =>
        Object.assign(
          m,
          m.newer === undefined
            ? { active: otherColour(m.active), rolledBack: true }
            : { active: otherColour(m.newer) },
          { staged: true, warm: true, ...UNSHARED },
        ),
      () => [],
    ),
  ),
  fc.constant(
    verb(
      'retire',
      (r) => retire(input(r)),
      (m) => (m.staged || m.share !== undefined ? 'refused' : m.warm ? 'done' : 'nothing'),
      (m) => Object.assign(m, { warm: false }),
      () => [],
    ),
  ),
  fc.constant(
    verb(
      'abort',
      (r) => abort(input(r)),
      (m) => (m.share !== undefined ? 'refused' : m.staged ? 'done' : 'nothing'),
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
      run(_, records) {
        const { cpu, ...decided } = edit;
        const { first } = records;
        const resources = { ...first.resources, requests: { ...first.resources.requests, cpu } };
        const change = () => void (records.environment = { ...first, ...decided, resources });
        records.commit({ change, touched: [] });
      },
    })),
];

const people = (beginning: (environment: SedaEnvironment) => Records, runs: number) =>
  fc.assert(
    fc.property(fc.boolean(), fc.commands(commands, { maxCommands: 12 }), (canShare, history) => {
      const model: Model = {
        active: 'blue',
        staged: false,
        rolledBack: false,
        warm: false,
        releases: { blue: 1, green: 0 },
        expandedIn: 0,
        canShare,
      };
      const environment = canShare ? { ...production, ingress: GATEWAY } : production;
      fc.modelRun(() => ({ model, real: beginning(environment) }), history);
    }),
    { numRuns: runs },
  );

test(`verbs and settings, in whatever order, do what people expect (${RUNS} histories)`, () =>
  people((environment) => new Repository(environment), RUNS));

test(`what they record alone is what people expect (${RECORD_RUNS} histories)`, () =>
  people((environment) => new Records(environment), RECORD_RUNS));
