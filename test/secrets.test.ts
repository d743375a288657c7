import { API } from '../environments/api';
import type { BlueGreenRelease, Release, SedaEnvironment } from '../environments/environment';
import { withSettingsOfToday } from '../environments/release-steps';
import { renderEnvironment } from '../environments/render';
import { secretValues } from '../environments/secret-values';
import { podSettings } from '../environments/settings';
import { systemClock } from '../ops/io';
import type { Kubectl } from '../ops/cluster/kubectl';
import type { Place } from '../ops/doctor/finding';
import { parseRendering } from '../ops/rendering/load';
import type { Manifest } from '../lib/manifests';
import { Rendering } from '../ops/rendering/rendering';
import { examineSecrets, secretsText } from '../ops/secrets/check';
import { templateText } from '../ops/secrets/template';
import { KEYS_TEMPLATE } from '../ops/secrets/uses';
import { firstDay } from './fixtures';

// The keys of the first day, whatever the API reads by now.
Object.assign(API, { secretKeys: {} });

const environments = Object.values(firstDay);
const production = environments.find(({ name }) => name === 'production')!;
const qa = environments.find(({ name }) => name === 'qa')!;
const development = environments.find(({ name }) => name === 'development')!;
const IMAGE = `ghcr.io/seda-fm/seda-api:1.4.2@sha256:${'a'.repeat(64)}`;
const colour = { ...podSettings(production), image: IMAGE };
const pair: BlueGreenRelease = {
  active: 'blue',
  blue: { ...colour, release: 4 },
  green: { ...colour, release: 3, replicas: 0 },
};
const PATH = 'seda/production/high-availability';

function rendered(environment: SedaEnvironment, release: Release): Rendering {
  const { files, faults } = renderEnvironment(environment, release);
  expect(faults).toEqual([]);
  return parseRendering([...files].filter(([file]) => file.startsWith(`${environment.name}/`)));
}

const stable = (text: string) => text.replace(/-[0-9a-f]{10}\b/g, '-HASH');

