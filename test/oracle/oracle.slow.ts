import { App } from 'cdk8s';
import { SedaChart } from '../../environments/chart';
import type { Release, SedaEnvironment } from '../../environments/environment';
import { promote, retire, stage } from '../../environments/release-steps';
import type { Manifest } from '../../lib';
import {
  after,
  GATEWAY,
  image,
  placeholderPair,
  production,
  qa,
  staged,
  states,
} from '../fixtures';
import { Cluster, type Violation } from './cluster';
import type { Harm } from './inspect';
import { selects } from './objects';

const OUTSIDE = { secrets: ['sentry', 'registry'] };

const renderings = new Map<string, string>();

/** A rendering that a test may change. */
function rendered(environment: SedaEnvironment, release: Release): Manifest[] {
  const key = JSON.stringify([environment, release]);
  const text =
    renderings.get(key) ?? JSON.stringify(new SedaChart(new App(), environment, release).toJson());
  renderings.set(key, text);
  return JSON.parse(text) as Manifest[];
}

/** The first release serves in green, and blue is empty; with Redis, so that there is one more to call. */
const environment: SedaEnvironment = {
  ...production,
  redis: { kind: 'managed', host: 'cache.example.com', port: 6379 },
};
const first = staged(environment, placeholderPair(environment), '1.4.2');
const promoted = after(promote({ environment, release: first }));
const serving = after(retire({ environment, release: promoted }));
const both = staged(environment, serving, '1.5.0', { migration: 'none' });

const scaledEnvironment: SedaEnvironment = {
  ...environment,
  autoscaling: { minReplicas: 3, maxReplicas: 6 },
};
const scaled = after(
  promote({
    environment: scaledEnvironment,
    release: staged(scaledEnvironment, placeholderPair(scaledEnvironment), '1.4.2'),
  }),
);

const clusters = new Map<string, Cluster>();

/** A cluster in which these states were applied one after another, and the rendering of the last. */
function cluster(
  of: SedaEnvironment,
  ...releases: readonly Release[]
): { cluster: Cluster; rendering: Manifest[] } {
  const key = JSON.stringify([of, releases]);
  const known = clusters.get(key);
  const made = known ?? new Cluster(OUTSIDE);
  if (!known) for (const release of releases) expect(made.sync(rendered(of, release))).toEqual([]);
  clusters.set(key, made);
  return { cluster: made.copy(), rendering: rendered(of, releases.at(-1)!) };
}

const served = () => cluster(environment, first, promoted, serving);
const warm = () => cluster(environment, first, promoted, serving, both);

/** The one object of a kind whose name begins so. */
function one(rendering: readonly Manifest[], kind: string, name: string): Manifest {
  return rendering.find((object) => object.kind === kind && object.metadata.name.startsWith(name))!;
}

function without(rendering: Manifest[], kind: string, name: string): Manifest[] {
  return rendering.filter((object) => object !== one(rendering, kind, name));
}

function inWave(object: Manifest, wave: number): void {
  Object.assign(object.metadata.annotations!, { 'argocd.argoproj.io/sync-wave': String(wave) });
}

const container = (object: Manifest) => object.spec.template.spec.containers[0];
const green = (objects: readonly Manifest[]) => one(objects, 'Deployment', 'seda-api-green');
const way = (objects: readonly Manifest[]) => one(objects, 'Ingress', 'seda-api-ingress');
/** The policy that opens what the pods of green call. */
const policy = (objects: readonly Manifest[]) =>
  objects.find(
    ({ kind, spec }) =>
      kind === 'NetworkPolicy' &&
      selects(spec.podSelector, { app: 'seda-api', version: 'green' }) &&
      spec.egress?.some((rule: Manifest['rule']) => portsOf(rule).includes(6379)),
  )!;
const portsOf = (rule: Manifest['rule']): number[] =>
  (rule.ports ?? []).map(({ port }: { port: number }) => port);

/** States that do not follow the one that is listed before them. */
const BEFORE: { readonly [moment: string]: string } = {
  retired: 'promoted',
  aborted: 'next release staged',
  'new version of the secrets staged': 'promoted',
};

