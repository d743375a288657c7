import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { parse, parseAllDocuments } from 'yaml';
import { render } from '../test/render';
import {
  addWaves,
  type ApiRevision,
  BlueGreenPair,
  type BlueGreenPairProps,
  KUBE_DNS,
  manifestFiles,
  otlpSettings,
  type PodSettings,
  SedaApi,
  type SedaApiProps,
  SedaIngress,
  type SedaIngressProps,
  SedaMonitoring,
  type SedaMonitoringProps,
  SedaNamespace,
  type Weights,
} from '.';
import { matches } from './kubernetes/selection';
import type { Manifest } from './manifests';
import { yamlText } from './yaml-text';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const revision: ApiRevision = {
  image: `shop.example.com/shop-api:2.3.0@${DIGEST}`,
  replicas: 2,
  config: { LOG_LEVEL: 'info' },
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
};
const DATABASE = { name: 'database', ports: [5432] };
const rolling = { strategy: 'rolling', revision } as const;
const blueGreen = {
  strategy: 'blue-green',
  active: 'blue',
  blue: revision,
  green: revision,
} as const;

const api = (props: Partial<SedaApiProps> = {}) =>
  render(
    (chart) =>
      new SedaApi(chart, 'api', {
        name: 'shop-api',
        health: { readiness: '/ready' },
        workload: rolling,
        ...props,
      }),
  );

const pair = (props: Partial<BlueGreenPairProps> = {}) =>
  render(
    (chart) =>
      new BlueGreenPair(chart, 'pair', {
        name: 'shop-api',
        serviceAccountName: 'shop-api',
        health: { readiness: '/ready' },
        active: 'blue',
        blue: revision,
        green: revision,
        ...props,
      }),
  );

const ingress = (props: Partial<SedaIngressProps> = {}) =>
  render((chart) => {
    const { service } = new SedaApi(chart, 'api', {
      name: 'shop-api',
      health: { readiness: '/ready' },
      workload: rolling,
    });
    new SedaIngress(chart, 'ingress', {
      name: 'shop',
      host: 'shop.example.com',
      service,
      controller: { kind: 'ingress-nginx', className: 'nginx' },
      paths: ['/api'],
      ...props,
    });
  });

const monitoring = (props: Partial<SedaMonitoringProps> = {}, namespace?: string) =>
  render((chart) => {
    const { service, metricsService } = new SedaApi(chart, 'api', {
      name: 'shop-api',
      health: { readiness: '/ready' },
      workload: blueGreen,
    });
    new SedaMonitoring(chart, 'monitoring', { level: 'basic', service, metricsService, ...props });
  }, namespace);

/** Objects as a reviewer reads them. */
const yaml = (objects: object | readonly object[]) =>
  yamlText(Array.isArray(objects) ? objects : [objects]);

const podOf = (deployment: ReturnType<ReturnType<typeof api>['find']>) =>
  deployment.spec.template.spec;

