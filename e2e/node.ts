import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type Cluster, ClusterUnavailable, describe, until } from './cluster';
import { buildModule, lastLines } from './cluster/build';
import { argumentsOf, context, writeFiles } from './cluster/configuration';
import { type Access, kubectl } from './cluster/kubectl';
import { Processes } from './cluster/processes';
import { NODE } from './needs';
import { filesOf, FOLDERS, NODE_ADDRESS, nodeArguments, PORTS } from './node/configuration';
import {
  type Archive,
  type Build,
  type ProgramImage,
  reference,
  REPOSITORY,
  writeImages,
} from './node/images';
import { Load, type LoadOptions, type Target } from './node/load';
import { Namespaces, nodeUnavailable } from './node/namespaces';

/** Folders of its programs. */
type Programs = Record<(typeof NODE)[number], string>;

/** A cluster of one node, whose pods are processes in containers. */
export interface Node extends Cluster {
  /** The reference of an image that the node has, as releases have it. */
  image(tag: string): string;
  /** Sends requests from the node, in the background. */
  load(targets: readonly Target[], options?: LoadOptions): Load;
  /** Folder of its files and logs. */
  readonly folder: string;
  /** Starts a program in the network of the node; it ends with the node. */
  begin(name: string, program: string, args: readonly string[]): void;
  /** Ends a program of the node at once, such as `kube-proxy`. */
  kill(name: string): Promise<void>;
  /** Starts kube-proxy again, after its end. */
  restartProxy(): void;
}

/**
 * Builds the programs of a node into the ignored folder `e2e/.cache`, unless they are there.
 *
 * @returns the folders that they are in
 * @throws ClusterUnavailable when Go is absent or a build fails, or where no node can run
 */
export async function buildNode(): Promise<Programs> {
  const reason = nodeUnavailable();
  if (reason !== undefined) throw new ClusterUnavailable(`${reason}; no pod is real`);
  const folders: Partial<Programs> = {};
  for (const name of NODE) folders[name] = await buildModule(name);
  return folders as Record<(typeof NODE)[number], string>;
}

/**
 * Starts a Kubernetes of one node: kubelet, containerd, kube-proxy and CoreDNS beside the control plane, in namespaces of
 * their own. Nothing of it can be reached from outside, and it reaches nothing outside. It ends with this process, however
 * that ends.
 *
 * @param builds the images of the API that the node has
 * @param others what else it has
 * @throws ClusterUnavailable where it cannot run; nothing is left running then
 */
export async function startNode(
  builds: readonly Build[],
  others: readonly ProgramImage[] = [],
): Promise<Node> {
  const programs = await buildNode();
  const processes = new Processes();
  try {
    return await start(processes, programs, builds, others);
  } catch (error) {
    const failed = processes.failed();
    await processes.stop();
    throw new ClusterUnavailable(failed ?? `the node does not start: ${lastLines(error)}`);
  }
}

async function start(
  processes: Processes,
  programs: Programs,
  builds: readonly Build[],
  others: readonly ProgramImage[],
): Promise<Node> {
  const { folder } = processes;
  const kubeconfig = join(folder, 'kubeconfig');
  for (const name of FOLDERS) mkdirSync(join(folder, name));
  writeFiles(folder, PORTS, randomBytes(16).toString('hex'));
  const files = filesOf(folder, which('runc'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

  const namespaces = await Namespaces.make(
    processes,
    join(folder, 'process-1.sh'),
    join(folder, 'up'),
  );
  // Who tests is outside: its kubectl enters the network of the node.
  const program = join(folder, 'bin/kubectl');
  const entering = `nsenter --target ${namespaces.pid} --net --`;
  writeFileSync(program, `#!/bin/sh\nexec ${entering} ${programs.newest}/kubectl "$@"\n`, {
    mode: 0o755,
  });
  const access: Access = {
    kubeconfig,
    context,
    kubectl: program,
    env: {
      ...process.env,
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: join(folder, 'kubectl'),
      PATH: [dirname(program), process.env.PATH].join(delimiter),
    },
  };
  const planeArguments = argumentsOf(folder, PORTS);
  const startApiServer = async (): Promise<void> => {
    namespaces.start('kube-apiserver', join(programs.newest, 'kube-apiserver'), [
      ...planeArguments['kube-apiserver'],
      '--kubelet-preferred-address-types=InternalIP',
      // Pods reach it as well, by its Service.
      ...['--bind-address=0.0.0.0', `--advertise-address=${NODE_ADDRESS}`],
      '--endpoint-reconciler-type=lease',
    ]);
    await until(
      processes,
      'kube-apiserver',
      async () =>
        existsSync(join(folder, 'certs/apiserver.crt')) &&
        (await kubectl(access, ['get', '--raw', '/readyz'])) === 'ok',
    );
  };

  const own = nodeArguments(folder);
  // Its helpers are looked up in PATH.
  namespaces.start('containerd', 'env', [
    `PATH=${programs.containerd}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ...['containerd', ...own.containerd],
  ]);
  namespaces.start('etcd', join(programs.etcd, 'etcd'), planeArguments.etcd);
  const archive = writeImages(folder, builds, others);
  await startApiServer();
  for (const name of ['kube-controller-manager', 'kube-scheduler'] as const)
    namespaces.start(name, join(programs.newest, name), planeArguments[name]);
  const ctr = (...args: string[]): Promise<string> =>
    namespaces.run(
      join(programs.containerd, 'ctr'),
      `--address=${folder}/containerd.sock`,
      '--namespace=k8s.io',
      ...args,
    );
  await until(processes, 'containerd', async () => (await ctr('version')) !== '');
  await load(archive, ctr);
  namespaces.start('kubelet', join(programs.newest, 'kubelet'), own.kubelet);
  const startProxy = (): void =>
    namespaces.start('kube-proxy', join(programs.newest, 'kube-proxy'), own['kube-proxy']);
  startProxy();
  namespaces.start('dns', join(programs.dns, 'dns'), own.dns);

  const described = await describe(access, {});
  await until(processes, 'kubelet', async () => {
    await kubectl(access, ['wait', 'node/node', '--for=condition=Ready', '--timeout=5s']);
    return (await kubectl(access, ['get', 'serviceaccount', 'default', '-o', 'name'])) !== '';
  });
  // The kubelet finds no filesystem below a mount of this kind, and keeps what others say of it.
  const storage = { 'ephemeral-storage': '20Gi' };
  await kubectl(access, [
    ...['patch', 'node', 'node', '--subresource=status', '--type=merge', '--patch'],
    JSON.stringify({ status: { capacity: storage, allocatable: storage } }),
  ]);
  return {
    ...described,
    stop: () => processes.stop(),
    killApiServer: () => namespaces.kill('kube-apiserver'),
    restartApiServer: startApiServer,
    image: (tag) => reference(archive, tag),
    load: (targets, options) =>
      new Load(namespaces, processes, join(programs.load, 'load'), targets, options),
    folder,
    begin: (name, program, args) => namespaces.start(name, program, [...args], ['--net']),
    kill: (name) => namespaces.kill(name),
    restartProxy: startProxy,
  };
}

function which(program: string): string {
  return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
}

/** Gives images to the node, also under the digests by which the kubelet asks for them. */
async function load(
  { file, digests }: Archive,
  ctr: (...args: string[]) => Promise<string>,
): Promise<void> {
  await ctr('images', 'import', file);
  for (const [name, digest] of digests)
    if (name.startsWith(REPOSITORY))
      await ctr('images', 'tag', '--force', name, `${name.replace(/:[^:]*$/, '')}@${digest}`);
}
