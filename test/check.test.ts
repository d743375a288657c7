import { ApiObject, type Chart } from 'cdk8s';
import type { BlueGreenRelease, SedaEnvironment } from '../environments/environment';
import { abort, promote, retire, rollback, stage } from '../environments/release-steps';
import { renderEnvironment } from '../environments/render';
import { addWaves, type ApiRevision, BlueGreenPair, type BlueGreenState, SedaApi } from '../lib';
import type { Manifest } from '../lib/manifests';
import { changesOf } from '../ops/diff/changes';
import { pictureOf } from '../ops/graph/picture';
import { readsOf } from '../lib/kubernetes/reads';
import { Rendering } from '../ops/rendering/rendering';
import { allowedText, unusedExceptions } from '../ops/check/exceptions';
import { judge } from '../ops/check/judge';
import { development, image, production, qa, served } from './fixtures';
import { render } from './render';

const rendered = new Map<string, Manifest[]>();

/** What an environment renders, once for each of its settings and records; nobody changes it. */
function objects(
  environment: SedaEnvironment,
  release: Parameters<typeof renderEnvironment>[1],
): Manifest[] {
  const key = JSON.stringify([environment, release]);
  const known = rendered.get(key);
  if (known) return known;
  const { objects, faults } = renderEnvironment(environment, release);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  rendered.set(key, objects);
  return objects;
}

type Step = (state: {
  environment: SedaEnvironment;
  release: BlueGreenRelease;
}) => ReturnType<typeof promote>;
const after = (
  step: Step,
  release: BlueGreenRelease,
  environment: SedaEnvironment = production,
): BlueGreenRelease => {
  const result = step({ environment, release });
  if (result.kind !== 'done') throw new Error(result.sentence);
  return result.release as BlueGreenRelease;
};
const toStage =
  (version: string): Step =>
  (state) =>
    stage({ ...state, image: image(version), sourceImage: image(version) });

const staged = after(toStage('1.5.0'), served);
const promoted = after(promote, staged);
const steps: readonly [string, BlueGreenRelease, BlueGreenRelease, string][] = [
  ['nothing', served, served, ''],
  [
    'stage',
    served,
    staged,
    'production: seda-api-green is staged with 1.5.0; traffic stays on seda-api-blue 1.4.2',
  ],
  [
    'promote',
    staged,
    promoted,
    'production: traffic moves from seda-api-blue 1.4.2 to seda-api-green 1.5.0; back: seda release rollback production',
  ],
  [
    'rollback',
    promoted,
    after(rollback, promoted),
    'production: traffic moves from seda-api-green 1.5.0 to seda-api-blue 1.4.2; back: seda release rollback production',
  ],
  ['retire', promoted, after(retire, promoted), 'production: seda-api-blue 1.4.2 loses its pods'],
  ['abort', staged, after(abort, staged), 'production: seda-api-green 1.4.2 loses its pods'],
  [
    'stage over a warm colour',
    promoted,
    after(toStage('1.6.0'), promoted),
    'production: seda-api-blue is staged with 1.6.0; traffic stays on seda-api-green 1.5.0',
  ],
];

describe('every step of a release is accepted, and said in a sentence', () => {
  test.each(steps)('%s', (_, from, to, sentence) => {
    const [base, next] = [from, to].map((release) => new Rendering(objects(production, release)));
    expect(judge('production', base!, next!, { ran: () => true })).toEqual({
      environment: 'production',
      sentences: sentence === '' ? [] : [sentence],
      refusals: [],
      allowed: [],
    });
  });

  test('a change of a rolling environment', () => {
    const [base, next] = ['1.4.2', '1.5.0'].map(
      (version) => new Rendering(objects(qa, { image: image(version) })),
    );
    expect(judge('qa', base!, next!, { ran: () => true })).toEqual({
      environment: 'qa',
      sentences: ['qa: seda-api-qa replaces its pods, 1.4.2 becomes 1.5.0'],
      refusals: [],
      allowed: [],
    });
  });
});