describe('SedaApi', () => {
  test('makes one Deployment that replaces its pods one by one', () => {
    const rendered = api();
    expect(rendered.names()).toEqual([
      'ServiceAccount/shop-api',
      'NetworkPolicy/shop-api-default-deny',
      'NetworkPolicy/shop-api',
      expect.stringMatching(/^ConfigMap\/shop-api-config-[0-9a-f]{10}$/),
      'Deployment/shop-api',
      'PodDisruptionBudget/shop-api',
      'Service/shop-api',
      'Service/shop-api-metrics',
    ]);
    const { spec } = rendered.find('Deployment', 'shop-api');
    expect(spec).toMatchObject({
      replicas: 2,
      selector: { matchLabels: { app: 'shop-api' } },
      minReadySeconds: 10,
      progressDeadlineSeconds: 300,
    });
    expect(spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(rendered.find('Service', 'shop-api').spec).toMatchObject({
      selector: { app: 'shop-api' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    });
  });

  test('pods keep serving after they left the endpoints, for a time that fits the grace period', () => {
    expect(podOf(api().find('Deployment', 'shop-api'))).toMatchObject({
      terminationGracePeriodSeconds: 60,
      containers: [{ lifecycle: { preStop: { sleep: { seconds: 15 } } } }],
    });
    const slow = podOf(
      api({ preStopSeconds: 40, terminationGracePeriodSeconds: 90 }).find('Deployment', 'shop-api'),
    );
    expect(slow).toMatchObject({
      terminationGracePeriodSeconds: 90,
      containers: [{ lifecycle: { preStop: { sleep: { seconds: 40 } } } }],
    });
    const derived = { preStopSeconds: 40, drainSeconds: 20, longestRequestSeconds: 60 };
    expect(podOf(api(derived).find('Deployment', 'shop-api'))).toMatchObject({
      terminationGracePeriodSeconds: 125,
    });
  });

  test('liveness never looks at what readiness looks at', () => {
    const [container] = podOf(api().find('Deployment', 'shop-api')).containers;
    expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'http' });
    expect(container.livenessProbe.tcpSocket).toEqual({ port: 'http' });
    expect(container.startupProbe.tcpSocket).toEqual({ port: 'http' });
    const [own] = podOf(
      api({ health: { readiness: '/ready', liveness: '/live' } }).find('Deployment', 'shop-api'),
    ).containers;
    expect(own.livenessProbe.httpGet).toEqual({ path: '/live', port: 'http' });
    expect(own.startupProbe.httpGet).toEqual({ path: '/live', port: 'http' });
  });

  test('a new configuration is a new ConfigMap', () => {
    const [before, same, after] = [{}, {}, { config: { LOG_LEVEL: 'debug' } }].map((change) => {
      const [configMap] = api({
        workload: { strategy: 'rolling', revision: { ...revision, ...change } },
      }).ofKind('ConfigMap');
      return configMap!;
    });
    expect(same!.metadata.name).toBe(before!.metadata.name);
    expect(after!.metadata.name).not.toBe(before!.metadata.name);
    expect(after).toMatchObject({ immutable: true, data: { LOG_LEVEL: 'debug' } });
  });

  test('secrets are references, key by key, in the version of the revision', () => {
    const rendered = api({
      secret: { name: 'shop-secrets', env: { DATABASE_URL: 'database-url', JWT_SECRET: 'jwt' } },
      secretStore: { name: 'vault', keyPrefix: 'shop/live' },
      workload: { ...blueGreen, green: { ...revision, secretVersion: 2 } },
    });
    expect(podOf(rendered.find('Deployment', 'shop-api-green')).containers[0].env).toContainEqual({
      name: 'JWT_SECRET',
      valueFrom: { secretKeyRef: { name: 'shop-secrets-v2', key: 'jwt' } },
    });
    expect(rendered.ofKind('Secret')).toEqual([]);
    expect(rendered.find('ExternalSecret', 'shop-secrets').spec).toMatchObject({
      refreshInterval: '1h',
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
      target: { name: 'shop-secrets', creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      data: [
        { secretKey: 'database-url', remoteRef: { key: 'shop/live/database-url' } },
        { secretKey: 'jwt', remoteRef: { key: 'shop/live/jwt' } },
      ],
    });
    expect(rendered.find('ExternalSecret', 'shop-secrets-v2').spec).toMatchObject({
      target: { name: 'shop-secrets-v2', immutable: true },
      data: [
        { remoteRef: { key: 'shop/live/v2/database-url' } },
        { remoteRef: { key: 'shop/live/v2/jwt' } },
      ],
    });
  });

  test('an autoscaler takes the number of replicas over', () => {
    const scaled = { ...revision, autoscaling: { minReplicas: 3, maxReplicas: 9 } };
    const rendered = api({ workload: { strategy: 'rolling', revision: scaled } });
    expect(rendered.find('Deployment', 'shop-api').spec).not.toHaveProperty('replicas');
    expect(rendered.find('HorizontalPodAutoscaler', 'shop-api').spec).toMatchObject({
      minReplicas: 3,
      maxReplicas: 9,
      scaleTargetRef: { kind: 'Deployment', name: 'shop-api' },
      metrics: [
        { resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    });
    const idle = api({
      workload: { ...blueGreen, blue: scaled, green: { ...scaled, replicas: 0 } },
    });
    expect(idle.names()).not.toContain('HorizontalPodAutoscaler/shop-api-green');
    expect(idle.find('Deployment', 'shop-api-green').spec.replicas).toBe(0);
  });

  test('the migration runs once for each image, for every colour that has pods, with the secrets it needs', () => {
    const secret = {
      name: 'shop-secrets',
      env: { DATABASE_URL: 'database-url', JWT_SECRET: 'jwt' },
    };
    const migration = { secret: { ...secret, env: { DATABASE_URL: 'database-url' } } };
    const jobs = (workload: SedaApiProps['workload']) =>
      api({ secret, migration, egress: [DATABASE], workload })
        .ofKind('Job')
        .filter(({ metadata }) => metadata.name.includes('migrate'));
    const [job] = jobs(rolling);
    expect(job!.metadata.name).toMatch(/^shop-api-migrate-[0-9a-f]{10}$/);
    expect(job!.spec).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 600 });
    expect(job!.spec).not.toHaveProperty('ttlSecondsAfterFinished');
    const [container] = job!.spec.template.spec.containers;
    expect(container.command).toEqual(['node_modules/.bin/prisma', 'migrate', 'deploy']);
    expect(container.env.map(({ name }: { name: string }) => name)).toEqual([
      'PORT',
      'NODE_OPTIONS',
      'DATABASE_URL',
    ]);
    expect(jobs(rolling)[0]!.metadata.name).toBe(job!.metadata.name);
    expect(
      jobs({
        ...rolling,
        revision: { ...revision, image: `shop.example.com/shop-api:2.4.0@${DIGEST}` },
      })[0]!.metadata.name,
    ).not.toBe(job!.metadata.name);
    expect(jobs({ ...blueGreen, green: { ...revision, replicas: 0 } })).toHaveLength(1);
    expect(new Set(jobs(blueGreen).map(({ metadata }) => metadata.name)).size).toBe(2);
  });

  test('nothing may talk to anything but what is named', () => {
    const rendered = api({
      workload: blueGreen,
      clientNamespaces: ['ingress-nginx', 'monitoring'],
      migration: {},
      egress: [
        { name: 'database', ports: [5432], cidrs: ['10.1.0.0/16'] },
        { name: 'cache', ports: [6379], podLabels: { app: 'redis' } },
        { name: 'traces', ports: [4318], namespace: 'monitoring' },
        { name: 'payments', ports: [443] },
      ],
    });
    expect(rendered.find('NetworkPolicy', 'shop-api-default-deny').spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    const { spec } = rendered.find('NetworkPolicy', 'shop-api-blue');
    const namespace = (name: string) => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
    });
    expect(spec.ingress).toEqual([
      {
        from: [
          namespace('ingress-nginx'),
          namespace('monitoring'),
          { podSelector: { matchLabels: { app: 'shop-api-gate', version: 'blue' } } },
        ],
        ports: [{ port: 3001, protocol: 'TCP' }],
      },
    ]);
    expect(spec.egress.map(({ to }: { to: unknown }) => to)).toEqual([
      [{ ...namespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      [{ ipBlock: { cidr: '10.1.0.0/16' } }],
      [{ podSelector: { matchLabels: { app: 'redis' } } }],
      [namespace('monitoring')],
      [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }],
    ]);
    const ports = (name: string) =>
      rendered
        .find('NetworkPolicy', name)
        .spec.egress.flatMap((rule: { ports: { port: number }[] }) =>
          rule.ports.map(({ port }) => port),
        );
    expect(ports('shop-api-blue-migrate')).toEqual([53, 53, 5432]);
    expect(ports('shop-api-blue-gate')).toEqual([53, 53, 3001]);
  });

  test('each colour has policies of its own, which select its pods and Jobs and no others', () => {
    const rendered = api({
      migration: {},
      egress: [DATABASE],
      workload: { ...blueGreen, green: { ...revision, migration: 'none' } },
    });
    const selected = (policy: Manifest) =>
      [...rendered.ofKind('Deployment'), ...rendered.ofKind('Job')]
        .filter(({ spec }) => matches(policy.spec.podSelector, spec.template.metadata.labels))
        .map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{10}$/, ''));
    const policies = rendered
      .ofKind('NetworkPolicy')
      .filter(({ metadata }) => metadata.name !== 'shop-api-default-deny');
    expect(policies.map((policy) => [policy.metadata.name, selected(policy)])).toEqual([
      ['shop-api-blue', ['shop-api-blue']],
      ['shop-api-blue-migrate', ['shop-api-migrate']],
      ['shop-api-blue-gate', ['shop-api-gate-blue']],
      ['shop-api-green', ['shop-api-green']],
      ['shop-api-green-gate', ['shop-api-gate-green']],
    ]);
    const [asked] = rendered.find('NetworkPolicy', 'shop-api-green-gate').spec.egress.at(-1).to;
    expect(asked.podSelector.matchLabels).toEqual({ app: 'shop-api', version: 'green' });
  });

  test('a colour without pods has no policies, which would follow every edit of what waits', () => {
    const rendered = api({
      clientNamespaces: ['ingress-nginx'],
      workload: { ...blueGreen, green: { ...revision, replicas: 0 } },
    });
    const named = rendered.names().filter((name) => /^NetworkPolicy.*green/.test(name));
    expect(named).toEqual([]);
  });

  test('no range opens the metadata service of a cloud, unless it is that address alone', () => {
    const blocks = (...cidrs: string[]) => {
      const { egress } = api({ egress: [{ name: 'peers', ports: [443], cidrs }] }).find(
        'NetworkPolicy',
        'shop-api',
      ).spec;
      return egress[1].to.map(({ ipBlock }: { ipBlock: object }) => ipBlock);
    };
    const except = ['169.254.169.254/32'];
    expect(blocks('169.254.0.0/16', '169.254.169.254/31', '169.254.169.254/32')).toEqual([
      { cidr: '169.254.0.0/16', except },
      { cidr: '169.254.169.254/31', except },
      { cidr: '169.254.169.254/32' },
    ]);
    expect(blocks('169.253.0.0/16', '169.254.169.252/31')).toEqual([
      { cidr: '169.253.0.0/16' },
      { cidr: '169.254.169.252/31' },
    ]);
  });

  test('an image of which nothing is released yet is marked', () => {
    const waiting = {
      ...revision,
      image: `shop.example.com/shop-api:0.0.0@sha256:${'0'.repeat(64)}`,
      config: { API_URL: 'https://your-project-ref.example.com' },
    };
    const rendered = api({
      migration: {},
      egress: [DATABASE],
      workload: { strategy: 'rolling', revision: waiting },
    });
    expect(rendered.find('Deployment', 'shop-api').metadata.annotations).toMatchObject({
      'seda.fm/placeholder': 'image,API_URL',
    });
    expect(rendered.ofKind('Job')[0]!.metadata.annotations).toMatchObject({
      'seda.fm/placeholder': 'image,API_URL',
    });
    expect(api().find('Deployment', 'shop-api').metadata.annotations).not.toHaveProperty(
      'seda.fm/placeholder',
    );
  });

  test('a bare tag is asked for, a digest is not', () => {
    const policy = (image: string) =>
      podOf(
        api({ workload: { strategy: 'rolling', revision: { ...revision, image } } }).find(
          'Deployment',
          'shop-api',
        ),
      ).containers[0].imagePullPolicy;
    expect(policy('shop-api:2.3.0')).toBe('Always');
    expect(policy(revision.image)).toBe('IfNotPresent');
  });
});

