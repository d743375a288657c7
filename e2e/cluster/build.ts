import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const patience = 60 * 60_000;
const run = promisify(execFile);

// A build takes minutes: it ends with this process, which holds the other end of its standard input.
const attached = `exec 3<&0
go "$@" < /dev/null & go=$!
{ cat <&3; kill $go; } > /dev/null 2>&1 & watchdog=$!
wait $go; code=$?
kill $watchdog
exit $code`;

/** There is no cluster to test with; the message says what failed and the last lines of its output. */
export class ClusterUnavailable extends Error {
  override name = 'ClusterUnavailable';
}

/** The oldest Kubernetes the manifests promise to run on, or the newest. */
export type Flavour = 'newest' | 'oldest';

/** Paths of programs. */
export interface Binaries {
  etcd: string;
  kwok: string;
  kubectl: string;
  'kube-apiserver': string;
  'kube-controller-manager': string;
  'kube-scheduler': string;
}

/** A folder with a go.mod whose tools are the programs. */
interface Module {
  folder: string;
  cache: string;
  /** The module whose version names the cache folder. */
  of: string;
  /** A name for the only program, where the one that Go gives says nothing. */
  output?: string;
  /** A file of the folder itself that is part of the program. */
  source?: string;
}

/**
 * Builds what a cluster consists of from the pinned Go modules in `folder`, once: later calls find the
 * programs in `cache`. The first build compiles all of Kubernetes, which takes minutes.
 *
 * @throws ClusterUnavailable when Go is absent or the build fails
 */
export async function build(folder: string, cache: string, flavour: Flavour): Promise<Binaries> {
  const kubernetes = flavour === 'newest' ? 'kubernetes' : 'kubernetes-oldest';
  const etcd = await buildModule(cache, {
    folder: join(folder, 'etcd'),
    cache: 'etcd',
    of: 'go.etcd.io/etcd/server/v3',
    output: 'etcd',
  });
  const kwok = await buildModule(cache, {
    folder: join(folder, 'kwok'),
    cache: 'kwok',
    of: 'sigs.k8s.io/kwok',
  });
  const programs = await buildModule(cache, {
    folder: join(folder, kubernetes),
    cache: flavour,
    of: 'k8s.io/kubernetes',
  });
  return {
    etcd: join(etcd, 'etcd'),
    kwok: join(kwok, 'kwok'),
    kubectl: join(programs, 'kubectl'),
    'kube-apiserver': join(programs, 'kube-apiserver'),
    'kube-controller-manager': join(programs, 'kube-controller-manager'),
    'kube-scheduler': join(programs, 'kube-scheduler'),
  };
}

/**
 * Builds Argo CD's controller and repository server like the programs of a cluster, and returns the path of the one
 * program that is both. It compiles what no cluster needs, so only what tests Argo CD asks for it.
 *
 * @throws ClusterUnavailable when Go is absent or the build fails
 */
export async function buildArgoCd(folder: string, cache: string): Promise<string> {
  const program = await buildModule(cache, {
    folder: join(folder, 'argocd'),
    cache: 'argocd',
    of: 'github.com/argoproj/argo-cd/v3',
    output: 'argocd',
    source: 'main.go',
  });
  return join(program, 'argocd');
}

async function buildModule(cache: string, module: Module): Promise<string> {
  const version = new RegExp(`^\\s*(?:require )?${module.of} v(\\S+)`, 'm').exec(
    readFileSync(join(module.folder, 'go.mod'), 'utf8'),
  )?.[1];
  if (version === undefined)
    throw new ClusterUnavailable(`${module.folder}/go.mod does not require ${module.of}`);
  const target = join(
    cache,
    `${module.cache}-${version}${module.source === undefined ? '' : hashOf(module.folder, 'go.mod', module.source)}`,
  );
  if (existsSync(target)) return target;

  mkdirSync(cache, { recursive: true });
  // What is older than a build may take is of one that was interrupted.
  const stale = (entry: string): boolean =>
    entry.startsWith('.building-') &&
    Date.now() - (statSync(join(cache, entry), { throwIfNoEntry: false })?.mtimeMs ?? 0) > patience;
  for (const entry of readdirSync(cache).filter(stale))
    rmSync(join(cache, entry), { recursive: true, force: true });

  const fresh = mkdtempSync(join(cache, '.building-'));
  try {
    const args = [
      'build',
      '-trimpath',
      '-buildvcs=false',
      `-ldflags=${linkerFlags(module, version)}`,
      '-o',
      join(fresh, module.output ?? '/'),
      'tool',
    ];
    await run('sh', ['-c', attached, 'go', ...args], {
      cwd: module.folder,
      maxBuffer: 2 ** 26,
      timeout: patience,
    });
    if (!existsSync(target)) renameSync(fresh, target);
  } catch (error) {
    // Somebody else was faster: what is there is as good.
    if (!existsSync(target))
      throw new ClusterUnavailable(`go build in ${module.folder} failed: ${lastLines(error)}`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return target;
}

/** Tells builds of one version apart. */
function hashOf(folder: string, ...files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(folder, file)));
  return `-${hash.digest('hex').slice(0, 8)}`;
}

/** Kubernetes learns its version from the linker; without, the server calls itself v0.0.0-master. */
function linkerFlags(module: Module, version: string): string {
  if (module.of !== 'k8s.io/kubernetes') return '-s -w';
  const [major, minor] = version.split('.');
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return [
    '-s',
    '-w',
    ...packages.flatMap((path) =>
      Object.entries(values).map(([name, value]) => `-X=${path}.${name}=${value}`),
    ),
  ].join(' ');
}

/** The end of what a failed program said. */
export function lastLines(error: unknown, count = 5): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message || String(error)).split('\n').slice(-count).join('\n');
}
