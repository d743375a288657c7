import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterUnavailable } from '../cluster/modules';
import type { Processes } from '../cluster/processes';

const PROGRAMS = [
  'unshare',
  'nsenter',
  'ip',
  'runc',
  'nft',
  'iptables',
  'conntrack',
  'busybox',
  'tar',
];
const PLUGINS = ['bridge', 'host-local', 'loopback'].map((name) => `/usr/lib/cni/${name}`);
/** Everything that a node has of its own; users are those of the host. */
const KINDS = ['--net', '--mount', '--ipc', '--pid'];
/** Where the containers of every node of this machine are: the kubelet has no cgroup of its own here. */
export const CONTAINERS = '/sys/fs/cgroup/cpu/k8s.io';

/** Why no node can run here. */
export function nodeUnavailable(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a node needs Linux and root';
  const found = (program: string): boolean =>
    spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
  const missing = [
    ...PROGRAMS.filter((program) => !found(program)),
    ...PLUGINS.filter((file) => !existsSync(file)),
  ];
  if (missing.length > 0) return `a node needs ${missing.join(', ')} (bash .ci/containers)`;
  const { status, stderr } = spawnSync('unshare', [...KINDS, '--fork', 'true'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `a node needs namespaces: ${stderr.trim()}`;
}

/** The namespaces of a node, and what runs in them. */
export class Namespaces {
  private constructor(
    private readonly processes: Processes,
    /** Process 1 of the node, as the host knows it. */
    readonly pid: number,
    private readonly cgroup: string | undefined,
  ) {}

  /** Runs `script` as process 1, and waits until it has made the file `up`. */
  static async make(processes: Processes, script: string, up: string): Promise<Namespaces> {
    const { folder } = processes;
    const cgroup = makeCgroup(`seda-e2e-node-${process.pid}`);
    if (cgroup !== undefined)
      // The processes of the folder end before it is removed, and with them what is in these.
      writeFileSync(join(folder, 'cgroups'), `${cgroup}\n/sys/fs/cgroup/*/k8s.io\n`);
    const args = [...KINDS, '--fork', '--kill-child', 'sh', script];
    processes.start('node', 'sh', ['-c', joining(cgroup), 'sh', 'unshare', ...args]);
    for (let tries = 0; !existsSync(up); tries++) {
      const failed = processes.failed();
      if (failed !== undefined) throw new ClusterUnavailable(failed);
      if (tries > 300)
        throw new ClusterUnavailable(`the node does not start: ${processes.said('node')}`);
      await sleep(100);
    }
    return new Namespaces(processes, childOf(processes, 'node'), cgroup);
  }

  /** Starts a program in the node. Its number is that of the host, so that it can be sent a signal, where it is not in the node's own numbers. */
  start(name: string, program: string, args: string[], kinds: readonly string[] = KINDS): void {
    this.processes.start(name, 'sh', [
      ...['-c', joining(this.cgroup), 'sh'],
      ...['nsenter', ...this.enter(kinds), program, ...args],
    ]);
  }

  /** Ends a program that was started here, at once. */
  async kill(name: string): Promise<void> {
    process.kill(childOf(this.processes, name), 'SIGKILL');
    await this.processes.kill(name);
  }

  /** Runs a program to its end in the node, and returns what it printed. */
  run(program: string, ...args: string[]): Promise<string> {
    return new Promise((resolve, reject) =>
      execFile(
        'nsenter',
        [...this.enter(KINDS), program, ...args],
        { maxBuffer: 2 ** 26, timeout: 300_000 },
        (error, stdout, stderr) =>
          error
            ? reject(new Error(`${program} ${args.join(' ')}: ${stderr || error.message}`))
            : resolve(stdout),
      ),
    );
  }

  private enter(kinds: readonly string[]): string[] {
    return ['--target', String(this.pid), ...kinds, `--wd=${this.processes.folder}`, '--'];
  }
}

/** Script that becomes its arguments, in a cgroup. */
function joining(cgroup: string | undefined): string {
  return cgroup === undefined ? 'exec "$@"' : `echo $$ > '${cgroup}/cgroup.procs'; exec "$@"`;
}

/** The process that `unshare` or `nsenter` waits for. */
function childOf({ folder }: Processes, name: string): number {
  const parent = readFileSync(join(folder, `${name}.pid`), 'utf8').trim();
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', parent], { encoding: 'utf8' });
  return Number(children.trim().split('\n')[0]);
}

/**
 * A share of the processor for the node and one for its containers, each larger than that of everything else on this
 * machine: pods that are starved miss their probes, which would be a fault of the test.
 *
 * @returns nothing where the host has no cgroups of version 1, where nothing is done about it
 */
function makeCgroup(name: string): string | undefined {
  if (!existsSync('/sys/fs/cgroup/cpu/cpu.shares')) return undefined;
  const own = `/sys/fs/cgroup/cpu/${name}`;
  for (const [folder, shares] of [
    [own, 32768],
    [CONTAINERS, 65536],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cpu.shares'), String(shares));
  }
  return own;
}
