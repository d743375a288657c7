import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import fc from '../test/random';
import {
  after,
  colour as held,
  image,
  placeholderPair,
  POD,
  production,
  served,
  staged,
  states,
} from '../test/fixtures';
import { type Colour, type Manifest, otherColour } from '../lib';
import { API } from './api';
import { bundleOf } from './bundle';
import { outdatedColours } from './bundle-changes';
import {
  type BlueGreenRelease,
  isBlueGreen,
  type Release,
  type SedaEnvironment,
  type SharedSettings,
  type StagedSettings,
} from './environment';
import { type FileChanges, freeze, frozenText, parseFrozen, readFrozen } from './frozen';
import { listFaults } from './validate';
import { abort, promote, retire, rollback, stage, type StepResult } from './release-steps';
import { renderEnvironment } from './render';
import { waitingSettings } from './waiting';

const LABEL = 'environments/production.blue.yaml';

const textOf = (environment = production, release = served, colour: Colour = 'blue') =>
  frozenText(environment, colour, bundleOf(environment, release, colour));
const parse = (text: string, environment = production, release = served, colour: Colour = 'blue') =>
  parseFrozen(LABEL, text, environment, release, colour);

describe('a frozen bundle', () => {
  test.each(
    states.flatMap(({ state, environment, release }) =>
      isBlueGreen(release) ? [[state, environment, release] as const] : [],
    ),
  )('%s: is read as it was written, and rendered as it was', (_, environment, release) => {
    const frozen: { [colour in Colour]?: readonly Manifest[] } = {};
    for (const colour of ['blue', 'green'] as const) {
      if (release[colour].replicas === 0) continue;
      frozen[colour] = bundleOf(environment, release, colour);
      expect(
        parse(frozenText(environment, colour, frozen[colour]), environment, release, colour),
      ).toEqual({ bundle: frozen[colour] });
    }
    const [fresh, again] = [{}, frozen].map((bundles) =>
      renderEnvironment(environment, release, bundles),
    );
    expect(again!.faults).toEqual([]);
    expect([...again!.files]).toEqual([...fresh!.files]);
  });

  test('has all of a colour and nothing of the other one, also with every setting of its pods', () => {
    const environment: SedaEnvironment = {
      ...production,
      pod: POD,
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
    };
    const release: BlueGreenRelease = {
      active: 'blue',
      blue: held('1.4.2', 1, { environment, secretVersion: 2 }),
      green: held('1.5.0', 2, { environment, secretVersion: 3 }),
    };
    const names = bundleOf(environment, release, 'green').map(({ kind, metadata }) =>
      `${kind}/${metadata.name}`.replace(/-[0-9a-f]{10}$/, '-HASH'),
    );
    expect(names).toEqual([
      'NetworkPolicy/seda-api-green',
      'NetworkPolicy/seda-api-green-migrate',
      'NetworkPolicy/seda-api-green-gate',
      'ConfigMap/seda-api-green-config-HASH',
      'ExternalSecret/seda-secrets-v3',
      'Deployment/seda-api-green',
      'PodDisruptionBudget/seda-api-green',
      'HorizontalPodAutoscaler/seda-api-green',
      'Job/seda-api-gate-green-HASH',
      'Job/seda-api-migrate-HASH',
    ]);
    expect(
      parse(textOf(environment, release, 'green'), environment, release, 'green'),
    ).toHaveProperty('bundle');
  });

  const good = textOf();
  /** The line of the first that matches. */
  const lineOf = (text: string, found: RegExp) =>
    text.slice(0, text.search(found)).split('\n').length;
  const RECORD =
    '"seda release" writes record and file together: restore from git the one that was edited';

  test.each<[string, (text: string) => string, string]>([
    [
      'conflict markers',
      (text) => text.replace(/^kind: Job$/m, '<<<<<<< HEAD\n$&'),
      `:${lineOf(good, /^kind: Job$/m)}: has the conflict markers of a merge, expected the file of one side; docs/conflicts.md says how to resolve it`,
    ],
    [
      'no YAML',
      (text) => text.replace(/^kind: Job$/m, 'kind: "Job'),
      ': is not valid YAML, missing closing "quote',
    ],
    [
      'another kind',
      (text) => text.replace(/^kind: PodDisruptionBudget$/m, 'kind: Secret'),
      `:${lineOf(good, /^kind: PodDisruptionBudget$/m)}: kind is no kind that belongs to a colour, got "Secret", expected ConfigMap, Deployment, ExternalSecret, HorizontalPodAutoscaler, Job, NetworkPolicy, PodDisruptionBudget; restore the file from git`,
    ],
    [
      'a kind of another group',
      (text) => text.replace(/^apiVersion: apps\/v1$/m, 'apiVersion: apps.example.com/v1'),
      ': apiVersion is no version of Deployment, got "apps.example.com/v1", expected the group apps; restore the file from git',
    ],
    [
      'another Deployment',
      (text) =>
        text.replace(/^ {2}name: seda-api-blue\n(?=.*\nspec:\n {2}minReady)/m, '  name: x\n'),
      ': Deployment seda-api-blue is missing, got "none", expected the pods; restore the file, or workload, from git: what serves keeps its name',
    ],
    [
      'an object of the other colour',
      (text) =>
        text.replace(
          /^ {6}- key: version\n {6} {2}operator: In\n {6} {2}values:\n {6} {4}- blue/m,
          '      - key: version\n        operator: In\n        values:\n          - green',
        ),
      ': spec.podSelector of NetworkPolicy seda-api-blue is not of blue',
    ],
    [
      'a policy of everything',
      (text) => text.replace(/^ {2}podSelector:\n(?: {4}.*\n)+/m, '  podSelector: {}\n'),
      ': spec.podSelector of NetworkPolicy seda-api-blue is not of blue, got {}, expected pods of version blue alone; restore the file from git',
    ],
    [
      'another name',
      (text) => text.replace('name: seda-api-blue-gate\n', 'name: default-deny\n'),
      ': metadata.name of NetworkPolicy default-deny is not of blue, got "default-deny", expected a name that begins with seda-api-; restore the file from git',
    ],
    [
      'a ConfigMap that nobody reads',
      (text) =>
        text.replace(
          /name: seda-api-blue-config-[0-9a-f]+\n {2}namespace/,
          'name: settings\n  namespace',
        ),
      ': metadata.name of ConfigMap settings is not of blue',
    ],
    [
      'another namespace',
      (text) => text.replace('namespace: seda-prod', 'namespace: seda-qa'),
      ': metadata.namespace is not that of the environment, got "seda-qa", expected seda-prod; what serves cannot move: restore the file, or namespace, from git; another namespace is another environment',
    ],
    [
      'an object twice',
      (text) => `${text}---\n${text.split('---\n')[0]}`,
      'is there twice, got "NetworkPolicy seda-api-blue", expected each once; restore the file from git',
    ],
    [
      'another image',
      (text) => text.replace(image('1.4.2'), image('6.6.6')),
      `got "${image('6.6.6')}`.slice(0, 60),
    ],
    [
      'another version',
      (text) => text.replaceAll('version: 1.4.2', 'version: 1.4.3'),
      `: Deployment seda-api-blue metadata.labels.app.kubernetes.io/version is not what the record says, got "1.4.3", expected "1.4.2"; ${RECORD}`,
    ],
    [
      'more replicas',
      (text) => text.replace('replicas: 3', 'replicas: 4'),
      `:${lineOf(good, /^ {2}replicas: 3/m)}: Deployment seda-api-blue spec.replicas is not what the record says, got 4, expected 3; ${RECORD}`,
    ],
    [
      'another variable',
      (text) => text.replace('LOG_FORMAT: json', 'LOG_FORMAT: pretty'),
      `data.LOG_FORMAT is not what the record says, got "pretty", expected "json"; ${RECORD}`,
    ],
    [
      'a variable more',
      (text) => text.replace('  LOG_FORMAT: json', '  DEBUG: "1"\n  LOG_FORMAT: json'),
      `data.DEBUG is not what the record says, got "1", expected none; ${RECORD}`,
    ],
    [
      'other resources',
      (text) => text.replace('memory: 512Mi', 'memory: 64Mi'),
      `resources.limits.memory is not what the record says, got "64Mi", expected "512Mi"; ${RECORD}`,
    ],
    [
      'no migration',
      (text) =>
        text
          .split('---\n')
          .filter((one) => !one.includes('seda.fm/migration'))
          .join('---\n'),
      `: migration is not what the record says, got "no Job", expected expand; ${RECORD}`,
    ],
    [
      'another release',
      (text) => text.replace('seda.fm/release: "4"', 'seda.fm/release: "9"'),
      `is not what the record says, got "9", expected "4"; ${RECORD}`,
    ],
    ['an alias', (text) => text.replace('namespace: seda-prod', 'namespace: *x'), 'alias'],
  ])('is refused with %s', (_, spoil, message) => {
    const text = spoil(good);
    expect(text).not.toBe(good);
    const read = parse(text);
    const faults = 'faults' in read ? read.faults : [];
    expect(faults.join('\n')).toContain(message);
    for (const fault of faults)
      expect(fault).toMatch(/^environments\/production\.blue\.yaml:\d+: /);
  });

  test('says once that the environment has another namespace', () => {
    const read = parse(good, { ...production, namespace: 'seda-new' });
    expect(read).toEqual({
      faults: [expect.stringContaining('got "seda-prod", expected seda-new; what serves cannot')],
    });
  });

  test('whatever becomes of its text, it is read, or refused with the line', () => {
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.nat(200),
        fc.oneof(fc.string(), fc.constantFrom('', '---\n', '\t', '{', '- ', 'null')),
        (from, length, insert) => {
          const read = parse(good.slice(0, from) + insert + good.slice(from + length));
          if ('bundle' in read)
            // Whom it admits is judged with the ways in.
            for (const fault of renderEnvironment(production, served, { blue: read.bundle }).faults)
              expect(fault).toMatch(/^production: ingress leads through a namespace/);
          else
            for (const fault of read.faults)
              expect(fault).toMatch(/^environments\/production\.blue\.yaml:\d+: .+; .+$/);
        },
      ),
      { numRuns: Number(process.env.SEDA_PROPERTY_RUNS ?? 6) },
    );
  });
});

