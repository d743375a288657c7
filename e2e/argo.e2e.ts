import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments, stringify } from 'yaml';
import { PREVIEWS, renderArgoCd } from '../environments/argocd';
import { WAVE_ANNOTATION, WAVES } from '../lib/wave-plan';
import { ArgoCd } from './argocd';
import type { ArgoResource, SyncOptions, SyncResult } from './argocd-application';
import type { Cluster } from './cluster';
import { type Fixture, sayUnavailable, startFixture, testsOn } from './fixture';
import type { Project } from './project';
import { servingColour, TrafficWatcher } from './traffic';

/** Pods that production's colours have; fewer never serve. */
const FLOOR = 3;
const PLAN = 'dist/production';

interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly annotations?: { readonly [name: string]: string };
  };
  readonly spec?: { readonly [field: string]: unknown };
}
type Colour = 'blue' | 'green';

let fixture: Fixture | undefined;
let cluster: Cluster | undefined;
let argo: ArgoCd | undefined;
let project: Project;
const table: string[][] = [];

const onArgo = testsOn('Argo CD', () => argo);

const inProduction = (...args: string[]) => cluster!.run(['--namespace=seda-prod', ...args]);
const serving = async () => (await servingColour(cluster!)) as Colour;
const other = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');
const replicas = async (colour: Colour) =>
  Number(
    await inProduction(
      'get',
      'deployment',
      `seda-api-${colour}`,
      '--output=jsonpath={.spec.replicas}',
    ),
  );

const manifestsIn = (path: string): Manifest[] =>
  readdirSync(join(project.folder, path))
    .filter((file) => file.endsWith('.k8s.yaml'))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(project.folder, path, file), 'utf8')).map(
        (document) => document.toJS() as Manifest,
      ),
    );

/** A folder, committed, with production's manifests as somebody else might have written them. */
const variant = (name: string, change: (manifest: Manifest) => Manifest | undefined): string => {
  const path = `variants/${name}`;
  mkdirSync(join(project.folder, path), { recursive: true });
  const manifests = manifestsIn(PLAN).flatMap((manifest) => change(manifest) ?? []);
  writeFileSync(
    join(project.folder, path, 'all.k8s.yaml'),
    manifests.map((manifest) => stringify(manifest)).join('---\n'),
  );
  project.git('add', path);
  project.git('commit', '--quiet', '--allow-empty', '--message', name);
  return path;
};

const waveOf = ({ metadata }: Manifest) => Number(metadata.annotations?.[WAVE_ANNOTATION] ?? 0);
const isDeployment = (manifest: Manifest, colour: Colour) =>
  manifest.kind === 'Deployment' && manifest.metadata.name === `seda-api-${colour}`;
const isGate = (manifest: Manifest) =>
  manifest.kind === 'Job' && manifest.metadata.name.startsWith('seda-api-gate-');
const inWave = (manifest: Manifest, wave: number): Manifest => ({
  ...manifest,
  metadata: {
    ...manifest.metadata,
    annotations: { ...manifest.metadata.annotations, [WAVE_ANNOTATION]: String(wave) },
  },
});
const withSpec = (manifest: Manifest, spec: object): Manifest => ({
  ...manifest,
  spec: { ...manifest.spec, ...spec },
});

/** The waves of what was applied, in the order in which it was. */
const wavesOf = (result: SyncResult, path: string): number[] => {
  const waves = new Map(
    manifestsIn(path).map((manifest) => [
      `${manifest.kind}/${manifest.metadata.name}`,
      waveOf(manifest),
    ]),
  );
  return result.resources.flatMap((resource) =>
    resource.status === 'Synced' ? (waves.get(`${resource.kind}/${resource.name}`) ?? []) : [],
  );
};
const named = ({ kind, name, hookPhase, message }: ArgoResource) =>
  `${kind}/${name} ${hookPhase}: ${message}`;
/** Nothing when it succeeded, otherwise all that is known. */
const failureOf = (result: SyncResult) =>
  result.phase === 'Succeeded' ? [] : [result.phase, result.message, ...failures(result)];
