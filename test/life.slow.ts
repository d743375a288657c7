import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Release, SedaEnvironment } from '../environments/environment';
import type { Bundles } from '../environments/bundle';
import { type FileChanges, freeze, readFrozen } from '../environments/frozen';
import { ARGOCD_FOLDER } from '../environments/layout';
import { releaseFile } from '../environments/layout';
import { parseRelease } from '../environments/release';
import {
  promote,
  retire,
  rollback,
  stage,
  type StageInput,
  type StepInput,
  type StepResult,
} from '../environments/release-steps';
import { type Files, renderAll, renderEnvironment } from '../environments/render';
import type { Manifest } from '../lib/manifests';
import { judge, type JudgeOptions } from '../ops/check/judge';
import { pictureOf } from '../ops/graph/picture';
import { editRecord } from '../ops/record';
import { Rendering } from '../ops/rendering/rendering';
import { read } from '../policy/dist';
import { argocdFaults, policyFaults } from '../policy/faults';
import { alertFaults, alertsOf } from './alerts';
import { firstDay, image, POD, states } from './fixtures';

const ROOT = path.join(__dirname, '..');
const ALERTS = fs.readFileSync(path.join(ROOT, 'docs/alerts.md'), 'utf8');

/** Alerts that no environment may have at the moment, and that the page describes all the same. */
const POSSIBLE = alertsOf(
  [
    'production: retired',
    'production behind a Gateway: promoted',
    'sandbox: first release',
  ].flatMap((name) => {
    const { environment, release } = states.find(({ state }) => state === name)!;
    return renderEnvironment(environment, release).objects;
  }),
);

/** What stands behind a path below dist/: an environment, or the resources of Argo CD. */
const folderOf = (file: string): string => file.split('/')[0]!;

/** A repository in memory: what people decide, their records on disk, and what was rendered from both. */
class Repository {
  readonly records = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-life-'));
  environments: readonly SedaEnvironment[] = Object.values(firstDay);
  /** The text of dist/, and its objects by folder. */
  private rendered: Files;
  private objects: ReadonlyMap<string, readonly Manifest[]> = new Map();

  constructor() {
    for (const { name } of this.environments)
      fs.copyFileSync(path.join(ROOT, 'test/first-day', `${name}.release.yaml`), this.file(name));
    this.rendered = this.render();
    this.objects = this.objectsAfter(new Map());
    this.holds(new Map());
  }

  remove(): void {
    fs.rmSync(this.records, { recursive: true });
  }

  environment(name: string): SedaEnvironment {
    return this.environments.find((one) => one.name === name)!;
  }

  /** The record of an environment, and its text. */
  record(name: string): { readonly text: string; readonly release: Release } {
    const text = fs.readFileSync(this.file(name), 'utf8');
    const found = parseRelease(`environments/${name}.release.yaml`, text, this.environment(name));
    if ('faults' in found) throw new Error(found.faults.join('\n'));
    return found;
  }

  /** The bundles of an environment that are frozen. */
  frozen(name: string): Bundles {
    const { release } = this.record(name);
    if (!('active' in release)) return {};
    const { frozen, faults } = readFrozen(this.records, this.environment(name), release);
    expect(faults).toEqual([]);
    return frozen;
  }

  /** What serves in an environment is not frozen any more, as where nothing was staged yet. */
  thaw(name: string): void {
    for (const file of fs.readdirSync(this.records))
      if (file.startsWith(`${name}.`) && !file.endsWith('.release.yaml'))
        fs.rmSync(path.join(this.records, file));
  }

  /** An edit of the file of an environment. */
  edit(name: string, change: Partial<SedaEnvironment>): void {
    this.environments = this.environments.map((one) =>
      one.name === name ? { ...one, ...change } : one,
    );
  }

  /** The steps of docs/add-an-environment.md. */
  add(environment: SedaEnvironment, like: string): void {
    this.environments = [...this.environments, environment];
    fs.copyFileSync(this.file(like), this.file(environment.name));
  }

  /** A verb of `seda release`: the record changes, and dist/ is rendered with it. */
  release(name: string, verb: (input: StepInput) => StepResult): string {
    const { text, release } = this.record(name);
    const result = verb({ environment: this.environment(name), release });
    if (result.kind !== 'done') throw new Error(result.sentence);
    const edited = editRecord(text, result.release as never);
    const changes: FileChanges = new Map([
      [releaseFile({ name }), edited],
      ...('active' in release && 'active' in result.release
        ? freeze(this.environment(name), release, result.release, this.frozen(name))
        : []),
    ]);
    this.rendered = this.render(changes);
    for (const [file, content] of changes) {
      if (content === undefined) fs.rmSync(path.join(this.records, file));
      else fs.writeFileSync(path.join(this.records, file), content);
    }
    return result.sentence;
  }

