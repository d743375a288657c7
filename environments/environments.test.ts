import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import {
  colour,
  development,
  GATEWAY,
  image,
  named,
  production,
  qa,
  staged,
  states,
} from '../test/fixtures';
import { environments as committed } from '.';
import { API } from './api';
import { composeFile } from './compose';
import type { BlueGreenRelease, Release, RollingRelease, SedaEnvironment } from './environment';
import { LOCAL_CREDENTIALS } from './local-services';
import { renderAll, renderEnvironment } from './render';
import { podSettings } from './settings';
import { environmentFaults, listFaults } from './validate';

const ROOT = path.join(__dirname, '..');
const LOCAL: RollingRelease = { image: 'ghcr.io/seda-fm/seda-api:local' };

/** A pair with pods in both colours, each with the settings of the environment. */
function warm(environment: SedaEnvironment): BlueGreenRelease {
  return {
    active: 'blue',
    blue: colour('1.4.2', 1, { environment }),
    green: colour('1.5.0', 2, { environment }),
  };
}

/** What the environment would render once its settings are staged in both colours. */
function settled(environment: SedaEnvironment): Release {
  if (environment.rollout === 'blue-green') return warm(environment);
  return environment.database.kind === 'local' ? LOCAL : { image: image('1.4.2') };
}

function text(environment: SedaEnvironment, record = settled(environment)): string {
  const { files, faults } = renderEnvironment(environment, record);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return [...files].map(([name, content]) => `# ${name}\n${content}`).join('');
}

describe('the table of environments', () => {
  test.each([
    ['development', 'seda-dev', 'localhost:3001', ['seda-api-dev']],
    ['qa', 'seda-qa', 'api-qa.seda.fm', ['seda-api-qa']],
    ['sandbox', 'seda-sandbox', 'api-sandbox.seda.fm', ['seda-api-sandbox']],
    ['production', 'seda-prod', 'api.seda.fm', ['seda-api-blue', 'seda-api-green']],
  ])('%s is in %s, reached at %s', (name, namespace, domain, workloads) => {
    const objects = parseAllDocuments(text(named(name))).map((document) => document.toJS());
    const deployments = objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.name);
    expect(deployments.filter((deployment) => deployment.startsWith('seda-api'))).toEqual(
      workloads,
    );
    expect(new Set(objects.flatMap(({ metadata }) => metadata?.namespace ?? []))).toEqual(
      new Set([namespace]),
    );
    expect(text(named(name))).toContain(
      `PUBLIC_URL: http${name === 'development' ? '' : 's'}://${domain}`,
    );
  });

  test('a Deployment says where its image must have run, and why it did not, and its pods do not', () => {
    const told = (environment: SedaEnvironment, record: Release) =>
      renderEnvironment(environment, record)
        .objects.filter(({ kind }) => kind === 'Deployment')
        .map(({ metadata: { name, annotations = {} }, spec }) => [
          name,
          annotations['seda.fm/image-from'],
          annotations['seda.fm/skipped-order'],
          JSON.stringify(spec).includes('seda.fm/'),
        ]);
    const { active, blue, green } = warm(production);
    expect(
      told(production, { active, blue, green: { ...green, skippedOrder: 'hotfix 311' } }),
    ).toEqual([
      ['seda-api-blue', 'sandbox', undefined, false],
      ['seda-api-green', 'sandbox', 'hotfix 311', false],
    ]);
    expect(
      told(named('sandbox'), { image: image('1.4.2'), skippedOrder: 'the qa cluster was down' }),
    ).toEqual([['seda-api-sandbox', 'qa', 'the qa cluster was down', false]]);
    expect(told(qa, { image: image('1.4.2') })).toEqual([
      ['seda-api-qa', undefined, undefined, false],
    ]);
  });

  test('names that the team types every day hold', () => {
    const production = text(named('production'));
    for (const line of [
      'name: seda-api\n',
      'name: seda-api-ingress\n',
      'secretName: seda-api-tls\n',
      'name: seda-api-metrics\n',
      'name: letsencrypt-prod\n',
      'path: /api/v1/metrics\n',
      'path: /api/v1/health\n',
      'interval: 30s\n',
      'containerPort: 3001\n',
      'version: blue\n',
      'version: green\n',
      'key: database-url\n',
      'key: supabase-service-key\n',
      'key: jwt-secret\n',
      'key: admin-api-key\n',
      'image: ghcr.io/seda-fm/seda-api:',
    ])
      expect(production).toContain(line);
  });
});

