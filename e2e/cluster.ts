import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { OPERATOR_KINDS } from '../ops/cluster/kinds';
import { type Binaries, build, ClusterUnavailable, type Flavour, lastLines } from './cluster/build';
import { argumentsOf, context, nodes, writeFiles } from './cluster/configuration';
import { type Access, kubectl } from './cluster/kubectl';
import { freePorts, Processes } from './cluster/processes';

export { type Binaries, ClusterUnavailable, type Flavour } from './cluster/build';
export { type Access } from './cluster/kubectl';
export { type Operators, playOperators } from './cluster/operators';

const modules = join(__dirname, 'cluster');
const patience = 120_000;

/** A cluster to test with. */
export interface Cluster extends Access {
  /** What the server says it is, such as `v1.37.2`. */
  version: string;
  /** What happened to the custom resource definitions: their number, or why there are none. */
  crds: string;
  /** Runs kubectl, with `input` as its standard input. */
  run(args: string[], input?: string): Promise<string>;
  /** Runs kubectl with `-o json` and parses what it writes. */
  kubectlJson<T = unknown>(...args: string[]): Promise<T>;
  /** Ends all of it; what it was told is gone. */
  stop(): Promise<void>;
  /** Ends the API server without notice. Not for a cluster from SEDA_E2E_KUBECONFIG. */
  killApiServer?(): Promise<void>;
  /** Starts the API server again, on the same port and data. Not for a cluster from SEDA_E2E_KUBECONFIG. */
  restartApiServer?(): Promise<void>;
}

/** What to start. */
export interface ClusterOptions {
  /** @defaultValue 'newest' */
  flavour?: Flavour;
  /** Also what Argo CD has, beside the custom resources that environments render. @defaultValue false */
  argocd?: boolean;
  /** Milliseconds until a started pod is ready, or a job's pod done. @defaultValue 1000 */
  readyAfter?: number;
}

/**
 * Starts a Kubernetes control plane whose nodes and pods are simulated: etcd, the API server, the controllers
 * and the scheduler are the real ones, kwok plays the kubelets as `cluster/stages.yaml` says. With
 * SEDA_E2E_KUBECONFIG it uses that cluster and starts nothing.
 *
 * @throws ClusterUnavailable when there is no control plane to be had; nothing is left running then
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const external = process.env.SEDA_E2E_KUBECONFIG;
  try {
    if (external) return await adopt(resolve(external), options);
    const binaries = await build(options.flavour ?? 'newest');
    // Somebody may take a port between the moment it is found free and its use: rare enough for one more try.
    return await start(binaries, options).catch((error: unknown) => {
      if (/address already in use/.test(String(error))) return start(binaries, options);
      throw error;
    });
  } catch (error) {
    if (error instanceof ClusterUnavailable) throw error;
    throw new ClusterUnavailable(`the cluster does not start: ${lastLines(error)}`);
  }
}

async function adopt(kubeconfig: string, options: ClusterOptions): Promise<Cluster> {
  const access = {
    kubeconfig,
    kubectl: 'kubectl',
    env: { ...process.env, KUBECONFIG: kubeconfig },
  };
  const context = (await kubectl(access, ['config', 'current-context'])).trim();
  return { ...(await describe({ ...access, context }, options)), stop: async () => {} };
}

async function start(binaries: Binaries, options: ClusterOptions): Promise<Cluster> {
  const processes = new Processes();
  try {
    const { folder } = processes;
    const ports = await freePorts('etcd', 'peer', 'api', 'controllers', 'scheduler');
    const kubeconfig = join(folder, 'kubeconfig');
    writeFiles(folder, ports, randomBytes(16).toString('hex'), {
      stages: join(modules, 'stages.yaml'),
      readyAfter: options.readyAfter ?? 1000,
    });
    const access: Access = {
      kubeconfig,
      context,
      kubectl: binaries.kubectl,
      // Ports are used again, so what kubectl remembers about a server must not outlive it.
      env: {
        ...process.env,
        KUBECONFIG: kubeconfig,
        KUBECACHEDIR: join(folder, 'kubectl'),
        PATH: [dirname(binaries.kubectl), process.env.PATH].join(delimiter),
      },
    };

    const programs = argumentsOf(folder, ports);
    const begin = (name: keyof typeof programs): void =>
      processes.start(name, binaries[name], programs[name]);
    const startApiServer = async (): Promise<void> => {
      begin('kube-apiserver');
      await until(
        processes,
        'kube-apiserver',
        async () =>
          existsSync(join(folder, 'certs', 'apiserver.crt')) &&
          (await kubectl(access, ['get', '--raw', '/readyz'])) === 'ok',
      );
    };
    begin('etcd');
    await startApiServer();
    for (const name of ['kube-controller-manager', 'kube-scheduler', 'kwok'] as const) begin(name);

    await kubectl(access, ['create', '-f', '-'], JSON.stringify(nodes()));
    const described = await describe(access, options);
    await until(
      processes,
      'kwok',
      async () =>
        (await kubectl(access, [
          'wait',
          'node',
          '--all',
          '--for=condition=Ready',
          '--timeout=5s',
        ])) !== '',
    );
    // Pods are refused until the namespace has its account, and stay pending until the nodes lose their taint.
    await until(processes, 'kube-controller-manager', async () => {
      const account = await kubectl(access, ['get', 'serviceaccount', 'default', '-o', 'name']);
      return (
        account !== '' &&
        (await kubectl(access, ['get', 'nodes', '-o', 'jsonpath={.items[*].spec.taints}'])) === ''
      );
    });

    return {
      ...described,
      stop: () => processes.stop(),
      killApiServer: () => processes.kill('kube-apiserver'),
      restartApiServer: startApiServer,
    };
  } catch (error) {
    const failed = processes.failed();
    await processes.stop();
    throw failed === undefined ? error : new ClusterUnavailable(failed);
  }
}

/** What a server says of itself, with the custom resource definitions, and kubectl for it. */
export async function describe(
  access: Access,
  options: ClusterOptions,
): Promise<Omit<Cluster, 'stop'>> {
  const run = (args: string[], input?: string): Promise<string> => kubectl(access, args, input);
  const kubectlJson = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await run([...args, '-o', 'json'])) as T;
  const { serverVersion } = await kubectlJson<{ serverVersion: { gitVersion: string } }>('version');
  return {
    ...access,
    version: serverVersion.gitVersion,
    crds: await applyCrds(run, options),
    run,
    kubectlJson,
  };
}

