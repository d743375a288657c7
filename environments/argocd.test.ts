import { API } from './api';
import { App, type ApiObject } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import {
  after,
  colour,
  development,
  environments,
  firstDay,
  GATEWAY,
  image,
  PLACEHOLDER_IMAGE,
  placeholderPair,
  production,
  qa,
  sandbox,
} from '../test/fixtures';
import { parseQuantity } from '../lib/quantity';
import { PREVIEWS, type Previews, renderArgoCd } from './argocd';
import { SedaChart } from './chart';
import type { BlueGreenRelease, Release, RollingRelease, SedaEnvironment } from './environment';
import { preview } from './preview';
import { abort, promote, retire, rollback, stage } from './release-steps';
import { renderAll, renderEnvironment, renderPreview } from './render';
import { isOnDeveloperMachine } from './settings';
import { listFaults } from './validate';

const RUNS: RollingRelease = { image: image('1.4.2') };
const off: Previews = { ...PREVIEWS, enabled: false, like: qa };
const on: Previews = { ...off, enabled: true };

/** What Argo CD is told of one environment. */
function told(environment: SedaEnvironment, release: Release, previews = off) {
  const { objects: rendered, faults } = renderEnvironment(environment, release);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const argocd = renderArgoCd([{ environment, objects: rendered }], previews);
  const objects = [...argocd.files.values()].flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS()),
  );
  return { ...argocd, find: (kind: string) => objects.find((object) => object.kind === kind) };
}

describe('who is told', () => {
  test('clusters alone, and development runs on the machine of a developer', () => {
    expect(environments.filter(({ argocd }) => argocd === undefined)).toEqual(
      environments.filter(isOnDeveloperMachine),
    );
    expect(told(development, { image: 'ghcr.io/seda-fm/seda-api:local' }).files.size).toBe(0);
  });

  test('one file for each environment, so that each can be put into service on its own', () => {
    expect([...told(qa, RUNS).files.keys()]).toEqual(['argocd/qa.k8s.yaml']);
  });

  test('previews by one setting', () => {
    expect([...told(qa, RUNS, on).files.keys()]).toEqual([
      'argocd/qa.k8s.yaml',
      'argocd/preview.k8s.yaml',
      'argocd/preview-namespace/quota.k8s.yaml',
    ]);
  });
});

describe('what waits for a person is not applied', () => {
  const automated = (environment: SedaEnvironment, release: Release) =>
    told(environment, release).find('Application').spec.syncPolicy.automated.enabled;

  test('an image that no registry has, or a setting that is a sample', () => {
    expect(automated(qa, RUNS)).toBe(true);
    expect(automated(firstDay.qa, RUNS)).toBe(false);
    expect(automated(sandbox, { image: PLACEHOLDER_IMAGE })).toBe(false);
    expect(told(firstDay.qa, RUNS).find('Application').spec.info).toEqual([
      { name: 'not applied before these are filled in', value: 'SUPABASE_URL' },
    ]);
  });

  test('but an empty colour waits for nobody', () => {
    const blue = colour('1.4.2', 1);
    const empty = colour('1.4.2', 0, { image: PLACEHOLDER_IMAGE, replicas: 0 });
    expect(automated(production, { active: 'blue', blue, green: empty })).toBe(true);
    expect(automated(production, { active: 'blue', blue, green: { ...empty, replicas: 3 } })).toBe(
      false,
    );
  });
});

test('sync windows of an environment reach its project, and their faults are its own', () => {
  const windowed = (schedule: string) =>
    told(
      {
        ...production,
        argocd: {
          ...production.argocd!,
          syncWindows: [{ kind: 'deny', schedule, duration: '64h', timeZone: 'Europe/Berlin' }],
        },
      },
      placeholderPair(production),
    );
  expect(windowed('0 16 * * FRI').find('AppProject').spec.syncWindows).toMatchObject([
    { kind: 'deny', schedule: '0 16 * * FRI', timeZone: 'Europe/Berlin' },
  ]);
  expect(windowed('0 16 * * FRIDAY').faults).toEqual([
    'argocd/production/project: syncWindows.0.schedule has no such day of the week, got "FRIDAY", expected 0 to 6 or SUN to SAT, "*", lists, ranges and steps; correct the field',
  ]);
});