describe('a rotation of the secrets', () => {
  const rotating: SedaEnvironment = { ...production, secretVersion: 2 };
  const again: Step = (state) =>
    stage({ ...state, image: image('1.4.2'), sourceImage: image('1.4.2'), migration: 'none' });
  const rotated = after(again, served, rotating);
  const flipped = after(promote, rotated, rotating);
  const judged = (
    from: BlueGreenRelease,
    to: BlueGreenRelease,
    environments: readonly SedaEnvironment[] = [rotating, rotating],
    allowInPlace = false,
  ) => {
    const [base, next] = [from, to].map(
      (release, index) => new Rendering(objects(environments[index]!, release)),
    );
    return {
      ...judge('production', base!, next!, {
        ran: () => true,
        allow: allowInPlace ? ['serving-colour-changed', 'secret-changed-in-place'] : [],
      }),
      external: next!.ofKind('ExternalSecret').map(({ metadata }) => metadata.name),
      base: base!,
      next: next!,
    };
  };
  const reads = (rendering: Rendering, colour: string) =>
    readsOf(rendering.get('Deployment', `seda-api-${colour}`)!.spec.template.spec)
      .filter(({ kind }) => kind === 'Secret')
      .map(({ name }) => name);

  test.each<
    [string, BlueGreenRelease, BlueGreenRelease, readonly SedaEnvironment[], string[], string[]]
  >([
    [
      'the edit of the environment does nothing',
      served,
      served,
      [production, rotating],
      ['seda-secrets'],
      [],
    ],
    [
      'the new version reaches the idle colour first',
      served,
      rotated,
      [rotating, rotating],
      ['seda-secrets', 'seda-secrets-v2'],
      ['production: seda-api-green is staged with 1.4.2; traffic stays on seda-api-blue 1.4.2'],
    ],
    [
      'the traffic follows',
      rotated,
      flipped,
      [rotating, rotating],
      ['seda-secrets', 'seda-secrets-v2'],
      [
        'production: traffic moves from seda-api-blue 1.4.2 to seda-api-green 1.4.2; back: seda release rollback production',
      ],
    ],
    [
      'the rollback leads to the old version',
      flipped,
      after(rollback, flipped, rotating),
      [rotating, rotating],
      ['seda-secrets', 'seda-secrets-v2'],
      [
        'production: traffic moves from seda-api-green 1.4.2 to seda-api-blue 1.4.2; back: seda release rollback production',
      ],
    ],
    [
      'the old version goes with the pods that read it',
      flipped,
      after(retire, flipped, rotating),
      [rotating, rotating],
      ['seda-secrets-v2'],
      ['production: seda-api-blue 1.4.2 loses its pods'],
    ],
    [
      'one that is dropped leaves nothing behind',
      rotated,
      after(abort, rotated, rotating),
      [rotating, rotating],
      ['seda-secrets'],
      ['production: seda-api-green 1.4.2 loses its pods'],
    ],
  ])('is safe: %s', (_, from, to, environments, external, sentences) => {
    expect(judged(from, to, environments)).toMatchObject({ sentences, refusals: [], external });
  });

  test('each colour reads its own version, and the one that serves is left alone', () => {
    const { base, next } = judged(served, rotated);
    expect([reads(next, 'blue'), reads(next, 'green')]).toEqual([
      ['seda-secrets'],
      ['seda-secrets-v2'],
    ]);
    expect(next.get('ExternalSecret', 'seda-secrets')).toEqual(
      base.get('ExternalSecret', 'seda-secrets'),
    );
    expect(next.get('ExternalSecret', 'seda-secrets-v2')!.spec.data[0].remoteRef.key).toBe(
      'seda/production/high-availability/v2/database-url',
    );
  });

  test('in place it is refused: in the pods that serve, and in the values behind the name that they read', () => {
    const inPlace = { ...served, blue: { ...served.blue, secretVersion: 2 } };
    expect(
      judged(served, inPlace).refusals.map(({ rule, object }) => `${rule}: ${object}`),
    ).toEqual(['serving-colour-changed: Deployment/seda-api-blue']);
    expect(judged(served, inPlace, undefined, true).refusals).toEqual([]);

    const elsewhere: SedaEnvironment = {
      ...production,
      database: { ...production.database, instance: 'prod-like' } as SedaEnvironment['database'],
    };
    expect(judged(served, served, [production, elsewhere]).refusals).toEqual([
      {
        rule: 'secret-changed-in-place',
        object: 'ExternalSecret/seda-secrets',
        reason: 'pods that run read it, and would get other values when they restart',
        remedy: 'make it a new version: raise secretVersion in environments/production.ts',
      },
    ]);
    expect(judged(served, served, [production, elsewhere], true).refusals).toEqual([]);
  });

  test('a new key comes with the colour that is staged and goes with it, and the other colour is left alone', () => {
    const keyed = { ...production, secretKeys: { STRIPE_KEY: 'stripe-key' } };
    const withKey = after(toStage('1.5.0'), served, keyed);
    const moved = after(promote, withKey, keyed);
    for (const [from, to] of [
      [served, withKey],
      [withKey, after(abort, withKey, keyed)],
      [withKey, moved],
      [moved, after(rollback, moved, keyed)],
      [moved, after(retire, moved, keyed)],
    ] as const)
      expect(judged(from, to, [production, keyed]).refusals).toEqual([]);
    const keys = (release: BlueGreenRelease) =>
      objects(keyed, release)
        .find(({ kind }) => kind === 'ExternalSecret')!
        .spec.data.map(({ secretKey }: { secretKey: string }) => secretKey);
    expect(
      [served, withKey, after(abort, withKey, keyed)].map((release) =>
        keys(release).includes('stripe-key'),
      ),
    ).toEqual([false, true, false]);
  });

  test('the Secret of a developer gets a key, and no value that nobody has called public', () => {
    const release = { image: 'ghcr.io/seda-fm/seda-api:local' };
    const [base, next] = [
      development,
      { ...development, secretKeys: { STRIPE_KEY: 'stripe-key' } },
    ].map((environment) => objects(environment, release)) as [Manifest[], Manifest[]];
    const rules = (to: Manifest[]) =>
      judge('development', new Rendering(base), new Rendering(to), {
        ran: () => true,
      }).refusals.map(({ rule }) => rule);
    expect(rules(next)).toEqual([]);
    const other = structuredClone(next);
    other.find(({ kind }) => kind === 'Secret')!.data.more = 'c2VjcmV0';
    expect(rules(other)).toEqual(['credential-in-git']);
  });

  test.each<[string, (external: Manifest) => void, string[]]>([
    ['a key less', ({ spec }) => spec.data.pop(), ['reference-missing', 'secret-changed-in-place']],
    [
      'another store',
      ({ spec }) => {
        spec.secretStoreRef.name = 'other';
      },
      ['secret-changed-in-place', 'secret-from-elsewhere'],
    ],
    [
      'another property',
      ({ spec }) => {
        spec.data[0].remoteRef.property = 'url';
      },
      ['secret-changed-in-place'],
    ],
    [
      'a key more',
      ({ spec }) =>
        spec.data.push({ secretKey: 'more', remoteRef: { key: 'seda/production/more' } }),
      [],
    ],
    [
      'another interval',
      ({ spec }) => {
        spec.refreshInterval = '5m';
      },
      [],
    ],
    [
      'a key more in a Secret that never changes',
      ({ spec }) => {
        spec.target.immutable = true;
        spec.data.push({ secretKey: 'more', remoteRef: { key: 'seda/production/more' } });
      },
      ['secret-changed-in-place'],
    ],
  ])('an ExternalSecret that pods read, by hand: %s', (_, spoil, rules) => {
    const base = objects(production, served);
    const next = structuredClone(base);
    spoil(next.find(({ kind }) => kind === 'ExternalSecret')!);
    const { refusals } = judge('production', new Rendering(base), new Rendering(next), {
      ran: () => true,
    });
    expect([...new Set(refusals.map(({ rule }) => rule))]).toEqual(rules);
  });

  test('a rolling environment takes it pod by pod, under a new name', () => {
    const [base, next] = [qa, { ...qa, secretVersion: 2 }].map(
      (environment) => new Rendering(objects(environment, { image: image('1.4.2') })),
    );
    expect(judge('qa', base!, next!, { ran: () => true }).refusals).toEqual([]);
    expect(next!.ofKind('ExternalSecret').map(({ metadata }) => metadata.name)).toEqual([
      'seda-secrets-v2',
    ]);
  });
});