describe('every life of an environment is safe', () => {
  test.each(['argocd', 'deploy'] as const)('as %s applies it', (engine) => {
    let life = '';
    const found: Record<string, Violation[]> = {};
    const moments = new Map<string, Cluster>();
    let last: { cluster: Cluster; release?: Release } = { cluster: new Cluster(OUTSIDE, engine) };
    for (const { state, environment: of, release } of states) {
      const [name, moment] = state.split(': ') as [string, string];
      if (name !== life) last = { cluster: new Cluster(OUTSIDE, engine) };
      life = name;
      const { cluster } = last;
      const now = moments.get(`${name}: ${BEFORE[moment]}`)?.copy() ?? cluster;
      // The list has this one without the promotion before it.
      if (moment === 'first release serves' && last.release !== undefined)
        expect(
          now.sync(rendered(of, after(promote({ environment: of, release: last.release })))),
        ).toEqual([]);
      const violations = now.sync(rendered(of, release));
      if (violations.length > 0) found[state] = violations;
      last = { cluster: now, release };
      moments.set(state, now.copy());
    }
    // Argo CD deletes the old ExternalSecret before the pods of a rolling environment are replaced: a container that
    // is restarted meanwhile does not start.
    const rotations = Object.keys(found).filter((state) => /secrets$/.test(state));
    expect(Object.keys(found)).toEqual(engine === 'argocd' ? rotations : []);
    for (const violation of Object.values(found).flat())
      expect(violation).toMatchObject({ wave: -20, harm: 'reads what is gone' });
  });
});

