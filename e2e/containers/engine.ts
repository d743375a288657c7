import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** What builds images and runs containers, without a daemon, and what the images are made of. */
const PROGRAMS = [
  'buildah',
  'podman',
  'runc',
  'netavark',
  'aardvark-dns',
  'iptables',
  'catatonit',
  'busybox',
  'postgres',
  'redis-check-rdb',
];
/** Where Debian puts the programs that people do not start. */
const SEARCH = [
  ...(process.env.PATH ?? '').split(path.delimiter),
  '/usr/sbin',
  '/usr/lib/podman',
  '/usr/lib/postgresql/15/bin',
];
const PREFIX = 'seda-e2e-containers-';

/**
 * runc and cgroupfs, because what runs tests has neither systemd nor, always, cgroups of version 2. Limits that a process
 * may set for itself without CAP_SYS_RESOURCE.
 */
const configuration = (folder: string) => `
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
`;

/** How Kubernetes runs what dist/ describes: the security context of each container, in podman's words. */
export const RESTRICTED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--tmpfs',
  '/tmp',
  '--user',
  '10001:10001',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
];

/** What a program printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why no container can be run here, which CI does not take. */
export function containersUnavailable(): string | undefined {
  const reason = lacking();
  if (reason !== undefined && process.env.GITHUB_ACTIONS === 'true')
    throw new Error(`${reason}, and CI must run them`);
  return reason;
}

function lacking(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'containers need Linux and root';
  const missing = PROGRAMS.filter(
    (program) => !SEARCH.some((folder) => fs.existsSync(path.join(folder, program))),
  );
  return missing.length === 0
    ? undefined
    : `containers need ${missing.join(', ')} (bash .ci/containers)`;
}

/** Images, containers and networks in a store of their own, which are gone when it is closed. */
export class Engine {
  readonly folder: string;

  constructor() {
    sweepLeftovers();
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
    fs.writeFileSync(path.join(this.folder, 'containers.conf'), configuration(this.folder));
  }

  /** @throws Error with what podman said, when it fails */
  podman(...args: string[]): Promise<string> {
    return must(this.folder, 'podman', args);
  }

  /** The same for a command whose end is what is looked at. */
  podmanEnds(...args: string[]): Promise<Ended> {
    return run(this.folder, 'podman', args);
  }

  buildah(...args: string[]): Promise<string> {
    return must(this.folder, 'buildah', args);
  }

  /** Builds a Dockerfile; in a chroot, because the host may not let a build have namespaces. */
  build(context: string, tag: string, ...options: string[]): Promise<string> {
    // Docker's format, as the one of OCI has no health check.
    return this.buildah(
      'bud',
      '--layers',
      '--format',
      'docker',
      '--isolation',
      'chroot',
      '--tag',
      tag,
      ...options,
      context,
    );
  }

  /** Starts a container that goes on; its id. No timer of systemd asks for its health: tests do. */
  async start(...args: string[]): Promise<string> {
    return (await this.podman('run', '--detach', '--health-interval', 'disable', ...args)).trim();
  }

  /** Runs a container to its end. */
  runs(...args: string[]): Promise<Ended> {
    return this.podmanEnds('run', '--rm', '--no-healthcheck', ...args);
  }

  /** Where a port of a container is found on this host. */
  async address(container: string, port: number): Promise<string> {
    return `http://${(await this.podman('port', container, String(port))).trim()}`;
  }

  close(): void {
    remove(this.folder);
  }
}

async function must(folder: string, program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(folder, program, args);
  if (code !== 0)
    throw new Error(
      `${program} ${args.join(' ').slice(0, 400)} ends with ${code}:\n${stdout}${stderr}`,
    );
  return stdout;
}

function run(folder: string, program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...store(folder, program), ...args],
      { env: environment(folder), maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr });
      },
    );
  });
}

/** Options that keep everything of an engine in its folder. */
function store(folder: string, program: string): string[] {
  const shared = [
    '--root',
    path.join(folder, 'root'),
    '--runroot',
    path.join(folder, 'run'),
    '--storage-driver',
    'overlay',
  ];
  return program === 'podman' ? [...shared, '--tmpdir', path.join(folder, 'tmp')] : shared;
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, CONTAINERS_CONF: path.join(folder, 'containers.conf') };
}

function remove(folder: string): void {
  for (const args of [
    ['pod', 'rm', '--all', '--force', '--time', '0'],
    ['rm', '--all', '--force', '--time', '0'],
    ['network', 'prune', '--force'],
  ]) {
    spawnSync('podman', [...store(folder, 'podman'), ...args], { env: environment(folder) });
  }
  // The store is a mount of its own, and an image that was made by hand may leave one in it.
  const mounts = fs
    .readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`));
  for (const mount of mounts.reverse()) spawnSync('umount', [mount]);
  fs.rmSync(folder, { recursive: true, force: true });
}

/** Removes what runs have left that were ended without notice; their number is in the name. */
function sweepLeftovers(): void {
  for (const name of fs.readdirSync(os.tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    if (fs.existsSync(`/proc/${name.slice(PREFIX.length).split('-')[0]}`)) continue;
    try {
      remove(path.join(os.tmpdir(), name));
    } catch {
      // Still in use by a process that is about to end: for the next run.
    }
  }
}