/** Each costs the API server seconds, so no others are made known to it. */
function crdFiles({ argocd = false }: ClusterOptions): string[] {
  const rendered = OPERATOR_KINDS.flatMap(([apiVersion, kinds]) =>
    kinds.map((kind) => `${apiVersion.split('/')[0]}_${kind.toLowerCase()}s`),
  );
  return [
    ...rendered,
    // What doctor asks for.
    'external-secrets.io_clustersecretstores',
    ...(argocd ? ['applications', 'applicationsets', 'appprojects'] : []).map(
      (name) => `argoproj.io_${name}`,
    ),
  ].map((name) => `${name}.yaml`);
}

async function applyCrds(run: Cluster['run'], options: ClusterOptions): Promise<string> {
  const folder = process.env.SEDA_CRDS || join(__dirname, '..', '..', 'shared', 'crds');
  if (!existsSync(folder)) return `none: there is no folder ${folder}, set SEDA_CRDS`;
  const files = crdFiles(options)
    .map((name) => join(folder, name))
    .filter((file) => existsSync(file));
  const applied = await run([
    ...['apply', '--server-side', '--force-conflicts', '-o', 'name'],
    ...files.flatMap((file) => ['-f', file]),
  ]);
  const names = applied.trim().split('\n');
  await run(['wait', '--for=condition=Established', `--timeout=${patience / 1000}s`, ...names]);
  return `${names.length} established`;
}

/** Waits for `condition`; an error of it means not yet, a program that ended means never. */
export async function until(
  processes: Processes,
  name: string,
  condition: () => Promise<boolean>,
): Promise<void> {
  const end = Date.now() + patience;
  let reason: unknown = '';
  while (Date.now() < end) {
    const failed = processes.failed();
    if (failed !== undefined) throw new ClusterUnavailable(failed);
    if (await condition().catch((error: unknown) => ((reason = error), false))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new ClusterUnavailable(
    [
      `${name} is not ready after ${patience / 1000} s: ${lastLines(reason)}`,
      processes.said(name),
    ].join('\n'),
  );
}