describe('BlueGreenPair', () => {
  test('the switch selects the active colour and the preview the other one; colour Services never move', () => {
    const selectors = (active: 'blue' | 'green') =>
      Object.fromEntries(
        pair({ active })
          .ofKind('Service')
          .map(({ metadata, spec }) => [metadata.name, spec.selector.version]),
      );
    const still = {
      'shop-api-blue': 'blue',
      'shop-api-blue-pods': 'blue',
      'shop-api-green': 'green',
      'shop-api-green-pods': 'green',
    };
    expect(selectors('blue')).toEqual({
      ...still,
      'shop-api': 'blue',
      'shop-api-preview': 'green',
    });
    expect(selectors('green')).toEqual({
      ...still,
      'shop-api': 'green',
      'shop-api-preview': 'blue',
    });
  });

  test('headless Services have one record a ready pod', () => {
    expect(pair().find('Service', 'shop-api-blue-pods').spec).toMatchObject({
      clusterIP: 'None',
      ports: [{ port: 3001, targetPort: 'http' }],
    });
  });

  test('a switch changes nothing but selectors and waves', () => {
    const still = (active: 'blue' | 'green') =>
      pair({ active })
        .objects.filter(({ metadata }) => !['shop-api', 'shop-api-preview'].includes(metadata.name))
        .map(({ metadata: { annotations: _, ...metadata }, ...object }) => ({
          ...object,
          metadata,
        }));
    expect(still('green')).toEqual(still('blue'));
  });

  test('the target, its gate and the switch come in that order, and the other colour last', () => {
    const waves = (active: 'blue' | 'green') =>
      Object.fromEntries(
        pair({ active }).objects.map(({ kind, metadata }) => [
          `${kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, '')}`,
          metadata.annotations!['argocd.argoproj.io/sync-wave'],
        ]),
      );
    const always = {
      'ConfigMap shop-api-blue-config': '-30',
      'ConfigMap shop-api-green-config': '-30',
      'PodDisruptionBudget shop-api-blue': '30',
      'PodDisruptionBudget shop-api-green': '30',
      'Service shop-api-blue': '-30',
      'Service shop-api-blue-pods': '-30',
      'Service shop-api-green': '-30',
      'Service shop-api-green-pods': '-30',
      'Service shop-api': '20',
      'Service shop-api-preview': '20',
    };
    const [blue, green] = [
      { 'Deployment shop-api-blue': '0', 'Job shop-api-gate-blue': '10' },
      { 'Deployment shop-api-green': '0', 'Job shop-api-gate-green': '10' },
    ];
    const last = (colour: object) =>
      Object.fromEntries(Object.keys(colour).map((name) => [name, '30']));
    expect(waves('blue')).toEqual({ ...always, ...blue, ...last(green) });
    expect(waves('green')).toEqual({ ...always, ...green, ...last(blue) });
  });

  test('a completed gate stands for the pods that it asked and for no others', () => {
    const gateOf = (active: 'blue' | 'green', changes: Partial<ApiRevision>) =>
      pair({
        active,
        secret: { name: 'shop-secrets', env: { DATABASE_URL: 'database-url' } },
        blue: { ...revision, ...changes },
      })
        .ofKind('Job')
        .map(({ metadata }) => metadata.name)
        .find((name) => name.startsWith('shop-api-gate-blue-'));
    const gate = gateOf('blue', {});
    // A promotion and a rollback find it complete.
    expect(gateOf('green', {})).toBe(gate);
    for (const changes of [
      { config: { LOG_LEVEL: 'debug' } },
      { secretVersion: 2 },
      { resources: { requests: { cpu: '100m' }, limits: { memory: '1Gi' } } },
      { writablePaths: { '/cache': '10Mi' } },
      { image: 'registry.example.com/shop-api:2.0.1' },
      { replicas: 4 },
    ])
      expect(gateOf('blue', changes)).not.toBe(gate);
  });

  test('an empty colour has no gate, and the gate asks for as many pods as the colour is to have', () => {
    const gates = pair({
      green: { ...revision, replicas: 0 },
      blue: { ...revision, autoscaling: { minReplicas: 3, maxReplicas: 9 } },
    }).ofKind('Job');
    expect(gates.map(({ metadata }) => metadata.name)).toEqual([
      expect.stringMatching(/^shop-api-gate-blue-[0-9a-f]{10}$/),
    ]);
    const [container] = gates[0]!.spec.template.spec.containers;
    expect(container.image).toBe(revision.image);
    expect(
      Object.fromEntries(
        container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
      ),
    ).toEqual({
      GATE_HOST: 'shop-api-blue-pods',
      GATE_OTHER: 'shop-api-green-pods',
      GATE_PORT: '3001',
      GATE_PATH: '/ready',
      GATE_FLOOR: '3',
      GATE_SECONDS: '390',
    });
  });

  test('with equal revisions the pods differ in the colour alone', () => {
    const [blue, green] = ['blue', 'green'].map((colour) =>
      JSON.stringify(pair().find('Deployment', `shop-api-${colour}`).spec).replaceAll(
        colour,
        'COLOUR',
      ),
    );
    expect(green).toBe(blue);
  });

  test('selectors of Deployments stay as they are', () => {
    expect(
      pair()
        .ofKind('Deployment')
        .map(({ metadata, spec }) => [metadata.name, spec.selector.matchLabels]),
    ).toEqual([
      ['shop-api-blue', { app: 'shop-api', version: 'blue' }],
      ['shop-api-green', { app: 'shop-api', version: 'green' }],
    ]);
  });

  test('each colour has a disruption budget of its own', () => {
    expect(
      pair()
        .ofKind('PodDisruptionBudget')
        .map(({ spec }) => spec),
    ).toEqual(
      ['blue', 'green'].map((version) => ({
        maxUnavailable: 1,
        selector: { matchLabels: { app: 'shop-api', version } },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      })),
    );
    expect(pair({ disruptionBudget: false }).ofKind('PodDisruptionBudget')).toEqual([]);
  });
});