describe('harm that is done', () => {
  const cases: readonly [
    string,
    { harm: Harm; wave: Violation['wave']; what?: string; whom?: string },
    (rendering: Manifest[]) => Manifest[] | void,
  ][] = [
    [
      'the policy loses the port of Redis',
      { harm: 'cannot reach', wave: -30, what: 'REDIS_URL: cache.example.com, port 6379 over TCP' },
      (all) => {
        const { spec } = policy(all);
        spec.egress = spec.egress.filter((rule: Manifest['rule']) => !portsOf(rule).includes(6379));
      },
    ],
    [
      'the policy lets nobody ask for names',
      { harm: 'cannot reach', wave: -30, what: 'names: pods of kube-system, port 53 over UDP' },
      (all) => {
        const { spec } = policy(all);
        spec.egress = spec.egress.filter((rule: Manifest['rule']) => !portsOf(rule).includes(53));
      },
    ],
    [
      'the policy reaches private addresses alone',
      {
        harm: 'cannot reach',
        wave: -30,
        what: 'SUPABASE_URL: abcdefghijklmnopqrst.supabase.co, port 443 over TCP',
      },
      (all) => {
        for (const rule of policy(all).spec.egress)
          if (portsOf(rule).includes(443)) rule.to = [{ ipBlock: { cidr: '10.0.0.0/8' } }];
      },
    ],
    [
      'the policy that opens the collector is gone, and the one that closes everything stays',
      {
        harm: 'cannot reach',
        wave: -30,
        what: 'OTEL_EXPORTER_OTLP_ENDPOINT: pods of monitoring, port 4318 over TCP',
      },
      (all) => all.filter((object) => object !== policy(all)),
    ],
    [
      'the policy does not admit the controller any more',
      { harm: 'answered by what does not answer', wave: -30 },
      (all) => {
        policy(all).spec.ingress[0].from.shift();
      },
    ],
    [
      'the policy does not admit Prometheus any more',
      { harm: 'not watched', wave: 'afterwards' },
      (all) => {
        policy(all).spec.ingress[0].from.splice(1, 1);
      },
    ],
    [
      'the Ingress leads to the preview',
      { harm: 'not answered', wave: 30, what: 'seda-api-preview leads to 0 pods, 1 are the least' },
      (all) => {
        way(all).spec.rules[0].http.paths[0].backend.service.name = 'seda-api-preview';
      },
    ],
    [
      'a second Ingress takes a longer path',
      { harm: 'not answered', wave: 30, what: 'seda-api-preview leads to 0 pods, 1 are the least' },
      (all) => {
        const second = structuredClone(way(all));
        Object.assign(second.metadata, { name: 'second' });
        const [path] = second.spec.rules[0].http.paths;
        Object.assign(path, { path: '/api/v1/tracks', pathType: 'Prefix' });
        path.backend.service.name = 'seda-api-preview';
        return [...all, second];
      },
    ],
    [
      'a second Ingress has the same path',
      { harm: 'error of the API server', wave: 30 },
      (all) => {
        const second = structuredClone(way(all));
        Object.assign(second.metadata, { name: 'second' });
        return [...all, second];
      },
    ],
    [
      'the Ingress is another class',
      { harm: 'not answered', wave: 30, what: 'no rule takes it' },
      (all) => {
        way(all).spec.ingressClassName = 'internal';
      },
    ],
    [
      'the Ingress admits no address',
      { harm: 'not answered', wave: 30, what: 'it is refused' },
      (all) => {
        Object.assign(way(all).metadata.annotations!, {
          'nginx.ingress.kubernetes.io/denylist-source-range': '0.0.0.0/0',
        });
      },
    ],
    [
      'the Ingress has another host',
      { harm: 'not answered', wave: 30, what: 'no rule takes it' },
      (all) => {
        way(all).spec.rules[0].host = 'api2.seda.fm';
      },
    ],
    [
      'the Ingress is gone',
      { harm: 'not answered', wave: 30, what: 'no rule takes it' },
      (all) => without(all, 'Ingress', 'seda-api-ingress'),
    ],
    [
      'nobody keeps the certificate',
      { harm: 'not renewed', wave: 'afterwards', whom: 'api.seda.fm' },
      (all) => without(all, 'Certificate', 'seda-api-tls'),
    ],
    [
      'the Service leads to the colour that is empty',
      { harm: 'not answered', wave: 20 },
      (all) => {
        for (const object of all)
          if (object.kind === 'Service' && object.metadata.name === 'seda-api')
            object.spec.selector.version = 'blue';
      },
    ],
    [
      'the Service leads to a port on which nothing listens',
      { harm: 'answered by what does not answer', wave: 20 },
      (all) => {
        for (const object of all)
          if (object.metadata.name === 'seda-api' && object.kind === 'Service')
            object.spec.ports[0].targetPort = 3002;
      },
    ],
    [
      'the Service leads out of the cluster',
      { harm: 'not answered', wave: 20 },
      (all) => {
        for (const object of all)
          if (object.metadata.name === 'seda-api' && object.kind === 'Service')
            Object.assign(object.spec, { type: 'ExternalName', externalName: 'example.com' });
      },
    ],
    [
      'the ConfigMap is gone',
      { harm: 'reads what is gone', wave: -30 },
      (all) => without(all, 'ConfigMap', 'seda-api-green-config'),
    ],
    [
      'the ExternalSecret reads another path',
      { harm: 'reads what changed', wave: -30, what: 'Secret seda-secrets jwt-secret' },
      (all) => {
        one(all, 'ExternalSecret', 'seda-secrets').spec.data[2].remoteRef.key = 'elsewhere';
      },
    ],
    [
      'a second ExternalSecret writes over the Secret',
      { harm: 'reads what changed', wave: -30 },
      (all) => {
        const second = structuredClone(one(all, 'ExternalSecret', 'seda-secrets'));
        Object.assign(second.metadata, { name: 'second' });
        second.spec.data[0].remoteRef.key = 'elsewhere';
        return [...all, second];
      },
    ],
    [
      'the ServiceAccount is gone',
      { harm: 'reads what is gone', wave: -30, what: 'ServiceAccount seda-api' },
      (all) => without(all, 'ServiceAccount', 'seda-api'),
    ],
    [
      'the Deployment is gone',
      { harm: 'not answered', wave: 0 },
      (all) => all.filter((object) => object !== green(all)),
    ],
    [
      'the Deployment has fewer pods',
      { harm: 'below the floor', wave: 0, what: 'seda-api leads to 2 pods, 3 are the least' },
      (all) => {
        green(all).spec.replicas = 2;
      },
    ],
    [
      'the Deployment has no number of pods any more',
      { harm: 'below the floor', wave: 0, what: 'seda-api leads to 1 pods, 3 are the least' },
      (all) => {
        delete green(all).spec.replicas;
      },
    ],
    [
      'the Deployment selects other pods',
      { harm: 'error of the API server', wave: 0, what: 'spec.selector is immutable' },
      (all) => {
        green(all).spec.selector.matchLabels.tier = 'api';
        green(all).spec.template.metadata.labels.tier = 'api';
      },
    ],
    [
      'the Deployment is made again',
      { harm: 'not answered', wave: 0 },
      (all) => {
        Object.assign(green(all).metadata.annotations!, {
          'argocd.argoproj.io/sync-options': 'Force=true,Replace=true',
        });
      },
    ],
    [
      'all pods are replaced at once, by some that never become ready',
      { harm: 'not answered', wave: 0 },
      (all) => {
        green(all).spec.strategy = { type: 'Recreate' };
        container(green(all)).readinessProbe.httpGet.path = '/health';
      },
    ],
    [
      'pods are replaced one by one, by some that never become ready',
      { harm: 'stuck', wave: 0, whom: 'Deployment seda-prod/seda-api-green' },
      (all) => {
        container(green(all)).readinessProbe.httpGet.port = 9000;
      },
    ],
    [
      'pods lose the label by which the Service selects them',
      { harm: 'error of the API server', wave: 0 },
      (all) => {
        delete green(all).spec.template.metadata.labels.app;
      },
    ],
    [
      'pods listen elsewhere',
      { harm: 'stuck', wave: 0 },
      (all) => {
        container(green(all)).env.find(({ name }: { name: string }) => name === 'PORT').value =
          '3009';
      },
    ],
    [
      'a Job is another one under its name',
      { harm: 'error of the API server', wave: 10, what: 'spec.template is immutable' },
      (all) => {
        container(one(all, 'Job', 'seda-api-gate-green')).image = 'busybox';
      },
    ],
    [
      'the content of an immutable ConfigMap changes',
      { harm: 'error of the API server', wave: -30, what: 'it is immutable' },
      (all) => {
        one(all, 'ConfigMap', 'seda-api-green-config').data.PUBLIC_URL = 'https://elsewhere';
      },
    ],
    [
      'the namespace has another name',
      { harm: 'not answered', wave: -30 },
      (all) =>
        JSON.parse(JSON.stringify(all).replaceAll('"seda-prod"', '"seda-prod-2"')) as Manifest[],
    ],
  ];

  test.each(cases)('%s', (_, expected, change) => {
    const { cluster, rendering } = served();
    expect(cluster.sync(change(rendering) ?? rendering)).toContainEqual(
      expect.objectContaining(expected),
    );
  });

  test('the autoscaler of what serves gets a lower minimum', () => {
    const { cluster: of, rendering } = cluster(scaledEnvironment, scaled);
    one(rendering, 'HorizontalPodAutoscaler', 'seda-api-green').spec.minReplicas = 2;
    expect(of.sync(rendering)).toContainEqual(
      expect.objectContaining({
        harm: 'below the floor',
        wave: 30,
        what: 'seda-api leads to 2 pods, 3 are the least',
      }),
    );
  });

  test('a Redis in the namespace goes while pods call it', () => {
    const local: SedaEnvironment = { ...environment, redis: { kind: 'local' } };
    const release = after(
      promote({ environment: local, release: staged(local, placeholderPair(local), '1.4.2') }),
    );
    const { cluster: of, rendering } = cluster(local, release);
    expect(of.sync(without(rendering, 'Deployment', 'redis'))).toContainEqual(
      expect.objectContaining({
        harm: 'cannot reach',
        what: 'REDIS_URL: the Service redis, port 6379 over TCP',
      }),
    );
  });

  test('a route of the Gateway API leads to the preview', () => {
    const gateway: SedaEnvironment = { ...environment, ingress: GATEWAY };
    const { cluster: of, rendering } = cluster(gateway, first, promoted, serving);
    one(rendering, 'HTTPRoute', 'seda-api-ingress').spec.rules[1].backendRefs = [
      { name: 'seda-api-preview', port: 80 },
    ];
    expect(of.sync(rendering)).toContainEqual(
      expect.objectContaining({
        harm: 'not answered',
        whom: 'https://api.seda.fm/api/v1 via gateway gateways/public',
      }),
    );
  });

  test('in a rolling environment all pods go at once', () => {
    const { cluster: of, rendering } = cluster(qa, { image: image('1.4.2') });
    const deployment = one(rendering, 'Deployment', 'seda-api-qa');
    deployment.spec.strategy.rollingUpdate.maxUnavailable = '100%';
    container(deployment).image = image('1.5.0');
    expect(of.sync(rendering)).toContainEqual(
      expect.objectContaining({ harm: 'not answered', wave: 0 }),
    );
  });
});