const failures = (result: SyncResult) =>
  result.resources
    .filter(
      ({ hookPhase, status }) =>
        hookPhase === 'Failed' || hookPhase === 'Error' || status === 'SyncFailed',
    )
    .map(named);

/** A sync, and the traffic during it and for a moment after. */
const watched = async (what: string, options: SyncOptions, sync = () => argo!.sync(options)) => {
  const watcher = await new TrafficWatcher(cluster!, 'seda-prod').start();
  const before = watcher.colour;
  const result = await sync();
  await sleep(1500);
  watcher.stop();
  const highest = Math.max(...wavesOf(result, options.path));
  table.push([
    what,
    result.phase,
    `last wave ${highest}`,
    `${result.seconds.toFixed(0)} s`,
    `least ${watcher.least}`,
    ...failures(result),
  ]);
  return { ...result, watcher, before, after: watcher.colour, highest };
};

/** The same for a sync that must succeed and must keep the floor. */
const releases = async (what: string) => {
  const outcome = await watched(what, { path: PLAN });
  expect(failureOf(outcome)).toEqual([]);
  expect(outcome.watcher.least >= FLOOR ? [] : outcome.watcher.timeline()).toEqual([]);
  return outcome;
};

beforeAll(async () => {
  fixture = await startFixture({ argocd: true });
  if (!fixture) return;
  ({ cluster, project } = fixture);
  argo =
    (await ArgoCd.start(cluster, project.folder, 'production').catch(sayUnavailable)) ?? undefined;
});

afterAll(async () => {
  if (table.length > 0) console.log(table.map((row) => row.join(' | ')).join('\n'));
  await argo?.stop();
  await fixture?.stop();
});

describe("production synced by Argo CD's engine", () => {
  onArgo('the Application is automatic once no placeholder is left', async () => {
    expect(argo!.syncPolicy).toMatchObject({
      automated: { enabled: true, prune: true, selfHeal: true },
      syncOptions: expect.arrayContaining(['ServerSideApply=true']) as unknown,
    });
  });

  onArgo('an installation keeps to the order of the waves', async () => {
    const first = await argo!.sync({ path: PLAN });
    expect(failureOf(first)).toEqual([]);
    const order = wavesOf(first, PLAN);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect([...new Set(order)]).toEqual(Object.values(WAVES));
    expect(order).toHaveLength(manifestsIn(PLAN).length);
  });

  onArgo('releases never fall below the floor', async () => {
    const serves = await serving();
    const idle = other(serves);
    await project.stageInProduction('1.1.0');
    expect((await releases('stage')).after).toBe(serves);
    await project.release('promote', 'production');
    expect((await releases('promote')).after).toBe(idle);
    await project.release('rollback', 'production');
    expect((await releases('rollback')).after).toBe(serves);
    await project.release('promote', 'production', '--again');
    expect((await releases('promote again')).after).toBe(idle);
    await project.release('retire', 'production');
    expect((await releases('retire')).after).toBe(idle);
  });

  onArgo(
    'a migration that fails: nothing of the release starts, and the traffic stays',
    async () => {
      await project.stageInProduction('2.0.0-migration-fails');
      // A Job is tried four times, over a minute; here once.
      const path = variant('migration-fails', (manifest) =>
        waveOf(manifest) === WAVES.migrate ? withSpec(manifest, { backoffLimit: 0 }) : manifest,
      );
      const outcome = await watched('failing migration', { path });
      expect([outcome.phase, outcome.highest]).toEqual(['Failed', WAVES.migrate]);
      expect(failures(outcome)).toEqual([
        expect.stringMatching(
          /^Job\/seda-api-migrate-[0-9a-f]{10} Failed: Job has reached the specified backoff limit$/,
        ),
      ]);
      expect([outcome.watcher.least >= FLOOR, outcome.after]).toEqual([true, outcome.before]);
      await project.release('abort', 'production');
      await releases('abort');
    },
  );

  onArgo(
    'a gate that fails: the promotion stops before the switch, and self-healing does not move it on',
    async () => {
      const committed = (what: string) => {
        const options = { path: PLAN, retries: 1 };
        return watched(what, options, () =>
          argo!.follow(options, project.git('rev-parse', 'HEAD').trim()),
        );
      };
      await project.stageInProduction('2.1.0-gate-fails');
      const staged = await committed('automated: stage with a failing gate');
      expect([...failureOf(staged), staged.after]).toEqual([staged.before]);
      await project.release('promote', 'production');
      const outcome = await committed('automated: failing gate');
      expect([outcome.phase, outcome.highest]).toEqual(['Failed', WAVES.gate]);
      expect(failures(outcome)).toEqual([
        expect.stringMatching(
          /^Job\/seda-api-gate-\w+-[0-9a-f]{10} Failed: Job has reached the specified backoff limit$/,
        ),
      ]);
      expect([outcome.watcher.least >= FLOOR, outcome.after]).toEqual([true, outcome.before]);
      await argo!.refresh();
      await sleep(5000);
      expect(await serving()).toBe(outcome.before);
      // The next commit is taken without anybody's help.
      await project.must('release', 'rollback', 'production');
      await project.release('abort', 'production');
      const back = await committed('automated: back, and abort');
      expect([...failureOf(back), back.watcher.least >= FLOOR, back.after]).toEqual([
        true,
        back.before,
      ]);
    },
  );
});