/** Objects of a step that a hand may spoil. */
class Draft {
  readonly objects: Manifest[];

  constructor(objects: readonly Manifest[]) {
    this.objects = structuredClone(objects) as Manifest[];
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the point is to break objects
  get(kind: string, name: string): any {
    const found = this.objects.find(
      (object) =>
        object.kind === kind &&
        (object.metadata.name === name ||
          object.metadata.name.replace(/-[0-9a-f]{10}$/, '') === name),
    );
    if (!found) throw new Error(`no ${kind} ${name}`);
    return found;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  container(colour: string): any {
    return this.get('Deployment', `seda-api-${colour}`).spec.template.spec.containers[0];
  }

  drop(kind: string, name: string): void {
    this.objects.splice(this.objects.indexOf(this.get(kind, name)), 1);
  }

  wave(kind: string, name: string, wave: string | undefined): void {
    const { annotations } = this.get(kind, name).metadata;
    if (wave === undefined) delete annotations['argocd.argoproj.io/sync-wave'];
    else annotations['argocd.argoproj.io/sync-wave'] = wave;
  }
}

type Mutation = [
  what: string,
  step: 'stage' | 'promote' | 'retire',
  spoil: (draft: Draft) => void,
  rule: string,
];
const flip = (draft: Draft, to: string) =>
  Object.assign(draft.get('Service', 'seda-api').spec.selector, { version: to });

const mutations: readonly Mutation[] = [
  ['flip to an empty colour', 'retire', (d) => flip(d, 'blue'), 'host-without-pods'],
  ['flip to no colour', 'stage', (d) => flip(d, 'red'), 'host-without-pods'],
  [
    'the switch without a selector',
    'stage',
    (d) => {
      d.get('Service', 'seda-api').spec.selector = {};
    },
    'service-changed',
  ],
  ['the switch gone', 'stage', (d) => d.drop('Service', 'seda-api'), 'service-changed'],
  [
    'the switch without a colour',
    'stage',
    (d) => {
      d.get('Service', 'seda-api').spec.selector = { app: 'seda-api' };
    },
    'service-changed',
  ],
  [
    'the target at one pod',
    'promote',
    (d) => {
      d.get('Deployment', 'seda-api-green').spec.replicas = 1;
    },
    'host-without-pods',
  ],
  [
    'the target below what its gate asks for',
    'promote',
    (d) => {
      d.get('Deployment', 'seda-api-green').spec.replicas = 2;
    },
    'host-without-pods',
  ],
  [
    'the target at no pods',
    'promote',
    (d) => {
      d.get('Deployment', 'seda-api-green').spec.replicas = 0;
    },
    'host-without-pods',
  ],
  [
    'the Deployment of the target gone',
    'promote',
    (d) => d.drop('Deployment', 'seda-api-green'),
    'host-without-pods',
  ],
  [
    'serving-colour-shrinks',
    'promote',
    (d) => {
      d.get('Deployment', 'seda-api-blue').spec.replicas = 2;
    },
    'serving-colour-shrinks',
  ],
  [
    'flip and retire',
    'promote',
    (d) => {
      d.get('Deployment', 'seda-api-blue').spec.replicas = 0;
    },
    'serving-colour-shrinks',
  ],
  [
    'flip and delete',
    'promote',
    (d) => d.drop('Deployment', 'seda-api-blue'),
    'serving-colour-shrinks',
  ],
  [
    'flip and change what a rollback leads to',
    'promote',
    (d) => {
      d.container('blue').image = image('1.4.3');
    },
    'serving-colour-changed',
  ],
  [
    'another image than was staged',
    'promote',
    (d) => {
      d.container('green').image = image('1.5.1');
    },
    'colour-not-staged',
  ],
  [
    'another setting than was staged',
    'promote',
    (d) => {
      d.container('green').resources.limits.memory = '1Gi';
    },
    'colour-not-staged',
  ],
  [
    'fewer pods than were staged',
    'promote',
    (d) => {
      d.get('Deployment', 'seda-api-green').spec.replicas = 2;
    },
    'serving-colour-shrinks',
  ],
  ['stage and flip at once', 'stage', (d) => flip(d, 'green'), 'colour-not-staged'],
  [
    'the image of the serving colour',
    'stage',
    (d) => {
      d.container('blue').image = image('1.4.3');
    },
    'serving-colour-changed',
  ],
  [
    'a probe of the serving colour',
    'stage',
    (d) => {
      d.container('blue').readinessProbe.httpGet.path = '/';
    },
    'serving-colour-changed',
  ],
  [
    'a variable of the serving colour',
    'stage',
    (d) => {
      d.container('blue').env.push({ name: 'DEBUG', value: '1' });
    },
    'serving-colour-changed',
  ],
  [
    'a label of the serving pods',
    'stage',
    (d) => {
      d.get('Deployment', 'seda-api-blue').spec.template.metadata.labels.team = 'a';
    },
    'serving-colour-changed',
  ],
  [
    'the preStop of the serving colour',
    'stage',
    (d) => {
      delete d.container('blue').lifecycle;
    },
    'serving-colour-changed',
  ],
  [
    'the serving colour shrinks',
    'stage',
    (d) => {
      d.get('Deployment', 'seda-api-blue').spec.replicas = 2;
    },
    'serving-colour-shrinks',
  ],
  [
    'a selector of a Deployment',
    'stage',
    (d) => {
      d.get('Deployment', 'seda-api-green').spec.selector.matchLabels.slot = 'a';
    },
    'immutable-field',
  ],
  [
    'a selector of the serving Deployment',
    'stage',
    (d) => {
      delete d.get('Deployment', 'seda-api-blue').spec.selector.matchLabels.version;
    },
    'immutable-field',
  ],
  [
    'a Job under its name',
    'stage',
    (d) => {
      d.objects.find(
        ({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('seda-api-gate-blue'),
      )!.spec.template.spec.containers[0].env[0].value = 'x';
    },
    'immutable-field',
  ],
  [
    'the address of a Service',
    'stage',
    (d) => {
      d.get('Service', 'seda-api-blue-pods').spec.clusterIP = '10.0.0.1';
    },
    'immutable-field',
  ],
  [
    'a ConfigMap under its name',
    'stage',
    (d) => {
      d.get('ConfigMap', 'seda-api-blue-config').data.LOG_FORMAT = 'pretty';
    },
    'immutable-field',
  ],
  [
    'the ConfigMap of the serving colour gone',
    'stage',
    (d) => d.drop('ConfigMap', 'seda-api-blue-config'),
    'reference-missing',
  ],
  [
    'the ConfigMap of the staged colour gone',
    'stage',
    (d) => d.drop('ConfigMap', 'seda-api-green-config'),
    'reference-missing',
  ],
  [
    'the ExternalSecret gone',
    'stage',
    (d) => d.drop('ExternalSecret', 'seda-secrets'),
    'reference-missing',
  ],
  [
    'the gate of the target gone',
    'promote',
    (d) => d.drop('Job', 'seda-api-gate-green'),
    'gate-weakened',
  ],
  [
    'the gate of the rollback gone',
    'promote',
    (d) => d.drop('Job', 'seda-api-gate-blue'),
    'gate-weakened',
  ],
  [
    'the gate of another image',
    'stage',
    (d) => {
      d.get('Job', 'seda-api-gate-green').spec.template.spec.containers[0].image = image('1.0.0');
    },
    'gate-weakened',
  ],
  [
    'replicas-and-autoscaler',
    'stage',
    (d) => {
      d.objects.push({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'x', annotations: { 'argocd.argoproj.io/sync-wave': '30' } },
        spec: { minReplicas: 3, scaleTargetRef: { name: 'seda-api-blue' } },
      });
    },
    'replicas-and-autoscaler',
  ],
  [
    'no replicas and no autoscaler',
    'stage',
    (d) => {
      delete d.get('Deployment', 'seda-api-green').spec.replicas;
    },
    'replicas-and-autoscaler',
  ],
  [
    'waves swapped',
    'promote',
    (d) => {
      d.wave('Deployment', 'seda-api-green', '30');
      d.wave('Deployment', 'seda-api-blue', '0');
    },
    'wave-order',
  ],
  [
    'the outgoing colour before the switch',
    'promote',
    (d) => d.wave('Deployment', 'seda-api-blue', '0'),
    'wave-order',
  ],
  [
    'the switch before the gate',
    'promote',
    (d) => d.wave('Service', 'seda-api', '5'),
    'wave-order',
  ],
  [
    'the gate after the switch',
    'promote',
    (d) => d.wave('Job', 'seda-api-gate-green', '30'),
    'wave-order',
  ],
  [
    'the Ingress in the way',
    'promote',
    (d) => d.wave('Ingress', 'seda-api-ingress', '0'),
    'wave-order',
  ],
  [
    'an object without a wave',
    'promote',
    (d) => d.wave('NetworkPolicy', 'seda-api-default-deny', undefined),
    'wave-order',
  ],
  [
    'the migration after the pods',
    'stage',
    (d) => d.wave('Job', 'seda-api-migrate', '10'),
    'wave-order',
  ],
  [
    'a contraction beside code that is older than the expansion',
    'stage',
    (d) => {
      const done = objects(production, served).map(({ metadata }) => metadata.name);
      const job = d.objects.find(
        ({ metadata }) =>
          metadata.name.startsWith('seda-api-migrate-') && !done.includes(metadata.name),
      );
      Object.assign(job!.metadata.annotations!, {
        'seda.fm/migration': 'contract',
        'seda.fm/expanded-in': '5',
      });
    },
    'contraction-too-early',
  ],
  [
    'replicas of the serving colour disappear',
    'stage',
    (d) => {
      delete d.get('Deployment', 'seda-api-blue').spec.replicas;
      d.objects.push({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'x', annotations: { 'argocd.argoproj.io/sync-wave': '30' } },
        spec: { minReplicas: 3, scaleTargetRef: { name: 'seda-api-blue' } },
      });
    },
    'serving-colour-shrinks',
  ],
  [
    'a Secret',
    'stage',
    (d) => {
      d.objects.push({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'x', annotations: { 'argocd.argoproj.io/sync-wave': '-30' } },
        stringData: { a: 'b' },
      });
    },
    'credential-in-git',
  ],
  [
    'a password in a ConfigMap',
    'stage',
    (d) => {
      d.get('ConfigMap', 'seda-api-green-config').data.DB = 'postgres://a:hunter2@db/x';
    },
    'credential-in-git',
  ],
  [
    'a token in an annotation',
    'stage',
    (d) => {
      d.get('Ingress', 'seda-api-ingress').metadata.annotations.token = 'sbp_0123456789abcdef';
    },
    'credential-in-git',
  ],
  [
    'a policy that selects no pod, by a label that only controllers give',
    'stage',
    (d) => {
      d.get('NetworkPolicy', 'seda-api-blue').spec.podSelector.matchExpressions = [
        { key: 'pod-template-hash', operator: 'DoesNotExist' },
      ];
    },
    'network-cut-off',
  ],
  [
    'a ServiceAccount that keeps pods from their Secrets',
    'stage',
    (d) => {
      d.get('ServiceAccount', 'seda-api').metadata.annotations = {
        'kubernetes.io/enforce-mountable-secrets': 'true',
      };
    },
    'malformed',
  ],
  [
    'a port that is none',
    'stage',
    (d) => {
      d.get('Service', 'seda-api').spec.ports.push({ name: 'more', port: 99_999 });
    },
    'malformed',
  ],
  [
    'a nodePort of a Service inside the cluster',
    'stage',
    (d) => {
      d.get('Service', 'seda-api').spec.ports[0].nodePort = 30_080;
    },
    'malformed',
  ],
  [
    'a time that Prometheus does not read',
    'stage',
    (d) => {
      d.get('PrometheusRule', 'seda-api').spec.groups[0].rules[0].for = '5 minutes';
    },
    'malformed',
  ],
  [
    'a label that Prometheus does not take',
    'stage',
    (d) => {
      d.get('PrometheusRule', 'seda-api').spec.groups[0].rules[0].labels['bad-label'] = 'x';
    },
    'malformed',
  ],
  [
    'scrapes that take longer than the time between them',
    'stage',
    (d) => {
      d.get('ServiceMonitor', 'seda-api-metrics').spec.endpoints[0].interval = '1s';
    },
    'malformed',
  ],
  [
    'a dashboard whose queries are always 0',
    'stage',
    (d) => {
      const { data } = d.get('ConfigMap', 'seda-api-dashboard') as unknown as {
        data: Record<string, string>;
      };
      for (const [file, text] of Object.entries(data))
        data[file] = text.replaceAll(/"expr": "(.*)"/g, '"expr": "($1) * 0"');
    },
    'monitoring-weakened',
  ],
  [
    'a template that is not closed',
    'stage',
    (d) => {
      d.get('PrometheusRule', 'seda-api').spec.groups[0].rules[0].annotations.summary =
        '{{ $labels.pod';
    },
    'malformed',
  ],
  [
    'a time that the External Secrets Operator does not read',
    'stage',
    (d) => {
      d.get('ExternalSecret', 'seda-secrets').spec.refreshInterval = 'hourly';
    },
    'malformed',
  ],
  [
    'a value from above its folder of the store',
    'stage',
    (d) => {
      d.get('ExternalSecret', 'seda-secrets').spec.data.push({
        secretKey: 'more',
        remoteRef: { key: 'seda/prod/../qa' },
      });
    },
    'malformed',
  ],
  [
    'a key that no Secret can have',
    'stage',
    (d) => {
      d.get('ExternalSecret', 'seda-secrets').spec.data.push({
        secretKey: 'a/b',
        remoteRef: { key: 'seda/prod/production' },
      });
    },
    'malformed',
  ],
  [
    'the certificates of the API server under their name',
    'stage',
    (d) => {
      d.objects.push({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'kube-root-ca.crt', namespace: 'seda-prod' },
        data: {},
      });
    },
    'malformed',
  ],
  [
    'TLS from the Secret of the pods',
    'stage',
    (d) => {
      d.get('Ingress', 'seda-api-ingress').spec.tls.push({
        hosts: ['api.seda.fm'],
        secretName: 'seda-secrets',
      });
    },
    'several-makers',
  ],
];

