import * as fc from '../test/random';
import { withoutCredentials } from '../ops/confidential';
import { render } from '../test/render';
import { configCredentials } from './config-credentials';
import { credentialFault, credentialIn, isCredentialName } from './credentials';
import { SedaApi } from './index';

/** In two parts, so that no scanner takes them for real ones. */
const FORMS: readonly (readonly [string, string])[] = [
  ['a URL with a password', 'postgresql://shop:hunter22@db.example.com:5432/shop'],
  ['a URL with a password', 'rediss://:hunter22@cache:6379'],
  ['a URL with a password', 'https://shop:p@ss/word@example.com'],
  ['a password in words', 'host=db.example.com user=shop password=hunter22 dbname=shop'],
  ['a password in words', 'Server=db;Uid=shop;Pwd=hunter22;'],
  ['a password in words', 'https://db.example.com/?user=shop&password=hunter22'],
  ['a password in words', 'DefaultEndpointsProtocol=https;AccountKey=hunter22'],
  ['a JSON web token', `${'eyJ'}hbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln`],
  ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----\nMIIB`],
  ['a private key', `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----`],
  ['a private key', `-----BEGIN PGP ${'PRIVATE'} KEY BLOCK-----`],
  ['an authorization header', `Bearer ${'0123456789abcdef0'}`],
  ['a key of Stripe', `${'sk_'}live_0123456789abcdef`],
  ['a key of Stripe', `${'rk_'}live_0123456789abcdef`],
  ['a key of Stripe', `${'whsec'}_0123456789abcdef`],
  ['a key of Supabase', `${'sb_'}secret_0123456789abcdef`],
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'].map(
    (prefix) => ['a key of GitHub', `${prefix}0123456789abcdefABCD`] as const,
  ),
  ['a key of GitLab', `${'glpat'}-0123456789abcdefghij`],
  ...['xoxa-', 'xoxb-', 'xoxp-', 'xoxs-', 'xapp-'].map(
    (prefix) => ['a key of Slack', `${prefix}0123456789`] as const,
  ),
  ['a key of Slack', `https://hooks.slack.com/${'services'}/T0123/B0123/abcdef`],
  ['a key of AWS', `${'AKIA'}0123456789ABCDEF`],
  ['a key of AWS', `${'ASIA'}0123456789ABCDEF`],
  ['a key of Google', `${'AIza'}${'Sy0123456789abcdefghijklmnopqrstuvw'}`],
  ['a key of OpenAI', `${'sk-'}proj-0123456789abcdefghij`],
  ['a key of OpenAI', `${'sk-'}0123456789abcdefghijABCD`],
  ['a key of Anthropic', `${'sk-'}ant-api03-0123456789abcdefghij`],
  ['a key of SendGrid', `${'SG.'}0123456789abcdefghijkl.0123456789abcdefghijkl`],
  ['a key of Twilio', `SK${'0123456789abcdef'.repeat(2)}`],
  ['a key of npm', `npm_${'0123456789abcdefghijklmnopqrstuvwxyz'}`],
  ['a key of Vault', `hvs.${'CAESIJ0123456789abcdefghij'}`],
  ['a password before an address', 'me:hunter22@tcp(db:3306)/shop'],
  ...(['base64', 'base64url', 'hex'] as const).map(
    (encoding) =>
      [
        'a URL with a password, encoded',
        Buffer.from('amqp://me:hunter22@q').toString(encoding),
      ] as const,
  ),
  ['a long base64 text', 'TFMwdExTMUNSVWRKVGlCUVVrbFdRVlJGSUV0RldTMHRMUzB0Q2c9PQ=='],
];

test.each(FORMS)('%s is refused, found and hidden, wherever it stands: %s', (what, value) => {
  expect(credentialIn(value)).toBe(what);
  expect(credentialFault('UPSTREAM', value)).toBe(`holds ${what}`);
  expect(
    configCredentials({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { UPSTREAM: value },
    }),
  ).toEqual([{ key: 'UPSTREAM', problem: `holds ${what}` }]);
  const shown = withoutCredentials(`cannot use "${value}" here`);
  expect(shown).toContain('[hidden]');
  expect(shown).not.toMatch(/hunter22|p@ss|0123456789|c2ln|MIIB|TFMwd|YW1xcDo|616d7170/);
});