describe('what a plan without our care does', () => {
  const tag = '3.0.0';
  let from: Colour;
  let to: Colour;
  /** What is in the cluster before each of these: one colour serves, the other is empty. */
  let before: string;

  const withoutGate =
    (change: (manifest: Manifest) => Manifest = (manifest) => manifest) =>
    (manifest: Manifest) =>
      isGate(manifest) ? undefined : change(manifest);
  /** The pods of the release are never ready, and the Deployment says so soon. */
  const broken =
    (suffix: string) =>
    (manifest: Manifest): Manifest => {
      const renamed = JSON.parse(
        JSON.stringify(manifest).replaceAll(`seda-api:${tag}@`, `seda-api:${tag}-${suffix}@`),
      ) as Manifest;
      return isDeployment(manifest, to)
        ? withSpec(renamed, { minReadySeconds: 1, progressDeadlineSeconds: 3 })
        : renamed;
    };
  const goBack = async () => {
    expect(failureOf(await argo!.sync({ path: before }))).toEqual([]);
    expect([await serving(), await replicas(to)]).toEqual([from, 0]);
  };
  /** After what fails as well, so that the next begins where it expects to. */
  afterEach(async () => {
    if (argo) await goBack();
  });
  /**
   * What holds up a broken colour. Without time between two waves Argo CD may still have the state from before the wave
   * in its cache, in which the Deployment was healthy, and goes on to the gate.
   */
  const HELD_UP = [WAVES.target, WAVES.gate];

  beforeAll(async () => {
    if (!argo) return;
    from = await serving();
    to = other(from);
    before = variant('before', (manifest) => manifest);
    // In git the empty colour takes the traffic at once, which `seda check` refuses; each of these is another plan for it.
    await project.stageInProduction(tag, '--promote');
    await goBack();
  });

  onArgo('T1: without waves the Service comes before the Deployment', async () => {
    const path = variant('t1', ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, annotations: {} },
    }));
    const outcome = await watched('T1 no waves', { path });
    expect([outcome.phase, outcome.watcher.least]).toEqual(['Succeeded', 0]);
    const applied = outcome.resources.map(({ kind, name }) => `${kind}/${name}`);
    expect(applied.indexOf('Service/seda-api')).toBeLessThan(
      applied.indexOf(`Deployment/seda-api-${to}`),
    );
  });

  onArgo('T2: a Deployment without pods is healthy', async () => {
    const path = variant(
      't2',
      withoutGate((manifest) =>
        isDeployment(manifest, to) ? withSpec(manifest, { replicas: 0 }) : manifest,
      ),
    );
    const outcome = await watched('T2 no pods', { path });
    expect([outcome.phase, outcome.watcher.least, outcome.after]).toEqual(['Succeeded', 0, 'none']);
    expect(await argo!.healthOf('Deployment', `seda-api-${to}`)).toBe('Healthy');
  });

  onArgo('T3: RespectIgnoreDifferences on /spec/replicas keeps the colour empty', async () => {
    const path = variant('t3', withoutGate());
    expect(manifestsIn(path).find((manifest) => isDeployment(manifest, to))?.spec?.replicas).toBe(
      FLOOR,
    );
    const outcome = await watched('T3 ignored replicas', {
      path,
      ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
      syncOptions: ['RespectIgnoreDifferences=true'],
    });
    expect([outcome.phase, outcome.watcher.least, await replicas(to)]).toEqual(['Succeeded', 0, 0]);
  });

  onArgo('T4: replicas that disappear fall back to one pod', async () => {
    const path = variant(
      't4',
      withoutGate((manifest) =>
        isDeployment(manifest, to) ? withSpec(manifest, { replicas: undefined }) : manifest,
      ),
    );
    const outcome = await watched('T4 no replicas', { path });
    expect([outcome.phase, outcome.watcher.least, await replicas(to)]).toEqual(['Succeeded', 1, 1]);
  });

  onArgo(
    'T9: a sync that applies only what is out of sync goes past what is broken and known',
    async () => {
      const naive = variant('t9-naive', withoutGate(broken('unhealthy')));
      const ours = variant('t9-ours', broken('unhealthy-too'));
      const syncOptions = ['ApplyOutOfSyncOnly=true'];

      const flipped = await watched('T9 no gate, ApplyOutOfSyncOnly, one retry', {
        path: naive,
        retries: 1,
        syncOptions,
      });
      expect([flipped.phase, flipped.watcher.least]).toEqual(['Succeeded', 0]);
      await goBack();

      const everything = await watched('T9 our plan, one retry', { path: ours, retries: 1 });
      expect([everything.phase, everything.after]).toEqual(['Failed', from]);
      expect(HELD_UP).toContain(everything.highest);
      // A gate that has run and failed is in sync as well: the option makes every plan unsafe, at the latest the second time.
      let passed = await watched('T9 our plan, ApplyOutOfSyncOnly', { path: ours, syncOptions });
      if (passed.phase === 'Failed') {
        expect([passed.highest, passed.after]).toEqual([WAVES.gate, from]);
        passed = await watched('T9 our plan, ApplyOutOfSyncOnly once more', {
          path: ours,
          syncOptions,
        });
      }
      expect([passed.phase, passed.watcher.least]).toEqual(['Succeeded', 0]);
    },
  );

  onArgo(
    'a colour whose pods were known before has no deadline: the sync waits or the gate fails, and the traffic stays',
    async () => {
      const path = variant('no-deadline', broken('unhealthy'));
      const outcome = await watched('pods known before, never ready', { path, seconds: 25 });
      expect([outcome.phase, outcome.highest]).toEqual(
        outcome.highest === WAVES.gate ? ['Failed', WAVES.gate] : ['Running', WAVES.target],
      );
      expect([outcome.after, outcome.watcher.least >= FLOOR]).toEqual([from, true]);
      expect(await argo!.healthOf('Deployment', `seda-api-${to}`)).toBe('Progressing');
      expect(
        await inProduction(
          'get',
          'deployment',
          `seda-api-${to}`,
          '--output=jsonpath={.status.conditions[?(@.type=="Progressing")].reason}',
        ),
      ).toBe('NewReplicaSetAvailable');
    },
  );
});