describe('the settings of pods', () => {
  const pod: PodSettings = {
    labels: { team: 'shop' },
    annotations: { 'logs.example.com/parser': 'json' },
    nodeSelector: { pool: 'apis' },
    tolerations: [{ key: 'apis', operator: 'Exists', effect: 'NoSchedule' }],
    priorityClassName: 'high',
    imagePullSecrets: ['registry'],
    secretEnv: { SENTRY_DSN: { name: 'sentry', key: 'dsn' } },
    runAsUser: 20001,
    runAsGroup: 20002,
    fsGroup: 20003,
    dnsConfig: { nameservers: ['10.0.0.10'], options: { 'use-vc': '' } },
    volumes: [
      { name: 'ca', configMap: 'database-ca', migration: true },
      { name: 'uploads', persistentVolumeClaim: 'uploads' },
    ],
    volumeMounts: [
      { name: 'ca', mountPath: '/etc/ca' },
      { name: 'uploads', mountPath: '/uploads' },
    ],
    initContainers: [
      {
        name: 'warm-up',
        image: 'shop.example.com/warm-up:1.0.0',
        resources: { requests: {}, limits: { memory: '64Mi' } },
      },
    ],
    sidecars: [
      {
        name: 'database-proxy',
        image: 'shop.example.com/proxy:2.0.0',
        env: { MODE: 'tcp' },
        startupProbe: { port: 9090, path: '/startup' },
        resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
        volumeMounts: [{ name: 'ca', mountPath: '/ca' }],
        migration: true,
      },
      {
        name: 'shipper',
        image: 'shop.example.com/shipper:3.0.0',
        resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
      },
    ],
  };
  const rendered = api({
    egress: [DATABASE],
    migration: {},
    workload: { ...blueGreen, blue: { ...revision, pod } },
  });
  const specOf = (kind: string, name: string) =>
    rendered
      .ofKind(kind)
      .filter(({ metadata }) => metadata.name.startsWith(name))
      .map(({ spec }) => spec.template.spec);
  const names = (entries: readonly { name: string }[] = []) => entries.map(({ name }) => name);
  const [blue] = specOf('Deployment', 'shop-api-blue');

  test('belong to a revision: the other colour has none of them', () => {
    const plain = pair().find('Deployment', 'shop-api-green').spec.template;
    const green = rendered.find('Deployment', 'shop-api-green').spec.template;
    expect(yaml(green)).toBe(yaml(plain));
  });

  test('a sidecar is an init container that goes on, before those that end', () => {
    expect(blue.initContainers).toMatchObject([
      {
        name: 'database-proxy',
        restartPolicy: 'Always',
        startupProbe: { httpGet: { path: '/startup', port: 9090 } },
        volumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
      },
      { name: 'shipper', restartPolicy: 'Always' },
      { name: 'warm-up' },
    ]);
    expect(blue.initContainers[2]).not.toHaveProperty('restartPolicy');
    expect(names(blue.containers)).toEqual(['shop-api']);
    for (const container of blue.initContainers)
      expect(container.securityContext).toEqual(blue.containers[0].securityContext);
  });

  test('volumes are mounted read-only, unless they are there to be written to', () => {
    expect(blue.containers[0].volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'ca', mountPath: '/etc/ca', readOnly: true },
      { name: 'uploads', mountPath: '/uploads' },
    ]);
    expect(blue.volumes).toMatchObject([
      { name: 'tmp' },
      { name: 'ca', configMap: { name: 'database-ca' } },
      { name: 'uploads', persistentVolumeClaim: { claimName: 'uploads' } },
    ]);
  });

  test('Jobs run where the pods run, as the same user, and resolve names alike', () => {
    const [migration] = specOf('Job', 'shop-api-migrate');
    const [gate] = specOf('Job', 'shop-api-gate-blue');
    for (const job of [migration, gate])
      expect(job).toMatchObject({
        serviceAccountName: 'shop-api',
        nodeSelector: blue.nodeSelector,
        tolerations: blue.tolerations,
        priorityClassName: 'high',
        imagePullSecrets: [{ name: 'registry' }],
        securityContext: { runAsUser: 20001, runAsGroup: 20002, fsGroup: 20003 },
        dnsConfig: {
          nameservers: ['10.0.0.10'],
          options: [{ name: 'ndots', value: '2' }, { name: 'use-vc' }],
        },
      });
  });

  test('Jobs have nothing that is exclusive or never ends, except what the migration asks for', () => {
    const [migration] = specOf('Job', 'shop-api-migrate');
    const [gate] = specOf('Job', 'shop-api-gate-blue');
    expect([names(gate.volumes), names(gate.initContainers)]).toEqual([['tmp'], []]);
    expect([names(migration.volumes), names(migration.initContainers)]).toEqual([
      ['tmp', 'ca'],
      ['database-proxy'],
    ]);
    expect(migration.containers[0].volumeMounts).toContainEqual({
      name: 'ca',
      mountPath: '/etc/ca',
      readOnly: true,
    });
    for (const job of rendered.ofKind('Job')) {
      expect(yaml(job)).not.toContain('logs.example.com/parser');
      expect(yaml(job)).not.toContain('SENTRY_DSN');
      expect(yaml(job)).not.toContain('team: shop');
    }
  });

  test('a slow start has time, in the rollout and in the gate', () => {
    const slow = pair({ blue: { ...revision, pod: { startupSeconds: 181 } } });
    const { spec } = slow.find('Deployment', 'shop-api-blue');
    const [gate] = slow.ofKind('Job');
    expect(
      podOf(slow.find('Deployment', 'shop-api-blue')).containers[0].startupProbe,
    ).toMatchObject({
      periodSeconds: 2,
      failureThreshold: 91,
    });
    expect([spec.progressDeadlineSeconds, gate!.spec.activeDeadlineSeconds]).toEqual([421, 541]);
  });
});

