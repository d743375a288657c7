import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { isBuilt, type ModuleName } from '../../e2e/cluster/modules';
import type { Build, Part } from './part';

/** What decides which parts can run. */
export interface Machine {
  /** Folder of the repository. */
  readonly root: string;
  readonly env: { readonly [name: string]: string | undefined };
  /** Whether a program is in PATH. */
  readonly has: (program: string) => boolean;
  /** Whether a command ends well. */
  readonly succeeds: (...command: readonly string[]) => boolean;
  readonly isRoot: boolean;
}

const npm = (script: string, ...args: readonly string[]): string[] => [
  ...['npm', 'run', '--silent', script],
  ...(args.length === 0 ? [] : ['--', ...args]),
];
const e2e = (...names: readonly string[]): string[] =>
  npm('e2e', ...names.map((name) => `e2e/${name}.e2e.ts`));

/**
 * All parts in the order of their worth: the first say most in the least time, the last are left out when time is
 * short. Seconds are of two cores that others used a little, measured in November 2026.
 */
export function partsOn({ root, env, has, succeeds, isRoot }: Machine): Part[] {
  const debian = isRoot && has('apt-get');
  const crds = env.SEDA_CRDS || path.join(root, '../shared/crds');
  const unless = (there: boolean, why: string) => () => (there ? undefined : why);
  const external = Boolean(env.SEDA_E2E_KUBECONFIG);
  const needsCluster = unless(
    external || has('go'),
    'there is no go to build a control plane with (or set SEDA_E2E_KUBECONFIG)',
  );
  const needsGo = unless(has('go') && !external, 'there is no go to build its programs with');
  const needsDebian = unless(debian, 'what it needs are packages of Debian, which root installs');

  const module = (name: ModuleName, seconds: number): Build => ({
    name,
    command: npm('e2e:build', name),
    seconds,
    built: () => isBuilt(path.join(root, 'e2e'), name),
  });
  const tool = (name: string, seconds: number): Build => ({
    name,
    command: ['bash', '.ci/tools', name],
    seconds,
    built: () => existsSync(path.join(root, '.ci/bin', name)) || has(name),
  });
  const linters = [
    ...(debian ? [tool('shellcheck', 20), tool('promtool', 30)] : []),
    ...(has('python3') ? [tool('zizmor', 10)] : []),
    ...(has('go') ? [tool('actionlint', 20), tool('kube-score', 60)] : []),
  ];
  const packages: Build = {
    name: 'packages of Debian',
    command: ['bash', '.ci/containers'],
    seconds: 60,
    built: () => succeeds('bash', '.ci/containers', 'check'),
  };
  const etcd = module('etcd', 60);
  const kwok = module('kwok', 75);
  const node = [
    ...[packages, etcd, module('newest', 450), module('containerd', 50)],
    ...[module('dns', 70), module('load', 2)],
  ];
  const plane = external ? [] : [etcd, kwok, module('newest', 450)];

  return [
    { name: 'typecheck', command: npm('typecheck'), seconds: 15, beside: true },
    { name: 'lint', command: npm('lint'), seconds: 35, beside: true },
    { name: 'npm test', command: npm('test'), seconds: 40 },
    { name: 'dist/ is current', command: ['npx', 'seda', 'synth', '--check'], seconds: 2 },
    // From here on several run at a time, the longest first, and what has to be built is built beside them.
    {
      name: 'node',
      command: e2e('node'),
      seconds: 300,
      builds: node,
      unavailable: () => needsDebian() ?? needsGo(),
      beside: true,
    },
    {
      name: 'test:slow',
      command: npm('test:slow'),
      seconds: 380,
      helpers: linters,
      beside: true,
    },
    {
      name: 'faults',
      command: e2e('faults'),
      seconds: 600,
      builds: node,
      unavailable: () => needsDebian() ?? needsGo(),
      beside: true,
    },
    {
      name: 'Argo CD',
      // What other plans than ours do says something of Argo CD alone, and changes with its version: `npm run e2e` shows it.
      command: [...e2e('argo'), '--testNamePattern=^(?!.*without our care)'],
      seconds: 400,
      builds: [...plane, module('argocd', 180)],
      unavailable: needsGo,
      beside: true,
    },
    {
      name: 'deploy',
      command: e2e('deploy'),
      seconds: 350,
      builds: plane,
      unavailable: needsCluster,
      beside: true,
    },
    {
      name: 'manual changes',
      command: e2e('manual-changes'),
      seconds: 350,
      builds: plane,
      unavailable: needsCluster,
      beside: true,
    },
    {
      name: 'operate',
      command: e2e('operate', 'argocd'),
      seconds: 400,
      builds: plane,
      unavailable: needsCluster,
      beside: true,
    },
    {
      name: 'monitoring',
      command: e2e('monitoring'),
      seconds: 250,
      builds: [...node, module('prometheus-operator', 300), module('kube-state-metrics', 170)],
      unavailable: () => needsDebian() ?? needsGo(),
      beside: true,
    },
    {
      name: 'Gateway',
      command: e2e('gateway'),
      seconds: 200,
      builds: [...node, module('envoy-gateway', 480), module('envoy', 15)],
      unavailable: () => needsDebian() ?? needsGo(),
      beside: true,
    },
    {
      name: 'containers',
      command: e2e('image', 'development', 'gate'),
      seconds: 170,
      builds: [packages],
      unavailable: needsDebian,
      beside: true,
    },
    {
      name: 'test:model',
      command: npm('test:model'),
      // The same seed each time, so that more of them show little more; the job `model` draws others.
      environment: { SEDA_MODEL_RUNS: '150' },
      seconds: 100,
      beside: true,
    },
    {
      name: 'oldest Kubernetes',
      command: [...e2e('deploy'), '--testNamePattern=empty cluster|full cycle'],
      environment: { SEDA_E2E_KUBERNETES: 'oldest' },
      seconds: 150,
      builds: [etcd, kwok, module('oldest', 320)],
      unavailable: needsGo,
      beside: true,
    },
    { name: 'bench', command: npm('bench', '--smoke'), seconds: 60, beside: true },
    {
      name: 'site',
      command: npm('docs'),
      seconds: 30,
      builds: [
        {
          name: 'packages of the site',
          command: ['npm', 'ci', '--prefix', 'docs', '--no-audit', '--no-fund'],
          seconds: 15,
          built: () => existsSync(path.join(root, 'docs/node_modules')),
        },
      ],
      beside: true,
    },
    {
      // It writes the files again that others read, so nothing runs beside it.
      name: 'imports/ is current',
      command: ['bash', '.ci/drift', crds],
      seconds: 20,
      unavailable: unless(existsSync(crds), 'there is no folder with CRDs (SEDA_CRDS)'),
    },
  ];
}