describe('the order of a release that is staged and promoted at once', () => {
  const together = () => {
    const { cluster } = served();
    const release = after(promote({ environment, release: both }));
    return { cluster, rendering: rendered(environment, release) };
  };
  const service = (objects: readonly Manifest[]) =>
    objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'seda-api')!;

  test('by the waves of the plan nobody notices', () => {
    const { cluster, rendering } = together();
    expect(cluster.sync(rendering)).toEqual([]);
    expect(cluster.pods.map(({ owner, ready }) => [owner, ready])).toEqual([
      ['Deployment seda-prod/seda-api-green', 3],
      ['Deployment seda-prod/seda-api-blue', 3],
    ]);
  });

  test.each([
    [-30, 'before the target'],
    [0, 'beside the target'],
  ])('in wave %d, %s, the Service leads to nobody', (wave) => {
    const { cluster, rendering } = together();
    inWave(service(rendering), wave);
    expect(cluster.sync(rendering)).toContainEqual(
      expect.objectContaining({ harm: 'not answered', wave, object: 'Service seda-prod/seda-api' }),
    );
  });

  test('a gate after the switch hurts nobody here: the wave of the target is waited for', () => {
    const { cluster, rendering } = together();
    inWave(one(rendering, 'Job', 'seda-api-gate-blue'), 25);
    expect(cluster.sync(rendering)).toEqual([]);
  });

  test('a gate that cannot ask the pods holds the switch up', () => {
    const { cluster, rendering } = together();
    for (const object of rendering)
      if (
        object.kind === 'NetworkPolicy' &&
        object.spec.podSelector.matchLabels?.app === 'seda-api-gate'
      )
        object.spec.egress = [];
    expect(cluster.sync(rendering)).toEqual([expect.objectContaining({ harm: 'stuck', wave: 10 })]);
  });

  test('pods whose ConfigMap is missing do not start, and the switch waits', () => {
    const { cluster, rendering } = together();
    expect(cluster.sync(without(rendering, 'ConfigMap', 'seda-api-blue-config'))).toContainEqual(
      expect.objectContaining({ harm: 'stuck', wave: 0 }),
    );
    expect(cluster.pods.find(({ owner }) => owner.endsWith('blue'))).toMatchObject({
      count: 3,
      ready: 0,
    });
  });
});