interface Cell {
  readonly cell: string;
  readonly environment: string;
  readonly change: Partial<SedaEnvironment>;
  /** Text that only the changed output has. */
  readonly shows: string;
}

const CELLS: readonly Cell[] = [
  {
    cell: 'nodes',
    environment: 'qa',
    change: { pod: { nodeSelector: { pool: 'apis' } } },
    shows: 'nodeSelector:\n        pool: apis\n',
  },
  {
    cell: 'identity of the cloud',
    environment: 'qa',
    change: { serviceAccountAnnotations: { 'iam.gke.io/gcp-service-account': 'a@b' } },
    shows: 'iam.gke.io/gcp-service-account: a@b\n',
  },
  {
    cell: 'namespace',
    environment: 'qa',
    change: { namespace: 'seda-test' },
    shows: 'namespace: seda-test\n',
  },
  {
    cell: 'domain',
    environment: 'qa',
    change: { domain: 'api-test.seda.fm' },
    shows: 'host: api-test.seda.fm\n',
  },
  {
    cell: 'domain in development',
    environment: 'development',
    change: { domain: 'localhost:3002' },
    shows: 'PUBLIC_URL: http://localhost:3002\n',
  },
  {
    cell: 'workload',
    environment: 'sandbox',
    change: { workload: 'seda-api-other' },
    shows: 'name: seda-api-other\n',
  },
  {
    cell: 'nodeEnv',
    environment: 'qa',
    change: { nodeEnv: 'development' },
    shows: 'NODE_ENV: development\n',
  },
  {
    cell: 'database instance',
    environment: 'production',
    change: {
      database: { kind: 'managed', instance: 'prod-like', poolSize: 10, maxConnections: 200 },
    },
    shows: 'key: seda/production/prod-like/database-url\n',
  },
  {
    cell: 'database pool',
    environment: 'production',
    change: {
      database: {
        kind: 'managed',
        instance: 'high-availability',
        poolSize: 20,
        maxConnections: 200,
      },
    },
    shows: 'DATABASE_POOL_SIZE: "20"\n',
  },
  {
    cell: 'database kind',
    environment: 'development',
    change: { database: { kind: 'managed', instance: 'staging', poolSize: 1, maxConnections: 60 } },
    shows: 'kind: ExternalSecret\n',
  },
  {
    cell: 'redis',
    environment: 'qa',
    change: { redis: { kind: 'managed', host: 'redis.internal', port: 6380 } },
    shows: 'port: 6380\n',
  },
  {
    cell: 'supabase',
    environment: 'production',
    change: { supabase: { kind: 'project', projectRef: 'otherotherotherother' } },
    shows: 'SUPABASE_URL: https://otherotherotherother.supabase.co\n',
  },
  {
    cell: 'supabase kind',
    environment: 'development',
    change: { supabase: { kind: 'project', projectRef: 'otherotherotherother' } },
    shows: 'port: 443\n',
  },
  {
    cell: 'auth',
    environment: 'production',
    change: { auth: 'local-jwt' },
    shows: 'AUTH_PROVIDER: local-jwt\n',
  },
  {
    cell: 'storage provider',
    environment: 'qa',
    change: { storage: { provider: 'local' } },
    shows: 'mountPath: /storage\n',
  },
  {
    cell: 'storage CDN',
    environment: 'qa',
    change: { storage: { provider: 'supabase', cdn: true } },
    shows: 'STORAGE_CDN: "true"\n',
  },
  {
    cell: 'monitoring',
    environment: 'development',
    change: { monitoring: 'basic' },
    shows: 'kind: ServiceMonitor\n',
  },
  {
    cell: 'monitoring full',
    environment: 'qa',
    change: { monitoring: 'full' },
    shows: 'grafana_dashboard: "1"\n',
  },
  {
    cell: 'monitoring observability',
    environment: 'sandbox',
    change: { monitoring: 'observability' },
    shows: 'OTEL_TRACES_EXPORTER: otlp\n',
  },
  {
    cell: 'tls',
    environment: 'qa',
    change: { tls: { kind: 'managed', issuer: 'letsencrypt-prod' } },
    shows: 'kind: Certificate\n',
  },
  {
    cell: 'tls issuer',
    environment: 'qa',
    change: { tls: { kind: 'lets-encrypt', issuer: 'letsencrypt-staging' } },
    shows: 'cert-manager.io/cluster-issuer: letsencrypt-staging\n',
  },
  {
    cell: 'tls none',
    environment: 'qa',
    change: { tls: { kind: 'none' } },
    shows: 'PUBLIC_URL: http://api-qa.seda.fm\n',
  },
  {
    cell: 'ingress',
    environment: 'production',
    change: { ingress: { kind: 'ingress-nginx', className: 'other' } },
    shows: 'ingressClassName: other\n',
  },
  { cell: 'replicas', environment: 'production', change: { replicas: 7 }, shows: 'replicas: 7\n' },
  {
    cell: 'autoscaling',
    environment: 'sandbox',
    change: { autoscaling: { minReplicas: 2, maxReplicas: 5 } },
    shows: 'kind: HorizontalPodAutoscaler\n',
  },
  {
    cell: 'resources',
    environment: 'qa',
    change: { resources: { requests: { cpu: '300m' }, limits: { memory: '1Gi' } } },
    shows: '--max-old-space-size=768\n',
  },
  {
    cell: 'secret store',
    environment: 'qa',
    change: { secrets: { store: 'other-store', path: 'seda/qa/staging' } },
    shows: 'name: other-store\n',
  },
  {
    cell: 'path in the secret store',
    environment: 'qa',
    change: { secrets: { store: 'seda-secret-store', path: 'seda/shared' } },
    shows: 'key: seda/shared/database-url\n',
  },
  {
    cell: 'notCredentials',
    environment: 'qa',
    change: { notCredentials: ['LOG_FORMAT'] },
    shows: 'seda.fm/not-credentials: LOG_FORMAT\n',
  },
  {
    cell: 'extraHosts',
    environment: 'qa',
    change: { extraHosts: ['api2-qa.seda.fm'] },
    shows: 'host: api2-qa.seda.fm\n',
  },
  {
    cell: 'prober',
    environment: 'qa',
    change: { prober: 'blackbox-exporter.monitoring:19115' },
    shows: '- https://api-qa.seda.fm/api/v1/health\n',
  },
  {
    cell: 'clientNamespaces',
    environment: 'qa',
    change: { clientNamespaces: ['shop', 'ingress-nginx'] },
    shows: 'kubernetes.io/metadata.name: shop\n',
  },
  {
    cell: 'ingressAnnotations',
    environment: 'qa',
    change: { ingressAnnotations: { 'nginx.ingress.kubernetes.io/enable-cors': 'true' } },
    shows: 'nginx.ingress.kubernetes.io/enable-cors: "true"\n',
  },
  {
    cell: 'alerts',
    environment: 'qa',
    change: {
      alerts: [
        {
          name: 'UploadsFail',
          expr: 'rate(uploads_failed_total{namespace="seda-qa"}[5m]) > 0',
          severity: 'ticket',
          summary: 'uploads fail',
        },
      ],
    },
    shows:
      'runbook_url: https://github.com/seda-fm/manifests/blob/main/docs/alerts.md#sedaapiuploadsfail\n',
  },
  {
    cell: 'limits',
    environment: 'qa',
    change: { limits: { requestsPerSecond: 250 } },
    shows: 'nginx.ingress.kubernetes.io/limit-rps: "250"\n',
  },
  {
    cell: 'limits, size',
    environment: 'qa',
    change: { limits: { maxBodySize: '20Mi' } },
    shows: 'nginx.ingress.kubernetes.io/proxy-body-size: 20480k\n',
  },
  {
    cell: 'requestTimeoutSeconds',
    environment: 'qa',
    change: { requestTimeoutSeconds: 90 },
    shows: 'nginx.ingress.kubernetes.io/proxy-read-timeout: "90"\n',
  },
  {
    cell: 'config',
    environment: 'qa',
    change: { config: { LOG_LEVEL: 'debug' } },
    shows: 'LOG_LEVEL: debug\n',
  },
  {
    cell: 'secretKeys',
    environment: 'qa',
    change: { secretKeys: { STRIPE_KEY: 'stripe-key' } },
    shows: 'key: seda/qa/staging/stripe-key\n',
  },
  {
    cell: 'secretVersion',
    environment: 'production',
    change: { secretVersion: 7 },
    shows: 'name: seda-secrets-v7\n',
  },
];