test('faults of an environment and of what Argo CD is told of it are reported together', () => {
  const broken: SedaEnvironment = {
    ...qa,
    replicas: -2,
    argocd: {
      ...qa.argocd!,
      syncWindows: [{ kind: 'deny', schedule: '0 0 * * *', duration: 'long' }],
    },
  };
  expect(() =>
    renderAll([broken], __dirname, new Map([['qa.release.yaml', `image: ${image('1.4.2')}\n`]])),
  ).toThrow(
    /^qa: replicas is out of range, .*\n(.*\n)*argocd\/qa\/project: syncWindows\.0\.duration is not a duration, got "long"/m,
  );
});

test('a cluster by its name is a name everywhere', () => {
  const { find } = told({ ...qa, argocd: { cluster: { name: 'edge' } } }, RUNS);
  expect(find('AppProject').spec.destinations).toEqual([{ name: 'edge', namespace: 'seda-qa' }]);
  expect(find('Application').spec.destination).toEqual({ name: 'edge', namespace: 'seda-qa' });
});

describe('every kind that a release brings was allowed before', () => {
  const kinds = (environment: SedaEnvironment, release: Release): string[] => {
    const app = new App();
    new SedaChart(app, environment, release);
    const objects = app.node
      .findAll()
      .filter(
        (construct): construct is ApiObject => 'apiVersion' in construct && 'kind' in construct,
      );
    return [...new Set(objects.map(({ kind }) => kind))].filter((kind) => kind !== 'Namespace');
  };
  const allowed = (environment: SedaEnvironment, release: Release): string[] =>
    told(environment, release)
      .find('AppProject')
      .spec.namespaceResourceWhitelist.map(({ kind }: { kind: string }) => kind);
  const scaled = { ...production, autoscaling: { minReplicas: 3, maxReplicas: 6 } };

  test.each<[string, SedaEnvironment]>([
    ['as it is', production],
    ['with an autoscaler from now on', scaled],
  ])('production, %s', (_, environment) => {
    const start: BlueGreenRelease = {
      active: 'blue',
      blue: colour('1.4.2', 4),
      green: colour('1.4.2', 3, { replicas: 0, migration: 'none' }),
    };
    const staged = after(
      stage({ environment, release: start, image: image('1.5.0'), sourceImage: image('1.5.0') }),
    );
    const promoted = after(promote({ environment, release: staged }));
    const states = [
      start,
      staged,
      promoted,
      ...[
        abort({ environment, release: staged }),
        rollback({ environment, release: promoted }),
        retire({ environment, release: promoted }),
      ].map(after),
    ];
    const needed = new Set(states.flatMap((state) => kinds(environment, state)));
    // As long as it is in a colour; it goes with the last colour that has it, long after the environment has lost it.
    const without = { ...environment, autoscaling: undefined };
    for (const state of states) {
      expect(allowed(environment, state)).toEqual(expect.arrayContaining([...needed]));
      expect(allowed(without, state)).toEqual(expect.arrayContaining([...needed]));
    }
    expect(needed.has('HorizontalPodAutoscaler')).toBe(environment === scaled);
  });

  test('a rolling environment whose last release had no migration', () => {
    const without: RollingRelease = { image: image('1.4.2'), migration: 'none' };
    expect(kinds(qa, without)).not.toContain('Job');
    expect(allowed(qa, without)).toEqual(
      expect.arrayContaining(kinds(qa, { image: image('1.5.0') })),
    );
  });

  test('and no kind that nobody renders, but those of the pods, so that people see them', () => {
    expect(
      allowed(production, placeholderPair(production)).filter((kind) =>
        ['Secret', 'Role', 'ClusterRole', 'HTTPRoute', 'PersistentVolumeClaim'].includes(kind),
      ),
    ).toEqual([]);
    expect(allowed(production, placeholderPair(production))).toEqual(
      expect.arrayContaining(['ReplicaSet', 'Pod']),
    );
    expect(allowed(production, placeholderPair(production))).toContain('Certificate');
    expect(allowed(qa, RUNS)).not.toContain('Certificate');
  });
});

