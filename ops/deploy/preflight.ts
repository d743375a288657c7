import { execa } from 'execa';
import { missingIn } from '../../lib/placeholder';
import { kindsOf } from '../cluster/kinds';
import type { Kubectl } from '../cluster/kubectl';
import type { Manifest } from '../../lib/manifests';
import { synth } from '../synth';

/** Which operator brings the kinds of a group. */
const OPERATORS: { readonly [group: string]: string } = {
  'external-secrets.io': 'External Secrets Operator',
  'cert-manager.io': 'cert-manager',
  'monitoring.coreos.com': 'Prometheus Operator',
  'gateway.networking.k8s.io': 'Gateway API and a controller of it',
};

/** What in the repository speaks against a deploy; every fault, each with its way out. */
export async function repositoryFaults(root: string, objects: readonly Manifest[], rendered: boolean): Promise<string[]> {
  const status = await execa('git', ['status', '--porcelain'], { cwd: root, reject: false });
  if (status.failed) return ['this is no git repository, so nobody could tell what was deployed; deploy from a clone'];
  const dirty = status.stdout.split('\n').filter((line) => line !== '');
  const lines: string[] = [];
  const fresh = rendered || dirty.length > 0 || synth(root, { check: true, print: (line) => lines.push(line) });
  return [
    ...(dirty.length === 0 ? [] : [`the tree has changes that are in no commit, got ${dirty.map((line) => line.slice(3)).join(', ')}; commit or drop them`]),
    ...(fresh ? [] : [`dist/ is not what the sources say, got ${lines.join(', ')}; run npm run synth and commit`]),
    ...placeholderFaults(objects),
  ];
}

/** Objects that wait for a person. */
function placeholderFaults(objects: readonly Manifest[]): string[] {
  return objects.flatMap((object) => {
    const missing = missingIn(object);
    if (missing.length === 0) return [];
    const release = missing.includes('image') ? 'stage a real image' : 'fill it in';
    return [`${object.kind}/${object.metadata.name} still has placeholders, got ${missing.join(',')}; ${release} before anything is deployed`];
  });
}

/** Kinds that the cluster does not know, with what brings them. */
export async function missingKinds(kubectl: Kubectl, objects: readonly Manifest[]): Promise<string[]> {
  const custom = new Map<string, Set<string>>();
  for (const { apiVersion, kind } of objects) {
    if (isCustom(apiVersion)) custom.set(apiVersion, (custom.get(apiVersion) ?? new Set()).add(kind));
  }
  const faults = await Promise.all(
    [...custom].map(async ([apiVersion, kinds]) => {
      const known = await kindsOf(kubectl, apiVersion);
      const group = apiVersion.split('/')[0]!;
      return [...kinds].filter((kind) => !known.includes(kind)).map((kind) => `the cluster does not know ${kind} of ${apiVersion}; install ${OPERATORS[group] ?? 'what brings it'}`);
    }),
  );
  return faults.flat();
}

/** Groups of Kubernetes itself have no dot, or end in k8s.io; the Gateway API is installed apart. */
function isCustom(apiVersion: string): boolean {
  const [group = ''] = apiVersion.split('/');
  return group in OPERATORS || (group.includes('.') && !group.endsWith('.k8s.io'));
}