describe('every cell is a field that changes the output', () => {
  test.each(CELLS)('$cell in $environment', ({ environment, change, shows }) => {
    const before = text(named(environment));
    expect(before).not.toContain(shows);
    expect(text({ ...named(environment), ...change })).toContain(shows);
  });

  test('rollout: a blue-green record makes a pair', () => {
    expect(text({ ...qa, rollout: 'blue-green' })).toContain('name: seda-api-qa-green\n');
  });

  test('imageFrom: an image that comes from another environment needs a digest', () => {
    const { faults } = renderEnvironment(
      { ...qa, imageFrom: 'development' },
      { image: 'ghcr.io/seda-fm/seda-api:develop' },
    );
    expect(faults).toEqual([
      'qa/seda/api/rolling: image has no digest, got "ghcr.io/seda-fm/seda-api:develop", ' +
        "expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build's output",
    ]);
  });

  test('no field is without a case', () => {
    // A field that is not in this list does not compile; what is tested elsewhere names where.
    const fields: { readonly [field in keyof Required<SedaEnvironment>]: true | string } = {
      name: 'the table of environments',
      nodeEnv: true,
      namespace: true,
      context: 'test/deploy.test.ts',
      argocd: 'environments/argocd.test.ts',
      domain: true,
      workload: true,
      rollout: 'rollout: a blue-green record makes a pair',
      database: true,
      redis: true,
      supabase: true,
      auth: true,
      storage: true,
      monitoring: true,
      tls: true,
      ingress: true,
      replicas: true,
      autoscaling: true,
      resources: true,
      notCredentials: true,
      pod: true,
      serviceAccountAnnotations: true,
      secrets: true,
      secretVersion: true,
      secretKeys: true,
      extraHosts: true,
      prober: true,
      limits: true,
      requestTimeoutSeconds: true,
      metricsRefused: 'the path of the metrics is refused, or somebody has said who does it',
      ingressAnnotations: true,
      alerts: true,
      clientNamespaces: true,
      config: true,
      imageRepository: 'environments/fields.test.ts',
      imageFrom: 'imageFrom: an image that comes from another environment needs a digest',
    };
    const cased = new Set(CELLS.flatMap(({ change }) => Object.keys(change)));
    expect([...cased].sort()).toEqual(
      Object.keys(fields)
        .filter((field) => fields[field as keyof SedaEnvironment] === true)
        .sort(),
    );
  });
});

