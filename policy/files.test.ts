import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { environments } from '../environments';
import type { SedaEnvironment } from '../environments/environment';
import { COMPOSE_FOLDER, RESERVED_FOLDERS } from '../environments/layout';
import { API } from '../environments/api';
import { LOCAL_CREDENTIALS, LOCAL_SERVICES, localCredential } from '../environments/local-services';
import { renderEnvironment } from '../environments/render';
import { credentialsIn, isCredentialName } from '../lib/credentials';
import { development, production, served, states } from '../test/fixtures';
import { containersOf } from '../lib/kubernetes/pods';
import { calledOf } from '../lib/kubernetes/identity';
import { type Node, podsOf } from './check';
import { distFiles, filesBelow, read } from './dist';

const LOCAL = environments
  .filter(({ database }) => database.kind === 'local')
  .map(({ name }) => name);
const MANIFESTS = ['00-namespace', '10-config', '20-api', '30-traffic', '40-monitoring'].map(
  (name) => `${name}.k8s.yaml`,
);

/** As a Secret holds it. */
const encoded = (value: string) => Buffer.from(value).toString('base64');

/** The Secret of a developer's machine: the keys that every environment reads, today's too. */
const SECRET = Object.fromEntries(
  Object.values({ ...API.secret.env, ...API.secretKeys }).map((key) => [key, localCredential(key)]),
);
/** Credentials of the developer's machine: what the Secret holds, and the password of the local database. */
const KNOWN: readonly string[] = [
  ...Object.values(SECRET),
  ...Object.values(LOCAL_SERVICES).flatMap(({ env }) =>
    Object.entries(env).flatMap(([name, value]) => (isCredentialName(name) ? value : [])),
  ),
];

const snapshots = filesBelow('__snapshots__');

const composeOf = (environment: string) => `dist/${COMPOSE_FOLDER}/${environment}.yaml`;

function isLocal(file: string): boolean {
  return LOCAL.some(
    (environment) => file.startsWith(`dist/${environment}/`) || file === composeOf(environment),
  );
}

/** What is wrong with the files of an environment, by their names below dist/. */
function fileFaults(environment: SedaEnvironment, files: ReadonlyMap<string, string>): string[] {
  const { name, monitoring, database } = environment;
  const local = database.kind === 'local';
  // A folder is applied as it is, and kubectl refuses what is no object.
  const expected = [
    ...(monitoring === 'console' ? MANIFESTS.slice(0, -1) : MANIFESTS).map(
      (file) => `${name}/${file}`,
    ),
    ...(local ? [`${COMPOSE_FOLDER}/${name}.yaml`] : []),
  ];
  const secrets = read(
    [...files].filter(
      ([file, text]) => file.startsWith(`${name}/`) && /^kind: Secret$/m.test(text),
    ),
  ).filter(({ kind }) => kind === 'Secret');
  const decoded = secrets.map(({ data }) =>
    Object.fromEntries(
      Object.entries(data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(String(value), 'base64').toString(),
      ]),
    ),
  );
  return [
    ...expected.filter((file) => !files.has(file)).map((file) => `${file} is missing`),
    ...[...files.keys()]
      .filter((file) => !expected.includes(file))
      .map((file) => `${file} is there`),
    ...secrets.filter(() => !local).map((secret) => `${calledOf(secret)} is in git`),
    ...decoded
      .filter((data) => !isDeepStrictEqual(data, SECRET))
      .map(() => 'a Secret has other values than those that everybody knows'),
    ...(local && secrets.length !== 1 ? [`has ${secrets.length} Secrets`] : []),
  ];
}

describe('the files of an environment are those of the stages, with a Secret only where everybody knows its values', () => {
  test.each(environments.map((environment) => [environment.name, environment] as const))(
    'dist/%s',
    (name, environment) => {
      const files = [...distFiles]
        .map(([file, text]) => [file.slice('dist/'.length), text] as const)
        .filter(
          ([file]) => file.startsWith(`${name}/`) || file === `${COMPOSE_FOLDER}/${name}.yaml`,
        );
      expect(fileFaults(environment, new Map(files))).toEqual([]);
    },
  );

  test('in every state', () => {
    expect(
      states.flatMap(({ state, environment, release }) =>
        fileFaults(environment, renderEnvironment(environment, release).files).map(
          (fault) => `${state}: ${fault}`,
        ),
      ),
    ).toEqual([]);
  });

  test('fails on a file too many or too few, and on a Secret', () => {
    const files = new Map(renderEnvironment(production, served).files);
    files.delete('production/10-config.k8s.yaml');
    files.set(
      'production/99.k8s.yaml',
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n  a: Yg==\n',
    );
    expect(fileFaults(production, files)).toEqual([
      'production/10-config.k8s.yaml is missing',
      'production/99.k8s.yaml is there',
      'Secret/x is in git',
      'a Secret has other values than those that everybody knows',
    ]);
  });
});