describe('the network of an API', () => {
  const egressOf = (props: Partial<SedaApiProps>) =>
    api(props).find('NetworkPolicy', 'shop-api').spec.egress;

  test('name servers may be addresses, asked over UDP and TCP', () => {
    expect(egressOf({ dnsPeers: [KUBE_DNS, { cidr: '169.254.20.10/32' }] })).toEqual([
      ...egressOf({}),
      {
        to: [{ ipBlock: { cidr: '169.254.20.10/32' } }],
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ]);
  });

  test.each([
    [undefined, ['0.0.0.0/0']],
    [['IPv6'] as const, ['::/0']],
    [['IPv6', 'IPv4'] as const, ['::/0', '0.0.0.0/0']],
  ])('outside is every address of the families, %s', (ipFamilies, cidrs) => {
    const [, { to }] = egressOf({ ipFamilies, egress: [DATABASE] });
    expect(to.map(({ ipBlock }: { ipBlock: { cidr: string } }) => ipBlock.cidr)).toEqual(cidrs);
  });

  test.each([
    ['0.0.0.0/0', ['169.254.169.254/32']],
    ['169.254.0.0/16', ['169.254.169.254/32']],
    ['169.254.169.254/32', undefined],
    ['10.0.0.0/8', undefined],
    ['::/0', ['fd00:ec2::254/128', 'fd20:ce::254/128']],
    ['fd00::/8', ['fd00:ec2::254/128', 'fd20:ce::254/128']],
    ['FD00:EC2:0::/64', ['fd00:ec2::254/128']],
    ['fd00:ec2::254/128', undefined],
    ['2001:db8::/32', undefined],
  ])('no credentials of the cloud in %s', (cidr, except) => {
    const [, { to }] = egressOf({ egress: [{ ...DATABASE, cidrs: [cidr] }] });
    expect(to).toEqual([{ ipBlock: except ? { cidr, except } : { cidr } }]);
  });

  test.each([
    [undefined, 'undefined undefined'],
    [['IPv4'] as const, 'SingleStack IPv4'],
    [['IPv6', 'IPv4'] as const, 'RequireDualStack IPv6,IPv4'],
  ])('every Service has the families, %s', (ipFamilies, expected) => {
    for (const rendered of [pair({ ipFamilies }), api({ ipFamilies })])
      for (const { spec } of rendered.ofKind('Service'))
        expect(`${spec.ipFamilyPolicy} ${spec.ipFamilies}`).toBe(expected);
  });

  test('pods of the namespace are admitted by their labels, and left alone where that is asked for', () => {
    const open = api({ clientPods: [{ app: 'cart' }], defaultDeny: false });
    expect(open.ofKind('NetworkPolicy')).toHaveLength(1);
    expect(open.find('NetworkPolicy', 'shop-api').spec.ingress[0].from).toEqual([
      { podSelector: { matchLabels: { app: 'cart' } } },
    ]);
  });

  test('the ServiceAccount carries the identity of the cloud', () => {
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/shop' };
    const { metadata } = api({ serviceAccountAnnotations: annotations }).find(
      'ServiceAccount',
      'shop-api',
    );
    expect(metadata.annotations).toMatchObject(annotations);
  });
});

describe('a patch', () => {
  const NAME_FAULT =
    /^test\/api\/.+: metadata\.name has not the hash of the content, which a patch changed, got "shop-api-.+-[0-9a-f]{10}", expected shop-api-.+-[0-9a-f]{10}; change the prop that the content comes from, or patch the name and what refers to it as well$/;
  const patched = (patch: (api: SedaApi) => void) =>
    render((chart) =>
      patch(
        new SedaApi(chart, 'api', {
          name: 'shop-api',
          health: { readiness: '/ready' },
          egress: [DATABASE],
          migration: {},
          workload: blueGreen,
        }),
      ),
    );

  test('of a Deployment reaches the output, also with fields that are newer than the types', () => {
    const rendered = patched(({ deployments }) => {
      for (const deployment of deployments)
        ApiObject.of(deployment).addJsonPatch(
          JsonPatch.add('/spec/template/spec/hostUsers', false),
          JsonPatch.replace('/spec/template/spec/containers/0/readinessProbe/periodSeconds', 3),
        );
    });
    for (const colour of ['blue', 'green'])
      expect(podOf(rendered.find('Deployment', `shop-api-${colour}`))).toMatchObject({
        hostUsers: false,
        containers: [{ readinessProbe: { periodSeconds: 3 } }],
      });
  });

  test.each([
    ['ConfigMap', '/data/LOG_LEVEL', 'debug'],
    ['Job', '/spec/backoffLimit', 9],
  ])('of a %s that its name does not follow is refused', (kind, path, value) => {
    const { faults } = patched((construct) => {
      for (const object of construct.node.findAll())
        if (object instanceof ApiObject && object.kind === kind)
          object.addJsonPatch(JsonPatch.replace(path, value));
    });
    expect(faults.length).toBeGreaterThan(1);
    for (const fault of faults) expect(fault).toMatch(NAME_FAULT);
  });

  test('of a Job with its name is accepted', () => {
    const change = (name?: string) =>
      patched((construct) => {
        for (const object of construct.node.findAll())
          if (object instanceof ApiObject && object.name.startsWith('shop-api-gate-blue')) {
            object.addJsonPatch(JsonPatch.replace('/spec/backoffLimit', 9));
            if (name) object.addJsonPatch(JsonPatch.replace('/metadata/name', name));
          }
      });
    const [, expected] = /expected ([^;]+);/.exec(change().faults[0]!)!;
    expect(change(expected).faults).toEqual([]);
    expect(change(expected).find('Job', expected!).spec.backoffLimit).toBe(9);
  });
});

test('an object with a wave of its own keeps it', () => {
  const { objects } = render((chart) => {
    const apiVersion = 'example.com/v1';
    const annotations = { 'argocd.argoproj.io/sync-wave': '5' };
    new ApiObject(chart, 'a', { apiVersion, kind: 'Queue', metadata: { name: 'a', annotations } });
    new ApiObject(chart, 'b', { apiVersion, kind: 'Queue', metadata: { name: 'b' } });
    addWaves(chart);
  });
  expect(objects.map(({ metadata }) => metadata.annotations)).toEqual([
    { 'argocd.argoproj.io/sync-wave': '5' },
    { 'argocd.argoproj.io/sync-wave': '30' },
  ]);
});

describe('SedaIngress', () => {
  test('ingress-nginx gets annotations that it knows, and a class', () => {
    const rendered = ingress({
      requestsPerSecond: 100,
      maxBodySize: '10Mi',
      requestTimeoutSeconds: 60,
      tls: { secretName: 'shop-tls', issuer: 'letsencrypt', certificate: 'annotation' },
    });
    const { metadata, spec } = rendered.find('Ingress', 'shop');
    expect(metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-wave': '30',
      'cert-manager.io/cluster-issuer': 'letsencrypt',
      'nginx.ingress.kubernetes.io/limit-rps': '100',
      'nginx.ingress.kubernetes.io/limit-burst-multiplier': '3',
      'nginx.ingress.kubernetes.io/proxy-body-size': '10240k',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '60',
      'nginx.ingress.kubernetes.io/proxy-send-timeout': '60',
    });
    expect(spec).toMatchObject({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    });
    expect(rendered.find('NetworkPolicy', 'shop-acme-solver').spec.podSelector.matchLabels).toEqual(
      { 'acme.cert-manager.io/http01-solver': 'true' },
    );
  });

  test('further hosts have the paths, the blocked paths and the certificate of the first one', () => {
    const props = {
      extraHosts: ['www.shop.example.com'],
      blockedPaths: ['/api/metrics'],
      tls: { secretName: 'shop-tls', issuer: 'letsencrypt', certificate: 'explicit' },
    } as const;
    const hosts = ['shop.example.com', 'www.shop.example.com'];
    const nginx = ingress(props);
    for (const name of ['shop', 'shop-blocked']) {
      const { rules, tls } = nginx.find('Ingress', name).spec;
      expect(rules.map(({ host }: { host: string }) => host)).toEqual(hosts);
      expect(rules[1].http).toEqual(rules[0].http);
      expect(tls).toEqual([{ hosts, secretName: 'shop-tls' }]);
    }
    expect(nginx.find('Certificate', 'shop-tls').spec.dnsNames).toEqual(hosts);
    const gateway = ingress({
      ...props,
      controller: { kind: 'gateway-api', gateway: { name: 'public', namespace: 'gateways' } },
    });
    expect(gateway.ofKind('HTTPRoute').map(({ spec }) => spec.hostnames)).toEqual([hosts, hosts]);
  });

  test('annotations reach the public paths, and none stands against a prop', () => {
    const cors = { 'nginx.ingress.kubernetes.io/enable-cors': 'true' };
    const rendered = ingress({ annotations: cors, blockedPaths: ['/api/metrics'] });
    expect(rendered.find('Ingress', 'shop').metadata.annotations).toMatchObject(cors);
    expect(rendered.find('Ingress', 'shop-blocked').metadata.annotations).not.toMatchObject(cors);
    expect(
      ingress({ annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '0' } }).faults,
    ).toEqual([
      'test/ingress: annotations has one that a prop stands for, got "nginx.ingress.kubernetes.io/proxy-body-size", expected other annotations; use the prop maxBodySize',
    ]);
    expect(ingress({ extraHosts: ['shop.example.com', 'Shop'] }).faults).toEqual([
      'test/ingress: extraHosts.1 has upper-case letters, got "Shop", expected a lower-case host name such as api.example.com; write it in lower case',
      expect.stringContaining('extraHosts'),
    ]);
  });

  test('a path that is not public is refused by an Ingress of its own', () => {
    const { metadata, spec } = ingress({ blockedPaths: ['/api/metrics'] }).find(
      'Ingress',
      'shop-blocked',
    );
    expect(metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/denylist-source-range': '0.0.0.0/0,::/0',
    });
    expect(spec.rules[0].http.paths.map(({ path }: { path: string }) => path)).toEqual([
      '/api/metrics',
    ]);
  });

  test('an explicit certificate is an object of its own', () => {
    const rendered = ingress({
      tls: { secretName: 'shop-tls', issuer: 'letsencrypt', certificate: 'explicit' },
    });
    expect(rendered.find('Certificate', 'shop-tls').spec).toEqual({
      secretName: 'shop-tls',
      dnsNames: ['shop.example.com'],
      issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' },
    });
    expect(rendered.find('Ingress', 'shop').metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-wave': '30',
    });
  });

  test('the Gateway API gets the same as routes', () => {
    const controller = {
      kind: 'gateway-api',
      gateway: { name: 'public', namespace: 'gateways' },
    } as const;
    const rendered = ingress({
      controller,
      blockedPaths: ['/api/metrics'],
      requestTimeoutSeconds: 60,
      tls: { secretName: 'shop-tls', issuer: 'letsencrypt', certificate: 'explicit' },
    });
    expect(rendered.find('HTTPRoute', 'shop').spec).toEqual({
      hostnames: ['shop.example.com'],
      parentRefs: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          name: 'public',
          namespace: 'gateways',
          sectionName: 'https',
        },
      ],
      rules: [
        {
          backendRefs: [{ group: '', kind: 'Service', name: 'shop-api', port: 80, weight: 1 }],
          matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
          timeouts: { request: '60s' },
        },
        { matches: [{ path: { type: 'PathPrefix', value: '/api/metrics' } }] },
      ],
    });
    expect(rendered.find('HTTPRoute', 'shop-redirect').spec).toMatchObject({
      parentRefs: [{ sectionName: 'http' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          filters: [
            // With 301 a POST would become a GET.
            { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 308 } },
          ],
        },
      ],
    });
  });

  test('Envoy Gateway limits what a client may ask for, and refuses a path in any letter case', () => {
    const rendered = ingress({
      controller: {
        kind: 'gateway-api',
        implementation: 'envoy-gateway',
        gateway: { name: 'public', namespace: 'gateways' },
      },
      blockedPaths: ['/api/v1.0/metrics/'],
      requestsPerSecond: 100,
      maxBodySize: '10Mi',
      requestTimeoutSeconds: 60,
      tls: { secretName: 'shop-tls', issuer: 'letsencrypt', certificate: 'explicit' },
    });
    expect(rendered.find('BackendTrafficPolicy', 'shop').spec).toEqual({
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'shop' }],
      rateLimit: {
        local: {
          rules: ['0.0.0.0/0', '::/0'].map((value) => ({
            clientSelectors: [{ sourceCIDR: { type: 'Distinct', value } }],
            limit: { requests: 100, unit: 'Second' },
          })),
        },
      },
      requestBuffer: { limit: '10Mi' },
      timeout: { http: { streamIdleTimeout: '60s' } },
    });
    expect(rendered.find('HTTPRoute', 'shop').spec.rules[1]).toEqual({
      matches: [
        { path: { type: 'PathPrefix', value: '/api/v1.0/metrics/' } },
        {
          path: { type: 'RegularExpression', value: '(?i)/api/v1\\.0/metrics([/;%].*)?' },
        },
      ],
    });
    expect(
      rendered.find('NetworkPolicy', 'shop-acme-solver').spec.ingress[0].from[0],
    ).toMatchObject({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } },
    });
  });

  test('the expression of Envoy Gateway takes every spelling of a path that Envoy leaves, and no other path', () => {
    const gateway = { name: 'public', namespace: 'gateways' };
    const { path } = ingress({
      controller: { kind: 'gateway-api', implementation: 'envoy-gateway', gateway },
      blockedPaths: ['/api/v1.0/metrics'],
    }).find('HTTPRoute', 'shop').spec.rules[1].matches[1];
    const [, flag, expression] = /^\(\?(i)\)(.*)$/.exec(path.value)!;
    const takes = (text: string) => new RegExp(`^${expression}$`, flag).test(text);
    for (const spelling of ['', '/', '/x', ';v=1', '%20', '%3Fx'])
      for (const metrics of ['metrics', 'METRICS', 'Metrics'])
        expect([
          `/api/v1.0/${metrics}${spelling}`,
          takes(`/api/v1.0/${metrics}${spelling}`),
        ]).toEqual([`/api/v1.0/${metrics}${spelling}`, true]);
    for (const other of [
      '/api/v1.0/metricsx',
      '/api/v1x0/metrics',
      '/api/v1.0',
      '/x/api/v1.0/metrics',
    ])
      expect([other, takes(other)]).toEqual([other, false]);
  });

  test('Envoy Gateway is told nothing where nothing is limited, so that the policy of the platform holds', () => {
    const gateway = { name: 'public', namespace: 'gateways' };
    const controller = { kind: 'gateway-api', implementation: 'envoy-gateway', gateway } as const;
    const policies = (props: Partial<SedaIngressProps>) =>
      ingress({ controller, ...props })
        .ofKind('BackendTrafficPolicy')
        .map(({ spec }) => spec);
    const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'shop' }];
    expect(policies({ requestTimeoutSeconds: 60 })).toEqual([]);
    expect(policies({ maxBodySize: '1Mi' })).toEqual([
      { targetRefs, requestBuffer: { limit: '1Mi' } },
    ]);
  });

  test('a Gateway that reads the certificate here is allowed that Secret and no other', () => {
    const gateway = { name: 'public', namespace: 'gateways', readsCertificate: true };
    const tls = { secretName: 'shop-tls', issuer: 'ca', certificate: 'explicit' } as const;
    const grants = (one: typeof gateway) =>
      ingress({ controller: { kind: 'gateway-api', gateway: one }, tls }).ofKind('ReferenceGrant');
    expect(grants(gateway).map(({ spec }) => spec)).toEqual([
      {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'gateways' }],
        to: [{ group: '', kind: 'Secret', name: 'shop-tls' }],
      },
    ]);
    expect(grants({ ...gateway, readsCertificate: false })).toEqual([]);
  });

  test('any controller of Ingress gets the standard fields, and annotations that are given', () => {
    const tls = { secretName: 'shop-tls', issuer: 'ca', certificate: 'annotation' } as const;
    const rendered = ingress({
      controller: { kind: 'ingress', className: 'traefik', namespace: 'edge' },
      annotations: { 'example.com/limit': '5' },
      tls,
    });
    expect(rendered.ofKind('Ingress')).toHaveLength(1);
    const { metadata, spec } = rendered.find('Ingress', 'shop');
    expect(metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-wave': '30',
      'cert-manager.io/cluster-issuer': 'ca',
      'example.com/limit': '5',
    });
    const backend = { service: { name: 'shop-api', port: { name: 'http' } } };
    expect(spec).toEqual({
      ingressClassName: 'traefik',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
      rules: [
        {
          host: 'shop.example.com',
          http: { paths: [{ path: '/api', pathType: 'Prefix', backend }] },
        },
      ],
    });
    expect(rendered.find('NetworkPolicy', 'shop-acme-solver').spec.ingress[0].from).toHaveLength(1);
  });

  test('pods of cert-manager are admitted unless the hosts are proved by DNS', () => {
    const tls = { secretName: 'shop-tls', issuer: 'ca', certificate: 'explicit' } as const;
    const policies = (challenge: 'http-01' | 'dns-01') =>
      ingress({ tls: { ...tls, challenge } })
        .ofKind('NetworkPolicy')
        .filter(({ metadata }) => metadata.name === 'shop-acme-solver');
    expect(policies('http-01')).toHaveLength(1);
    expect(policies('dns-01')).toEqual([]);
  });
});