  /** `stage` with the image and the migration of the environment that it takes its images from. */
  stageFrom(name: string, from: string, options: Partial<StageInput> = {}): string {
    const serving = (one: string) => {
      const { release } = this.record(one);
      return 'active' in release ? release[release.active] : release;
    };
    const { imageFrom } = this.environment(name);
    return this.release(name, (input) =>
      stage({
        ...serving(from),
        ...input,
        sourceImage: imageFrom === undefined ? undefined : serving(imageFrom).image,
        ...options,
      }),
    );
  }

  /**
   * Changes something, as one commit, and holds everything that CI holds of it.
   *
   * @returns what the check says of the step
   */
  commit(change: () => void, allowed: Partial<JudgeOptions> = {}): string[] {
    const [committed, before] = [this.rendered, this.objects];
    change();
    // A verb has rendered what it wrote; what people edit is rendered here.
    if (this.rendered === committed) this.rendered = this.render();
    this.objects = this.objectsAfter(committed);
    const verdicts = [...this.objects]
      .filter(([folder, objects]) => before.get(folder) !== objects)
      .map(([folder, objects]) =>
        judge(folder, new Rendering(before.get(folder) ?? []), new Rendering(objects), {
          ran: (name, image) => JSON.stringify(before.get(name) ?? []).includes(image),
          ...allowed,
        }),
      );
    expect(verdicts.flatMap(({ refusals }) => refusals)).toEqual([]);
    this.holds(before);
    return verdicts.flatMap(({ sentences }) => sentences);
  }

  /** Policy, schemas, waves, Argo CD, documents and the diagram, of what has changed. */
  private holds(before: ReadonlyMap<string, readonly Manifest[]>): void {
    for (const environment of this.environments) {
      const objects = this.objects.get(environment.name)!;
      if (objects !== before.get(environment.name))
        expect(policyFaults({ environment, objects })).toEqual([]);
    }
    const everything = [...this.objects.values()].flat();
    expect(argocdFaults(everything)).toEqual([]);
    expect(alertFaults(ALERTS, [...alertsOf(everything), ...POSSIBLE])).toEqual([]);
    const { release } = this.record('production');
    const { arrows } = pictureOf('production', new Rendering(this.objects.get('production')!));
    expect(arrows.filter(({ kind, to }) => kind === 'traffic' && /^Deployment/.test(to))).toEqual([
      expect.objectContaining({
        to: `Deployment/seda-api-${'active' in release && release.active}`,
      }),
    ]);
  }

  /** The objects of every folder. Where its text has changed it is rendered once more from what is on disk, as `synth --check` does. */
  private objectsAfter(committed: Files): ReadonlyMap<string, readonly Manifest[]> {
    const found = new Map<string, readonly Manifest[]>();
    const below = (files: Files, folder: string) =>
      [...files].filter(([file]) => file.startsWith(`${folder}/`));
    for (const folder of new Set([...this.rendered.keys()].map(folderOf))) {
      const files = below(this.rendered, folder);
      if (files.every(([file, text]) => committed.get(file) === text) && this.objects.has(folder))
        found.set(folder, this.objects.get(folder)!);
      else if (folder === ARGOCD_FOLDER) found.set(folder, read(files));
      else if (this.environment(folder) !== undefined) {
        const again = renderEnvironment(
          this.environment(folder),
          this.record(folder).release,
          this.frozen(folder),
        );
        expect(below(again.files, folder)).toEqual(files);
        found.set(folder, again.objects);
      }
    }
    return found;
  }

  private file(name: string): string {
    return path.join(this.records, releaseFile({ name }));
  }

  private render(changes?: FileChanges): Files {
    return renderAll(this.environments, this.records, changes);
  }
}

let repository: Repository;
beforeAll(() => {
  repository = new Repository();
});
afterAll(() => repository.remove());

/** One commit in the life of the repository, and what the check says of it. */
type Step = readonly [
  what: string,
  change: (repository: Repository) => unknown,
  sentences: readonly string[],
  allow?: readonly string[],
];

/** An alert of one environment. */
const ALERT = {
  name: 'UploadsFail',
  expr: 'rate(http_request_duration_seconds_count{namespace="seda-prod",route="/uploads"}[5m]) == 0',
  for: '10m',
  severity: 'ticket',
  summary: 'uploads fail',
  runbookUrl: 'https://wiki.seda.fm/uploads',
} as const;

/** What a new release of the API reads. */
const KEYS = { STRIPE_KEY: 'stripe-key' };