describe('an environment in every state of its life', () => {
  test.each(states.map((state) => [state.state, state] as const))(
    '%s: is rendered without a fault',
    (_, { environment, release }) => {
      const { faults, objects } = renderEnvironment(environment, release);
      expect(faults).toEqual([]);
      expect(objects.length).toBeGreaterThan(0);
    },
  );

  test('an image that skipped the order is rendered like one that did not, but for the annotation', () => {
    const [skipped, usual] = [{ skipOrder: 'hotfix 311' }, {}].map((options) =>
      text(production, staged(production, settled(production), '1.6.0', options)),
    );
    expect(skipped!.replace('    seda.fm/skipped-order: hotfix 311\n', '')).toBe(usual);
  });

  const managed = { kind: 'managed', issuer: 'letsencrypt-prod' } as const;

  test('Envoy Gateway in place of an ingress controller: HTTPRoutes, and the same limits as a policy', () => {
    const behind = text({ ...qa, ingress: GATEWAY, tls: managed });
    expect(behind).toContain('kind: HTTPRoute\n');
    expect(behind).not.toContain('kind: Ingress\n');
    expect(behind).toContain('requests: 100\n');
    expect(behind).toContain('limit: 10Mi\n');
    expect(behind).toContain('streamIdleTimeout: 60s\n');
    expect(renderEnvironment({ ...qa, ingress: GATEWAY }, settled(qa)).faults).toEqual([
      'qa/seda/ingress: tls.certificate cannot be expressed by the Gateway API, got "annotation", expected no value; use "explicit", or annotate the Gateway',
    ]);
  });

  const PORTABLE = {
    kind: 'gateway-api',
    gateway: { name: 'public', namespace: 'gateways' },
  } as const;

  test.each<[string, SedaEnvironment['ingress'], string]>([
    [
      'a Gateway of any implementation',
      PORTABLE,
      "set them in the policy of the Gateway's implementation and write limits: 'by-the-platform', or name the implementation in ingress",
    ],
    [
      'any controller of Ingress',
      { kind: 'ingress', className: 'traefik', namespace: 'edge' },
      "set them where the controller is configured, or by ingressAnnotations, and write limits: 'by-the-platform'",
    ],
  ])('%s holds no limit, which somebody must have said', (_, ingress, remedy) => {
    const faultsWith = (limits?: SedaEnvironment['limits']) =>
      renderEnvironment(
        {
          ...qa,
          ingress,
          tls: managed,
          limits,
          ...(ingress?.kind === 'ingress' ? { metricsRefused: 'by-the-platform' as const } : {}),
        },
        settled(qa),
      ).faults;
    const refused = (got: string) =>
      `qa: limits cannot be rendered for this ingress, got ${got}, expected "by-the-platform"; ${remedy}; docs/gateway.md says how`;
    expect(faultsWith()).toEqual([refused('{"requestsPerSecond":100,"maxBodySize":"10Mi"}')]);
    expect(faultsWith({ requestsPerSecond: 5 })).toEqual([refused('{"requestsPerSecond":5}')]);
    expect(faultsWith('by-the-platform')).toEqual([]);
  });

  test('the path of the metrics is refused, or somebody has said who does it', () => {
    const limits = 'by-the-platform' as const;
    const standard: SedaEnvironment = {
      ...qa,
      ingress: { kind: 'ingress', className: 'traefik', namespace: 'edge' },
      limits,
    };
    const faultsOf = (environment: SedaEnvironment) =>
      renderEnvironment(environment, settled(qa)).faults;
    expect(faultsOf(standard)).toEqual([
      'qa: ingress.kind cannot refuse /api/v1/metrics to users, got "ingress", expected another kind, or something in front of it that refuses the path; ' +
        "choose gateway-api, or write metricsRefused: 'by-the-platform' where that is so; docs/gateway.md says why",
    ]);
    const metricsRefused = 'by-the-platform' as const;
    const rendered = text({ ...standard, metricsRefused });
    expect(rendered).toContain('ingressClassName: traefik\n');
    expect(rendered).not.toContain('nginx.ingress.kubernetes.io');
    expect(faultsOf({ ...qa, metricsRefused })).toEqual([
      'qa: metricsRefused is what this ingress does itself, got "by-the-platform", expected nothing beside another kind than "ingress"; remove it',
    ]);
  });

  test('limits that the platform sets are rendered for no controller', () => {
    const limits = 'by-the-platform' as const;
    const behind = text({ ...qa, ingress: PORTABLE, tls: managed, limits });
    expect(behind).toContain('request: 60s\n');
    for (const environment of [
      { ...qa, limits },
      { ...qa, ingress: PORTABLE, tls: managed, limits },
      { ...qa, ingress: GATEWAY, tls: managed, limits },
    ])
      for (const limit of ['limit-rps', 'body-size', 'BackendTrafficPolicy'])
        expect(text(environment)).not.toContain(limit);
  });

  test('an issuer that proves hosts by DNS needs no pods that the controller reaches', () => {
    const tls = { ...managed, challenge: 'dns-01' } as const;
    expect(text({ ...qa, tls: managed })).toContain('-acme-solver\n');
    expect(text({ ...qa, tls })).not.toContain('-acme-solver\n');
  });
});