test('dist has no folder that nobody renders', () => {
  const folders = new Set([...distFiles.keys()].map((file) => file.split('/')[1]));
  expect(
    [...folders].filter(
      (folder) =>
        ![...environments.map(({ name }) => name), ...RESERVED_FOLDERS.keys()].includes(folder!),
    ),
  ).toEqual([]);
});

describe('credentials', () => {
  const onMachine = renderEnvironment(development, { image: 'ghcr.io/seda-fm/seda-api:local' });

  test.each([...distFiles, ...snapshots])('%s holds none', (file, text) => {
    const known = isLocal(file) ? [...KNOWN.map(encoded), ...KNOWN] : [];
    expect(credentialsIn(known.reduce((rest, value) => rest.replaceAll(value, ''), text))).toEqual(
      [],
    );
  });

  test.each([...distFiles, ...snapshots].filter(([file]) => !isLocal(file)))(
    '%s has none of the developer',
    (_, text) => {
      expect(
        KNOWN.filter((value) => text.includes(value) || text.includes(encoded(value))),
      ).toEqual([]);
      expect(text).not.toMatch(/^kind: Secret$/m);
    },
  );

  test('the settings of local services hold the well-known ones alone', () => {
    const composed = Object.values(
      parse(onMachine.files.get(`${COMPOSE_FOLDER}/development.yaml`)!).services as Node,
    );
    const settings = [
      ...composed.flatMap((service: Node) => Object.entries(service.environment ?? {})),
      ...podsOf(onMachine.objects)
        .flatMap((pod) => containersOf(pod.spec))
        .flatMap(({ env = [] }) => env)
        .flatMap(({ name, value }: Node) => (value === undefined ? [] : [[name, value]])),
    ];
    const secret = settings
      .filter(([name]) => isCredentialName(name))
      .map(([, value]) => String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1'));
    expect(secret).toContain(LOCAL_SERVICES.db.env.POSTGRES_PASSWORD);
    expect(secret).toContain(LOCAL_CREDENTIALS['jwt-secret']);
    expect(secret.filter((value) => !KNOWN.includes(value))).toEqual([]);
  });

  test('the local ones are where they are needed', () => {
    const local = [...onMachine.files.values()].join('\n');
    expect(KNOWN.filter((value) => !local.includes(value))).toEqual([]);
    expect(KNOWN).toContain(LOCAL_SERVICES.db.env.POSTGRES_PASSWORD);
  });
});

describe('credentialsIn', () => {
  test.each([
    ['postgresql://user:hunter2@db.example.com:5432/app', 'a URL with a password'],
    ['redis://:hunter2@cache:6379', 'a URL with a password'],
    [
      `token: ${['eyJhbGciOiJIUzI1NiJ9', 'eyJyb2xlIjoic2VydmljZV9yb2xlIn0', 'x'].join('.')}`,
      'a JSON web token',
    ],
    ['-----BEGIN RSA PRIVATE KEY-----', 'a private key'],
    [`key: ${'sk_live_'}0123456789abcdef`, 'a key of Stripe'],
    [`key: ${'sbp_'}0123456789abcdef0123`, 'a key of Supabase'],
    [`key: ${'ghp_'}0123456789abcdefABCD`, 'a key of GitHub'],
    [`key: ${'xoxb-'}0123456789`, 'a key of Slack'],
    [`key: ${'AKIA'}0123456789ABCDEF`, 'a key of AWS'],
    ['tls.key: TFMwdExTMUNSVWRKVGlCUVVrbFdRVlJGSUV0RldTMHRMUzB0Q2c9PQ==', 'a long base64 text'],
  ])('finds %s', (text, what) => {
    expect(credentialsIn(text)).toContain(what);
  });

  test.each([
    'image: ghcr.io/seda-fm/seda-api:1.4.2@sha256:6f4e0a1d2c3b4a5968778695a4b3c2d1e0f9e8d7c6b5a493827160504f3e2d1c',
    'url: https://github.com/seda-fm/manifests/blob/main/docs/alerts.md#sedaapierrorbudgetburn',
    'OTEL_EXPORTER_OTLP_ENDPOINT: http://otel-collector.monitoring:4318',
    'key: seda/production/high-availability/supabase-service-key',
  ])('lets %s pass', (text) => {
    expect(credentialsIn(text)).toEqual([]);
  });

  test.each([
    'JWT_SECRET',
    'admin-api-key',
    'POSTGRES_PASSWORD',
    'SUPABASE_ANON_KEY',
    'token',
    'DB_PWD',
  ])('takes %s for the name of a secret', (name) => {
    expect(isCredentialName(name)).toBe(true);
  });

  test.each(['NODE_OPTIONS', 'AUTH_PROVIDER', 'seda-api.json', 'MONKEYS', 'STORAGE_PATH'])(
    'takes %s for no such name',
    (name) => {
      expect(isCredentialName(name)).toBe(false);
    },
  );
});