describe('the files of frozen bundles', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-frozen-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => fs.writeFileSync(path.join(folder, file), text);

  test('none is needed, and a colour without pods has none', () => {
    expect(readFrozen(folder, production, served)).toEqual({ frozen: {}, faults: [] });
    write('production.green.yaml', textOf(production, served, 'green'));
    expect(readFrozen(folder, production, served).faults).toEqual([
      'environments/production.green.yaml: belongs to a colour without pods, expected no file; delete it, or restore the record from git',
    ]);
  });

  test('what is no file is refused', () => {
    fs.mkdirSync(path.join(folder, 'production.blue.yaml'));
    expect(readFrozen(folder, production, served).faults).toEqual([
      'environments/production.blue.yaml: is a folder, expected what was staged in the colour; restore it from git',
    ]);
  });

  test('an environment without colours has none', () => {
    expect(listFaults([production], ['production.blue.yaml', 'qa.green.yaml'])).toEqual([
      expect.stringContaining('imageFrom is an unknown environment'),
      'environments/qa.green.yaml: belongs to no environment with two colours, expected one of production; delete the file',
    ]);
  });
});

/** What a person, or the code, does. */
type Event =
  | { readonly verb: 'stage'; readonly build: number }
  | { readonly verb: 'promote' | 'rollback' | 'retire' | 'abort' }
  | { readonly edit: Partial<SedaEnvironment> }
  | { readonly code: { readonly port?: number; readonly readiness?: string } };