const steps: readonly Step[] = [
  [
    'fill in all placeholders',
    (r) => {
      r.edit('qa', { supabase: { kind: 'project', projectRef: 'qaqaqaqaqaqaqaqaqaqa' } });
      r.edit('sandbox', { supabase: { kind: 'project', projectRef: 'sandboxsandboxsandbo' } });
      r.edit('production', { supabase: { kind: 'project', projectRef: 'abcdefghijklmnopqrst' } });
    },
    [
      'qa: seda-api-qa replaces its pods, the version stays develop',
      'sandbox: seda-api-sandbox replaces its pods, the version stays 0.0.0',
      'argocd: changes Application/seda-qa, Application/seda-sandbox',
    ],
  ],
  [
    'stage the first release in qa',
    (r) => r.release('qa', (input) => stage({ ...input, image: image('1.4.2') })),
    ['qa: seda-api-qa replaces its pods, develop becomes 1.4.2'],
  ],
  [
    'stage it in sandbox',
    (r) => r.stageFrom('sandbox', 'qa'),
    [
      'sandbox: seda-api-sandbox replaces its pods, 0.0.0 becomes 1.4.2',
      'argocd: changes Application/seda-sandbox',
    ],
  ],
  [
    'stage it in production',
    (r) => r.stageFrom('production', 'sandbox'),
    ['production: seda-api-green is staged with 1.4.2; traffic stays on seda-api-blue 0.0.0'],
  ],
  [
    'promote it',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-blue 0.0.0 to seda-api-green 1.4.2; back: seda release rollback production',
    ],
  ],
  [
    'retire the placeholder',
    (r) => r.release('production', retire),
    [
      'production: seda-api-blue 0.0.0 loses its pods',
      'argocd: changes Application/seda-production',
    ],
  ],
  [
    'stage the next release in qa, without a migration',
    (r) =>
      r.release('qa', (input) => stage({ ...input, image: image('1.5.0'), migration: 'none' })),
    ['qa: seda-api-qa replaces its pods, 1.4.2 becomes 1.5.0'],
  ],
  [
    'stage it in sandbox',
    (r) => r.stageFrom('sandbox', 'qa'),
    ['sandbox: seda-api-sandbox replaces its pods, 1.4.2 becomes 1.5.0'],
  ],
  [
    'stage it in production, once sandbox runs it',
    (r) => r.stageFrom('production', 'sandbox'),
    ['production: seda-api-blue is staged with 1.5.0; traffic stays on seda-api-green 1.4.2'],
  ],
  [
    'promote it, too',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-green 1.4.2 to seda-api-blue 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'roll it back',
    (r) => r.release('production', rollback),
    [
      'production: traffic moves from seda-api-blue 1.5.0 to seda-api-green 1.4.2; back: seda release rollback production',
    ],
  ],
  [
    'promote it again',
    (r) => r.release('production', (input) => promote({ ...input, again: true })),
    [
      'production: traffic moves from seda-api-green 1.4.2 to seda-api-blue 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'retire the one before',
    (r) => r.release('production', retire),
    ['production: seda-api-green 1.4.2 loses its pods'],
  ],
  [
    'roll qa back',
    (r) => r.release('qa', rollback),
    ['qa: seda-api-qa replaces its pods, 1.5.0 becomes 1.4.2'],
  ],
  ['rotate the secrets: the edit', (r) => r.edit('production', { secretVersion: 2 }), []],
  [
    'rotate the secrets: stage --from production --migration none',
    (r) => r.stageFrom('production', 'production', { migration: 'none' }),
    ['production: seda-api-green is staged with 1.5.0; traffic stays on seda-api-blue 1.5.0'],
  ],
  [
    'rotate the secrets: promote',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-blue 1.5.0 to seda-api-green 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'rotate the secrets: retire the old version',
    (r) => r.release('production', retire),
    ['production: seda-api-blue 1.5.0 loses its pods'],
  ],
  ['five replicas in production: the edit waits', (r) => r.edit('production', { replicas: 5 }), []],
  [
    'five replicas in production: stage',
    (r) => r.stageFrom('production', 'sandbox'),
    ['production: seda-api-blue is staged with 1.5.0; traffic stays on seda-api-green 1.5.0'],
  ],
  [
    'five replicas in production: promote',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-green 1.5.0 to seda-api-blue 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'five replicas in production: retire',
    (r) => r.release('production', retire),
    ['production: seda-api-green 1.5.0 loses its pods'],
  ],
  [
    'turn autoscaling on: the edit waits',
    (r) => r.edit('production', { autoscaling: { minReplicas: 3, maxReplicas: 6 } }),
    [],
  ],
  [
    'turn autoscaling on: stage',
    (r) => r.stageFrom('production', 'sandbox'),
    ['production: seda-api-green is staged with 1.5.0; traffic stays on seda-api-blue 1.5.0'],
  ],
  [
    'turn autoscaling on: promote',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-blue 1.5.0 to seda-api-green 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'turn autoscaling on: retire',
    (r) => r.release('production', retire),
    ['production: seda-api-blue 1.5.0 loses its pods'],
  ],
  [
    'a variable from a Secret of the platform, and settings of the pods: the edit waits in production',
    (r) => {
      r.edit('qa', { pod: { secretEnv: { SENTRY_DSN: { name: 'sentry', key: 'dsn' } } } });
      r.edit('production', { pod: POD });
    },
    ['qa: seda-api-qa replaces its pods, the version stays 1.4.2'],
  ],
  [
    'settings of the pods: stage',
    (r) => r.stageFrom('production', 'sandbox'),
    ['production: seda-api-blue is staged with 1.5.0; traffic stays on seda-api-green 1.5.0'],
  ],
  [
    'settings of the pods: promote',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-green 1.5.0 to seda-api-blue 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'more memory in qa',
    (r) =>
      r.edit('qa', {
        resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1Gi' } },
      }),
    ['qa: seda-api-qa replaces its pods, the version stays 1.4.2'],
  ],
  [
    'move qa to another host',
    (r) => r.edit('qa', { domain: 'qa.seda.fm' }),
    [
      'qa: seda-api-qa replaces its pods, the version stays 1.4.2',
      'qa: changes Ingress/seda-api-ingress, Ingress/seda-api-ingress-blocked',
    ],
    ['entry-lost'],
  ],
  [
    'a variable, a second host and an annotation in qa',
    (r) =>
      r.edit('qa', {
        config: { LOG_LEVEL: 'debug' },
        extraHosts: ['api2-qa.seda.fm'],
        ingressAnnotations: { 'nginx.ingress.kubernetes.io/enable-cors': 'true' },
      }),
    [
      'qa: seda-api-qa replaces its pods, the version stays 1.4.2',
      'qa: changes Ingress/seda-api-ingress, Ingress/seda-api-ingress-blocked',
    ],
    ['entry-guard-weakened'],
  ],
  [
    'an alert and a variable in production: the variable waits',
    (r) => r.edit('production', { alerts: [ALERT], config: { LOG_LEVEL: 'debug' } }),
    ['production: changes PrometheusRule/seda-api'],
  ],
  [
    'a new secret key: where nothing is frozen',
    (r) => {
      for (const name of ['development', 'qa', 'sandbox']) r.edit(name, { secretKeys: KEYS });
    },
    [
      'development: seda-api-dev replaces its pods, the version stays local',
      'development: changes Secret/seda-secrets',
      'qa: seda-api-qa replaces its pods, the version stays 1.4.2',
      'qa: changes ExternalSecret/seda-secrets',
      'sandbox: seda-api-sandbox replaces its pods, the version stays 1.5.0',
      'sandbox: changes ExternalSecret/seda-secrets',
    ],
  ],
  [
    'a new secret key: the edit waits in production, with the version of the Secret that has it',
    (r) => r.edit('production', { secretKeys: KEYS, secretVersion: 3 }),
    [],
  ],
  [
    'a new secret key: stage',
    (r) => r.stageFrom('production', 'sandbox'),
    ['production: seda-api-green is staged with 1.5.0; traffic stays on seda-api-blue 1.5.0'],
  ],
  [
    'a new secret key: promote',
    (r) => r.release('production', promote),
    [
      'production: traffic moves from seda-api-blue 1.5.0 to seda-api-green 1.5.0; back: seda release rollback production',
    ],
  ],
  [
    'a new secret key: retire the colour that does not read it',
    (r) => r.release('production', retire),
    ['production: seda-api-blue 1.5.0 loses its pods'],
  ],
  [
    'add an environment',
    (r) =>
      r.add(
        {
          ...r.environment('qa'),
          name: 'staging',
          namespace: 'seda-staging',
          domain: 'api-staging.seda.fm',
          extraHosts: undefined,
          workload: 'seda-api-staging',
          supabase: { kind: 'project', projectRef: 'stagingstagingstagin' },
        },
        'qa',
      ),
    [
      'staging: seda-api-staging is new, with 1.4.2',
      'argocd: changes AppProject/seda-staging, Application/seda-staging',
    ],
  ],
];

test('a repository lives through its first months, and everything holds at every commit', () => {
  const told = steps.map(([what, change, , allow]) => [
    what,
    repository.commit(() => change(repository), { allow }),
  ]);
  expect(told).toEqual(steps.map(([what, , sentences]) => [what, sentences]));
});

test('a commit that changes what serves in place does not hold', () => {
  const inPlace = ({ release }: StepInput): StepResult => {
    if (!('active' in release)) throw new Error('production is a pair');
    const serving = { ...release[release.active], image: image('9.9.9') };
    return {
      kind: 'done',
      release: { ...release, [release.active]: serving },
      sentence: '',
      next: '',
    };
  };
  const edit = () => repository.commit(() => repository.release('production', inPlace));
  expect(edit).toThrow('is not what the record says');
  repository.thaw('production');
  expect(edit).toThrow('serving-colour-changed');
});
