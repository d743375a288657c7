import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { environments } from '../environments';
import { podsOf } from './check';
import { distFiles, objectsOf, PREVIEW, ROOT } from './dist';
import {
  disagreements,
  findingsIn,
  type Linter,
  lintFaults,
  type LinterFinding,
  rowsOf,
} from './linters';
import { rules } from './rules';
import { checks, notApplicable, ROWS } from './table';
import { covers, waivers } from './waivers';

const names = [...environments, PREVIEW].map(({ name }) => name);

describe.each(names)('%s', (environment) => {
  const objects = objectsOf.get(environment)!;

  test('is rendered', () => {
    expect(objects.length).toBeGreaterThan(0);
  });

  test.each(checks.map((check) => [check.name, check] as const))('%s', (_, { row, check }) => {
    expect(
      check(objects).filter(
        (finding) => !waivers.some((waiver) => covers(waiver, row, environment, finding)),
      ),
    ).toEqual([]);
  });

  test.each(rules.map((rule) => [rule.name, rule] as const))('%s', (_, { check }) => {
    expect(check(objects)).toEqual([]);
  });
});

describe('table', () => {
  test('has every row exactly once', () => {
    const rows = [...checks, ...notApplicable].map(({ row }) => row).sort((a, b) => a - b);
    expect(rows).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  });

  test('leaves out no row whose objects are rendered', () => {
    const kinds = new Set([...objectsOf.values()].flat().map(({ kind }) => kind));
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
  const uses = waivers.flatMap((waiver) =>
    waiver.environments.map(
      (environment) =>
        [`row ${waiver.row} ${environment} ${waiver.object}`, waiver, environment] as const,
    ),
  );

  test.each(uses.filter(([, { comesAndGoes }]) => !comesAndGoes))(
    '%s is still needed',
    (_, waiver, environment) => {
      const { check } = checks.find(({ row }) => row === waiver.row)!;
      expect(
        check(objectsOf.get(environment)!).filter((finding) =>
          covers(waiver, waiver.row, environment, finding),
        ),
      ).not.toEqual([]);
    },
  );

  test.each(uses.filter(([, { comesAndGoes }]) => comesAndGoes))(
    '%s is needed before a release',
    (_, waiver, environment) => {
      const objects = structuredClone([...objectsOf.get(environment)!]);
      for (const { spec, owner } of podsOf(objects)) {
        owner.spec.replicas = 0;
        for (const container of spec.containers) container.image = container.image.split('@')[0];
      }
      const { check } = checks.find(({ row }) => row === waiver.row)!;
      expect(
        check(objects).filter((finding) => covers(waiver, waiver.row, environment, finding)),
      ).not.toEqual([]);
    },
  );

  test('name environments that exist', () => {
    expect(
      waivers.flatMap((waiver) => waiver.environments).filter((name) => !names.includes(name)),
    ).toEqual([]);
    expect(waivers.filter((waiver) => waiver.environments.length === 0)).toEqual([]);
  });

  test('give a reason', () => {
    expect(waivers.filter(({ reason }) => reason.length < 15)).toEqual([]);
  });

  test('never allow an image without a digest where images come from another environment', () => {
    const promoted = environments
      .filter(({ imageFrom }) => imageFrom !== undefined)
      .map(({ name }) => name);
    const pinned = waivers
      .filter(({ row }) => row === 19 || row === 20 || row === 21)
      .flatMap((waiver) => waiver.environments);
    expect(promoted.filter((name) => pinned.includes(name))).toEqual([]);
    expect(promoted).toEqual(expect.arrayContaining(['sandbox', 'production']));
  });
});

describe('linters that people know', () => {
  const found = (check: string, object: string, problem: string): LinterFinding => ({
    check,
    object,
    problem,
  });
  const faults = (environment: string, finding: LinterFinding, linter: Linter = 'kube-score') =>
    lintFaults(linter, environment, [finding]);

  test('are answered by the waivers of the table', () => {
    expect(
      faults(
        'production',
        found('container-resources', 'Deployment/seda-api-blue', 'CPU limit is not set'),
      ),
    ).toEqual([]);
    expect(
      faults(
        'production',
        found('deployment-replicas', 'Deployment/seda-api-green', 'Deployment few replicas'),
      ),
    ).toEqual([]);
    expect(
      faults('qa', found('job-ttl-seconds-after-finished', migration('qa'), 'any'), 'kube-linter'),
    ).toEqual([]);
  });

  test.each<[string, string, LinterFinding, string]>([
    [
      'what no waiver covers',
      'production',
      found('container-resources', 'Deployment/seda-api-blue', 'Memory limit is not set'),
      'production: Deployment/seda-api-blue: kube-score container-resources: Memory limit is not set; mend it, or accept row 25 with a reason in policy/waivers.ts',
    ],
    [
      'what is accepted elsewhere alone',
      'production',
      found('container-security-context-user-group-id', 'Deployment/seda-api-blue', 'low user ID'),
      'accept row 2 with a reason',
    ],
    [
      'a check that has no row',
      'qa',
      found('statefulset-has-servicename', 'Deployment/seda-api-qa', 'any'),
      'no row of the table is known for it, add it to rowsOf in policy/linters.ts',
    ],
    [
      'a message that has no row',
      'qa',
      found('container-resources', 'Deployment/seda-api-qa', 'GPU limit is not set'),
      'no row of the table is known for it',
    ],
    [
      'an object that is not rendered',
      'qa',
      found('deployment-replicas', 'Deployment/other', 'any'),
      'the object is not in dist/qa/',
    ],
  ])('report %s', (_, environment, finding, fault) => {
    expect(faults(environment, finding).join()).toContain(fault);
  });

  test('are contradicted only where the table finds nothing', () => {
    const always = (environment: string, object: string) =>
      faults(
        environment,
        found('container-image-pull-policy', object, 'ImagePullPolicy is not set to Always'),
      );
    expect(always('production', 'Deployment/seda-api-blue')).toEqual([]);
    for (const { linter, check } of disagreements) expect(rowsOf[linter]).toHaveProperty(check);
    expect(
      lintFaults('kube-linter', 'production', [
        found('latest-tag', 'Deployment/seda-api-blue', 'any'),
      ]),
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

  const kubeScore = path.join(ROOT, '.ci/bin/kube-score');
  const withKubeScore = fs.existsSync(kubeScore) ? test : test.skip;

  withKubeScore(
    `kube-score finds what is accepted${fs.existsSync(kubeScore) ? '' : ' (skipped, not here: bash .ci/tools kube-score)'}`,
    () => {
      const score = (...args: string[]) =>
        spawnSync(
          kubeScore,
          ['score', '--output-format', 'json', '--kubernetes-version', 'v1.30', ...args],
          { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 },
        ).stdout;
      for (const { name: environment } of environments) {
        const findings = findingsIn['kube-score'](
          score(
            ...[...distFiles.keys()].filter(
              (file) => file.startsWith(`dist/${environment}/`) && file.endsWith('.k8s.yaml'),
            ),
          ),
        );
        expect(findings.length).toBeGreaterThan(0);
        expect(lintFaults('kube-score', environment, findings)).toEqual([]);
      }
      // A check that newer versions bring must not end in silence.
      const listed = spawnSync(kubeScore, ['list'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.endsWith(',default'))
        .map((line) => line.split(',')[0]!);
      expect(
        listed.filter(
          (check) => !(check in rowsOf['kube-score']) && !/^(cronjob|statefulset)-/.test(check),
        ),
      ).toEqual([]);
    },
  );
});

/** The migration of a rolling environment, whose name changes with its content. */
function migration(environment: string): string {
  return `Job/${objectsOf.get(environment)!.find(({ kind, metadata: { name } }) => kind === 'Job' && name.includes('-migrate-'))!.metadata.name}`;
}