describe('what hurts nobody', () => {
  test('a colour that is staged, whatever is wrong with it', () => {
    const { cluster, rendering } = warm();
    container(one(rendering, 'Deployment', 'seda-api-blue')).readinessProbe.httpGet.path =
      '/nothing';
    expect(cluster.sync(rendering)).toEqual([]);
  });

  test('one host more, and the other one later for the pods alone', () => {
    const extra: SedaEnvironment = { ...environment, extraHosts: ['v2.seda.fm'] };
    const moved: SedaEnvironment = {
      ...environment,
      domain: 'v2.seda.fm',
      extraHosts: ['api.seda.fm'],
    };
    const { cluster } = served();
    expect(cluster.sync(rendered(extra, serving))).toEqual([]);
    expect(cluster.requests).toContain('https://v2.seda.fm/api/v1 via class nginx');
    const next = after(
      stage({
        environment: moved,
        release: serving,
        image: image('1.6.0'),
        sourceImage: image('1.6.0'),
      }),
    );
    expect(cluster.sync(rendered(moved, next))).toEqual([]);
    const now = after(promote({ environment: moved, release: next }));
    expect(cluster.sync(rendered(moved, now))).toEqual([]);
    // The host of the links that the old pods wrote is dropped.
    expect(cluster.sync(rendered({ ...moved, extraHosts: [] }, now))).toContainEqual(
      expect.objectContaining({
        harm: 'not answered',
        whom: 'https://api.seda.fm/api/v1 via class nginx',
      }),
    );
  });

  test('fewer replicas of a rolling environment, as they are asked for', () => {
    const { cluster: of } = cluster(qa, { image: image('1.4.2') });
    expect(of.sync(rendered({ ...qa, replicas: 1 }, { image: image('1.4.2') }))).toEqual([]);
  });
});
