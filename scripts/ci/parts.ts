import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { isBuilt, type ModuleName } from '../../e2e/cluster/modules';
import { modulesFor, needsNode } from '../../e2e/needs';
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
/** Two idle cores need about so long to build what is not there. */
const BUILD_SECONDS: { readonly [name in ModuleName]: number } = {
  etcd: 60,
  kwok: 75,
  newest: 450,
  oldest: 320,
  argocd: 180,
  containerd: 50,
  dns: 70,
  load: 2,
  rollouts: 400,
  'prometheus-operator': 300,
  'kube-state-metrics': 170,
  'envoy-gateway': 480,
  envoy: 15,
};

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

  const packages: Build = {
    name: 'packages of Debian',
    command: ['bash', '.ci/containers'],
    seconds: 60,
    built: () => succeeds('bash', '.ci/containers', 'check'),
  };
  const module = (name: ModuleName): Build => ({
    name,
    command: npm('e2e:build', name),
    seconds: BUILD_SECONDS[name],
    built: () => isBuilt(path.join(root, 'e2e'), name),
  });
  /** Tests of a control plane, or of a node that nothing stands in for. */
  const tests = (...names: readonly string[]): Pick<Part, 'command' | 'builds' | 'unavailable'> => {
    const isNode = names.some(needsNode);
    const modules = isNode || !external ? modulesFor(names).map(module) : [];
    return {
      command: e2e(...names),
      builds: isNode ? [packages, ...modules] : modules,
      unavailable: isNode ? () => needsDebian() ?? needsGo() : needsCluster,
    };
  };
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
  return [
    { name: 'typecheck', command: npm('typecheck'), seconds: 15, beside: true },
    { name: 'lint', command: npm('lint'), seconds: 35, beside: true },
    { name: 'npm test', command: npm('test'), seconds: 40 },
    { name: 'dist/ is current', command: ['npx', 'seda', 'synth', '--check'], seconds: 2 },
    // From here on several run at a time, the longest first, and what has to be built is built beside them.
    {
      name: 'node',
      ...tests('node'),
      seconds: 300,
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
      ...tests('faults'),
      seconds: 600,
      beside: true,
    },
    {
      name: 'Argo CD',
      ...tests('argo'),
      // What other plans than ours do says something of Argo CD alone, and changes with its version: `npm run e2e` shows it.
      command: [...e2e('argo'), '--testNamePattern=^(?!.*without our care)'],
      seconds: 400,
      unavailable: needsGo,
      beside: true,
    },
    {
      name: 'deploy',
      ...tests('deploy'),
      seconds: 350,
      beside: true,
    },
    {
      name: 'manual changes',
      ...tests('manual-changes'),
      seconds: 350,
      beside: true,
    },
    {
      name: 'operate',
      ...tests('operate', 'argocd'),
      seconds: 400,
      beside: true,
    },
    {
      name: 'monitoring',
      ...tests('monitoring'),
      seconds: 250,
      beside: true,
    },
    {
      name: 'Gateway',
      ...tests('gateway'),
      seconds: 200,
      beside: true,
    },
    { name: 'shares', ...tests('shares'), seconds: 300, beside: true },
    { name: 'Argo Rollouts', ...tests('rollouts'), seconds: 200, beside: true },
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
      ...tests('oldest'),
      unavailable: needsGo,
      seconds: 150,
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
