// Runs linters that people know on dist/: npm run lint:manifests -- [kubeconform] [kube-score] [kube-linter], without a name all of them.
// `bash .ci/tools` builds them. kubeconform fetches schemas, the other two need no network.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const { findingsIn, lintFaultsOf } = createRequire(import.meta.url)(
  '../ops/load.cjs',
).runTypeScript(join(ROOT, 'policy/linters.ts'));

/** The oldest Kubernetes that the manifests are for (docs/decisions.md), and the newest that the schemas' commit has. */
const KUBERNETES = ['1.30.0', '1.35.9'];
/** Schemas at a commit, so that nobody can change what a past commit means (docs/actions.md). SEDA_SCHEMAS is a mirror of both. */
const { SEDA_SCHEMAS = 'https://raw.githubusercontent.com' } = process.env;
const SCHEMAS = [
  `${SEDA_SCHEMAS}/yannh/kubernetes-json-schema/8df8a883b68a24a104b4a9e43c1288090ae60b3b/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
  `${SEDA_SCHEMAS}/datreeio/CRDs-catalog/17196cd9b48cfb4ffe6a3701f58b98efdefc799d/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json`,
];

/** Faults that a linter finds in the files of an environment. */
const LINTERS = {
  kubeconform: (environment, files) =>
    KUBERNETES.flatMap((version) => {
      const args = [
        '-strict',
        '-output',
        'json',
        '-kubernetes-version',
        version,
        ...SCHEMAS.flatMap((schema) => ['-schema-location', schema]),
      ];
      const { resources } = JSON.parse(run('kubeconform', [...args, ...files]));
      const error = resources.find(({ status }) => status === 'statusError');
      // What it says of a schema that it cannot fetch repeats its address many times.
      if (error)
        throw new Error(
          `kubeconform has no answer for ${error.kind}/${error.name}: ${error.msg.split(': ')[0]}`,
        );
      return resources.flatMap(({ kind, name, msg, validationErrors }) =>
        (validationErrors ?? [{ path: '', msg }]).map(
          (found) =>
            `${environment}: ${kind}/${name}: kubeconform on Kubernetes ${version}: ${found.path} ${found.msg}`,
        ),
      );
    }),
  'kube-score': (environment, files) =>
    lintFaultsOf(
      'kube-score',
      environment,
      findingsIn['kube-score'](
        run('kube-score', [
          'score',
          '--output-format',
          'json',
          '--kubernetes-version',
          'v1.30',
          ...files,
        ]),
      ),
    ),
  'kube-linter': (environment, files) =>
    lintFaultsOf(
      'kube-linter',
      environment,
      findingsIn['kube-linter'](run('kube-linter', ['lint', '--format', 'json', ...files])),
    ),
};

/** What a linter prints. It exits with 1 when it found something, which is no failure of it. */
function run(tool, args) {
  const built = join(ROOT, '.ci/bin', tool);
  const { error, status, stdout, stderr } = spawnSync(existsSync(built) ? built : tool, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error?.code === 'ENOENT')
    throw new Error(`${tool} is not installed; build it: bash .ci/tools ${tool}`);
  if (error || status > 1 || stdout.trim() === '')
    throw new Error(`${tool} failed: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

const asked = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(LINTERS);
const unknown = asked.filter((name) => !(name in LINTERS));
try {
  if (unknown.length > 0)
    throw new Error(
      `unknown linter ${unknown.join(', ')}, expected some of ${Object.keys(LINTERS).join(', ')}`,
    );
  // dist/argocd has no workload, and policy/mutations.test.ts knows its newest fields; dist/compose is not for Kubernetes.
  const environments = readdirSync(join(ROOT, 'dist')).filter(
    (name) => !['argocd', 'compose'].includes(name),
  );
  const files = (environment) =>
    readdirSync(join(ROOT, 'dist', environment))
      .filter((name) => name.endsWith('.k8s.yaml'))
      .map((name) => join(ROOT, 'dist', environment, name));
  const faults = asked.flatMap((name) =>
    environments.flatMap((environment) => LINTERS[name](environment, files(environment))),
  );
  for (const fault of faults) console.error(fault);
  console.log(
    `${asked.join(', ')}: ${faults.length === 0 ? 'nothing that is not accepted' : `${faults.length} faults`} in ${environments.join(', ')}`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