test.each([
  ['ACCESS_TOKEN_TTL', '15m'],
  ['ACCESS_TOKEN_TTL', '900'],
  ['PASSWORD_MIN_LENGTH', '12'],
  ['PASSWORD_RESET_URL', 'https://shop.example/reset'],
  ['JWT_ISSUER', 'https://shop.example'],
  ['JWT_ALGORITHM', 'RS256'],
  ['JWT_SECRET_FILE', '/run/secrets/jwt'],
  ['JWT_SECRET', '/run/secrets/jwt'],
  ['API_KEY_HEADER', 'X-Api-Key'],
  ['REQUIRE_PASSWORD', 'true'],
  ['MAX_TOKENS', '4096'],
  ['TOKENS', '4096'],
  ['CACHE_KEY', 'shop:v1'],
  ['JWT_PUBLIC_KEY', 'ssh-ed25519'],
  ['CACHE_KEY_PREFIX', 'shop'],
  ['SECRET_STORE', 'vault'],
  ['DATABASE_URL', 'postgresql://db.example.com/shop'],
  ['DATABASE_URL', 'postgresql://shop:$(DB_PASSWORD)@db.example.com/shop'],
  ['DB_PASSWORD', '$(OTHER)'],
  ['KEYCLOAK_URL', 'https://id.shop.example'],
  ['MONKEYS', '12'],
  ['TOKENIZER', 'bpe'],
  ['CORS_ORIGINS', 'http://localhost:3000,https://shop.example/@admin'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://otel-collector.monitoring:4318'],
  ['CA_BUNDLE', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
  ['TASK', 'ask-the-desk-for-a-very-long-time'],
])('%s=%s is no credential', (name, value) => expect(credentialFault(name, value)).toBeUndefined());

test.each([
  ['DB_PASSWORD', 'hunter22'],
  ['DB_PASSWORD', '12345678'],
  ['PGPASSWORD', 'hunter22'],
  ['DB_PASSWORD_PROD', 'hunter22'],
  ['ADMIN_API_KEY', 'hunter22'],
  ['apiKey', 'hunter22'],
  ['REFRESH_TOKEN', 'abc'],
  ['JWT_SECRET', 'top secret'],
  ['VAULT_SECRET_ID', '6b2f'],
  ['DATABASE_URL', 'hunter22'],
  ['TOKEN_NAME', 'Zm9vYmFyYmF6cXV4MTIzNDU2'],
  ['API_KEY_ID', '0123456789abcdef0123456789abcdef'],
])('%s is named like a credential', (name, value) =>
  expect(credentialFault(name, value)).toBe('is named like a credential'),
);

test('a judgement takes any text and never shows it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 30 }), (name, value) => {
      isCredentialName(name);
      expect(credentialFault(name, value) ?? '').not.toContain(value);
    }),
  );
});

describe('notCredentials', () => {
  const config = { SUPABASE_ANON_KEY: `${'eyJ'}hbGciOiJIUzI1NiJ9.e30.x`, LOG_LEVEL: 'info' };
  const api = (notCredentials?: readonly string[]) =>
    render((chart) => {
      const revision = {
        image: 'registry.example.com/shop/api:1.4.0',
        replicas: 2,
        config,
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        notCredentials,
      };
      void new SedaApi(chart, 'api', {
        name: 'shop-api',
        health: { readiness: '/ready' },
        workload: { strategy: 'rolling', revision },
      });
    });

  test('says that a setting is none, in the object that is reviewed', () => {
    expect(api().faults).toEqual([
      'test/api/rolling: config.SUPABASE_ANON_KEY holds a JSON web token, expected no credential in configuration; keep it in the secret store and refer to its key',
    ]);
    const [configMap] = api(['SUPABASE_ANON_KEY']).ofKind('ConfigMap');
    expect(configMap!.metadata.annotations).toMatchObject({
      'seda.fm/not-credentials': 'SUPABASE_ANON_KEY',
    });
    expect(configCredentials(configMap!)).toEqual([]);
    expect(configCredentials({ ...configMap!, metadata: { name: 'a' } })).toHaveLength(1);
  });

  test('names settings that exist', () => {
    expect(api(['SUPABASE_ANON_KEY', 'ANON']).faults).toEqual([
      'test/api/rolling: notCredentials names no variable, got "ANON", expected variables of config; correct or remove it',
    ]);
  });
});