describe('seda secrets check', () => {
  const rendering = rendered(production, pair);
  const external = (status?: object): Manifest => ({
    ...rendering.get('ExternalSecret', 'seda-secrets')!,
    ...(status ? { status } : {}),
  });
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const ALL = 'seda-secrets\nadmin-api-key\ndatabase-url\njwt-secret\nsupabase-service-key\n';

  /** A cluster with these keys, and with this ExternalSecret. */
  const cluster = (keys: string, live: Manifest | Error | 'absent' = external(ready)) => {
    const asked: string[] = [];
    const run = async (_: string, args: readonly string[]): Promise<string> => {
      asked.push(args.join(' '));
      if (args[1] === 'secret') return keys;
      if (live instanceof Error) throw live;
      return live === 'absent' ? '' : JSON.stringify(live);
    };
    return {
      asked,
      kubectl: {
        context: 'prod',
        namespace: 'seda-prod',
        io: { clock: systemClock },
        run,
      } as unknown as Kubectl,
    };
  };
  const look = async (keys: string, live?: Manifest | Error | 'absent') =>
    examineSecrets('production', rendering, cluster(keys, live).kubectl);
  const found = ({
    findings,
  }: {
    findings: readonly { object: string; found: string; remedy: string }[];
  }) => findings.map((finding) => `${finding.object}: ${finding.found}`);

  test('lists every key, where it comes from and that it is there, and asks for no value', async () => {
    const { asked, kubectl } = cluster(ALL);
    const report = await examineSecrets('production', rendering, kubectl);
    expect(stable(secretsText(report))).toBe(
      [
        'production: what its pods need; in the context prod',
        '',
        'Secret/seda-secrets, made by ExternalSecret/seda-secrets from ClusterSecretStore/seda-secret-store',
        `  database-url          ${PATH}/database-url          present`,
        `  supabase-service-key  ${PATH}/supabase-service-key  present`,
        `  jwt-secret            ${PATH}/jwt-secret            present`,
        `  admin-api-key         ${PATH}/admin-api-key         present`,
        '  needed by Deployment/seda-api-blue, Job/seda-api-migrate-HASH',
        '',
        'production: nothing is missing',
      ].join('\n'),
    );
    expect(asked).toEqual([
      `get secret seda-secrets --ignore-not-found --output=go-template=${KEYS_TEMPLATE}`,
      'get --ignore-not-found --filename=- --output=json',
    ]);
  });

  test('names a key that is missing or empty, with what mends it', async () => {
    const report = await look(
      'seda-secrets\nadmin-api-key empty\ndatabase-url\nsupabase-service-key\n',
    );
    expect(report.secrets[0]!.keys.map(({ key, state }) => `${key} ${state}`)).toEqual([
      'database-url present',
      'supabase-service-key present',
      'jwt-secret missing',
      'admin-api-key empty',
    ]);
    expect(found(report)).toEqual([
      'Secret/seda-secrets: has no key jwt-secret and has nothing in the key admin-api-key',
    ]);
    expect(report.findings[0]!.remedy).toBe(
      `see that the store has ${PATH}/jwt-secret, ${PATH}/admin-api-key, then: kubectl --context=prod --namespace=seda-prod annotate externalsecret seda-secrets force-sync=$(date +%s) --overwrite`,
    );
  });

  test('a Secret that is not there, and an ExternalSecret that is not ready, not there or not known', async () => {
    const report = await look(
      '',
      external({
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'SecretSyncedError',
            message: 'could not get the secret',
          },
        ],
      }),
    );
    expect(report.secrets[0]).toMatchObject({
      exists: false,
      keys: [
        { state: 'missing' },
        { state: 'missing' },
        { state: 'missing' },
        { state: 'missing' },
      ],
    });
    expect(secretsText(report)).toContain(
      'from ClusterSecretStore/seda-secret-store: does not exist\n',
    );
    expect(found(report)).toEqual([
      'ExternalSecret/seda-secrets: SecretSyncedError: could not get the secret',
      'Secret/seda-secrets: does not exist',
    ]);
    expect(found(await look(ALL, external()))).toEqual([
      'ExternalSecret/seda-secrets: waits for the operator',
    ]);
    expect(
      found(await look(ALL, new Error('the cluster does not know the kind ExternalSecret'))),
    ).toEqual([
      'ExternalSecrets: could not look: the cluster does not know the kind ExternalSecret',
    ]);
    expect((await look(ALL, 'absent')).findings).toMatchObject([
      {
        object: 'ExternalSecret/seda-secrets',
        found: 'is in dist/ and not in the cluster',
        remedy: 'seda deploy production --context prod',
      },
    ]);
  });

  test('what an operator says is printed without credentials', async () => {
    const report = await look(
      ALL,
      external({
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'Error',
            message: 'store said password=hunter2 at postgres://a:hunter2@db/x',
          },
        ],
      }),
    );
    expect(secretsText(report) + JSON.stringify(report)).not.toContain('hunter2');
  });

  test('without a cluster says what dist/ itself lacks', async () => {
    const offline = await examineSecrets('production', rendering);
    expect(offline).toMatchObject({
      environment: 'production',
      findings: [],
      secrets: [{ exists: 'not asked', keys: [{ state: 'not asked' }, {}, {}, {}] }],
    });
    expect(offline).not.toHaveProperty('context');
    const objects = structuredClone(rendering.objects) as Manifest[];
    objects.find(({ kind }) => kind === 'ExternalSecret')!.spec.data.shift();
    expect(found(await examineSecrets('production', new Rendering(objects)))).toEqual([
      'ExternalSecret/seda-secrets: does not bring database-url',
    ]);
  });

  test('a Secret of dist/ and one that a hand makes', async () => {
    const report = await examineSecrets(
      'development',
      rendered(development, { image: 'ghcr.io/seda-fm/seda-api:local' }),
    );
    expect(report).toMatchObject({
      secrets: [{ secret: 'seda-secrets', madeBy: 'dist/' }],
      findings: [],
    });
    const bare = new Rendering(rendering.objects.filter(({ kind }) => kind !== 'ExternalSecret'));
    expect((await examineSecrets('production', bare)).secrets[0]!.madeBy).toBe('hand');
    expect(secretsText(await examineSecrets('production', new Rendering([])))).toBe(
      'production: the pods need no Secret',
    );
  });

  test('both versions while two colours read them', async () => {
    const both = await examineSecrets(
      'production',
      rendered(production, { ...pair, green: { ...colour, release: 5, secretVersion: 2 } }),
    );
    expect(both.secrets.map(({ secret, keys }) => `${secret} ${keys[0]!.from}`)).toEqual([
      `seda-secrets ${PATH}/database-url`,
      `seda-secrets-v2 ${PATH}/v2/database-url`,
    ]);
  });
});