describe('SedaIngress with the traffic of a pair', () => {
  const controller = {
    kind: 'gateway-api',
    gateway: { name: 'public', namespace: 'gateways' },
  } as const;
  const shared = (weights?: Weights, props: Partial<SedaIngressProps> = {}) =>
    render((chart) => {
      const { service, traffic } = new SedaApi(chart, 'api', {
        name: 'shop-api',
        health: { readiness: '/ready' },
        workload: {
          strategy: 'blue-green',
          active: 'blue',
          blue: rolling.revision,
          green: rolling.revision,
          ...(weights === undefined ? {} : { weights }),
        },
      });
      new SedaIngress(chart, 'ingress', {
        ...{ name: 'shop', host: 'shop.example.com', service, controller, paths: ['/api'] },
        blockedPaths: ['/api/metrics'],
        ...(traffic === undefined ? {} : { traffic }),
        ...props,
      });
    });
  const backend = (name: string, weight: number) => ({
    ...{ group: '', kind: 'Service', name, port: 80, weight },
  });
  const waves = (rendered: ReturnType<typeof shared>) =>
    Object.fromEntries(
      ['Deployment/shop-api-green', 'Deployment/shop-api-blue', 'HTTPRoute/shop'].map((name) => [
        name,
        rendered.find(...(name.split('/') as [string, string])).metadata.annotations?.[
          'argocd.argoproj.io/sync-wave'
        ],
      ]),
    );

  test('both colours stand in every rule, the way of testers in front, and weights move after the pods', () => {
    const rendered = shared();
    expect(rendered.find('HTTPRoute', 'shop').spec.rules).toEqual([
      {
        matches: [
          {
            path: { type: 'PathPrefix', value: '/api' },
            headers: [{ type: 'Exact', name: 'x-seda-preview', value: 'true' }],
          },
        ],
        backendRefs: [backend('shop-api-green', 1)],
      },
      {
        matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
        backendRefs: [backend('shop-api-blue', 100), backend('shop-api-green', 0)],
      },
      { matches: [{ path: { type: 'PathPrefix', value: '/api/metrics' } }] },
    ]);
    expect(waves(rendered)).toEqual({
      'Deployment/shop-api-blue': '0',
      'Deployment/shop-api-green': '30',
      'HTTPRoute/shop': '20',
    });
  });

  test('a share changes two numbers, and proves the colour that gets it first', () => {
    const rendered = shared({ blue: 95, green: 5 });
    expect(rendered.find('HTTPRoute', 'shop').spec.rules[1].backendRefs).toEqual([
      backend('shop-api-blue', 95),
      backend('shop-api-green', 5),
    ]);
    expect(waves(rendered)).toEqual({
      'Deployment/shop-api-blue': '0',
      'Deployment/shop-api-green': '0',
      'HTTPRoute/shop': '20',
    });
  });

  test.each([
    [
      { blue: 100, green: 0 },
      [
        'weights.blue is not a share of the requests, got 100, expected a whole number from 1 to 99; remove weights where one colour gets all of them',
        'weights.green is not a share of the requests, got 0, expected a whole number from 1 to 99; remove weights where one colour gets all of them',
      ],
    ],
    [
      { blue: 90, green: 5 },
      [
        'weights do not share all requests, got "95 in all", expected 100 in all; correct one of them',
      ],
    ],
    [
      { blue: 25, green: 75 },
      [
        'active is not the colour that gets most requests, got "blue with 25", expected green; let it follow the larger weight: clients inside the cluster use the Service that it selects',
      ],
    ],
  ])('weights that are none: %j', (weights, expected) => {
    expect(shared(weights).faults.map((message) => message.replace('test/api/pair: ', ''))).toEqual(
      expected,
    );
  });

  test('an Ingress cannot share requests, and says so', () => {
    expect(
      shared(undefined, { controller: { kind: 'ingress-nginx', className: 'nginx' } }).faults,
    ).toEqual([
      expect.stringContaining(
        'traffic cannot be shared by an Ingress, got "two colours", expected no value; drop it, so that the Service moves all requests at once, or use a controller of kind gateway-api',
      ),
    ]);
  });
});

