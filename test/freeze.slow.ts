import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../lib/manifests';
import { image } from './fixtures';
import { Project, RETIRED, ROOT } from './kit';

/*
 * What serves stays as it was staged, whatever is edited: the command, in a copy of this repository whose code is edited.
 */

type Colour = 'blue' | 'green';

/** An edit of the code or of a setting, what status says of it, and what the next stage has of it. */
interface Edit {
  readonly what: string;
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** In the line of `release status`. */
  readonly waits: string;
  /** A line of what the next stage freezes. */
  readonly taken: string;
}

const edits: readonly Edit[] = [
  {
    what: 'a probe',
    file: 'lib/pod-template.ts',
    from: 'livenessProbe: { ...alive, periodSeconds: 10',
    to: 'livenessProbe: { ...alive, periodSeconds: 11',
    waits: 'Deployment seda-api-green containers.seda-api.livenessProbe.periodSeconds 10 -> 11',
    taken: 'periodSeconds: 11',
  },
  {
    what: 'a label of the pods',
    file: 'lib/api-deployment.ts',
    from: 'const podLabels = { ...labels, ...selector };',
    to: "const podLabels = { ...labels, ...selector, team: 'api' };",
    waits: 'Deployment seda-api-green metadata.labels.team (none) -> api',
    taken: 'team: api',
  },
  {
    what: 'the script of the gate',
    file: 'lib/gate-script.ts',
    from: /(export const GATE_SCRIPT = `)/,
    to: '$1// asks twice\n',
    waits: 'Job seda-api-gate-green containers.gate.command.2 ',
    taken: '// asks twice',
  },
  {
    what: 'what the pods may reach',
    file: 'environments/chart.ts',
    from: 'LOCAL_SUPABASE_PORT : 443]',
    to: 'LOCAL_SUPABASE_PORT : 8443]',
    waits: 'NetworkPolicy seda-api-green egress.3.ports.0.port 443 -> 8443',
    taken: 'port: 8443',
  },
  {
    what: 'who may reach them',
    file: 'environments/chart.ts',
    from: "const MONITORING_NAMESPACE = 'monitoring'",
    to: "const MONITORING_NAMESPACE = 'prometheus'",
    waits: 'NetworkPolicy seda-api-green ingress.0.from.1.namespaceSelector',
    taken: 'kubernetes.io/metadata.name: prometheus',
  },
  {
    what: 'a service that the settings name, gone',
    file: 'environments/production.ts',
    from: / redis: .*\n/,
    to: '\n',
    waits: 'config.REDIS_URL redis://cache.example.com:6380 -> (none)',
    taken: 'STORAGE_PROVIDER: supabase',
  },
  {
    what: 'resources',
    file: 'environments/production.ts',
    from: "limits: { memory: '512Mi' }",
    to: "limits: { memory: '768Mi' }",
    waits: 'resources.limits.memory 512Mi -> 768Mi',
    taken: 'memory: 768Mi',
  },
  {
    what: 'when images are pulled',
    file: 'lib/pod-template.ts',
    from: "return chosen ?? (parseImage(image).digest === undefined ? 'Always' : 'IfNotPresent');",
    to: "return chosen ?? (parseImage(image).tag === undefined ? 'IfNotPresent' : 'Always');",
    waits: 'Deployment seda-api-green containers.seda-api.imagePullPolicy IfNotPresent -> Always',
    taken: 'imagePullPolicy: Always',
  },
  {
    what: 'the user of the pods',
    file: 'lib/pod-template.ts',
    from: 'const USER = 10001',
    to: 'const USER = 10002',
    waits: 'Deployment seda-api-green securityContext.fsGroup 10001 -> 10002',
    taken: 'runAsUser: 10002',
  },
  {
    what: 'the health endpoint of the API',
    file: 'environments/api.ts',
    from: "readiness: '/api/v1/health'",
    to: "readiness: '/api/v2/health'",
    waits: 'containers.seda-api.readinessProbe.httpGet.path /api/v1/health -> /api/v2/health',
    taken: 'path: /api/v2/health',
  },
  {
    what: 'the port of the API',
    file: 'environments/api.ts',
    from: 'port: 3001',
    to: 'port: 3002',
    waits: 'ports.0.port 3001 -> 3002',
    taken: 'containerPort: 3002',
  },
  {
    what: 'the disruption budget',
    file: 'lib/api-deployment.ts',
    from: 'maxUnavailable: k8s.IntOrString.fromNumber(1)',
    to: 'maxUnavailable: k8s.IntOrString.fromNumber(2)',
    waits: 'PodDisruptionBudget seda-api-green maxUnavailable 1 -> 2',
    taken: 'maxUnavailable: 2',
  },
  {
    what: 'the command of the migration',
    file: 'lib/migration-job.ts',
    from: "const DEFAULT_COMMAND = ['node_modules/.bin/prisma', 'migrate', 'deploy']",
    to: "const DEFAULT_COMMAND = ['node_modules/.bin/migrate']",
    waits: 'Job seda-api-migrate containers.migrate.command.0',
    taken: '- node_modules/.bin/migrate',
  },
  {
    what: 'a Secret that the store keeps elsewhere, with a version of its own',
    file: 'environments/production.ts',
    from: '  replicas: 3,',
    to: "  replicas: 3,\n  secretVersion: 2,\n  secrets: { store: 'other-store', path: 'seda/moved' },",
    waits: 'secretVersion (none) -> 2',
    taken: 'key: seda/moved/v2/database-url',
  },
];

let project: Project;
/** The files of the moment in which green serves, and what dist/ has of it. */
let start: Record<string, string>;
let frozen: string;

const release = (args: string) => project.seda(`release ${args}`);

/** The same for what must succeed. */
async function must(args: string): Promise<string> {
  const { code, stdout, stderr } = await project.seda(args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** What dist/ has of a colour, without the waves that its Deployment and its gate exchange. */
function bundleIn(colour: Colour): string {
  const pods = project
    .read('dist/production/20-api.k8s.yaml')
    .split(/^---\n/m)
    .find((text) => text.includes(`\n  name: seda-api-${colour}\n`))!;
  const ofColour = ({ kind, metadata: { name }, spec }: Manifest) =>
    name === `seda-api-${colour}` ||
    name.startsWith(`seda-api-${colour}-config-`) ||
    (kind === 'NetworkPolicy' && name.startsWith(`seda-api-${colour}-`)) ||
    (kind === 'Job' && spec.template.metadata.labels.version === colour) ||
    (kind === 'ExternalSecret' && pods.includes(`name: ${name}\n`));
  return ['00-namespace', '10-config', '20-api']
    .flatMap((file) => project.read(`dist/production/${file}.k8s.yaml`).split(/^---\n/m))
    .filter((text) => {
      const object = parseAllDocuments(text)[0]!.toJS() as Manifest;
      return object.kind !== 'Service' && ofColour(object);
    })
    .join('---\n')
    .replace(/^ +argocd.argoproj.io\/sync-wave: .*\n/gm, '');
}

function restore(): void {
  for (const folder of ['environments', 'dist', 'lib']) {
    for (const file of Object.keys(project.files(folder)))
      if (!(`${folder}/${file}` in start)) fs.rmSync(project.path(`${folder}/${file}`));
  }
  for (const [file, text] of Object.entries(start))
    if (!fs.existsSync(project.path(file)) || project.read(file) !== text)
      project.write(file, text);
}

/** The files of the folder of records that belong to production. */
const files = () =>
  fs.readdirSync(project.path('environments')).filter((file) => /^production\..*yaml$/.test(file));

beforeAll(async () => {
  project = await Project.onFirstDay();
  project.edit(
    'environments/production.ts',
    '  replicas: 3,',
    "  replicas: 3,\n  redis: { kind: 'managed', host: 'cache.example.com', port: 6380 },",
  );
  await must(`release stage qa --image ${image('1.4.2')}`);
  await must('release stage sandbox --from qa');
  await must('release stage production --from sandbox');
  await must('release promote production');
  await must('release retire production');
  start = Object.fromEntries(
    ['environments', 'dist', 'lib'].flatMap((folder) =>
      Object.entries(project.files(folder)).map(([file, text]) => [`${folder}/${file}`, text]),
    ),
  );
  frozen = bundleIn('green');
});

test('what serves is frozen whole', () => {
  const kinds = [...frozen.matchAll(/^kind: (\w+)/gm)].map(([, kind]) => kind);
  expect(kinds).toEqual([
    ...Array(3).fill('NetworkPolicy'),
    'ConfigMap',
    'ExternalSecret',
    'Deployment',
    'PodDisruptionBudget',
    'Job',
    'Job',
  ]);
  expect(files()).toEqual(['production.green.yaml', 'production.release.yaml']);
});

test('a review folds what was frozen, which dist/ shows, and nothing else of production', () => {
  const folded = (file: string) =>
    execFileSync('git', ['check-attr', 'linguist-generated', '--', file], {
      cwd: ROOT,
      encoding: 'utf8',
    }).trim();
  for (const colour of ['blue', 'green'])
    expect(folded(`environments/production.${colour}.yaml`)).toMatch(/: true$/);
  for (const file of ['environments/production.release.yaml', 'dist/production/20-api.k8s.yaml'])
    expect(folded(file)).toMatch(/: unspecified$/);
});

describe('an edit reaches what serves with the next stage, and not before', () => {
  afterEach(restore);

  test.each(edits.map((edit) => [edit.what, edit] as const))(
    '%s',
    async (_, { file, from, to, waits, taken }) => {
      project.edit(file, from, to);
      const noted = await must('synth');
      expect(bundleIn('green')).toBe(frozen);
      expect(noted).toContain(waits);

      const staged = await must(`release stage production --image ${image('1.4.2')}`);
      expect(staged).toContain('production: blue is staged with 1.4.2');
      expect(bundleIn('green')).toBe(frozen);
      const next = project.read('environments/production.blue.yaml');
      expect(next).toContain(taken);
      expect(project.read('environments/production.green.yaml')).not.toBe(next);
      expect(await must('synth --check')).toBe(`${RETIRED}dist/ is up to date\n`);
    },
  );
});

describe('the files of the bundles follow the verbs', () => {
  afterEach(restore);

  const next = image('1.5.0');
  const stageNext = async () => {
    await must(`release stage qa --image ${next}`);
    await must('release stage sandbox --from qa');
    return must('release stage production --from sandbox');
  };
  const bundles = () => files().filter((file) => !file.includes('release'));

  test('an edit that waits is in status as well, until it is staged; promote and retire keep it', async () => {
    project.edit('lib/pod-template.ts', 'periodSeconds: 10', 'periodSeconds: 11');
    const waits = 'containers.seda-api.livenessProbe.periodSeconds 10 -> 11';
    expect(await must('release status production')).toContain(waits);
    const { stdout } = await release('status production --json');
    expect(JSON.parse(stdout)[0].waiting).toContainEqual({
      object: 'Deployment seda-api-green',
      path: 'containers.seda-api.livenessProbe.periodSeconds',
      from: 10,
      to: 11,
    });
    await must('release stage production --from production --migration none');
    expect(await must('release status production')).not.toContain('waits for');
    await must('release promote production');
    expect(bundleIn('green')).toBe(frozen);
    await must('release retire production');
    expect(bundles()).toEqual(['production.blue.yaml']);
    expect(bundleIn('blue')).toContain('periodSeconds: 11');
  });

  test('stage, abort', async () => {
    expect(await stageNext()).toContain('added    environments/production.blue.yaml\n');
    expect(bundles()).toEqual(['production.blue.yaml', 'production.green.yaml']);
    expect(await must('release abort production')).toContain(
      'removed  environments/production.blue.yaml\n',
    );
    expect(bundles()).toEqual(['production.green.yaml']);
    expect(bundleIn('green')).toBe(frozen);
  });

  test('promote, an edit, rollback, promote again, retire, warm again', async () => {
    await stageNext();
    const blue = bundleIn('blue');
    const texts = () => bundles().map((file) => project.read(`environments/${file}`));
    const held = texts();
    await must('release promote production');
    project.edit('lib/pod-template.ts', 'periodSeconds: 10', 'periodSeconds: 11');
    for (const verb of ['rollback production', 'promote production --again']) {
      await must(`release ${verb}`);
      expect(texts()).toEqual(held);
      expect([bundleIn('blue'), bundleIn('green')]).toEqual([blue, frozen]);
    }
    await must('release retire production');
    expect(bundles()).toEqual(['production.blue.yaml']);
    expect(bundleIn('blue')).toBe(blue);
    expect(await must(`release stage production --image ${image('1.4.2')}`)).toContain(
      'green is staged with 1.4.2',
    );
    expect(bundleIn('blue')).toBe(blue);
    expect(bundleIn('green')).toContain('periodSeconds: 11');
  });

  test('a record from before there were such files: what serves is frozen as it is rendered, with the next stage', async () => {
    fs.rmSync(project.path('environments/production.green.yaml'));
    await must('synth --check');
    expect(await stageNext()).toMatch(
      /added +environments\/production\.blue\.yaml\nadded +environments\/production\.green\.yaml\n/,
    );
    expect(bundleIn('green')).toBe(frozen);
    expect(project.read('environments/production.green.yaml')).toBe(
      start['environments/production.green.yaml'],
    );
  });

  test('stage --promote in one commit', async () => {
    await must(`release stage qa --image ${next}`);
    await must('release stage sandbox --from qa');
    await must('release stage production --from sandbox --promote');
    expect(bundles()).toEqual(['production.blue.yaml', 'production.green.yaml']);
    expect(bundleIn('green')).toBe(frozen);
  });

  test('a dry run writes nothing', async () => {
    await must(`release stage qa --image ${next}`);
    await must('release stage sandbox --from qa');
    const before = [project.files('environments'), project.files('dist')];
    expect(await must('release stage production --from sandbox --dry-run')).toContain(
      'added    environments/production.blue.yaml\n',
    );
    expect([project.files('environments'), project.files('dist')]).toEqual(before);
  });

  test('a verb that cannot finish, or is killed, leaves everything as it was', async () => {
    await must(`release stage qa --image ${next}`);
    await must('release stage sandbox --from qa');
    const before = [project.files('environments'), project.files('dist')];
    // Killed after the files, before dist/: the number of no process.
    const pid = 2 ** 22 + 1;
    project.write(`.dist-${pid}-abc/x.yaml`, 'x\n');
    project.write(
      `.dist-${pid}.undo`,
      JSON.stringify({
        render: `.dist-${pid}-abc`,
        before: {
          'environments/production.release.yaml': project.read(
            'environments/production.release.yaml',
          ),
          'environments/production.blue.yaml': null,
        },
      }),
    );
    project.edit('environments/production.release.yaml', /image: .*1\.4\.2.*/, `image: ${next}`);
    project.write('environments/production.blue.yaml', 'half\n');
    await must('release status production');
    await must('synth --check');
    expect([project.files('environments'), project.files('dist')]).toEqual(before);
    expect(project.leftovers()).toEqual([]);

    // A folder cannot take the place of a file.
    fs.mkdirSync(project.path('environments/production.blue.yaml'));
    expect(await release('stage production --from sandbox')).toMatchObject({ code: 1 });
    fs.rmdirSync(project.path('environments/production.blue.yaml'));
    expect([project.files('environments'), project.files('dist')]).toEqual(before);
  });

  test('other values under the name of a Secret that pods read are refused', async () => {
    project.edit(
      'environments/production.ts',
      '  replicas: 3,',
      "  replicas: 3,\n  secrets: { store: 'seda-secret-store', path: 'seda/moved' },",
    );
    await must('synth');
    expect(bundleIn('green')).toBe(frozen);
    const before = [project.files('environments'), project.files('dist')];
    const refused = await release(`stage production --image ${image('1.4.2')}`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'production: ExternalSecret seda-secrets database-url comes from another place for each colour, got {"key":"seda/moved/database-url"}, ' +
        'expected {"key":"seda/production/high-availability/database-url"}; raise secretVersion for the release that reads other values',
    );
    expect([project.files('environments'), project.files('dist')]).toEqual(before);
  });

  test('a key more of the same Secret is added beside what is frozen', async () => {
    project.edit(
      'environments/production.ts',
      '  replicas: 3,',
      "  replicas: 3,\n  secretKeys: { STRIPE_KEY: 'stripe-key' },",
    );
    await must('synth');
    expect(bundleIn('green')).toBe(frozen);
    await must(`release stage production --image ${image('1.4.2')}`);
    const added =
      '    - remoteRef:\n        key: seda/production/high-availability/stripe-key\n      secretKey: stripe-key\n';
    expect(bundleIn('green')).toContain(added);
    expect(bundleIn('green').replace(added, '')).toBe(frozen);
  });
});