describe('seda secrets template', () => {
  const place: Place = { name: 'production', context: 'prod', namespace: 'seda-prod' };
  const template = (environment: SedaEnvironment, release: Release, byHand = false) =>
    templateText({
      place: { ...place, name: environment.name, namespace: environment.namespace },
      current: rendered({ ...environment, secretVersion: undefined }, release),
      upcoming: rendered(environment, withSettingsOfToday({ environment, release })),
      values: secretValues(environment),
      byHand,
    });

  test('entries of the store, each with what it is and how it is written', () => {
    expect(template(production, pair)).toBe(
      [
        '# seda-secrets: put these into the store of ClusterSecretStore/seda-secret-store',
        `${PATH}/database-url`,
        '    connection string of the managed PostgreSQL instance "high-availability"; a direct or session connection',
        '    format: postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require',
        `${PATH}/supabase-service-key`,
        '    secret key (service_role) of the Supabase project your-prod-project-ref',
        '    format: sb_secret_..., or the older JSON web token eyJ...',
        `${PATH}/jwt-secret`,
        "    the secret with which Supabase Auth signs the users' tokens, that of the Supabase project your-prod-project-ref",
        '    format: text of at least 32 characters, as its dashboard shows it',
        `${PATH}/admin-api-key`,
        "    the key of the API's administration",
        '    format: text of at least 32 characters, e.g. of: openssl rand -hex 32',
      ].join('\n'),
    );
  });

  test('a version that is still to be staged is there beside the one that is read', () => {
    const text = template({ ...production, secretVersion: 2 }, pair);
    expect(text.split('\n').filter((line) => /^[#s]/.test(line))).toEqual([
      '# seda-secrets: put these into the store of ClusterSecretStore/seda-secret-store',
      ...['database-url', 'supabase-service-key', 'jwt-secret', 'admin-api-key'].map(
        (key) => `${PATH}/${key}`,
      ),
      '# seda-secrets-v2, which the next release is the first to read: put these into the store of ClusterSecretStore/seda-secret-store',
      ...['database-url', 'supabase-service-key', 'jwt-secret', 'admin-api-key'].map(
        (key) => `${PATH}/v2/${key}`,
      ),
    ]);
    expect(template({ ...qa, secretVersion: 2 }, { image: IMAGE })).toContain(
      '# seda-secrets-v2, which the next release is the first to read: ',
    );
  });

  test('by hand, a command that takes the values from standard input', () => {
    const lines = template(production, pair, true).split('\n');
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
      'kubectl --context=prod --namespace=seda-prod create secret generic seda-secrets --from-env-file=/dev/stdin',
    ]);
    expect(lines.filter((line) => /^# [\w-]+=\.\.\.$/.test(line))).toEqual([
      '# database-url=...',
      '# supabase-service-key=...',
      '# jwt-secret=...',
      '# admin-api-key=...',
    ]);
  });

  test('nothing where dist/ holds the Secret, and the values of a local environment are its own', () => {
    const release = { image: 'ghcr.io/seda-fm/seda-api:local' };
    expect(template(development, release)).toBe(
      '# seda-secrets: nothing to create, dist/development holds it with values that everybody knows',
    );
    expect(template(development, release, true)).toContain(
      "#     the secret with which the API signs the users' tokens\n",
    );
  });

  test('a Secret that pods take as a whole has no keys to tell', () => {
    const pod = {
      metadata: { name: 'a' },
      spec: {
        replicas: 1,
        template: { spec: { containers: [{ envFrom: [{ secretRef: { name: 'other' } }] }] } },
      },
    };
    const rendering = new Rendering([{ apiVersion: 'apps/v1', kind: 'Deployment', ...pod }]);
    expect(
      templateText({ place, current: rendering, upcoming: rendering, values: {}, byHand: false }),
    ).toBe(
      '# other: pods take it as a whole, and dist/ does not say what is in it; make it by the way that made it before',
    );
  });
});
