import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
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

/** One object of an Application, as Argo CD reports it after an operation. */
export interface ArgoResource {
  readonly kind: string;
  readonly name: string;
  readonly status?: string;
  readonly hookPhase?: string;
  readonly message?: string;
}

/** How a sync ended. */
export interface SyncResult {
  readonly phase: 'Succeeded' | 'Failed' | 'Error' | 'Running';
  readonly message: string;
  /** What was applied or deleted, in its order. */
  readonly resources: readonly ArgoResource[];
  readonly seconds: number;
}

/** What to sync, and how. */
export interface SyncOptions {
  /** Folder in the repository. */
  readonly path: string;
  /** Beside those of the Application. @defaultValue none */
  readonly syncOptions?: readonly string[];
  /** How often a failed sync is tried again, a second later each time. @defaultValue 0 */
  readonly retries?: number;
  /** As in the Application. @defaultValue none */
  readonly ignoreDifferences?: readonly object[];
  /** After which time it is not waited any longer. @defaultValue 90 */
  readonly seconds?: number;
}

interface Operation {
  readonly info?: readonly { readonly value: string }[];
  readonly sync?: { readonly revision?: string };
}

interface SyncPolicy {
  readonly automated: {
    readonly enabled: boolean;
    readonly prune: boolean;
    readonly selfHeal: boolean;
  };
  readonly syncOptions: readonly string[];
}

interface Application {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly syncPolicy: SyncPolicy };
  readonly status?: {
    readonly operationState?: {
      readonly phase: SyncResult['phase'];
      readonly message?: string;
      readonly finishedAt?: string;
      readonly operation: Operation;
      readonly syncResult?: { readonly resources?: readonly ArgoResource[] };
    };
    readonly resources?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly health?: { readonly status: string };
    }[];
  };
}

const retry = (limit: number): object => ({ limit, backoff: { duration: '1s', factor: 1 } });

/** What `dist/argocd` says of an environment, of a repository in a folder. */
function rendered(
  repository: string,
  environment: string,
): { project: object; application: Application } {
  const text = readFileSync(join(repository, 'dist/argocd', `${environment}.k8s.yaml`), 'utf8');
  const here = text
    .replaceAll(/https:\/\/github\.com\/\S+/g, `file://${repository}`)
    .replace('targetRevision: main', 'targetRevision: HEAD');
  const objects = parseAllDocuments(here).map(
    (document) => document.toJS() as Application & { kind: string },
  );
  const ofKind = (kind: string) => objects.find((object) => object.kind === kind)!;
  return { project: ofKind('AppProject'), application: ofKind('Application') };
}

/**
 * Builds Argo CD into the ignored folder `e2e/.cache`, unless it is there.
 *
 * @throws ClusterUnavailable when Go is absent or the build fails
 */
export async function buildArgoCd(): Promise<string> {
  const folder = await buildModule(join(__dirname, 'cluster'), join(__dirname, '.cache'), 'argocd');
  return join(folder, 'argocd');
}

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
    const program = await buildArgoCd();
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
        // Half of the default time between two waves: harder, and faster.
        ARGOCD_SYNC_WAVE_DELAY: '1',
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