describe('the preview of a pull request', () => {
  const text = [...renderPreview(12, image('1.5.0'), qa)]
    .map(([name, content]) => `# ${name}\n${content}`)
    .join('');

  test('has a host, a database and names of its own, and brings no namespace', () => {
    expect([...renderPreview(12, image('1.5.0'), qa).keys()]).toEqual(
      ['00-namespace', '10-config', '20-api', '30-traffic'].map(
        (file) => `preview-12/${file}.k8s.yaml`,
      ),
    );
    expect(text).not.toContain('kind: Namespace\n');
    for (const line of [
      'namespace: seda-preview-12\n',
      'host: api-pr-12.seda.fm\n',
      'name: seda-api-pr-12\n',
      'image: postgres:15-alpine\n',
      'cert-manager.io/cluster-issuer: letsencrypt-staging\n',
      'replicas: 1\n',
      'cpu: 50m\n',
    ])
      expect(text).toContain(line);
  });

  test('has no secret in git, and none of another environment', () => {
    expect(text).not.toContain('kind: Secret\n');
    expect(text).toContain('name: seda-preview-secret-store\n');
    expect(text).not.toContain('name: seda-secret-store\n');
    const keys = [...text.matchAll(/^ +key: (seda\/\S+)$/gm)].map(([, key]) => key);
    expect(keys.sort()).toEqual(
      Object.values({ ...API.secret.env, ...API.secretKeys })
        .map((key) => `seda/preview/${key}`)
        .sort(),
    );
  });

  test('has no host and no alert of the environment that it resembles', () => {
    const like = {
      ...qa,
      extraHosts: ['api2-qa.seda.fm'],
      alerts: [{ name: 'A', expr: 'vector(1)', severity: 'ticket', summary: 'a' } as const],
    };
    expect([...renderPreview(12, image('1.5.0'), like).values()].join('')).not.toContain(
      'api2-qa.seda.fm',
    );
  });

  test('shares no name with an environment or another preview', () => {
    expect(
      listFaults(
        [
          ...environments,
          { ...preview(12, qa), name: 'twelve' },
          { ...preview(13, qa), name: 'thirteen' },
        ],
        [],
      ),
    ).toEqual([]);
  });

  test('resembles an environment whatever that has: its own size, certificate and secrets', () => {
    const scaled: SedaEnvironment = {
      ...qa,
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
      secretVersion: 2,
      ingress: GATEWAY,
      tls: { kind: 'managed', issuer: 'letsencrypt-prod' },
    };
    const behind = [...renderPreview(12, image('1.5.0'), scaled).values()].join('');
    for (const line of [
      'kind: HTTPRoute\n',
      'kind: Certificate\n',
      'name: letsencrypt-staging\n',
      'replicas: 1\n',
      'name: seda-secrets\n',
    ])
      expect(behind).toContain(line);
    expect(behind).not.toContain('HorizontalPodAutoscaler');
  });

  test('changes with the build, whose image must be named by its digest', () => {
    expect(() => renderPreview(12, 'ghcr.io/seda-fm/seda-api:pr-12')).toThrow(
      'image has no digest, got "ghcr.io/seda-fm/seda-api:pr-12", expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST',
    );
    expect(() => renderPreview(0, 'seda-api')).toThrow(
      'pull request is out of range, got 0, expected a whole number from 1 to 9999999; choose such a number\nimage ',
    );
  });

  test.each(['evil.example.com/seda-fm/seda-api', 'ghcr.io/seda-fm/seda-api-of-mine', 'seda-api'])(
    'runs no image of %s',
    (repository) => {
      const foreign = image('1.5.0').replace('ghcr.io/seda-fm/seda-api', repository);
      expect(() => renderPreview(12, foreign)).toThrow(
        new Error(
          `image is of another repository, got "${repository}", expected ghcr.io/seda-fm/seda-api; name an image that the API's CI built`,
        ),
      );
    },
  );

  const argocd = [...renderArgoCd([], on).files.values()].flatMap((file) =>
    parseAllDocuments(file).map((document) => document.toJS()),
  );
  const told = (kind: string, name: string) =>
    argocd.find((object) => object.kind === kind && object.metadata.name === name).spec;

  test('fits what its project allows, whatever its number', () => {
    const project = told('AppProject', 'seda-preview');
    expect(project).toMatchObject({
      destinations: [{ namespace: 'seda-preview-*' }],
      clusterResourceWhitelist: [],
    });
    const kinds = parseAllDocuments(text).map((document) => document.toJS().kind);
    expect(project.namespaceResourceWhitelist.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(kinds),
    );
  });

  test('gets a namespace like that of any environment, which no branch makes', () => {
    expect(told('AppProject', 'seda-preview-namespace')).toMatchObject({
      destinations: [{ namespace: 'seda-preview-*' }],
      clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'seda-preview-*' }],
      namespaceResourceWhitelist: [{ group: '', kind: 'ResourceQuota' }],
    });
    const { source, syncPolicy } = told('ApplicationSet', 'seda-preview-namespace').template.spec;
    expect(source).toMatchObject({
      targetRevision: 'main',
      path: 'dist/argocd/preview-namespace',
    });
    const { labels } = renderEnvironment(qa, RUNS).objects.find(
      ({ kind }) => kind === 'Namespace',
    )!.metadata;
    expect(syncPolicy.managedNamespaceMetadata.labels).toEqual(
      Object.fromEntries(
        Object.entries(labels!).map(([label, value]) => [
          label,
          value.replace('seda-qa', 'seda-preview-{{.number}}'),
        ]),
      ),
    );
  });

  test('needs at most half of its quota', () => {
    const { hard } = told('ResourceQuota', 'preview');
    const objects = parseAllDocuments(text).map((document) => document.toJS());
    const pods = objects.flatMap(({ kind, spec }) =>
      ['Deployment', 'Job'].includes(kind)
        ? Array.from({ length: spec.replicas ?? 1 }, () => spec.template.spec)
        : [],
    );
    const sum = (kind: 'requests' | 'limits', resource: 'cpu' | 'memory') =>
      pods
        .flatMap(({ containers }) => containers)
        .reduce((total, { resources }) => total + parseQuantity(resources[kind][resource])!, 0);
    expect(pods.length).toBeGreaterThanOrEqual(2);
    for (const [most, needed] of [
      [hard.pods, pods.length],
      [hard['requests.cpu'], sum('requests', 'cpu')],
      [hard['requests.memory'], sum('requests', 'memory')],
      [hard['limits.memory'], sum('limits', 'memory')],
      [
        hard.persistentvolumeclaims,
        objects.filter(({ kind }) => kind === 'PersistentVolumeClaim').length,
      ],
    ] as const)
      expect(needed).toBeLessThanOrEqual(parseQuantity(most)! / 2);
  });
});

test('names that stand for something else in dist/ are no names of environments', () => {
  expect(
    listFaults(
      [
        { ...qa, name: 'argocd' },
        { ...production, imageFrom: undefined, name: 'compose' },
        { ...sandbox, imageFrom: undefined, name: 'preview-3' },
      ],
      [],
    ),
  ).toEqual([
    'argocd: name is reserved for what Argo CD is told, expected another one; rename the environment',
    'compose: name is reserved for what Docker Compose is told, expected another one; rename the environment',
    'preview-3: name is reserved for the preview of a pull request, expected another one; rename the environment',
  ]);
});
