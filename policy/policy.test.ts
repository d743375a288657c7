import * as fc from '../test/random';
import type { Release, SedaEnvironment } from '../environments/environment';
import { renderEnvironment } from '../environments/render';
import {
  colour,
  firstDay,
  GATEWAY,
  image,
  PLACEHOLDER_IMAGE,
  production,
  qa,
  sandbox,
} from '../test/fixtures';
import { committed } from './dist';
import { driftFaults, policyFaults } from './faults';
import {
  disagreements,
  findingsIn,
  type Linter,
  lintFaults,
  type LinterFinding,
  rowsOf,
} from './linters';
import { lives } from './lives';
import { rules } from './rules';
import type { Subject } from './subject';
import { checks, notApplicable, ROWS } from './table';
import { covers, waivers } from './waivers';

const managedRedis = { kind: 'managed', host: 'cache.example.com', port: 6380 };
const managedDatabase = { kind: 'managed', instance: 'staging', poolSize: 3, maxConnections: 300 };
const at = (state: string): Subject => lives.find((life) => life.state === state)!;
const served = at('production: retired');
const released = at('qa: first release');

test.each(committed.map((subject) => [subject.environment.name, subject] as const))(
  'dist/%s: every check, rule and schema holds',
  (_, subject) => {
    expect(subject.objects.length).toBeGreaterThan(0);
    expect(policyFaults(subject)).toEqual([]);
  },
);

test.each(lives.map((life) => [life.state, life] as const))(
  '%s: every check, rule and schema holds',
  (_, life) => expect(policyFaults(life)).toEqual([]),
);

test('whatever an environment chooses, what the program renders is accepted', () => {
  const choices = fc.record({
    like: fc.constantFrom(qa, production),
    replicas: fc.integer({ min: 2, max: 6 }),
    autoscaling: fc.constantFrom(undefined, { minReplicas: 2, maxReplicas: 4 }),
    monitoring: fc.constantFrom('console', 'basic', 'full', 'observability'),
    storage: fc.constantFrom({ provider: 'local' }, { provider: 'supabase', cdn: true }),
    redis: fc.constantFrom(undefined, { kind: 'local' }, managedRedis),
    database: fc.constantFrom({ kind: 'local' }, managedDatabase),
    supabase: fc.constantFrom({ kind: 'local' }, qa.supabase, firstDay.qa.supabase),
    ingress: fc.constantFrom(undefined, GATEWAY, qa.ingress),
    secrets: fc.constant({ store: 'another-store', path: 'seda/another' }),
    secretVersion: fc.constantFrom(undefined, 2),
    warm: fc.boolean(),
    migration: fc.constantFrom('expand', 'contract', 'none'),
  });
  // A seed, so that the same commit has the same result everywhere.
  for (const { like, warm, migration, ...chosen } of fc.sample(choices, {
    numRuns: globalThis.SEDA_EVERY_STATE ? 25 : 5,
    seed: 1,
  })) {
    const tls = { kind: 'managed', issuer: 'letsencrypt-prod' };
    const environment = { ...like, ...chosen, tls } as SedaEnvironment;
    const idle = warm ? {} : { replicas: 0, image: PLACEHOLDER_IMAGE };
    const release = {
      rolling: { image: image('1.5.0'), migration },
      'blue-green': {
        active: 'green',
        green: colour('1.5.0', 5, { environment, migration } as object),
        blue: colour('1.4.2', 4, { environment, ...idle }),
      },
    }[environment.rollout] as Release;
    const { objects, faults } = renderEnvironment(environment, release);
    expect([chosen, faults, policyFaults({ environment, objects })]).toEqual([chosen, [], []]);
  }
});

test('what the API server would drop is found, so that a second apply has nothing to do', () => {
  expect(driftFaults({ spec: { egress: [] }, stringData: { a: 'b' } }, 'x')).toEqual([
    'x.spec.egress is empty, and the API server drops it',
    'x.stringData is never given back by the API server',
  ]);
});