describe('what must not hold up a way out', () => {
  onArgo('T5: the broken colour that traffic leaves, which gates in another plan', async () => {
    await project.stageInProduction('3.5.0');
    await releases('stage');
    const from = await serving();
    const broken = (manifest: Manifest): Manifest => {
      if (!isDeployment(manifest, from)) return manifest;
      return withSpec(
        JSON.parse(
          JSON.stringify(manifest).replace(/(seda-api:)[^@"]+@/, '$1unhealthy@'),
        ) as Manifest,
        { minReadySeconds: 1, progressDeadlineSeconds: 3 },
      );
    };
    const incident = await watched('T5 the serving colour breaks', {
      path: variant('t5-incident', broken),
    });
    expect(incident.after).toBe(from);
    await inProduction(
      'wait',
      '--for=condition=Progressing=false',
      `deployment/seda-api-${from}`,
      '--timeout=60s',
    );

    await project.release('promote', 'production');
    const naive = await watched('T5 outgoing colour gates', {
      path: variant('t5-naive', (manifest) =>
        isDeployment(manifest, from) ? inWave(broken(manifest), WAVES.target) : manifest,
      ),
    });
    expect([naive.phase, naive.highest, naive.after]).toEqual(['Failed', WAVES.target, from]);
    expect(failures(naive)).toEqual([
      `Deployment/seda-api-${from} Failed: Deployment "seda-api-${from}" exceeded its progress deadline`,
    ]);
    const ours = await watched('T5 our plan', { path: variant('t5-ours', broken) });
    expect([ours.phase, ours.after, ours.watcher.least >= FLOOR]).toEqual([
      'Succeeded',
      other(from),
      true,
    ]);
    expect(await argo!.healthOf('Deployment', `seda-api-${from}`)).toBe('Degraded');
    await releases('back to what git says');
  });

  onArgo('T6: an autoscaler without metrics, which fails the wave that it is in', async () => {
    await project.release('retire', 'production');
    project.edit('environments/production.ts', (text) =>
      text.replace(
        '  replicas: 3,',
        '  replicas: 3,\n  autoscaling: { minReplicas: 3, maxReplicas: 9 },',
      ),
    );
    await project.stageInProduction('3.6.0');
    await releases('stage with an autoscaler');
    const from = await serving();
    await project.release('promote', 'production');
    // Until then it has only grown the colour to its minimum, and is healthy.
    await inProduction(
      'wait',
      '--for=condition=ScalingActive=false',
      'horizontalpodautoscaler',
      '--all',
      '--timeout=60s',
    );
    expect(
      await inProduction(
        'get',
        'horizontalpodautoscaler',
        '--output=jsonpath={.items[*].status.conditions[?(@.type=="ScalingActive")].reason}',
      ),
    ).toBe('FailedGetResourceMetric');
    const naive = await watched('T6 autoscaler gates', {
      path: variant('t6', (manifest) =>
        manifest.kind === 'HorizontalPodAutoscaler' ? inWave(manifest, WAVES.target) : manifest,
      ),
    });
    expect([naive.phase, naive.highest, naive.after]).toEqual(['Failed', WAVES.target, from]);
    // The message is about something else: Argo CD takes "could not find the requested resource" for its own.
    expect(failures(naive)).toEqual([
      expect.stringMatching(
        new RegExp(`^HorizontalPodAutoscaler/seda-api-${other(from)} Failed: `),
      ),
    ]);
    expect((await releases('T6 our plan')).after).toBe(other(from));
  });
});

describe('a preview, whose branch nobody reviews', () => {
  const inArgoCd = (...args: string[]) => cluster!.run(['--namespace=argocd', ...args]);
  const labelOf = (namespace: string) =>
    cluster!.run([
      ...['get', 'namespace', namespace, '--ignore-not-found'],
      '--output=jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}',
    ]);
  /** How the last sync of an Application ended, and what it said of the objects that failed. */
  const outcomeOf = async (name: string) => {
    const { status } = await cluster!.kubectlJson<{
      status?: {
        operationState?: { phase: string; syncResult?: { resources?: readonly ArgoResource[] } };
      };
    }>('get', 'application', name, '--namespace=argocd');
    const { phase, syncResult } = status?.operationState ?? {};
    return [
      phase,
      ...(syncResult?.resources ?? [])
        .filter((resource) => resource.status === 'SyncFailed')
        .map(({ kind, message }) => `${kind}: ${message}`),
    ];
  };
  const until = async <T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const seen = await look();
      if (done(seen) || tries > 120) return seen;
      await sleep(1000);
    }
  };
  /** What an ApplicationSet makes of its template for pull request 7, of the repository that is here. */
  const told = (): { kind: string }[] => {
    const files = renderArgoCd([], { ...PREVIEWS, enabled: true }).files;
    const path = 'dist/argocd/preview-namespace';
    mkdirSync(join(project.folder, path), { recursive: true });
    writeFileSync(
      join(project.folder, path, 'quota.k8s.yaml'),
      files.get('argocd/preview-namespace/quota.k8s.yaml')!,
    );
    project.git('add', path);
    project.git('commit', '--quiet', '--message', 'quota');
    project.git('branch', '--force', 'reviewed');
    const text = files
      .get('argocd/preview.k8s.yaml')!
      .replaceAll(/https:\/\/github\.com\/\S+/g, `file://${project.folder}`)
      .replaceAll('{{.number}}', '7')
      .replace('targetRevision: main', 'targetRevision: reviewed')
      // The settings of the day wait for somebody; this is about what is applied.
      .replaceAll('enabled: false', 'enabled: true');
    return parseAllDocuments(text).map((document) => {
      const object = document.toJS();
      if (object.kind !== 'ApplicationSet') return object;
      const { metadata, spec } = object.spec.template;
      return {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { ...metadata, namespace: 'argocd' },
        spec,
      };
    });
  };
  const branch = (...objects: object[]) => {
    const path = join(project.folder, 'dist/preview-7');
    project.git('checkout', '--quiet', '-B', 'preview/7');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'all.k8s.yaml'), objects.map((one) => stringify(one)).join('---\n'));
    project.git('add', 'dist/preview-7');
    project.git('commit', '--quiet', '--message', 'preview');
    project.git('checkout', '--quiet', '-');
  };
  const privileged = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
  });
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'seda-preview-7' },
    data: { a: 'b' },
  };

  onArgo(
    'gets the namespace of main, and its branch can bring none, nor anything else outside of it',
    async () => {
      const objects = told();
      branch(privileged('seda-preview-7'), {
        ...config,
        metadata: { name: 'a', namespace: 'seda-prod' },
      });
      await cluster!.run(
        ['apply', '--validate=strict', '--filename=-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      );
      expect(await until(() => labelOf('seda-preview-7'), Boolean)).toBe('restricted');
      const refused = await until(
        () => outcomeOf('seda-preview-7'),
        ([, ...failed]) => failed.length > 0,
      );
      expect(refused.slice(1).sort()).toEqual([
        "ConfigMap: namespace seda-prod is not permitted in project 'seda-preview'",
        'Namespace: resource :Namespace is not permitted in project seda-preview',
      ]);
      expect(await labelOf('seda-preview-7')).toBe('restricted');

      branch(config);
      await inArgoCd(
        'annotate',
        'application',
        'seda-preview-7',
        'argocd.argoproj.io/refresh=hard',
      );
      expect(
        await until(
          () => outcomeOf('seda-preview-7'),
          ([phase]) => phase === 'Succeeded',
        ),
      ).toEqual(['Succeeded']);
      expect(await outcomeOf('seda-preview-7-namespace')).toEqual(['Succeeded']);

      // With the label of the pull request both go, and the namespace with them.
      await inArgoCd(
        ...['delete', 'application', 'seda-preview-7', 'seda-preview-7-namespace', '--wait=false'],
      );
      expect(
        await until(
          () => inArgoCd('get', 'application', '--output=name'),
          (left) => !left.includes('seda-preview-7'),
        ),
      ).not.toContain('seda-preview-7');
      expect(
        await until(
          () =>
            cluster!.run([
              ...['get', 'namespace', 'seda-preview-7', '--ignore-not-found'],
              '--output=jsonpath={.metadata.name} {.status.phase}',
            ]),
          (left) => !left.includes('Active'),
        ),
      ).not.toContain('Active');
    },
  );
});
