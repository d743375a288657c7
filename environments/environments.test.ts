import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { environments } from '.';
import { API } from './api';
import { composeFile } from './compose';
import type { BlueGreenRelease, Release, SedaEnvironment } from './environment';
import { LOCAL_CREDENTIALS } from './local-services';
import { readRelease } from './release';
import { renderAll, renderEnvironment } from './render';
import { podSettings } from './settings';
import { environmentFaults, listFaults } from './validate';

const ROOT = path.join(__dirname, '..');
const byName = (name: string): SedaEnvironment =>
  environments.find((environment) => environment.name === name)!;
const recordOf = (environment: SedaEnvironment): Release => {
  const read = readRelease(__dirname, environment);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return read.release;
};

/** What the environment would render once its settings are staged in both colours. */
function staged(environment: SedaEnvironment, record: Release): Release {
  if (!('active' in record)) return record;
  const colour = (image: string) => ({ ...podSettings(environment), image, release: 1 });
  return { ...record, blue: colour(record.blue.image), green: colour(record.green.image) };
}

function text(
  environment: SedaEnvironment,
  record = staged(environment, recordOf(byName(environment.name))),
): string {
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
    const objects = parseAllDocuments(text(byName(name))).map((document) => document.toJS());
    const deployments = objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.name);
    expect(deployments.filter((deployment) => deployment.startsWith('seda-api'))).toEqual(
      workloads,
    );
    expect(new Set(objects.flatMap(({ metadata }) => metadata?.namespace ?? []))).toEqual(
      new Set([namespace]),
    );
    expect(text(byName(name))).toContain(
      `PUBLIC_URL: http${name === 'development' ? '' : 's'}://${domain}`,
    );
  });

  test('names that the team types every day hold', () => {
    const production = text(byName('production'));
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
    change: { supabase: { kind: 'project', projectRef: 'other' } },
    shows: 'SUPABASE_URL: https://other.supabase.co\n',
  },
  {
    cell: 'supabase kind',
    environment: 'development',
    change: { supabase: { kind: 'project', projectRef: 'other' } },
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
    cell: 'secretVersion',
    environment: 'production',
    change: { secretVersion: 7 },
    shows: 'name: seda-secrets-v7\n',
  },
];

describe('every cell is a field that changes the output', () => {
  test.each(CELLS)('$cell in $environment', ({ environment, change, shows }) => {
    const before = text(byName(environment));
    expect(before).not.toContain(shows);
    expect(text({ ...byName(environment), ...change })).toContain(shows);
  });

  test('rollout: a blue-green record makes a pair', () => {
    const qa = { ...byName('qa'), rollout: 'blue-green' as const, replicas: 2 };
    const colour = { ...podSettings(qa), image: 'ghcr.io/seda-fm/seda-api:1.0.0', release: 1 };
    expect(text(qa, { active: 'blue', blue: colour, green: colour })).toContain(
      'name: seda-api-qa-green\n',
    );
  });

  test('imageFrom: an image that comes from another environment needs a digest', () => {
    const { faults } = renderEnvironment(
      { ...byName('qa'), imageFrom: 'development' },
      { image: 'ghcr.io/seda-fm/seda-api:develop' },
    );
    expect(faults).toEqual([
      'qa/seda/api/rolling: image has no digest, got "ghcr.io/seda-fm/seda-api:develop", ' +
        "expected ghcr.io/seda-fm/seda-api:TAG@sha256:DIGEST; take it from the registry or the build's output",
    ]);
  });

  test('no field is without a case', () => {
    const cased = new Set(CELLS.flatMap(({ change }) => Object.keys(change)));
    const fields = new Set(environments.flatMap((environment) => Object.keys(environment)));
    expect([...fields].filter((field) => !cased.has(field))).toEqual([
      'name',
      'rollout',
      'argocd',
      'imageFrom',
    ]);
  });
});

describe('production is frozen while it serves', () => {
  const production = byName('production');

  test('no edit of the environment changes a pod that is in the record', () => {
    const edited: SedaEnvironment = {
      ...production,
      nodeEnv: 'development',
      auth: 'local-jwt',
      replicas: 9,
      secretVersion: 3,
      resources: { requests: { cpu: '1' }, limits: { memory: '2Gi' } },
      supabase: { kind: 'project', projectRef: 'other' },
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
      (environment) => renderEnvironment(environment, recordOf(production)).files,
    );
    expect(after!.get('production/20-api.k8s.yaml')).toBe(
      before!.get('production/20-api.k8s.yaml'),
    );
  });

  test('a promotion changes one selector line of each Service that follows the switch', () => {
    const warm = {
      ...(staged(production, recordOf(production)) as BlueGreenRelease),
      active: 'blue' as const,
    };
    const [before, after] = [warm, { ...warm, active: 'green' as const }].map(
      (release) => renderEnvironment(production, release).files,
    );
    const lines = (files: Map<string, string>) =>
      files.get('production/30-traffic.k8s.yaml')!.split('\n');
    const changed = lines(after!).filter((line, index) => line !== lines(before!)[index]);
    expect(changed).toEqual(['    version: blue', '    version: green']);
  });
});

describe('environments as a whole', () => {
  const [development, qa] = [byName('development'), byName('qa')];

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
    const faults = environmentFaults(
      { ...byName('production'), replicas: 10 },
      staged(byName('production'), recordOf(byName('production'))),
    );
    expect(faults).toEqual([
      "database.maxConnections is too low for the pods of a release, got 200, expected at least 205 (every pod's pool and 5); " +
        "lower poolSize or raise the instance's limit",
    ]);
  });
});

describe('the Compose file', () => {
  const compose = parse(
    composeFile(byName('development'), recordOf(byName('development')) as { image: string }),
  );

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
      renderEnvironment(byName('development'), recordOf(byName('development'))).files.get(
        'development/20-api.k8s.yaml',
      )!,
    )
      .map((document) => document.toJS())
      .find(({ metadata }) => metadata.name === 'seda-api-dev');
    const pod = deployment.spec.template.spec.containers[0].env.map(
      ({ name }: { name: string }) => name,
    );
    const variables = [...Object.keys(podSettings(byName('development')).config), ...pod].filter(
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
  const files = renderAll(environments, __dirname);
  for (const [name, content] of files)
    expect({ name, content: fs.readFileSync(path.join(ROOT, 'dist', name), 'utf8') }).toEqual({
      name,
      content,
    });
});