describe('production is frozen while it serves', () => {
  test('no edit of the environment changes a pod that is in the record', () => {
    const edited: SedaEnvironment = {
      ...production,
      nodeEnv: 'development',
      auth: 'local-jwt',
      replicas: 9,
      secretVersion: 3,
      resources: { requests: { cpu: '1' }, limits: { memory: '2Gi' } },
      supabase: { kind: 'project', projectRef: 'otherotherotherother' },
      storage: { provider: 'local' },
      monitoring: 'console',
      database: {
        kind: 'managed',
        instance: 'high-availability',
        poolSize: 3,
        maxConnections: 900,
      },
    };
    const [before, after] = [production, edited].map(
      (environment) => renderEnvironment(environment, warm(production)).files,
    );
    expect(after!.get('production/20-api.k8s.yaml')).toBe(
      before!.get('production/20-api.k8s.yaml'),
    );
  });

  test('a promotion changes one selector line of each Service that follows the switch', () => {
    const [before, after] = [
      warm(production),
      { ...warm(production), active: 'green' as const },
    ].map((release) => renderEnvironment(production, release).files);
    const lines = (files: Map<string, string>) =>
      files.get('production/30-traffic.k8s.yaml')!.split('\n');
    const changed = lines(after!).filter((line, index) => line !== lines(before!)[index]);
    expect(changed).toEqual(['    version: blue', '    version: green']);
  });
});