describe('table', () => {
  test('has every row exactly once', () => {
    const rows = [...checks, ...notApplicable].map(({ row }) => row).sort((a, b) => a - b);
    expect(rows).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  });

  test('leaves out no row whose objects are rendered', () => {
    const kinds = new Set(
      [...committed, ...lives].flatMap(({ objects }) => objects).map(({ kind }) => kind),
    );
    expect(
      notApplicable.flatMap((entry) => entry.kinds ?? []).filter((kind) => kinds.has(kind)),
    ).toEqual([]);
  });

  test('names every check and rule once', () => {
    const all = [...checks, ...rules].map(({ name }) => name);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('waivers', () => {
  test.each(waivers.map((waiver) => [`row ${waiver.row} ${waiver.object}`, waiver] as const))(
    '%s is needed in some state of an environment',
    (_, waiver) => {
      const { check } = checks.find(({ row }) => row === waiver.row)!;
      expect(
        lives.flatMap(({ environment, objects }) =>
          check(objects).filter((finding) => covers(waiver, waiver.row, environment, finding)),
        ),
      ).not.toEqual([]);
    },
  );

  test('never allow an image without a digest where images come from another environment', () => {
    const pinned = waivers.filter(({ row }) => row === 19 || row === 20 || row === 21);
    expect(pinned.some(({ where }) => where(qa))).toBe(true);
    expect(pinned.filter(({ where }) => where(sandbox) || where(production))).toEqual([]);
  });
});

describe('linters that people know', () => {
  const found = (check: string, object: string, problem: string): LinterFinding => ({
    check,
    object,
    problem,
  });
  const faults = (subject: Subject, finding: LinterFinding, linter: Linter = 'kube-score') =>
    lintFaults(linter, subject, [finding]);

  test('are answered by the waivers of the table', () => {
    expect(
      faults(
        served,
        found('container-resources', 'Deployment/seda-api-blue', 'CPU limit is not set'),
      ),
    ).toEqual([]);
    expect(
      faults(
        served,
        found('deployment-replicas', 'Deployment/seda-api-green', 'Deployment few replicas'),
      ),
    ).toEqual([]);
    expect(
      faults(
        released,
        found('job-ttl-seconds-after-finished', migration(released), 'any'),
        'kube-linter',
      ),
    ).toEqual([]);
  });

  test.each<[string, Subject, LinterFinding, string]>([
    [
      'what no waiver covers',
      served,
      found('container-resources', 'Deployment/seda-api-blue', 'Memory limit is not set'),
      'production: Deployment/seda-api-blue: kube-score container-resources: Memory limit is not set; mend it, or accept row 25 with a reason in policy/waivers.ts',
    ],
    [
      'what is accepted elsewhere alone',
      served,
      found('container-security-context-user-group-id', 'Deployment/seda-api-blue', 'low user ID'),
      'accept row 2 with a reason',
    ],
    [
      'a check that has no row',
      released,
      found('statefulset-has-servicename', 'Deployment/seda-api-qa', 'any'),
      'no row of the table is known for it, add it to rowsOf in policy/linters.ts',
    ],
    [
      'a message that has no row',
      released,
      found('container-resources', 'Deployment/seda-api-qa', 'GPU limit is not set'),
      'no row of the table is known for it',
    ],
    [
      'an object that is not rendered',
      released,
      found('deployment-replicas', 'Deployment/other', 'any'),
      'the object is not in dist/qa/',
    ],
  ])('report %s', (_, subject, finding, fault) => {
    expect(faults(subject, finding).join()).toContain(fault);
  });

  test('are contradicted only where the table finds nothing', () => {
    const always = (subject: Subject, object: string) =>
      faults(
        subject,
        found('container-image-pull-policy', object, 'ImagePullPolicy is not set to Always'),
      );
    expect(always(served, 'Deployment/seda-api-blue')).toEqual([]);
    for (const { linter, check } of disagreements) expect(rowsOf[linter]).toHaveProperty(check);
    expect(
      lintFaults('kube-linter', served, [found('latest-tag', 'Deployment/seda-api-blue', 'any')]),
    ).toHaveLength(1);
  });

  test('have a row of the table for each check', () => {
    const rows = Object.values(rowsOf)
      .flatMap((known) => Object.values(known))
      .flatMap((row) => (typeof row === 'number' ? [row] : Object.values(row)));
    expect(rows.filter((row) => !checks.some((check) => check.row === row))).toEqual([]);
  });

  test('kube-linter is read as it prints', () => {
    const report = {
      Check: 'no-anti-affinity',
      Diagnostic: { Message: 'object has 2 replicas' },
      Object: {
        Metadata: { FilePath: 'x' },
        K8sObject: {
          Namespace: 'a',
          Name: 'b',
          GroupVersionKind: { Group: 'apps', Version: 'v1', Kind: 'Deployment' },
        },
      },
    };
    expect(findingsIn['kube-linter'](JSON.stringify({ Reports: [report] }))).toEqual([
      found('no-anti-affinity', 'Deployment/b', 'object has 2 replicas'),
    ]);
    expect(findingsIn['kube-linter'](JSON.stringify({ Reports: null }))).toEqual([]);
  });
});

/** The migration of an environment, whose name changes with its content. */
function migration({ objects }: Subject): string {
  return `Job/${objects.find(({ kind, metadata: { name } }) => kind === 'Job' && name.includes('-migrate-'))!.metadata.name}`;
}
