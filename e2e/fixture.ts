import {
  type Cluster,
  type ClusterOptions,
  ClusterUnavailable,
  playOperators,
  startCluster,
} from './cluster';
import { Project } from './project';

export const NAMESPACES = {
  development: 'seda-dev',
  qa: 'seda-qa',
  sandbox: 'seda-sandbox',
  production: 'seda-prod',
} as const;

/** What the tests start from: a cluster with its operators and volumes, and a project with a first release in every environment. */
export interface Fixture {
  readonly cluster: Cluster;
  readonly project: Project;
  stop(): Promise<void>;
}

/**
 * Says why there is nothing to test with.
 *
 * @throws the error where it is another one, and in CI, where tests that did not run must not count as passed
 */
export function sayUnavailable(error: unknown): void {
  if (!(error instanceof ClusterUnavailable) || process.env.CI) throw error;
  console.warn(error.message);
}

/** Tests of something that may not be had here. That is no fault of what is tested: it is said, and nothing is claimed. */
export function testsOn<T>(what: string, get: () => T | undefined) {
  return (name: string, run: (ground: T) => Promise<void>) =>
    test(name, async () => {
      const ground = get();
      if (ground) await run(ground);
      else console.warn(`not run, there is no ${what}: ${name}`);
    });
}

/** @returns nothing where there is no control plane, which was said then; in CI it throws */
export async function startFixture(options: ClusterOptions = {}): Promise<Fixture | undefined> {
  const cluster = await startCluster(options).catch(sayUnavailable);
  if (!cluster) return undefined;
  console.log(`Kubernetes ${cluster.version}, custom resources: ${cluster.crds}`);
  const operators = playOperators(cluster, Object.values(NAMESPACES));
  await cluster.run(
    ['apply', '--filename=-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: ['a', 'b', 'c', 'd'].map((name) => volume(`seda-e2e-${name}`)),
    }),
  );
  const project = new Project(cluster);
  await project.firstRelease('1.0.0');
  return {
    cluster,
    project,
    stop: async () => {
      await operators.stop();
      await cluster.stop();
      project.remove();
    },
  };
}

/** What the platform brings: volumes for the development namespace. */
function volume(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `/tmp/${name}` },
      persistentVolumeReclaimPolicy: 'Delete',
    },
  };
}
