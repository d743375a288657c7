import { symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Application,
  type Operation,
  rendered,
  retry,
  type SyncOptions,
  type SyncPolicy,
  type SyncResult,
} from './argocd-application';
import { type Cluster, ClusterUnavailable } from './cluster';
import { buildModule } from './cluster/build';
import { freePorts, Processes } from './cluster/processes';

const NAMESPACE = 'argocd';
/** What an installation says to the controller; the settings themselves are the defaults. */
const SETTINGS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'argocd-cm',
      namespace: NAMESPACE,
      labels: { 'app.kubernetes.io/part-of': 'argocd' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'argocd-secret',
      namespace: NAMESPACE,
      labels: { 'app.kubernetes.io/part-of': 'argocd' },
    },
    stringData: { 'server.secretkey': 'dummy' },
  },
];

/** Argo CD's controller and repository server, with the AppProject and the Application that are rendered for an environment. */
export class ArgoCd {
  private operations = 0;

  private constructor(
    private readonly cluster: Cluster,
    private readonly processes: Processes,
    private readonly application: string,
    /** What the Application says of its syncs. */
    readonly syncPolicy: SyncPolicy,
  ) {}

  /**
   * Starts it against a cluster that has its custom resource definitions. It looks at `repository`, a folder in git,
   * whose `dist/argocd` says the rest.
   *
   * @throws ClusterUnavailable when it cannot be built, or the cluster does not know Applications
   */
  static async start(cluster: Cluster, repository: string, environment: string): Promise<ArgoCd> {
    const kinds = await cluster.run(['get', 'customresourcedefinitions', '--output=name']);
    if (!/applications\.argoproj\.io/.test(kinds))
      throw new ClusterUnavailable(
        `the cluster does not know Applications, custom resources: ${cluster.crds}`,
      );
    const program = join(await buildModule('argocd'), 'argocd');
    const processes = new Processes();
    try {
      const ports = await freePorts(
        'redis',
        'repository',
        'repositoryMetrics',
        'controllerMetrics',
      );
      const at = (port: number): string => `127.0.0.1:${port}`;
      // By its path in the folder a leftover is known.
      const argocd = join(processes.folder, 'argocd');
      symlinkSync(program, argocd);
      // Its image has a script of this name that looks at signatures, and says nothing of a commit without one.
      writeFileSync(join(processes.folder, 'git-verify-wrapper.sh'), '#!/bin/sh\n', {
        mode: 0o755,
      });
      const env = {
        PATH: [processes.folder, process.env.PATH].join(delimiter),
        KUBECONFIG: cluster.kubeconfig,
        TMPDIR: processes.folder,
        ARGOCD_ASK_PASS_SOCK: join(processes.folder, 'ask-pass.sock'),
        ARGOCD_GPG_ENABLED: 'false',
        // The cluster that it calls its own is the one of the kubeconfig.
        ARGOCD_FAKE_IN_CLUSTER: 'true',
        // No time between two waves, where the default is two seconds: harder, and faster.
        ARGOCD_SYNC_WAVE_DELAY: '0',
      };
      await cluster.run(
        ['apply', '--filename=-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: SETTINGS }),
      );
      processes.start('redis', argocd, ['redis', at(ports.redis)], env);
      processes.start(
        'repo-server',
        argocd,
        [
          'argocd-repo-server',
          '--address=127.0.0.1',
          `--port=${ports.repository}`,
          '--metrics-address=127.0.0.1',
          `--metrics-port=${ports.repositoryMetrics}`,
          '--disable-tls',
          '--client-ca-path=',
          `--redis=${at(ports.redis)}`,
        ],
        env,
      );
      processes.start(
        'controller',
        argocd,
        [
          'argocd-application-controller',
          `--namespace=${NAMESPACE}`,
          `--metrics-port=${ports.controllerMetrics}`,
          `--repo-server=${at(ports.repository)}`,
          '--repo-server-plaintext',
          `--redis=${at(ports.redis)}`,
          '--persist-resource-health',
        ],
        env,
      );
      const { project, application } = rendered(repository, environment);
      const { metadata, spec } = application;
      // The tests say when it syncs.
      const waiting = {
        ...application,
        spec: { ...spec, syncPolicy: { syncOptions: spec.syncPolicy.syncOptions } },
      };
      await cluster.run(
        ['apply', '--filename=-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [project, waiting] }),
      );
      return new ArgoCd(cluster, processes, metadata.name, spec.syncPolicy);
    } catch (error) {
      await processes.stop();
      throw error;
    }
  }

  /** Does what `argocd app sync --prune` asks for, and waits until it has ended; one that goes on is ended and told as Running. */
  async sync({
    path,
    syncOptions = [],
    retries = 0,
    ignoreDifferences = [],
    seconds = 90,
  }: SyncOptions): Promise<SyncResult> {
    const id = String(++this.operations);
    const operation = {
      info: [{ name: 'id', value: id }],
      sync: { prune: true, syncOptions: [...this.syncPolicy.syncOptions, ...syncOptions] },
      retry: retry(retries),
    };
    await this.patch({
      spec: { source: { path }, ignoreDifferences, syncPolicy: { automated: null } },
      operation,
    });
    return this.ended(({ info }) => info?.[0]?.value === id, seconds);
  }

  /** Lets it sync by itself what is committed, and waits until it has ended with this commit. */
  async follow(
    { path, retries = 0, seconds = 90 }: SyncOptions,
    commit: string,
  ): Promise<SyncResult> {
    await this.patch({
      spec: {
        source: { path },
        syncPolicy: { automated: this.syncPolicy.automated, retry: retry(retries) },
      },
    });
    await this.refresh();
    return this.ended(({ sync }) => sync?.revision === commit, seconds);
  }

  private async ended(
    isOurs: (operation: Operation) => boolean,
    seconds: number,
  ): Promise<SyncResult> {
    const start = performance.now();
    for (;;) {
      const { operationState } = (await this.read()).status ?? {};
      const ours = operationState && isOurs(operationState.operation) ? operationState : undefined;
      const passed = (performance.now() - start) / 1000;
      const ended = ours !== undefined && ours.phase !== 'Running' && ours.finishedAt !== undefined;
      if (ended || passed > seconds) {
        if (!ended) await this.terminate();
        return {
          phase: ours?.phase ?? 'Running',
          message: ours?.message ?? 'never began',
          resources: ours?.syncResult?.resources ?? [],
          seconds: passed,
        };
      }
      const failed = this.processes.failed();
      if (failed !== undefined) throw new ClusterUnavailable(failed);
      await sleep(300);
    }
  }

  /** Has it look at the repository and the cluster, as a webhook does. */
  async refresh(): Promise<void> {
    await this.cluster.run([
      'annotate',
      'application',
      this.application,
      `--namespace=${NAMESPACE}`,
      'argocd.argoproj.io/refresh=normal',
      '--overwrite',
    ]);
  }

  /** The health that Argo CD finds, such as `Healthy`. */
  async healthOf(kind: string, name: string): Promise<string | undefined> {
    // As the sync may have changed it a moment ago.
    await this.refresh();
    await sleep(2000);
    return (await this.read()).status?.resources?.find(
      (resource) => resource.kind === kind && resource.name === name,
    )?.health?.status;
  }

  private async terminate(): Promise<void> {
    await this.patch({ status: { operationState: { phase: 'Terminating' } } });
    for (let tries = 0; tries < 100; tries++) {
      const phase = (await this.read()).status?.operationState?.phase;
      if (phase === 'Failed' || phase === 'Error') return;
      await sleep(300);
    }
  }

  private patch(patch: object): Promise<string> {
    return this.cluster.run([
      'patch',
      'application',
      this.application,
      `--namespace=${NAMESPACE}`,
      '--type=merge',
      '--patch',
      JSON.stringify(patch),
    ]);
  }

  private read(): Promise<Application> {
    return this.cluster.kubectlJson(
      'get',
      'application',
      this.application,
      `--namespace=${NAMESPACE}`,
    );
  }

  stop(): Promise<void> {
    return this.processes.stop();
  }
}