test.each([
  ['Deployment', 'seda-api-green'],
  ['NetworkPolicy', 'seda-api-green'],
  ['ServiceAccount', 'seda-api'],
])('a change of %s %s is said, also where it hurts nobody', (kind, name) => {
  const base = objects(production, staged);
  const draft = new Draft(base);
  draft.get(kind, name).metadata.annotations = {
    ...draft.get(kind, name).metadata.annotations,
    'example.com/note': 'x',
  };
  expect(judge('production', new Rendering(base), new Rendering(draft.objects)).sentences).toEqual([
    `production: changes ${kind}/${name}`,
  ]);
});

describe('every unsafe change by hand is refused, for its own reason', () => {
  const renderings = Object.fromEntries(
    steps.map(([name, from, to]) => [
      name,
      { base: objects(production, from), next: objects(production, to) },
    ]),
  );

  // For each rule one, where there is no time for all; test/transitions has hundreds more.
  const some = mutations.filter(
    ([, , , rule], index) =>
      globalThis.SEDA_EVERY_STATE ||
      index === mutations.findIndex(([, , , other]) => other === rule),
  );

  test.each(some)('%s', (_, step, spoil, rule) => {
    const { base, next } = renderings[step]!;
    const draft = new Draft(next);
    spoil(draft);
    const { refusals } = judge('production', new Rendering(base), new Rendering(draft.objects), {
      ran: () => true,
    });
    expect(refusals.map((refusal) => refusal.rule)).toContain(rule);
    for (const { reason, remedy } of refusals)
      expect([reason, remedy].every((text) => text.length > 10)).toBe(true);
    expect(JSON.stringify(refusals)).not.toContain('hunter2');
  });

  test('stage and promote in one commit can be allowed', () => {
    const next = new Rendering(
      objects(production, after(promote, after(toStage('1.5.0'), served))),
    );
    const judged = (oneCommit: boolean) =>
      judge('production', new Rendering(objects(production, served)), next, {
        ran: () => true,
        allow: oneCommit ? ['colour-not-staged'] : [],
      }).refusals;
    expect(judged(false).map(({ rule }) => rule)).toEqual(['colour-not-staged']);
    expect(judged(true)).toEqual([]);
  });

  test('where that is allowed, the new release has the size of its own settings', () => {
    const fewer = { ...production, replicas: 2 };
    const next = after(promote, after(toStage('1.6.0'), promoted, fewer), fewer);
    const { refusals } = judge(
      'production',
      new Rendering(objects(production, promoted)),
      new Rendering(objects(fewer, next)),
      { ran: () => true, allow: ['colour-not-staged'] },
    );
    expect(refusals).toEqual([]);
  });

  test('stage and promote in one commit cannot, where an autoscaler has yet to start the pods', () => {
    const scaled = { minReplicas: 3, maxReplicas: 6 };
    const next = { ...promoted, green: { ...promoted.green, autoscaling: scaled } };
    const { refusals } = judge(
      'production',
      new Rendering(objects(production, served)),
      new Rendering(objects(production, next)),
      { ran: () => true, allow: ['colour-not-staged'] },
    );
    expect(refusals.map(({ rule, remedy }) => [rule, remedy])).toEqual([
      ['scaled-colour-not-staged', 'stage it in a commit of its own'],
    ]);
  });

  test('a rolling environment gets its autoscaler only where that is allowed: the pods fall to one for a moment', () => {
    const scaled = { ...qa, autoscaling: { minReplicas: 2, maxReplicas: 4 } };
    const [base, next] = [qa, scaled].map(
      (environment) => new Rendering(objects(environment, { image: image('1.4.2') })),
    );
    const judged = (allowInPlace: boolean) =>
      judge('qa', base!, next!, {
        allow: allowInPlace ? ['replicas-and-autoscaler'] : [],
      }).refusals;
    expect(judged(false)).toMatchObject([
      {
        rule: 'replicas-and-autoscaler',
        reason: 'without replicas Kubernetes falls back to one pod until the autoscaler acts',
      },
    ]);
    expect(judged(true)).toEqual([]);
  });

  test('a colour that gives users a host which leads nowhere is not promoted', () => {
    const elsewhere = (rendered: Manifest[]): Manifest[] => {
      const draft = new Draft(rendered);
      draft.get('ConfigMap', 'seda-api-green-config').data.PUBLIC_URL = 'https://new.seda.fm';
      return draft.objects;
    };
    const [base, next] = [staged, promoted].map((release) =>
      elsewhere(objects(production, release)),
    );
    const { refusals } = judge('production', new Rendering(base!), new Rendering(next!));
    expect(refusals.map(({ rule, object }) => [rule, object])).toEqual([
      ['public-url-lost', 'Deployment/seda-api-green'],
    ]);
  });

  test('also where the release that it replaces had an autoscaler', () => {
    const scaled = { ...production, autoscaling: { minReplicas: 3, maxReplicas: 6 } };
    const before = after(toStage('1.6.0'), promoted, scaled);
    const next = after(promote, after(toStage('1.7.0'), before));
    const { refusals } = judge(
      'production',
      new Rendering(objects(scaled, before)),
      new Rendering(objects(production, next)),
      { ran: () => true, allow: ['colour-not-staged'] },
    );
    expect(refusals).toEqual([]);
  });

  test('what was allowed is said, and what nothing needed is told apart from it', () => {
    const next = new Rendering(
      objects(production, after(promote, after(toStage('1.5.0'), served))),
    );
    const allow = ['colour-not-staged', 'entry-lost'];
    const verdict = judge('production', new Rendering(objects(production, served)), next, {
      ran: () => true,
      allow,
    });
    expect(verdict.allowed.map(allowedText)).toEqual([
      'allowed in this run, colour-not-staged: Deployment/seda-api-green: it takes the traffic and had no pods before',
    ]);
    expect(unusedExceptions(verdict, allow)).toEqual(['entry-lost']);
  });

  test('what was allowed at the stage needs no exception at the promotion', () => {
    const patient = (rendered: Manifest[]): Manifest[] => {
      const draft = new Draft(rendered);
      draft.container('green').readinessProbe.failureThreshold = 20;
      return draft.objects;
    };
    const [before, between, end] = [served, staged, promoted].map((release) =>
      objects(production, release),
    );
    const rules = (base: Manifest[], next: Manifest[]) =>
      judge('production', new Rendering(base), new Rendering(next), {
        ran: () => true,
      }).refusals.map(({ rule }) => rule);
    expect(rules(before!, patient(between!))).toEqual(['pod-guard-weakened']);
    expect(rules(patient(between!), patient(end!))).toEqual([]);
  });

  test('a switch that leads to a colour without pods may be left in every way', () => {
    const broken = new Draft(objects(production, served));
    flip(broken, 'green');
    const { refusals } = judge(
      'production',
      new Rendering(broken.objects),
      new Rendering(objects(production, staged)),
      { ran: () => true },
    );
    expect(refusals).toEqual([]);
  });

  test('a change in place can be allowed', () => {
    const { base, next } = renderings.stage!;
    const draft = new Draft(next);
    draft.container('blue').image = image('1.4.3');
    // Its gate and its migration follow the image, as they would in a render.
    for (const object of draft.objects.filter(
      ({ kind, metadata }) => kind === 'Job' && metadata.name.includes('gate-blue'),
    )) {
      object.spec.template.spec.containers[0].image = image('1.4.3');
      Object.assign(object.metadata, { name: 'seda-api-gate-blue-0000000000' });
    }
    expect(
      judge('production', new Rendering(base), new Rendering(draft.objects), {
        ran: () => true,
        allow: ['serving-colour-changed'],
      }).refusals,
    ).toEqual([]);
  });
});

