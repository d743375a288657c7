import { Chart } from 'cdk8s';
import type { Manifest } from './manifests';
import { render } from '../test/render';
import {
  type ApiRevision,
  ArgoCdApplication,
  ArgoCdPreviews,
  type ArgoCdPreviewsProps,
  ArgoCdProject,
  type ArgoCdProjectProps,
  type ArgoCdSource,
  IN_CLUSTER,
  type PreviewNamespaces,
  SedaApi,
  SedaNamespace,
  type SyncWindow,
} from './index';

const REVISION: ApiRevision = {
  image: 'registry.example.com/shop/api:1.4.0',
  replicas: 2,
  config: { LOG_LEVEL: 'info' },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
};
const PROJECT = {
  name: 'shop',
  description: 'The shop',
  repository: 'https://github.com/shop/manifests.git',
  cluster: IN_CLUSTER,
  namespace: 'shop',
};
const PULL_REQUESTS = { owner: 'shop', repository: 'api', label: 'preview' };
const WINDOW: SyncWindow = {
  kind: 'deny',
  schedule: '0 16 * * FRI',
  duration: '64h',
  timeZone: 'Europe/Berlin',
};

/** A chart with the shop, which is not in the output, and what Argo CD is told of it. */
function told(build: (chart: Chart, shop: Chart) => void): ReturnType<typeof render> {
  return render((chart) => {
    const shop = new Chart(chart, 'shop', { namespace: 'shop' });
    new SedaNamespace(shop, 'namespace', { name: 'shop' });
    new SedaApi(shop, 'api', {
      name: 'shop-api',
      health: { readiness: '/ready' },
      workload: { strategy: 'rolling', revision: REVISION },
    });
    build(chart, shop);
  }, 'argocd');
}

const project = (props: Partial<ArgoCdProjectProps> = {}) =>
  told(
    (chart, shop) =>
      void new ArgoCdProject(chart, 'project', { ...PROJECT, allow: shop.toJson(), ...props }),
  );
const application = (
  props: Partial<Omit<ArgoCdSource, 'project'>> & { readonly name?: string } = {},
) =>
  told(
    (chart) =>
      void new ArgoCdApplication(chart, 'application', {
        name: 'shop',
        revision: 'main',
        path: 'dist/shop',
        project: new ArgoCdProject(chart, 'project', { ...PROJECT, allow: [] }),
        ...props,
      }),
  );
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-pr-*' } };
const previews = (
  props: Partial<Omit<ArgoCdPreviewsProps, 'project'>> = {},
  namespace = 'shop-pr-*',
  allow: ArgoCdProjectProps['allow'] = [],
  namespaces: Partial<PreviewNamespaces> = {},
) =>
  told((chart) => {
    const fence = (name: string, of: Partial<ArgoCdProjectProps>) =>
      new ArgoCdProject(chart, `project-${name}`, {
        ...PROJECT,
        name,
        namespace,
        allow: [],
        ...of,
      });
    void new ArgoCdPreviews(chart, 'previews', {
      name: 'shop-pr-*',
      project: fence('shop', { allow }),
      namespaces: {
        project: fence('shop-namespace', { namespace: 'shop-pr-*', allow: [NAMESPACE] }),
        revision: 'main',
        path: 'dist/namespaces',
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted', of: 'shop-pr-*' },
        ...namespaces,
      },
      revision: 'preview/*',
      path: 'dist/pr-*',
      pullRequests: PULL_REQUESTS,
      ...props,
    });
  });
const spec = (
  { objects }: ReturnType<typeof render>,
  kind: string,
  name?: string,
): Manifest['spec'] =>
  objects.find(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  )!.spec;
/** What applies the branches of previews. */
const branches = (...args: Parameters<typeof previews>) =>
  spec(previews(...args), 'ApplicationSet', 'shop-pr');