describe('environments as a whole', () => {
  test('fails when two share a name, a namespace or a domain', () => {
    expect(
      listFaults(
        [qa, { ...development, name: 'qa', namespace: 'seda-qa', domain: 'api-qa.seda.fm' }],
        [],
      ),
    ).toEqual([
      'qa: name is taken by qa, got "qa", expected a name of its own; change one of them',
      'qa: namespace is taken by qa, got "seda-qa", expected a namespace of its own; change one of them',
      'qa: domain is taken by qa, got "api-qa.seda.fm", expected a domain of its own; change one of them',
    ]);
  });

  test('fails when an image comes from an unknown environment', () => {
    expect(listFaults([{ ...qa, imageFrom: 'staging' }], [])).toEqual([
      'qa: imageFrom is an unknown environment, got "staging", expected one of qa; correct the name',
    ]);
  });

  test('fails when a record belongs to nobody', () => {
    expect(listFaults([qa], ['qa.release.yaml', 'staging.release.yaml', 'qa.ts'])).toEqual([
      'environments/staging.release.yaml: belongs to an unknown environment, expected one of qa; ' +
        'list the environment in environments/index.ts or delete the file',
    ]);
  });

  test('fails when a release would open more connections than the database admits', () => {
    const faults = environmentFaults({ ...production, replicas: 10 }, warm(production));
    expect(faults).toEqual([
      "database.maxConnections is too low for the pods of a release, got 200, expected at least 205 (every pod's pool and 5); " +
        "lower poolSize or raise the instance's limit",
    ]);
  });
});

describe('the Compose file', () => {
  const compose = parse(composeFile(development, LOCAL));

  test('starts the app after its database is ready and migrated', () => {
    expect(Object.keys(compose.services)).toEqual(['app', 'migrate', 'db', 'redis']);
    expect(compose.services.app.depends_on).toEqual({
      db: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
    expect(compose.services.db.image).toBe('postgres:15-alpine');
    expect(compose.services.redis.image).toBe('redis:7-alpine');
  });

  test('gives the app every variable that its pods have', () => {
    const deployment = parseAllDocuments(
      renderEnvironment(development, LOCAL).files.get('development/20-api.k8s.yaml')!,
    )
      .map((document) => document.toJS())
      .find(({ metadata }) => metadata.name === 'seda-api-dev');
    const pod = deployment.spec.template.spec.containers[0].env.map(
      ({ name }: { name: string }) => name,
    );
    const variables = [...Object.keys(podSettings(development).config), ...pod].filter(
      (name) => name !== 'NODE_OPTIONS',
    );
    expect(Object.keys(compose.services.app.environment).sort()).toEqual(variables.sort());
    expect(compose.services.app.environment.DATABASE_URL).toBe(LOCAL_CREDENTIALS['database-url']);
  });

  test('reaches Supabase on the host, and is reached from this machine alone', () => {
    expect(compose.services.app.environment.SUPABASE_URL).toBe('http://host.docker.internal:54321');
    expect(compose.services.app.extra_hosts).toEqual(['host.docker.internal:host-gateway']);
    const ports = Object.values<{ ports?: string[] }>(compose.services).flatMap(
      (service) => service.ports ?? [],
    );
    expect(ports).toEqual([
      `127.0.0.1:${API.port}:${API.port}`,
      '127.0.0.1:5432:5432',
      '127.0.0.1:6379:6379',
    ]);
  });
});

test('dist/ is what the sources say', () => {
  const files = renderAll(committed, __dirname);
  for (const [name, content] of files)
    expect({ name, content: fs.readFileSync(path.join(ROOT, 'dist', name), 'utf8') }).toEqual({
      name,
      content,
    });
});