describe('several workloads in one chart', () => {
  const revision = (version: string, replicas = 2): ApiRevision => ({
    image: `shop.example.com/api:${version}`,
    release: Number(version.split('.')[0]),
    replicas,
    config: {},
    resources: { requests: { cpu: '100m' }, limits: { memory: '256Mi' } },
  });
  const health = { readiness: '/ready' };
  const database = { name: 'database', ports: [5432] };
  type State = Pick<BlueGreenState, 'active' | 'blue' | 'green'>;
  const start: State = { active: 'blue', blue: revision('1.0.0'), green: revision('2.0.0') };

  /** Two pairs with names that look like roles, a rolling API, and objects of somebody else. */
  const shop = (
    { link = start, team = start }: { link?: State; team?: State } = {},
    more: (chart: Chart) => void = () => undefined,
  ): Rendering => {
    const { objects, faults } = render((chart) => {
      new SedaApi(chart, 'link', {
        name: 'link-preview',
        health,
        egress: [database],
        migration: {},
        workload: { strategy: 'blue-green', ...link },
      });
      const serviceAccountName = 'link-preview';
      new BlueGreenPair(chart, 'team', { name: 'team-blue', serviceAccountName, health, ...team });
      new SedaApi(chart, 'cart', {
        name: 'cart',
        health,
        egress: [database],
        migration: {},
        workload: { strategy: 'rolling', revision: revision('7.0.0') },
      });
      const metadata = (name: string) => ({ metadata: { name } });
      const template = (name: string) => ({
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: `shop.example.com/${name}:1.0.0` }] },
      });
      new ApiObject(chart, 'report', {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        ...metadata('team-blue-migrate-report'),
        spec: { schedule: '0 5 * * *', jobTemplate: { spec: { template: template('report') } } },
      });
      new ApiObject(chart, 'worker', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        ...metadata('worker'),
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'worker' } },
          template: template('worker'),
        },
      });
      new ApiObject(chart, 'queue', {
        apiVersion: 'example.com/v1',
        kind: 'Queue',
        metadata: { name: 'orders', annotations: { 'argocd.argoproj.io/sync-wave': '5' } },
      });
      more(chart);
    });
    expect(faults).toEqual([]);
    return new Rendering(objects);
  };
  const verdict = (base: Rendering, next: Rendering) => {
    const { sentences, refusals } = judge('shop', base, next, { ran: () => true });
    return { sentences, refusals: refusals.map(({ rule, object }) => `${rule}: ${object}`) };
  };
  const green: State = { ...start, active: 'green' };

  test('a CronJob gets a new release, other times and other limits of its Jobs', () => {
    const next = structuredClone(shop().objects) as Manifest[];
    const { spec } = next.find(({ kind }) => kind === 'CronJob')!;
    Object.assign(spec, { schedule: '0 6 * * *', concurrencyPolicy: 'Forbid' });
    Object.assign(spec.jobTemplate.spec, { activeDeadlineSeconds: 600, backoffLimit: 1 });
    spec.jobTemplate.spec.template.spec.containers[0].image = 'shop.example.com/report:1.1.0';
    expect(verdict(shop(), new Rendering(next)).refusals).toEqual([]);
  });

  test('each of them is told by its labels', () => {
    const rendering = shop();
    const names = (objects: readonly Manifest[]) => objects.map(({ metadata }) => metadata.name);
    expect(names(rendering.switches())).toEqual(['link-preview', 'team-blue']);
    expect(names(rendering.previews())).toEqual(['link-preview-preview', 'team-blue-preview']);
    expect(names(rendering.ofKind('Deployment').filter((one) => rendering.serves(one)))).toEqual([
      'link-preview-blue',
      'team-blue-blue',
      'cart',
    ]);
    for (const name of ['link-preview', 'team-blue'])
      for (const version of ['blue', 'green']) {
        const deployment = rendering.get('Deployment', `${name}-${version}`)!;
        expect(rendering.gateOf(deployment)?.metadata.labels).toMatchObject({
          'app.kubernetes.io/instance': `${name}-gate-${version}`,
        });
      }
  });

  test.each<[string, Rendering, Rendering, string[]]>([
    ['nothing', shop(), shop(), []],
    [
      'one pair is promoted',
      shop(),
      shop({ link: green }),
      [
        'shop: traffic moves from link-preview-blue 1.0.0 to link-preview-green 2.0.0; back: seda release rollback shop',
      ],
    ],
    [
      'both are promoted',
      shop(),
      shop({ link: green, team: green }),
      [
        'shop: traffic moves from link-preview-blue 1.0.0 to link-preview-green 2.0.0; back: seda release rollback shop',
        'shop: traffic moves from team-blue-blue 1.0.0 to team-blue-green 2.0.0; back: seda release rollback shop',
      ],
    ],
    [
      'one is promoted and the other staged',
      shop(),
      shop({ link: green, team: { ...start, green: revision('3.0.0') } }),
      [
        'shop: traffic moves from link-preview-blue 1.0.0 to link-preview-green 2.0.0; back: seda release rollback shop',
        'shop: team-blue-green is staged with 3.0.0; traffic stays on team-blue-blue 1.0.0',
      ],
    ],
    [
      'the second contracts its schema while the first is older',
      shop({ link: { ...start, blue: revision('1.0.0') } }),
      shop({ team: { ...start, green: { ...revision('9.0.0'), migration: 'contract' } } }),
      ['shop: team-blue-green is staged with 9.0.0; traffic stays on team-blue-blue 1.0.0'],
    ],
  ])('accepted: %s', (_, base, next, sentences) => {
    expect(verdict(base, next)).toEqual({ sentences, refusals: [] });
  });

  test.each<[string, Rendering, Rendering, string[]]>([
    [
      'the second pair changes in place',
      shop(),
      shop({ team: { ...start, blue: revision('3.0.0') } }),
      ['serving-colour-changed: Deployment/team-blue-blue'],
    ],
    [
      'the second pair moves to what was not staged',
      shop({ team: { ...start, green: revision('2.0.0', 0) } }),
      shop({ team: green }),
      ['colour-not-staged: Deployment/team-blue-green'],
    ],
    [
      'the second pair loses its switch',
      shop(),
      new Rendering(
        shop().objects.filter(
          ({ kind, metadata }) => kind !== 'Service' || metadata.name !== 'team-blue',
        ),
      ),
      ['service-changed: Service/team-blue'],
    ],
    [
      'an Ingress would hold up the switch',
      shop(),
      shop(
        {},
        (chart) =>
          new ApiObject(chart, 'ingress', {
            apiVersion: 'networking.k8s.io/v1',
            kind: 'Ingress',
            metadata: { name: 'shop' },
          }),
      ),
      ['wave-order: Ingress/shop'],
    ],
  ])('refused: %s', (_, base, next, refusals) => {
    expect(verdict(base, next).refusals).toEqual(refusals);
  });

  test('what volumes and sidecars read may be made elsewhere, and must stay where it is rendered', () => {
    const configMap = (chart: Chart) =>
      new ApiObject(chart, 'ca', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'ca' },
      });
    const volumes = [
      { name: 'ca', configMap: 'ca' },
      { name: 'tls', secret: 'tls' },
    ];
    const team = { ...start, blue: { ...start.blue, pod: { volumes } } };
    const [elsewhere, rendered] = [shop({ team }), shop({ team }, configMap)];
    expect(
      readsOf(elsewhere.get('Deployment', 'team-blue-blue')!.spec.template.spec),
    ).toContainEqual({
      kind: 'Secret',
      name: 'tls',
      optional: false,
      keys: [],
      whole: true,
    });
    expect(verdict(elsewhere, elsewhere).refusals).toEqual([]);
    expect(verdict(rendered, elsewhere).refusals).toEqual([
      'reference-missing: Deployment/team-blue-blue',
      'object-removed: ConfigMap/ca',
    ]);
  });

  test('an object of somebody else gets its wave from addWaves', () => {
    const next = shop({}, (chart) => {
      new ApiObject(chart, 'ingress', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'shop' },
      });
      addWaves(chart);
    });
    expect(verdict(shop(), next).refusals).toEqual([]);
  });

  test('the diff says who serves', () => {
    const next = shop({ team: { ...start, blue: revision('3.0.0') } });
    expect(
      changesOf('shop', shop(), next)
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ effect }) => effect),
    ).toEqual(['restarts the pods of team-blue-blue, which serves']);
  });

  test('the diagram has each pair with its own switch and preview', () => {
    const { boxes, arrows } = pictureOf('shop', shop({ link: green }));
    expect(
      arrows
        .filter(({ from }) => from.startsWith('Service/'))
        .map(({ from, to, kind }) => `${from} ${kind} ${to}`)
        .sort(),
    ).toEqual([
      'Service/cart traffic Deployment/cart',
      'Service/link-preview traffic Deployment/link-preview-green',
      'Service/link-preview-preview preview Deployment/link-preview-blue',
      'Service/team-blue traffic Deployment/team-blue-blue',
      'Service/team-blue-preview preview Deployment/team-blue-green',
    ]);
    const state = (name: string) => boxes.find(({ title }) => title === name)?.lines[0];
    expect(['link-preview-blue', 'team-blue-green', 'cart'].map(state)).toEqual([
      'warm: for a rollback',
      'staged, not promoted yet',
      'serves',
    ]);
  });
});
