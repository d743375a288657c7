import { withoutCredentials, withoutLiveValues, withoutSecrets } from '../ops/confidential';
import { type DeployEvent, withoutSecretsIn } from '../ops/deploy/events';
import { format } from '../ops/diff';
import { changesOf, type ObjectChange } from '../ops/diff/changes';
import type { Manifest } from '../lib/manifests';
import { Rendering } from '../ops/rendering/rendering';

const SECRET = 'hunter2-do-not-print';
/** In two parts, so that no scanner takes it for a real one. */
const VENDOR = `${'sb_'}secret_0123456789abcdef`;

const deployment = (...env: object[]): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    replicas: 1,
    template: { spec: { containers: [{ name: 'api', image: 'ghcr.io/seda-fm/seda-api:1', env }] } },
  },
});
const change = (before: Manifest, after: Manifest): ObjectChange =>
  changesOf('qa', new Rendering([before]), new Rendering([after]))[0]!;

describe('a text without credentials', () => {
  test.each([
    [
      `Error: P1001 postgresql://seda:${SECRET}@db:5432/seda`,
      'Error: P1001 postgresql://[hidden]@db:5432/seda',
    ],
    [`redis://:p/w@${SECRET}@cache:6379`, 'redis://[hidden]@cache:6379'],
    [`DATABASE_URL=postgresql://seda:${SECRET}@db:5432/seda up`, 'DATABASE_URL=[hidden] up'],
    [`JWT_SECRET=${SECRET}`, 'JWT_SECRET=[hidden]'],
    [`JWT_SECRET=top,${SECRET};x`, 'JWT_SECRET=[hidden]'],
    [
      `SUPABASE_SERVICE_ROLE_KEY = "two words ${SECRET}" PORT=3001`,
      'SUPABASE_SERVICE_ROLE_KEY = [hidden] PORT=3001',
    ],
    [`{"SENTRY_DSN":"${SECRET}","PORT":"3001"}`, '{"SENTRY_DSN":[hidden],"PORT":"3001"}'],
    [
      `{\\"ADMIN_API_KEY\\":\\"${SECRET}\\",\\"PORT\\":1}`,
      '{\\"ADMIN_API_KEY\\":[hidden],\\"PORT\\":1}',
    ],
    [`PGPASSWORD: "${SECRET}`, 'PGPASSWORD: [hidden]'],
    [`password: ${SECRET}`, 'password: [hidden]'],
    [`serviceRoleKey: '${SECRET}'`, 'serviceRoleKey: [hidden]'],
    [`Authorization: Bearer ${SECRET}`, 'Authorization: Bearer [hidden]'],
    [`refused for ${VENDOR}, sorry`, 'refused for [hidden], sorry'],
    [`got (${'eyJ'}hbGciOiJIUzI1NiJ9.e30.x)`, 'got ([hidden])'],
    ['-----BEGIN PRIVATE KEY-----\\nMIIE', '[hidden]'],
    [
      `a\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nQQDx\n-----END PRIVATE KEY-----\nb`,
      'a\n[hidden]\nb',
    ],
    [`MIIEvQIBADANBg\nQQDx\n-----END RSA PRIVATE KEY-----\nb`, '[hidden]\nb'],
    [`Map(1) { 'password' => '${SECRET}' }`, "Map(1) { 'password' => [hidden] }"],
    [`Set-Cookie: sid=${SECRET}; Path=/`, 'Set-Cookie: [hidden]'],
    [`authorization: Digest username="a", response="${SECRET}"`, 'authorization: [hidden]'],
    [`pwd=${SECRET} encryption_key=${SECRET}`, 'pwd=[hidden] encryption_key=[hidden]'],
  ])('%s', (text, expected) => expect(withoutCredentials(text)).toBe(expected));

  test.each([
    'wave -20: ExternalSecret/seda-secrets: SecretSyncedError: no such path; later waves were not applied',
    'Secret/seda-secrets: has no key jwt-secret, see https://docs.seda.fm/a@b',
    'api waits, ImagePullBackOff, ghcr.io/seda-fm/seda-api:1.4.2@sha256:6f4e0a1d2c3b',
    'to run it again: kubectl --context=prod --namespace=seda-prod delete job seda-api-gate-blue-0123456789, then deploy',
    "error: the server doesn't have a resource type",
    'JWT_SECRET: Required',
    'JWT_SECRET: must be at least 32 characters',
    'SyntaxError: Unexpected token: punc, MONKEY=1, PRIMARY KEY: users_pkey, KEYCLOAK_URL: http://idp',
    'Basic authentication is required',
  ])('%s is left as it is', (text) => expect(withoutCredentials(text)).toBe(text));
});