const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('stage' as const), build: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constantFrom(
        'promote' as const,
        'rollback' as const,
        'retire' as const,
        'abort' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<Partial<SedaEnvironment>>(
        { replicas: 4 },
        { replicas: 2 },
        { redis: { kind: 'managed', host: 'cache.example.com', port: 6380 } },
        { redis: undefined },
        { monitoring: 'basic' },
        { monitoring: 'full' },
        { secretVersion: 2 },
        { config: { LOG_LEVEL: 'debug' } },
        { pod: POD },
        { clientNamespaces: ['shop'] },
      )
      .map((edit) => ({ edit })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom({ port: 3002 }, { port: 3001 }, { readiness: '/ready' })
      .map((code) => ({ code })),
  },
);

describe('whatever happens', () => {
  const API_OF_TODAY = { port: API.port, readiness: API.health.readiness };
  const setApi = ({ port, readiness }: { port?: number; readiness?: string }) => {
    if (port !== undefined) Object.assign(API, { port });
    if (readiness !== undefined) Object.assign(API.health, { readiness });
  };
  afterEach(() => setApi(API_OF_TODAY));

  /** What is rendered of a colour, without waves. */
  const rendered = (objects: readonly Manifest[], colour: Colour): string =>
    JSON.stringify(
      objects
        .filter(
          ({ kind, metadata: { name }, spec }) =>
            kind !== 'Service' &&
            (new RegExp(`^seda-api-${colour}(-|$)`).test(name) ||
              (kind === 'Job' && spec.template.metadata.labels.version === colour)),
        )
        .map(({ metadata, ...object }) => {
          const { 'argocd.argoproj.io/sync-wave': _, ...annotations } = metadata.annotations ?? {};
          return { ...object, metadata: { ...metadata, annotations } };
        }),
    );

  /** A repository in memory, of one environment. */
  class Repository {
    environment: SedaEnvironment = production;
    release: BlueGreenRelease = placeholderPair(production);
    readonly texts = new Map<string, string>();

    apply(event: Event): void {
      if ('edit' in event) this.environment = { ...this.environment, ...event.edit };
      else if ('code' in event) setApi(event.code);
      else this.step(this.result(event));
    }

    objects(): readonly Manifest[] {
      const { objects, faults } = renderEnvironment(this.environment, this.release, this.frozen());
      expect(faults).toEqual([]);
      return objects;
    }

    private result(event: Extract<Event, { readonly verb: string }>): StepResult {
      const input = { environment: this.environment, release: this.release };
      if (event.verb !== 'stage') return { promote, rollback, retire, abort }[event.verb](input);
      const reference = image(`1.${event.build}.0`);
      const outdated = outdatedColours(this.environment, this.release, this.frozen());
      return stage({ ...input, image: reference, sourceImage: reference, outdated });
    }

    private step(result: StepResult): void {
      if (result.kind !== 'done' || !isBlueGreen(result.release)) return;
      const changes = freeze(this.environment, this.release, result.release, this.frozen());
      this.release = result.release;
      for (const [file, text] of changes) {
        if (text === undefined) this.texts.delete(file);
        else this.texts.set(file, text);
      }
    }

    private frozen() {
      const changes: FileChanges = new Map(
        (['blue', 'green'] as const).map((colour) => {
          const file = `production.${colour}.yaml`;
          return [file, this.texts.get(file)];
        }),
      );
      const { frozen, faults } = readFrozen('/nowhere', this.environment, this.release, changes);
      expect(faults).toEqual([]);
      return frozen;
    }
  }

  test('what a colour was staged with stays, byte for byte, until it is staged again or loses its pods', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 20 }), (history) => {
        setApi(API_OF_TODAY);
        const repository = new Repository();
        repository.apply({ verb: 'stage', build: 0 });
        let before = repository.release;
        let objects = repository.objects();
        for (const event of history) {
          repository.apply(event);
          const now = repository.objects();
          for (const colour of ['blue', 'green'] as const) {
            const stays =
              before[colour].replicas > 0 &&
              repository.release[colour].replicas > 0 &&
              repository.release[colour].release === before[colour].release;
            if (stays) expect(rendered(now, colour)).toBe(rendered(objects, colour));
          }
          const { active } = repository.release;
          // A stage and an edit never touch what serves.
          if (before.active === active)
            expect(rendered(now, active)).toBe(rendered(objects, active));
          [before, objects] = [repository.release, now];
        }
      }),
      { numRuns: Number(process.env.SEDA_PROPERTY_RUNS ?? 2) },
    );
  });

  test('the property finds a serving colour that is not frozen', () => {
    const repository = new Repository();
    repository.apply({ verb: 'stage', build: 0 });
    const before = rendered(repository.objects(), 'blue');
    repository.texts.clear();
    repository.apply({ code: { port: 3002 } });
    expect(rendered(repository.objects(), 'blue')).not.toBe(before);
  });

  test('staging what serves again is a step only while the code renders it otherwise', () => {
    const repository = new Repository();
    repository.apply({ verb: 'stage', build: 1 });
    repository.apply({ verb: 'promote' });
    const { active, ...colours } = repository.release;
    repository.apply({ verb: 'stage', build: 1 });
    expect(repository.release).toMatchObject({ active, ...colours });
    repository.apply({ code: { readiness: '/ready' } });
    repository.apply({ verb: 'stage', build: 1 });
    const idle = otherColour(active);
    expect(repository.release[idle].release).toBe(3);
    expect(JSON.stringify(rendered(repository.objects(), idle))).toContain('/ready');
  });
});

