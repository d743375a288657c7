import type { ModuleName } from './cluster/modules';

/** A control plane whose pods kwok simulates. */
const PLANE: readonly ModuleName[] = ['etcd', 'kwok', 'newest'];
/** What a node is made of; kwok is not among it, as nothing is simulated. */
export const NODE = ['etcd', 'newest', 'containerd', 'dns', 'load'] as const;

/** What each file of tests needs built, by the name of the file. Those of containers alone need nothing. */
const NEEDS: { readonly [test: string]: readonly ModuleName[] } = {
  image: [],
  development: [],
  gate: [],
  deploy: PLANE,
  'manual-changes': PLANE,
  operate: PLANE,
  argocd: PLANE,
  argo: [...PLANE, 'argocd'],
  oldest: ['etcd', 'kwok', 'oldest'],
  node: NODE,
  faults: NODE,
  gateway: [...NODE, 'envoy-gateway', 'envoy'],
  shares: [...NODE, 'envoy-gateway', 'envoy'],
  monitoring: [...NODE, 'prometheus-operator', 'kube-state-metrics'],
  rollouts: [...NODE, 'rollouts'],
};

/**
 * What tests need built, each once, in the order in which it is needed.
 *
 * @throws Error for tests of which that is not known
 */
export function modulesFor(tests: readonly string[]): ModuleName[] {
  const modules = tests.flatMap((test) => {
    const found = NEEDS[test];
    if (found === undefined) throw new Error(`e2e/needs.ts does not say what ${test} needs`);
    return found;
  });
  return [...new Set(modules)];
}

/** Whether tests are of pods that run: on a node of their own, never in another cluster. */
export function needsNode(test: string): boolean {
  return NODE.every((module) => NEEDS[test]?.includes(module));
}