describe('a change of a live object', () => {
  test('names what a hand wrote and does not show it; a reference to a Secret is shown', () => {
    const reference = {
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'seda-secrets', key: 'database-url' } },
    };
    const live = deployment(
      { name: 'DATABASE_URL', value: SECRET },
      { name: 'LEVEL', value: SECRET },
    );
    live.spec.template.spec.containers.push({
      name: 'sidecar',
      env: [{ name: 'X', value: SECRET }],
    });
    const { fields } = withoutLiveValues(
      change(live, {
        ...deployment(reference),
        spec: { ...deployment(reference).spec, replicas: 2 },
      }),
    );
    const containers = 'spec.template.spec.containers';
    expect(fields).toEqual([
      { path: 'spec.replicas', from: 1, to: 2 },
      { path: `${containers}.api.env.DATABASE_URL.value` },
      { path: `${containers}.api.env.DATABASE_URL.valueFrom`, to: reference.valueFrom },
      { path: `${containers}.api.env.LEVEL` },
      { path: `${containers}.sidecar` },
    ]);
  });

  test('names the question of a probe and does not show what a hand wrote behind it', () => {
    const asked = (httpGet: object) => {
      const { spec, ...rest } = deployment();
      const [container] = spec.template.spec.containers;
      Object.assign(container!, { readinessProbe: { httpGet } });
      return { spec, ...rest };
    };
    const at = 'spec.template.spec.containers.api.readinessProbe.httpGet';
    const fieldsOf = (live: object) =>
      withoutLiveValues(change(asked(live), asked({ path: '/health' }))).fields;
    expect(fieldsOf({ path: `/health?let=${SECRET}` })).toEqual([{ path: `${at}.path` }]);
    expect(fieldsOf({ path: '/health', httpHeaders: [{ name: 'X-Let', value: SECRET }] })).toEqual([
      { path: `${at}.httpHeaders` },
    ]);
    expect(fieldsOf({ path: '/other' })).toEqual([
      { path: `${at}.path`, from: '/other', to: '/health' },
    ]);
  });
});

describe('a change between two commits', () => {
  test('shows configuration and references, and never a Secret or a credential', () => {
    const config = (data: object): Manifest => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data,
    });
    expect(
      withoutSecrets(
        change(
          config({ LEVEL: 'info', URL: 'x', JWT_SECRET: 'a' }),
          config({ LEVEL: 'debug', URL: `redis://:${SECRET}@cache`, JWT_SECRET: SECRET }),
        ),
      ).fields,
    ).toEqual([
      { path: 'data.LEVEL', from: 'info', to: 'debug' },
      { path: 'data.URL' },
      { path: 'data.JWT_SECRET' },
    ]);
    expect(
      withoutSecrets(
        change(
          { ...config({ a: 'MQ==' }), kind: 'Secret' },
          { ...config({ a: 'Mg==' }), kind: 'Secret' },
        ),
      ).fields,
    ).toEqual([{ path: 'data.a' }]);
    const reference = {
      name: 'JWT_SECRET',
      valueFrom: { secretKeyRef: { name: 'seda-secrets', key: 'jwt-secret' } },
    };
    expect(withoutSecrets(change(deployment(), deployment(reference))).fields).toEqual([
      { path: 'spec.template.spec.containers.api.env.JWT_SECRET', to: reference },
    ]);
    expect(
      withoutSecrets(change(deployment(), deployment({ name: 'JWT_SECRET', value: SECRET })))
        .fields,
    ).toEqual([{ path: 'spec.template.spec.containers.api.env.JWT_SECRET' }]);
  });
});

test('what a deploy reports holds no secret', () => {
  const changes = [change(deployment({ name: 'DATABASE_URL', value: SECRET }), deployment())];
  const events: DeployEvent[] = [
    { type: 'plan', environment: 'qa', context: 'qa', sentences: [], changes },
    {
      type: 'object',
      wave: 0,
      object: 'ExternalSecret/a',
      state: 'degraded',
      message: `token=${SECRET}`,
    },
    {
      type: 'failed',
      message: `refused: password=${SECRET}`,
      details: ['its last lines:', `  DATABASE_URL=postgresql://seda:${SECRET}@db`],
    },
  ];
  const said = events.map(withoutSecretsIn);
  expect(JSON.stringify(said)).not.toContain(SECRET);
  expect(said[2]).toEqual({
    type: 'failed',
    message: 'refused: password=[hidden]',
    details: ['its last lines:', '  DATABASE_URL=[hidden]'],
  });
  expect(format((said[0] as Extract<DeployEvent, { type: 'plan' }>).changes, 'text')).toMatch(
    /\n {4}spec\.template\.spec\.containers\.api\.env\.DATABASE_URL$/,
  );
});