/** An edit of each field of the pods, which waits, and of each field around them, which applies with the merge. */
const STAGED = {
  nodeEnv: { nodeEnv: 'development' },
  database: {
    database: { kind: 'managed', instance: 'prod-like', poolSize: 20, maxConnections: 400 },
  },
  redis: { redis: { kind: 'managed', host: 'cache.example.com', port: 6380 } },
  supabase: { supabase: { kind: 'project', projectRef: 'otherotherotherother' } },
  auth: { auth: 'local-jwt' },
  storage: { storage: { provider: 'local' } },
  clientNamespaces: { clientNamespaces: ['shop'] },
  config: { config: { LOG_LEVEL: 'debug' } },
  replicas: { replicas: 5 },
  autoscaling: { autoscaling: { minReplicas: 2, maxReplicas: 4 } },
  resources: { resources: { requests: { cpu: '300m' }, limits: { memory: '1Gi' } } },
  notCredentials: { notCredentials: ['LOG_FORMAT'] },
  pod: { pod: POD },
  secrets: { secrets: { store: 'other-store', path: 'seda/other' } },
  secretVersion: { secretVersion: 2 },
  secretKeys: { secretKeys: { STRIPE_KEY: 'stripe-key' } },
} satisfies { readonly [field in keyof Required<StagedSettings>]: Partial<SedaEnvironment> };
const SHARED = {
  domain: { domain: 'api2.seda.fm', extraHosts: ['api.seda.fm'] },
  extraHosts: { extraHosts: ['api2.seda.fm'] },
  tls: { tls: { kind: 'managed', issuer: 'other-issuer' } },
  ingress: { ingress: { kind: 'ingress-nginx', className: 'other' } },
  limits: { limits: { requestsPerSecond: 200 } },
  requestTimeoutSeconds: { requestTimeoutSeconds: 90 },
  metricsRefused: {
    ingress: { kind: 'ingress', className: 'nginx', namespace: 'ingress-nginx' },
    limits: 'by-the-platform',
    metricsRefused: 'by-the-platform',
  },
  ingressAnnotations: { ingressAnnotations: { 'nginx.ingress.kubernetes.io/enable-cors': 'true' } },
  monitoring: { monitoring: 'full' },
  alerts: {
    alerts: [{ name: 'UploadsFail', expr: 'up == 0', severity: 'ticket', summary: 'uploads fail' }],
  },
  prober: { prober: 'blackbox-exporter.monitoring:19115' },
  serviceAccountAnnotations: { serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'x' } },
} satisfies {
  readonly [field in Exclude<keyof Required<SharedSettings>, 'argocd'>]: Partial<SedaEnvironment>;
};