describe('ArgoCdProject', () => {
  test('allows the kinds that are rendered, each once, and the namespace by its name', () => {
    const { namespaceResourceWhitelist, clusterResourceWhitelist } = spec(project(), 'AppProject');
    expect(
      namespaceResourceWhitelist.map(
        ({ group, kind }: { group: string; kind: string }) => `${group}/${kind}`,
      ),
    ).toEqual([
      '/ConfigMap',
      'apps/Deployment',
      'networking.k8s.io/NetworkPolicy',
      'policy/PodDisruptionBudget',
      '/Service',
      '/ServiceAccount',
    ]);
    expect(clusterResourceWhitelist).toEqual([{ group: '', kind: 'Namespace', name: 'shop' }]);
  });

  test('has one repository and one namespace of one cluster', () => {
    expect(spec(project({ cluster: { name: 'edge' } }), 'AppProject')).toMatchObject({
      sourceRepos: ['https://github.com/shop/manifests.git'],
      destinations: [{ name: 'edge', namespace: 'shop' }],
      orphanedResources: { warn: true },
    });
    expect(spec(project(), 'AppProject').destinations).toEqual([
      { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    ]);
  });

  test.each([
    'git@github.com:shop/manifests.git',
    'ssh://git@github.com/shop/manifests.git',
    'https://gitlab.example.com/shop/ops/manifests',
  ])('takes %s', (repository) => {
    expect(project({ repository }).faults).toEqual([]);
  });

  test('allows nothing where nothing is rendered', () => {
    expect(spec(project({ allow: [] }), 'AppProject')).toMatchObject({
      namespaceResourceWhitelist: [],
      clusterResourceWhitelist: [],
    });
  });

  test('lets a sync end that a window would cut off, and people sync by hand', () => {
    expect(
      spec(
        project({
          syncWindows: [
            WINDOW,
            {
              kind: 'allow',
              schedule: '*/30 8-17 1,15 * 1-5',
              duration: '2h30m',
              manualSync: false,
              description: 'office hours',
            },
          ],
        }),
        'AppProject',
      ).syncWindows,
    ).toEqual([
      {
        kind: 'deny',
        schedule: '0 16 * * FRI',
        duration: '64h',
        timeZone: 'Europe/Berlin',
        applications: ['*'],
        manualSync: true,
        syncOverrun: true,
      },
      {
        kind: 'allow',
        schedule: '*/30 8-17 1,15 * 1-5',
        duration: '2h30m',
        timeZone: 'UTC',
        applications: ['*'],
        manualSync: false,
        syncOverrun: true,
        description: 'office hours',
      },
    ]);
    expect(spec(project({ syncWindows: [] }), 'AppProject').syncWindows).toBeUndefined();
  });

  test.each<[string, Partial<ArgoCdProjectProps>, string]>([
    [
      'a name',
      { name: 'Shop' },
      'name is not a Kubernetes name, got "Shop", expected at most 63 lower-case letters, digits and "-"; choose such a name',
    ],
    [
      'every repository',
      { repository: '*' },
      'repository is not one repository, got "*", expected an address such as https://github.com/shop/manifests.git; name it without wildcards',
    ],
    [
      'a credential',
      { repository: 'https://bot:hunter2@github.com/shop/manifests.git' },
      'repository holds a credential, expected an address such as https://github.com/shop/manifests.git; keep the credential in a Secret of Argo CD',
    ],
    [
      'every cluster',
      { cluster: { server: 'https://*' } },
      'cluster.server is not the address of an API server, got "https://*", expected one such as https://kubernetes.default.svc; correct it',
    ],
    [
      'every cluster by its name',
      { cluster: { name: '*' } },
      'cluster.name is not one cluster, got "*", expected a name that "argocd cluster list" shows; correct it',
    ],
    [
      'no address',
      { repository: 'shop/manifests' },
      'repository is not one repository, got "shop/manifests", expected an address such as https://github.com/shop/manifests.git; name it without wildcards',
    ],
    [
      'every namespace',
      { namespace: '*' },
      'namespace is not a Kubernetes name, got "*", expected at most 63 lower-case letters, digits and "-"; choose such a name',
    ],
    [
      'a long text',
      { description: 'x'.repeat(256) },
      `description is too long, got "${'x'.repeat(76)}..., expected at most 255 characters; shorten it`,
    ],
  ])('fails on %s', (_, props, fault) => {
    const { faults } = project(props);
    expect(faults).toEqual([`test/project: ${fault}`]);
    expect(faults.join()).not.toContain('hunter2');
  });
});

describe('SyncWindow', () => {
  const faults = (window: Partial<SyncWindow>) =>
    project({ syncWindows: [{ ...WINDOW, ...window }] }).faults.map((fault) =>
      fault.replace('test/project: syncWindows.0.', ''),
    );
  const expected = (range: string) =>
    `expected ${range}, "*", lists, ranges and steps; correct the field`;

  test.each<[string, Partial<SyncWindow>, string]>([
    [
      'a kind',
      { kind: 'block' as 'deny' },
      'kind is unknown, got "block", expected allow or deny; correct it',
    ],
    [
      'four fields',
      { schedule: '0 16 * *' },
      'schedule is not a schedule, got "0 16 * *", expected five fields: minute, hour, day of the month, month, day of the week; write it like 0 16 * * FRI',
    ],
    [
      'a name for five fields',
      { schedule: '@daily' },
      'schedule is not a schedule, got "@daily", expected five fields: minute, hour, day of the month, month, day of the week; write it like 0 16 * * FRI',
    ],
    [
      'a minute',
      { schedule: '60 16 * * *' },
      `schedule has no such minute, got "60", ${expected('0 to 59')}`,
    ],
    [
      'an hour',
      { schedule: '0 24 * * *' },
      `schedule has no such hour, got "24", ${expected('0 to 23')}`,
    ],
    [
      'a day of the month',
      { schedule: '0 1 0 * *' },
      `schedule has no such day of the month, got "0", ${expected('1 to 31')}`,
    ],
    [
      'a month',
      { schedule: '0 1 1 JUNE *' },
      `schedule has no such month, got "JUNE", ${expected('1 to 12 or JAN to DEC')}`,
    ],
    [
      'Sunday as 7',
      { schedule: '0 1 * * 7' },
      `schedule has no such day of the week, got "7", ${expected('0 to 6 or SUN to SAT')}`,
    ],
    [
      'a range backwards',
      { schedule: '0 1 * * FRI-MON' },
      `schedule has no such day of the week, got "FRI-MON", ${expected('0 to 6 or SUN to SAT')}`,
    ],
    [
      'a step of none',
      { schedule: '*/0 1 * * *' },
      `schedule has no such minute, got "*/0", ${expected('0 to 59')}`,
    ],
    [
      'an open range',
      { schedule: '0 9- * * *' },
      `schedule has no such hour, got "9-", ${expected('0 to 23')}`,
    ],
    [
      'days',
      { duration: '2d' },
      'duration is not a duration, got "2d", expected hours and minutes such as 2h30m; correct it',
    ],
    [
      'no time at all',
      { duration: '0h' },
      'duration is not a duration, got "0h", expected hours and minutes such as 2h30m; correct it',
    ],
    [
      'an unknown zone',
      { timeZone: 'Europe/Berln' },
      'timeZone is not a time zone, got "Europe/Berln", expected UTC or a name such as Europe/Berlin; correct it, or the window opens in UTC',
    ],
    [
      'an offset',
      { timeZone: '+01:00' },
      'timeZone is not a time zone, got "+01:00", expected UTC or a name such as Europe/Berlin; correct it, or the window opens in UTC',
    ],
    ...[
      'europe/berlin',
      'Europe/BERLIN',
      'AMERICA/New_York',
      'America/new_York',
      'ASIA/Calcutta',
    ].map((timeZone): [string, Partial<SyncWindow>, string] => [
      `a zone in other letters, ${timeZone}`,
      { timeZone },
      `timeZone is not a time zone, got "${timeZone}", expected UTC or a name such as Europe/Berlin; correct it, or the window opens in UTC`,
    ]),
  ])('fails on %s', (_, window, fault) => expect(faults(window)).toEqual([fault]));

  test('reports all faults at once', () => {
    expect(
      faults({ kind: 'block' as 'deny', schedule: '60 24 * * *', duration: '', timeZone: 'Mars' }),
    ).toHaveLength(5);
  });

  test.each(['0 0 * * *', '*/15 * * * *', '0,30 9-17/2 1-7 JAN,jul MON-fri', '59 23 31 12 0'])(
    'takes %s',
    (schedule) => expect(faults({ schedule })).toEqual([]),
  );
  test.each([
    'UTC',
    'Etc/UTC',
    'Europe/Berlin',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'Asia/Calcutta',
    'Asia/Kolkata',
    'US/Eastern',
    'Etc/GMT+5',
  ])('takes %s', (timeZone) => expect(faults({ timeZone })).toEqual([]));
  test.each(['30m', '1h', '1h30m', '0h5m'])('takes %s', (duration) =>
    expect(faults({ duration })).toEqual([]),
  );
});

describe('ArgoCdApplication', () => {
  test('takes repository, cluster and namespace from its project', () => {
    expect(spec(application(), 'Application')).toMatchObject({
      project: 'shop',
      source: {
        repoURL: 'https://github.com/shop/manifests.git',
        targetRevision: 'main',
        path: 'dist/shop',
        directory: { include: '*.k8s.yaml' },
      },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    });
  });

  test('is not applied as long as somebody has to fill something in, and says what', () => {
    expect(spec(application(), 'Application')).toMatchObject({
      syncPolicy: { automated: { enabled: true, prune: true, selfHeal: true } },
    });
    expect(spec(application(), 'Application').info).toBeUndefined();
    expect(spec(application({ waitsFor: ['image', 'SUPABASE_URL'] }), 'Application')).toMatchObject(
      {
        info: [{ name: 'not applied before these are filled in', value: 'image, SUPABASE_URL' }],
        syncPolicy: { automated: { enabled: false, prune: true, selfHeal: true } },
      },
    );
  });

  test.each(['main..x', 'a//b', 'main.lock', 'a/.b', 'main/'])(
    'fails on the branch %s',
    (revision) => {
      expect(application({ revision }).faults).toEqual([
        `test/application: revision is not a branch or tag, got "${revision}", expected a name such as main; name one`,
      ]);
    },
  );

  test('fails on a name, a revision and a path, all at once', () => {
    expect(application({ name: 'Shop', revision: '', path: '/dist/../shop/' }).faults).toEqual([
      'test/application: name is not a Kubernetes name, got "Shop", expected at most 63 lower-case letters, digits and "-"; choose such a name',
      'test/application: revision is not a branch or tag, got "", expected a name such as main; name one',
      'test/application: path is not a folder of the repository, got "/dist/../shop/", expected a path such as dist/production; write it from the root of the repository, without "/" at either end',
    ]);
  });
});

describe('ArgoCdPreviews', () => {
  test('makes one Application for each pull request with the label, which goes with it', () => {
    const { generators, template, syncPolicy } = branches({
      pullRequests: {
        ...PULL_REQUESTS,
        token: { secretName: 'github', key: 'token' },
        intervalSeconds: 60,
      },
    });
    expect(generators).toEqual([
      {
        pullRequest: {
          github: {
            owner: 'shop',
            repo: 'api',
            labels: ['preview'],
            tokenRef: { secretName: 'github', key: 'token' },
          },
          requeueAfterSeconds: 60,
        },
      },
    ]);
    expect(template.metadata).toMatchObject({
      name: 'shop-pr-{{.number}}',
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
    });
    expect(template.spec).toMatchObject({
      project: 'shop',
      source: { targetRevision: 'preview/{{.number}}', path: 'dist/pr-{{.number}}' },
      destination: { namespace: 'shop-pr-{{.number}}' },
      syncPolicy: { automated: { enabled: true } },
    });
    expect(template.spec.syncPolicy.syncOptions).not.toContain('Delete=false');
    expect(syncPolicy).toEqual({ applicationsSync: 'sync', preserveResourcesOnDeletion: false });
  });

  test('looks at a public repository every five minutes, without a token', () => {
    expect(branches().generators).toEqual([
      {
        pullRequest: {
          github: { owner: 'shop', repo: 'api', labels: ['preview'] },
          requeueAfterSeconds: 300,
        },
      },
    ]);
  });

  test('has the names of its Applications without the number', () => {
    expect(
      previews()
        .objects.filter(({ kind }) => kind === 'ApplicationSet')
        .map(({ metadata }) => metadata.name),
    ).toEqual(['shop-pr-namespace', 'shop-pr']);
  });

  test('makes the namespace of what was reviewed, before the branch is out of retries', () => {
    const { generators, template } = spec(previews(), 'ApplicationSet', 'shop-pr-namespace');
    const branch = branches().template.spec;
    expect(generators[0].pullRequest.requeueAfterSeconds).toBe(60);
    expect(template.metadata).toMatchObject({
      name: 'shop-pr-{{.number}}-namespace',
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
    });
    expect(template.spec).toMatchObject({
      project: 'shop-namespace',
      source: { targetRevision: 'main', path: 'dist/namespaces' },
      destination: branch.destination,
    });
    expect(template.spec.syncPolicy).toEqual({
      automated: { enabled: true, prune: true, selfHeal: true },
      retry: branch.syncPolicy.retry,
      syncOptions: ['ServerSideApply=true', 'FailOnSharedResource=true', 'CreateNamespace=true'],
      managedNamespaceMetadata: {
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted', of: 'shop-pr-{{.number}}' },
        annotations: {
          'argocd.argoproj.io/tracking-id':
            'shop-pr-{{.number}}-namespace:/Namespace:shop-pr-{{.number}}/shop-pr-{{.number}}',
        },
      },
    });
    expect(branch.syncPolicy).not.toHaveProperty('managedNamespaceMetadata');
    expect(branch.syncPolicy.syncOptions).not.toContain('CreateNamespace=true');
  });

  test.each<[string, Parameters<typeof previews>, string]>([
    [
      'one name for all',
      [{ name: 'shop' }],
      'name is not one for each pull request, got "shop", expected one "*", which stands for the number; put it where the number belongs',
    ],
    [
      'one branch for all',
      [{ revision: 'main' }],
      'revision is not one for each pull request, got "main", expected one "*", which stands for the number; put it where the number belongs',
    ],
    [
      'a Namespace that the branch may bring',
      [{}, 'shop-pr-*', [NAMESPACE]],
      'project allows an object outside of namespaces, got "Namespace shop-pr-*", expected none, because nobody reviews the branch of a preview; let namespaces.project allow it',
    ],
    [
      'namespaces that nobody reviews',
      [{}, 'shop-pr-*', [], { revision: 'main/' }],
      'namespaces.revision is not a branch or tag, got "main/", expected a name such as main; name one',
    ],
    [
      'no label',
      [{ pullRequests: { ...PULL_REQUESTS, label: '' } }],
      'pullRequests.label is empty, got "", expected the label that asks for a preview; name it',
    ],
    [
      'an address',
      [{ pullRequests: { ...PULL_REQUESTS, repository: 'https://github.com/shop/api' } }],
      'pullRequests.repository is not a name on GitHub, got "https://github.com/shop/api", expected letters, digits, "-", "_" and "."; correct it',
    ],
    [
      'a look a second',
      [{ pullRequests: { ...PULL_REQUESTS, intervalSeconds: 1 } }],
      'pullRequests.intervalSeconds is out of range, got 1, expected a whole number from 30 to 86400; choose such a number',
    ],
  ])('fails on %s', (_, args, fault) =>
    expect(previews(...args).faults).toEqual([`test/previews: ${fault}`]),
  );

  test('fails on one namespace for all', () => {
    expect(previews({}, 'shop').faults).toEqual([
      'test/previews: namespaces.project.namespace is another one, got "shop-pr-*", expected shop; let both projects have it',
      'test/previews: project.namespace is not one for each pull request, got "shop", expected one "*", which stands for the number; put it where the number belongs',
    ]);
  });
});
