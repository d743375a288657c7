import { calledOf } from '../../lib/kubernetes/identity';
import { execa } from 'execa';
import { missingIn } from '../../lib/placeholder';
import { kindsOf } from '../cluster/kinds';
import type { Kubectl } from '../cluster/kubectl';
import type { Manifest } from '../../lib/manifests';
import type { Workspace } from '../io';
import { synth } from '../synth';

/** Which operator brings the kinds of a group. */
const OPERATORS: { readonly [group: string]: string } = {
  'external-secrets.io': 'External Secrets Operator',
  'cert-manager.io': 'cert-manager',
  'monitoring.coreos.com': 'Prometheus Operator',
  'gateway.networking.k8s.io': 'Gateway API and a controller of it',
};

/** What in the repository speaks against a deploy; every fault, each with its way out. */
export async function repositoryFaults(
  workspace: Workspace,
  objects: readonly Manifest[],
  rendered: boolean,
): Promise<string[]> {
  const dirty = await uncommitted(workspace).catch(({ message }: Error) => message);
  if (typeof dirty === 'string') return [dirty];
  const [lines, faults]: [string[], string[]] = [[], []];
  const fresh =
    rendered ||
    dirty.length > 0 ||
    synth(workspace.cwd, {
      env: workspace.env,
      check: true,
      print: (line) => lines.push(line),
      say: () => {},
      fault: (text) => faults.push(...text.split('\n')),
    });
  return [
    ...(dirty.length === 0
      ? []
      : [
          `the tree has changes that are in no commit, got ${dirty.join(', ')}; commit or drop them`,
        ]),
    ...(faults.length === 0
      ? []
      : [
          'the sources have faults, so nobody knows what dist/ should be; mend them, run npm run synth and commit:',
          ...faults.map((line) => `  ${line}`),
        ]),
    ...(fresh || faults.length > 0
      ? []
      : [
          `dist/ is not what the sources say, got ${lines.join(', ')}; run npm run synth and commit`,
        ]),
    ...placeholderFaults(objects),
  ];
}

/**
 * Files of the tree that are in no commit.
 *
 * @throws Error with git's own reason where it does not say
 */
export async function uncommitted(workspace: Workspace): Promise<string[]> {
  const { failed, code, stdout, stderr } = await execa('git', ['status', '--porcelain'], {
    cwd: workspace.cwd,
    env: workspace.env,
    extendEnv: false,
    reject: false,
  });
  if (!failed)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(3));
  if (code === 'ENOENT')
    throw new Error(
      'git is not installed, or not on the PATH, so nobody could tell what was deployed; install it',
    );
  if (/not a git repository/.test(stderr))
    throw new Error(
      'this is no git repository, so nobody could tell what was deployed; deploy from a clone',
    );
  throw new Error(`git does not say what is in no commit: ${stderr.trim().replace(/\s+/g, ' ')}`);
}

/** Objects that wait for a person. */
function placeholderFaults(objects: readonly Manifest[]): string[] {
  return objects.flatMap((object) => {
    const missing = missingIn(object);
    if (missing.length === 0) return [];
    const release = missing.includes('image') ? 'stage a real image' : 'fill it in';
    return [
      `${calledOf(object)} still has placeholders, got ${missing.join(',')}; ${release} before anything is deployed`,
    ];
  });
}

/** A kind that the cluster does not know. */
export interface MissingKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** What is to be installed. */
  readonly broughtBy: string;
}

export const unknownText = ({ apiVersion, kind }: MissingKind): string =>
  `the cluster does not know ${kind} of ${apiVersion}`;

/** Kinds that the cluster does not know, with what brings them. */
export async function missingKinds(
  kubectl: Kubectl,
  objects: readonly Manifest[],
): Promise<MissingKind[]> {
  const custom = new Map<string, Set<string>>();
  for (const { apiVersion, kind } of objects) {
    if (isCustom(apiVersion))
      custom.set(apiVersion, (custom.get(apiVersion) ?? new Set()).add(kind));
  }
  const missing = await Promise.all(
    [...custom].map(async ([apiVersion, kinds]) => {
      const known = await kindsOf(kubectl, apiVersion);
      const broughtBy = OPERATORS[apiVersion.split('/')[0]!] ?? 'what brings it';
      return [...kinds]
        .filter((kind) => !known.includes(kind))
        .map((kind) => ({ apiVersion, kind, broughtBy }));
    }),
  );
  return missing.flat();
}

/** Groups of Kubernetes itself have no dot, or end in k8s.io; the Gateway API is installed apart. */
function isCustom(apiVersion: string): boolean {
  const [group = ''] = apiVersion.split('/');
  return group in OPERATORS || (group.includes('.') && !group.endsWith('.k8s.io'));
}