describe('an edit of an environment in which a colour serves', () => {
  const frozen = { blue: bundleOf(production, served, 'blue') };
  const render = (environment: SedaEnvironment) => {
    const { objects, faults } = renderEnvironment(environment, served, frozen);
    expect(faults).toEqual([]);
    const texts = objects.map((object) => JSON.stringify(object));
    // The empty colour is rendered as it would be staged.
    return new Set(texts.filter((text) => !text.includes('seda-api-green')));
  };
  const before = render(production);
  const bundle = frozen.blue.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const changedBy = (change: Partial<SedaEnvironment>) =>
    [...render({ ...production, ...change })]
      .filter((text) => !before.has(text))
      .map((text) => JSON.parse(text) as Manifest)
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  test.each(Object.entries(STAGED))('%s waits for the next stage', (_, change) => {
    expect(changedBy(change)).toEqual([]);
    const environment = { ...production, ...change };
    const waits = waitingSettings(environment, served, frozen);
    expect(waits.length).toBeGreaterThan(0);
  });

  test.each(Object.entries(SHARED))('%s applies with the merge, around the pods', (_, change) => {
    const changed = changedBy(change);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.filter((object) => bundle.includes(object))).toEqual([]);
  });

  const faultsOf = (change: Partial<SedaEnvironment>) =>
    renderEnvironment({ ...production, ...change }, served, frozen).faults;

  test('a domain that takes away the host of what serves is refused, with the way there', () => {
    expect(faultsOf({ domain: 'api2.seda.fm' })).toEqual([
      'production: domain takes away the host that blue says is its own, PUBLIC_URL, got "api2.seda.fm", expected api.seda.fm among domain and extraHosts; ' +
        "write extraHosts: ['api.seda.fm'] beside the new domain, stage and promote, and remove it once no colour with pods has it",
    ]);
    // The way there: both hosts, a release that has the new one, and the old one gone with the last pods that have it.
    const moving = { ...production, domain: 'api2.seda.fm', extraHosts: ['api.seda.fm'] };
    const faults = (environment: SedaEnvironment, release: Release) =>
      renderEnvironment(environment, release).faults;
    const next = staged(moving, served, '1.5.0');
    expect(faults(moving, next)).toEqual([]);
    const promoted = after(promote({ environment: moving, release: next }));
    const moved = { ...moving, extraHosts: [] };
    expect(faults(moved, promoted)).toHaveLength(1);
    const retired = after(retire({ environment: moving, release: promoted }));
    expect(faults(moved, retired)).toEqual([]);
  });

  test('a controller that what serves does not admit is refused, with the way there', () => {
    const ingress = { kind: 'ingress-nginx', className: 'new', namespace: 'ingress-new' } as const;
    expect(faultsOf({ ingress })).toEqual([
      'production: ingress leads through a namespace that blue does not admit, got "ingress-new", expected ingress-nginx or monitoring; ' +
        "write clientNamespaces: ['ingress-new'] first, stage, promote and retire, and change ingress then",
    ]);
    const admitting = { ...production, clientNamespaces: ['ingress-new'] };
    const blue = bundleOf(admitting, served, 'blue');
    expect(renderEnvironment({ ...admitting, ingress }, served, { blue }).faults).toEqual([]);
  });
});
