import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { yamlText } from '../lib/yaml-text';
import { committed, ROOT } from '../policy/dist';
import { findingsIn, lintFaults, rowsOf } from '../policy/linters';
import { lives } from '../policy/lives';
import type { Subject } from '../policy/subject';
import { WORKFLOWS } from './workflow-rules';

const CI = fs.readFileSync(path.join(ROOT, '.github/workflows/ci.yml'), 'utf8');

/** A tool that `.ci/tools` built, or that is installed; undefined where it is not, which CI does not take. */
function tool(name: string): string | undefined {
  const built = path.join(ROOT, '.ci/bin', name);
  const file = fs.existsSync(built)
    ? built
    : spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
  if (file === '' && process.env.GITHUB_ACTIONS === 'true')
    throw new Error(`${name} is not here, and CI must run it`);
  return file === '' ? undefined : file;
}

const actionlint = tool('actionlint');
const shellcheck = tool('shellcheck');
const withTool = (file: string | undefined) => (file === undefined ? test.skip : test);

describe(`actionlint (${actionlint === undefined ? 'skipped, not here: bash .ci/tools actionlint' : 'with' + (shellcheck === undefined ? 'out shellcheck, which is not installed' : ' shellcheck')})`, () => {
  const lint = (file: string, input?: string) =>
    spawnSync(
      actionlint!,
      [
        '-no-color',
        '-oneline',
        ...(shellcheck === undefined ? [] : ['-shellcheck', shellcheck]),
        file,
      ],
      { cwd: ROOT, encoding: 'utf8', input },
    );

  withTool(actionlint).each(WORKFLOWS)('%s', (file) => {
    expect(lint(file)).toMatchObject({ status: 0, stdout: '' });
  });

  withTool(actionlint)('finds what is wrong', () => {
    expect(
      lint('-', CI.replace('needs: [base, review]', 'needs: [base, reviews]')).stdout,
    ).toContain('job "comment" needs job "reviews" which does not exist');
  });

  withTool(actionlint && shellcheck)('finds what is wrong in a shell line', () => {
    expect(
      lint(
        '-',
        CI.replace('<review.md >>"$GITHUB_STEP_SUMMARY"', '<review.md >>$GITHUB_STEP_SUMMARY'),
      ).stdout,
    ).toContain('SC2086');
  });
});

const zizmor = tool('zizmor');

describe(`zizmor${zizmor === undefined ? ' (skipped, not here: bash .ci/tools zizmor)' : ''}`, () => {
  const audit = (...args: string[]) =>
    spawnSync(
      zizmor!,
      ['--offline', '--pedantic', '--no-progress', '--no-exit-codes', '--format', 'json', ...args],
      { cwd: ROOT, encoding: 'utf8' },
    );

  withTool(zizmor)('finds nothing that .github/zizmor.yml does not explain', () => {
    expect(
      JSON.parse(
        audit('--config', '.github/zizmor.yml', ...WORKFLOWS, '.github/dependabot.yml').stdout,
      ),
    ).toEqual([]);
    const found = JSON.parse(audit('--no-config', ...WORKFLOWS).stdout).map(
      ({ ident }: { ident: string }) => ident,
    );
    expect([...new Set(found)].sort()).toEqual([
      'secrets-inherit',
      'unpinned-images',
      'unpinned-uses',
    ]);
  });
});

describe(`shellcheck${shellcheck === undefined ? ' (skipped, not installed: apt-get install shellcheck)' : ''}`, () => {
  const SCRIPTS = fs
    .readdirSync(path.join(ROOT, '.ci'))
    .filter((name) => !name.includes('.') && name !== 'bin')
    .map((name) => `.ci/${name}`);

  withTool(shellcheck).each(SCRIPTS)('%s', (file) => {
    expect(
      spawnSync(shellcheck!, ['--severity', 'warning', file], { cwd: ROOT, encoding: 'utf8' }),
    ).toMatchObject({ status: 0, stdout: '' });
  });
});

const kubeScore = path.join(ROOT, '.ci/bin/kube-score');
const withKubeScore = fs.existsSync(kubeScore) ? test : test.skip;

withKubeScore(
  `kube-score finds what is accepted${fs.existsSync(kubeScore) ? '' : ' (skipped, not here: bash .ci/tools kube-score)'}`,
  () => {
    // One run for all: each has a namespace of its own, by which what is said of it is found again.
    const subjects = [...committed, ...lives];
    const inNamespace = ({ environment, objects }: Subject, index: number): string =>
      yamlText(objects).replaceAll(
        `namespace: ${environment.namespace}\n`,
        `namespace: n${index}\n`,
      );
    const { stdout } = spawnSync(
      kubeScore,
      ['score', '--output-format', 'json', '--kubernetes-version', 'v1.30', '-'],
      { input: subjects.map(inNamespace).join('---\n'), encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    const scored: { object_meta: { namespace?: string } }[] = JSON.parse(stdout);
    for (const [index, subject] of subjects.entries()) {
      const own = scored.filter(({ object_meta: { namespace } }) => namespace === `n${index}`);
      const findings = findingsIn['kube-score'](JSON.stringify(own));
      expect(findings.length).toBeGreaterThan(0);
      expect(lintFaults('kube-score', subject, findings)).toEqual([]);
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