describe('SedaMonitoring', () => {
  test('an alert of its own has the labels of the others, and leads to its heading or to a page of its own', () => {
    const alert = {
      name: 'UploadsFail',
      expr: 'rate(uploads_failed_total[5m]) > 0',
      for: '10m',
      severity: 'ticket',
      summary: 'uploads fail',
    } as const;
    const rulesOf = (alerts: SedaMonitoringProps['alerts']) =>
      monitoring({ team: 'shop', runbookUrl: 'https://docs.example.com/alerts', alerts }, 'shop')
        .ofKind('PrometheusRule')[0]!
        .spec.groups.at(-1);
    expect(rulesOf([alert])).toEqual({
      name: 'shop-api-own',
      rules: [
        {
          alert: 'ShopApiUploadsFail',
          expr: alert.expr,
          for: '10m',
          labels: { severity: 'ticket', namespace: 'shop', team: 'shop' },
          annotations: {
            summary: 'uploads fail',
            description: 'uploads fail (namespace shop).',
            runbook_url: 'https://docs.example.com/alerts#shopapiuploadsfail',
          },
        },
      ],
    });
    expect(
      rulesOf([{ ...alert, runbookUrl: 'https://wiki.example.com/uploads' }]).rules[0].annotations
        .runbook_url,
    ).toBe('https://wiki.example.com/uploads');
    expect(
      monitoring({
        level: 'console',
        alerts: [{ ...alert, name: 'uploads fail', for: 'soon', severity: 'warning' as never }],
      }).faults,
    ).toEqual([
      'test/monitoring: alerts.0.name is not a name of an alert, got "uploads fail", expected at most 60 letters and digits, such as QueueTooLong; correct it',
      'test/monitoring: alerts.0.for is not a duration, got "soon", expected a duration such as 10m; correct it',
      'test/monitoring: alerts.0.severity is unknown, got "warning", expected page or ticket; choose one',
      'test/monitoring: alerts need metrics, got "console", expected a level of basic, full or observability; raise the level, or remove the alerts',
    ]);
  });

  test('each level adds to the one before', () => {
    const groups = (level: SedaMonitoringProps['level']) =>
      monitoring({ level })
        .ofKind('PrometheusRule')
        .flatMap(({ spec }) => spec.groups.map(({ name }: { name: string }) => name));
    expect(groups('console')).toEqual([]);
    expect(groups('basic')).toEqual(['shop-api-availability']);
    expect(groups('full')).toEqual([
      'shop-api-availability',
      'shop-api-availability-slo',
      'shop-api-runtime',
    ]);
    expect(groups('observability')).toEqual([
      'shop-api-availability',
      'shop-api-availability-slo',
      'shop-api-runtime',
      'shop-api-latency-slo',
    ]);
    expect(monitoring({ level: 'console' }).ofKind('ServiceMonitor')).toEqual([]);
    expect(monitoring({ level: 'basic' }).names()).not.toContain('ConfigMap/shop-api-dashboard');
    expect(monitoring({ level: 'full' }).names()).toContain('ConfigMap/shop-api-dashboard');
  });

  describe('where users come in', () => {
    const NGINX: SedaIngressProps['controller'] = { kind: 'ingress-nginx', className: 'nginx' };
    const GATEWAY: SedaIngressProps['controller'] = {
      kind: 'gateway-api',
      gateway: { name: 'public', namespace: 'gateways' },
    };
    const probe = { prober: 'exporter.monitoring:9115', path: '/ready' };
    const behind = (
      controller: SedaIngressProps['controller'],
      props: Partial<SedaMonitoringProps> = {},
    ) =>
      render((chart) => {
        const { service, metricsService } = new SedaApi(chart, 'api', {
          name: 'shop-api',
          health: { readiness: '/ready' },
          workload: blueGreen,
        });
        const ingress = new SedaIngress(chart, 'ingress', {
          name: 'shop',
          host: 'shop.example.com',
          extraHosts: ['www.shop.example.com'],
          service,
          controller,
          paths: ['/'],
          tls: { secretName: 'shop-tls', issuer: 'letsencrypt', certificate: 'explicit' },
        });
        new SedaMonitoring(chart, 'monitoring', {
          level: 'basic',
          service,
          metricsService,
          ingress,
          ...props,
        });
      }, 'shop');
    const alertsIn = (rendered: ReturnType<typeof behind>) =>
      rendered
        .ofKind('PrometheusRule')
        .flatMap(({ spec }) => spec.groups)
        .flatMap(({ rules }) => rules)
        .flatMap(({ alert, expr }) => (/Entrance/.test(alert) ? [`${alert} ${expr}`] : []));

    test('ingress-nginx is asked by its metrics, whichever namespace it is in', () => {
      expect(alertsIn(behind({ ...NGINX, namespace: 'edge' }))).toEqual([
        expect.stringContaining('ShopApiEntranceErrors'),
        expect.stringContaining('ShopApiEntranceErrors'),
        'ShopApiEntranceUnknown absent(nginx_ingress_controller_config_last_reload_successful{controller_namespace="edge"})',
      ]);
    });

    test('a Gateway has no metrics that all have, so that a probe alone watches', () => {
      expect(alertsIn(behind(GATEWAY))).toEqual([]);
      expect(alertsIn(behind(GATEWAY, { probe }))).toEqual([
        'ShopApiEntranceDown probe_success{namespace="shop",job="shop-api-entrance"} == 0',
        'ShopApiEntranceUnknown absent(probe_success{namespace="shop",job="shop-api-entrance"})',
      ]);
    });

    test('every host is asked for', () => {
      const { metadata, spec } = behind(NGINX, { probe, labels: { release: 'a' } }).find(
        'Probe',
        'shop-api-entrance',
      );
      expect(metadata.labels).toMatchObject({ release: 'a' });
      expect(spec).toEqual({
        jobName: 'shop-api-entrance',
        prober: { url: 'exporter.monitoring:9115' },
        module: 'http_2xx',
        interval: '30s',
        scrapeTimeout: '10s',
        targets: {
          staticConfig: {
            static: ['https://shop.example.com/ready', 'https://www.shop.example.com/ready'],
          },
        },
      });
    });

    test('a probe that cannot be', () => {
      expect(
        monitoring({
          level: 'console',
          probe: { prober: 'http://exporter', path: 'ready', module: 'http 2xx' },
        }).faults,
      ).toEqual([
        'test/monitoring: probe.prober is not the address of an exporter, got "http://exporter", expected host and port, such as blackbox-exporter.monitoring:19115; correct it',
        'test/monitoring: probe.path is not a URL path, got "ready", expected a path such as /api/v1; start it with "/" and use letters, digits, ".", "_", "~" and "-"',
        'test/monitoring: probe.module is not a module of the exporter, got "http 2xx", expected letters, digits, "_" and "-", such as http_2xx; correct it',
        'test/monitoring: probe has no host to ask for, got "http://exporter", expected an ingress; name it in ingress',
        'test/monitoring: probe needs metrics, got "console", expected a level of basic, full or observability; raise the level, or remove the probe',
      ]);
    });
  });

  test('the ServiceMonitor selects one Service, by a port that it has', () => {
    const rendered = monitoring({
      path: '/internal/metrics',
      intervalSeconds: 15,
      labels: { release: 'prometheus' },
    });
    const { metadata, spec } = rendered.find('ServiceMonitor', 'shop-api-metrics');
    const matching = rendered
      .ofKind('Service')
      .filter(({ metadata: { labels = {} } }) =>
        Object.entries(spec.selector.matchLabels).every(([key, value]) => labels[key] === value),
      );
    expect(matching.map((service) => service.metadata.name)).toEqual(['shop-api-metrics']);
    expect(matching[0]!.spec).toMatchObject({
      selector: { app: 'shop-api' },
      ports: [{ name: 'http' }],
    });
    expect(spec.endpoints).toEqual([
      { port: 'http', path: '/internal/metrics', interval: '15s', scrapeTimeout: '10s' },
    ]);
    expect(metadata.labels).toMatchObject({ release: 'prometheus' });
  });

  test('burn rates are those of the SRE workbook', () => {
    const groups = monitoring({
      level: 'full',
      serviceLevels: { availabilityPercent: 99.5 },
    }).ofKind('PrometheusRule')[0]!.spec.groups;
    const { rules } = groups.find(
      ({ name }: { name: string }) => name === 'shop-api-availability-slo',
    );
    const limits = rules
      .filter(({ alert }: { alert?: string }) => alert)
      .map(({ expr, labels }: { expr: string; labels: { severity: string } }) => [
        labels.severity,
        ...[...expr.matchAll(/ratio_rate(\w+)\{[^}]*\} > ([\d.]+)/g)].map(
          ([, window, limit]) => `${window} ${limit}`,
        ),
      ]);
    expect(limits).toEqual([
      ['page', '1h 0.072', '5m 0.072', '6h 0.03', '30m 0.03'],
      ['ticket', '1d 0.015', '2h 0.015', '3d 0.005', '6h 0.005'],
    ]);
  });

  test('names of metrics and labels are inputs, and reach rules and dashboard', () => {
    const text = monitoring({
      level: 'observability',
      team: 'checkout',
      runbookUrl: 'https://example.com/alerts',
      serviceLevels: { latencySeconds: 1, latencyPercent: 95 },
      metrics: {
        requestDuration: 'http_server_request_duration_seconds',
        statusLabel: 'http_response_status_code',
        eventLoopLag: 'loop_lag_seconds',
      },
    }).yaml();
    for (const part of [
      'http_server_request_duration_seconds_count{namespace="shop",job="shop-api",http_response_status_code=~"5.."}',
      'le=~"1(?:[.]0)?"',
      'loop_lag_seconds{',
      'team: checkout',
      'runbook_url: https://example.com/alerts#shopapilatencybudgetburn',
      'namespace: shop',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('http_request_duration_seconds');
  });

  test('the dashboard is JSON with a panel a row', () => {
    const { data } = monitoring({ level: 'full' }).find('ConfigMap', 'shop-api-dashboard');
    const dashboard = JSON.parse(data['shop-shop-api.json']);
    expect(dashboard).toMatchObject({ uid: 'shop-shop-api', schemaVersion: 39 });
    expect(dashboard.panels).toHaveLength(6);
  });

  test('a uid that would be too long keeps its end, the name of the API', () => {
    const uid = (namespace: string) =>
      JSON.parse(
        monitoring({ level: 'full' }, namespace).find('ConfigMap', 'shop-api-dashboard').data[
          `${namespace}-shop-api.json`
        ],
      ).uid;
    expect(uid('a-shop-in-a-rather-long-street1')).toBe('a-shop-in-a-rather-long-street1-shop-api');
    expect(uid('a-shop-in-a-rather-long-street-12')).toBe(
      'shop-in-a-rather-long-street-12-shop-api',
    );
  });

  test('traces need the variables of the OpenTelemetry SDK', () => {
    expect(
      otlpSettings({
        endpoint: 'http://collector:4318',
        serviceName: 'shop-api',
        environment: 'live',
      }),
    ).toEqual({
      OTEL_SERVICE_NAME: 'shop-api',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=live',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    });
  });
});

describe('manifestFiles', () => {
  test('splits an app into the files of the stages, in the order in which kubectl applies them', () => {
    const app = new App();
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    new SedaNamespace(chart, 'namespace', { name: 'shop', podSecurityVersion: 'v1.34' });
    const { service, metricsService } = new SedaApi(chart, 'api', {
      name: 'shop-api',
      health: { readiness: '/ready' },
      workload: blueGreen,
    });
    new SedaMonitoring(chart, 'monitoring', { level: 'full', service, metricsService });
    const files = manifestFiles(app);
    expect([...files.keys()]).toEqual([
      '00-namespace.k8s.yaml',
      '10-config.k8s.yaml',
      '20-api.k8s.yaml',
      '30-traffic.k8s.yaml',
      '40-monitoring.k8s.yaml',
    ]);
    const names = (file: string) =>
      parseAllDocuments(files.get(file)!).map((document) => document.toJS().metadata.name);
    expect(names('30-traffic.k8s.yaml')).toEqual(['shop-api-preview', 'shop-api']);
    expect(files.get('40-monitoring.k8s.yaml')).toContain('name: shop-api-dashboard');
    const namespace = parse(files.get('00-namespace.k8s.yaml')!.split('---')[0]!);
    expect(namespace.metadata).not.toHaveProperty('namespace');
    expect(namespace.metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'v1.34',
    });
  });
});

describe('defaults, as YAML', () => {
  test('SedaNamespace', () =>
    expect(
      render((chart) => new SedaNamespace(chart, 'namespace', { name: 'shop' })).yaml(),
    ).toMatchSnapshot());
  test('SedaApi: the Deployment', () =>
    expect(yaml(api().find('Deployment', 'shop-api'))).toMatchSnapshot());
  test('BlueGreenPair: the Services', () =>
    expect(yaml(pair().ofKind('Service'))).toMatchSnapshot());
  test('SedaIngress for ingress-nginx', () =>
    expect(yaml(ingress().find('Ingress', 'shop'))).toMatchSnapshot());
  test('SedaIngress for the Gateway API', () =>
    expect(
      yaml(
        ingress({
          controller: { kind: 'gateway-api', gateway: { name: 'public', namespace: 'gateways' } },
        }).find('HTTPRoute', 'shop'),
      ),
    ).toMatchSnapshot());
  test('SedaMonitoring', () => expect(yaml(monitoring().objects.slice(-2))).toMatchSnapshot());
});
